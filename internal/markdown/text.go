package markdown

import (
	"bytes"
	"html"
	"net/url"
	"strings"

	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Clean makes what a tree says safe to stand on a terminal: newlines stay, tabs
// become a space. Posts are cleaned when they are read, but a character reference such
// as &#27; or &shy; becomes what it stands for only in the tree.
func Clean(s string) string {
	return strings.ReplaceAll(plaintext.Visible(plaintext.CleanBody(s)), "\t", " ")
}

// MaxTarget bounds a hyperlink's target, in bytes: what common terminals
// accept in OSC 8 (VTE and iTerm2 stop at 2083).
const MaxTarget = 2083

// Target returns what an author wrote as a link's target, cleaned and cut to
// MaxTarget: what is longer is no address that somebody could follow, but data, and
// links by reference repeat it.
func Target[T string | []byte](target T) string {
	if len(target) > MaxTarget {
		return CleanTarget(strings.ToValidUTF8(string(target[:MaxTarget]), "") + "…")
	}
	return CleanTarget(encoded(string(target)))
}

// Destination returns the target of a link of Markdown, in which backslash escapes and
// character references mean what they mean in text (CommonMark 0.31 §2.4, §2.5).
func Destination(b []byte) string {
	if len(b) > MaxTarget {
		return Target(b)
	}
	return Target(Unescape(b))
}

// CleanTarget returns a link's target in one line without control characters.
func CleanTarget(target string) string {
	return strings.ReplaceAll(Clean(strings.TrimSpace(target)), "\n", "")
}

// encoded percent-encodes the invisible characters in a link's target, which may
// belong to it.
func encoded(target string) string {
	if plaintext.Visible(target) == target {
		return target
	}
	var b strings.Builder
	for _, r := range target {
		if s := string(r); plaintext.Visible(s) == "" {
			b.WriteString(url.PathEscape(s))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Text returns what a text node says: without backslash escapes, with its character
// references resolved.
func (t *Tree) Text(n *ast.Text) string { return string(t.appendText(nil, n)) }

func (t *Tree) appendText(to []byte, n *ast.Text) []byte {
	b := n.Segment.Value(t.Source)
	if n.IsRaw() {
		return append(to, t.code(b)...)
	}
	return appendUnescaped(to, b)
}

// Unescape resolves backslash escapes and character references, each once.
func Unescape(b []byte) string { return string(appendUnescaped(nil, b)) }

func appendUnescaped(to, b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 && bytes.IndexByte(b, '&') < 0 { // nearly all
		return append(to, b...)
	}
	for {
		i := bytes.IndexAny(b, `\&`)
		if i < 0 {
			return append(to, b...)
		}
		to, b = append(to, b[:i]...), b[i:]
		if b[0] == '\\' {
			if len(b) > 1 && util.IsPunct(b[1]) {
				b = b[1:]
			}
			to, b = append(to, b[0]), b[1:]
			continue
		}
		ref := string(reference(b))
		b = b[len(ref):]
		// HTML finds &not in &nothing; too, Markdown does not.
		if text := html.UnescapeString(ref); !strings.HasSuffix(text, ";") || ref == "&semi;" {
			ref = text
		}
		if strings.ContainsAny(ref, "\n\r\t") { // blank space as any, and no line break
			ref = " "
		}
		to = append(to, ref...)
	}
}

// reference returns the character reference that b starts with, or else only
// its ampersand. The longest name that HTML knows has 33 bytes.
func reference(b []byte) []byte {
	for i := 1; i < len(b) && i < 34; i++ {
		switch c := b[i]; {
		case c == ';' && !isReference(string(b[:i+1])):
			return b[:1]
		case c == ';':
			return b[:i+1]
		case c != '#' && !util.IsAlphaNumeric(c):
			return b[:1]
		}
	}
	return b[:1]
}

// isReference reports whether Markdown takes a text from "&" to ";" for a character
// reference, if HTML does: numbers have one to seven decimal or six hexadecimal
// digits there (CommonMark 0.31 §2.5).
func isReference(text string) bool {
	digits, numeric := strings.CutPrefix(text, "&#")
	most := 7
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, most = digits[1:], 6
	}
	n := len(digits) - len(";")
	return !numeric || n > 0 && n <= most
}

// code returns code as its author wrote it and meant it to be read.
func (t *Tree) code(b []byte) string { return Literal(string(t.expansion.resolve(b, asSource))) }

// Code returns the language and the text of a block of code, or reports that a node is
// none.
func (t *Tree) Code(n ast.Node) (lang, text string, ok bool) {
	switch n := n.(type) {
	case *TagCode:
		return Language(n.Lang), n.Code, true
	case *ast.FencedCodeBlock:
		if n.Info != nil {
			lang = LanguageOf(Unescape(n.Info.Segment.Value(t.Source)))
		}
	case *MathBlock:
		lang = "math"
	case *ast.CodeBlock:
	default:
		return "", "", false
	}
	return lang, t.code(n.Lines().Value(t.Source)), true
}

// Plain returns the text of a node's descendants, without markup and breaks.
func (t *Tree) Plain(n ast.Node) string {
	var text []byte
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if tag, ok := n.(*HTMLTag); ok && (tag.Token.Data == "br" || Breaks(tag.Token.Data)) {
			text = append(text, ' ')
		}
		if entering {
			text, _ = t.appendWords(text, n)
		}
		return ast.WalkContinue, nil
	})
	return strings.ReplaceAll(Clean(string(text)), "\n", " ")
}

// appendWords appends what an inline node says that is words, and reports whether it is.
func (t *Tree) appendWords(to []byte, n ast.Node) ([]byte, bool) {
	switch n := n.(type) {
	case *ast.Text:
		if to = t.appendText(to, n); n.HardLineBreak() || n.SoftLineBreak() && !t.JoinsNext(n) {
			to = append(to, ' ')
		}
	case *ast.String:
		to = append(to, n.Value...)
	case *ast.AutoLink:
		to = append(to, n.Label(t.Source)...)
	case *emoji.Emoji:
		to = append(to, string(n.Value.Unicode)...)
	default:
		return to, false
	}
	return to, true
}
