package markdown

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// links finds addresses of the web that stand in the text as themselves, as GFM has it
// (6.9, Autolinks) and, where that leaves it open, cmark-gfm. goldmark's Linkify looks for
// one at every space, which takes a fifth of the time, and ends it at the first letter that
// is not ASCII. This one looks back from the signs that all addresses have.
type links struct{}

func (links) Trigger() []byte { return []byte{':', '.'} }

func (links) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || before.Segment.Stop != segment.Start || before.SoftLineBreak() || pc.IsInLinkLabel() {
		return nil
	}
	whole := before.Segment
	rest := addressed(whole.Value(block.Source()), line[0])
	if rest < 0 {
		return nil
	}
	start := whole.Start + rest
	n := addressLength(block.Source()[start:segment.Stop])
	if n == 0 {
		return nil
	}
	before.Segment = whole.WithStop(start)
	if rest == 0 {
		parent.RemoveChild(parent, before)
	}
	block.Advance(start + n - segment.Start)
	link := ast.NewAutoLink(ast.AutoLinkURL, ast.NewTextSegment(text.NewSegment(start, start+n)))
	link.SetPos(start)
	if line[0] == '.' {
		link.Protocol = []byte("http")
	}
	return link
}

// addressed returns the length of what stands before the name that ends a text, with
// which an address may begin, or -1 if there is none.
func addressed(s []byte, sign byte) int {
	n := 0
	for _, name := range [...]string{"http", "https", "ftp", "www", "mailto", "xmpp"} {
		if (sign == '.') == (name == "www") && len(s) >= len(name) && strings.EqualFold(string(s[len(s)-len(name):]), name) {
			n = len(name)
		}
	}
	rest := len(s) - n
	if n == 0 || rest > 0 && !mayPrecede(s[:rest]) {
		return -1
	}
	escapes := 0
	for i := rest - 2; i >= 0 && s[i] == '\\'; i-- {
		escapes++
	}
	if escapes%2 > 0 {
		return -1
	}
	return rest
}

// mayPrecede reports whether an address may follow a text: behind space, some signs, and
// what is written without spaces between words.
func mayPrecede(s []byte) bool {
	r, _ := utf8.DecodeLastRune(s)
	if r < utf8.RuneSelf {
		return strings.ContainsRune(" \t*_~(\"'", r)
	}
	return !unicode.IsLetter(r) || plaintext.IsIdeographic(r)
}

// addressLength returns the length of the address that s, which starts with a name and
// its sign, starts with, or 0.
func addressLength(s []byte) int {
	name, after, scheme := bytes.Cut(s, []byte("://"))
	host := len(s) - len(after)
	switch {
	case len(s) > len("www.") && s[3] == '.':
		host = len("www.")
	case !scheme || len(name) > len("https"):
		return mailLength(s)
	}
	end := host + hostLength(s[host:])
	if end == host || s[host] == '-' || s[host] == '.' {
		return 0
	}
	if n := bytes.IndexFunc(s[end:], func(r rune) bool { return r == '<' || endsAddress(r) }); n >= 0 {
		s = s[:end+n]
	}
	return max(addressEnd(s), host)
}

// maxHost bounds the name of a host, in bytes; DNS has 253, of letters that may be encoded.
const maxHost = 1 << 10

// hostLength returns the length of the host's name that s starts with, or 0. The last
// two of its parts have no underscore.
func hostLength(s []byte) (n int) {
	s = s[:min(len(s), maxHost)]
	n = bytes.IndexFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && !alphanumeric(r) && (r < utf8.RuneSelf || unicode.IsPunct(r) || endsAddress(r))
	})
	if n < 0 {
		n = len(s)
	}
	host := s[:n]
	for range 2 {
		dot := bytes.LastIndexByte(host, '.')
		if bytes.IndexByte(host[dot+1:], '_') >= 0 {
			return 0
		}
		host = host[:max(dot, 0)]
	}
	return n
}

// endsAddress reports whether a character stands in no address: space, what stands for a
// tag, and the punctuation of scripts that leave no space behind it.
func endsAddress(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x2e80 && (unicode.IsPunct(r) || unicode.Is(unicode.Noncharacter_Code_Point, r))
}

// addressEnd returns the length of an address without the punctuation of the sentence
// that it ends.
func addressEnd(s []byte) int {
	open := bytes.Count(s, []byte{'('}) - bytes.Count(s, []byte{')'})
	for len(s) > 0 {
		last := len(s) - 1
		switch c := s[last]; {
		case c == ')' && open < 0:
			open++
		case c == ';':
			if name := bytes.TrimRightFunc(s[:last], alphanumeric); len(name) < last && bytes.HasSuffix(name, []byte{'&'}) {
				last = len(name) - 1
			}
		case strings.IndexByte(`?!.,:*_~'"`, c) < 0:
			return len(s)
		}
		s = s[:last]
	}
	return 0
}

// mailLength returns the length of the address for mail or chat, behind its scheme, that
// s starts with, or 0.
func mailLength(s []byte) int {
	scheme, address, ok := bytes.Cut(s, []byte{':'})
	n := util.FindEmailIndex(address)
	if !ok || n < 0 || bytes.IndexByte(address[bytes.IndexByte(address, '@'):n], '.') < 0 {
		return 0
	}
	n = len(bytes.TrimRight(address[:n], "."))
	if n < len(address) && strings.IndexByte("-_", address[n]) >= 0 {
		return 0
	}
	if len(scheme) == len("xmpp") && n < len(address) && address[n] == '/' { // a resource
		n++
		n += len(address[n:]) - len(bytes.TrimLeftFunc(address[n:], func(r rune) bool { return alphanumeric(r) || r == '@' || r == '.' }))
		n = len(bytes.TrimRight(address[:n], "."))
	}
	return len(scheme) + 1 + n
}

// newMail returns what finds addresses for mail, as goldmark's Linkify does, and no others.
func newMail() parser.InlineParser {
	none := regexp.MustCompile(`[^\s\S]`)
	return extension.NewLinkifyParser(extension.WithLinkifyURLRegexp(none), extension.WithLinkifyWWWRegexp(none))
}

// hasMail reports whether a text may have an address for mail, which has no sign to
// look back from: what stands before the @ may have been taken for Markdown.
func hasMail(s []byte) bool {
	for {
		at := bytes.IndexByte(s, '@')
		if at < 0 || at+1 == len(s) {
			return false
		}
		if at > 0 && !util.IsSpace(s[at-1]) && util.IsAlphaNumeric(s[at+1]) {
			return true
		}
		s = s[at+1:]
	}
}
