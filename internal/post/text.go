package post

import (
	"cmp"
	"iter"
	"regexp"
	"strings"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// digest is what the list shows of a body.
type digest struct {
	title, summary string
	minutes        int
	comments       []markdown.Span // at most maxComments
}

// Passages yields the text of the post as its reader sees it, in order, for
// searching: a heading, a paragraph, a table's row or a block of code at a time, cut
// if it is long. Each is one clean line that is not blank, with what stands for
// images; code is as it stands, with its blank space joined.
//
// It parses the Markdown, some 20 MB a second, and calls giveWay, if that is not nil,
// every few microseconds of it. What the list shows of the post (Title, Summary,
// Minutes) comes with it, and is kept.
func (p *Post) Passages(giveWay func()) iter.Seq2[markdown.Kind, string] {
	return func(yield func(markdown.Kind, string) bool) {
		b := markdown.Unlimited()
		b.Page = p.Variable
		if giveWay != nil {
			b.Yield = giveWay
		}
		var r reading
		first := p.digest.Load() == nil
		tree := markdown.Parse(p.body, b, nil)
		if first {
			r.comments = commentsIn(p.body, tree)
		}
		for passage := range tree.Passages() {
			if first {
				r.add(passage)
			}
			rest := passage.Full
			if passage.Kind == markdown.Code {
				rest = plaintext.Line(rest)
			}
			for rest != "" {
				piece := rest
				if len(piece) > passageMax {
					piece = plaintext.CutRunes(rest, passageMax)
					if i := strings.LastIndexByte(piece, ' '); i > passageMax/2 {
						piece = piece[:i+1]
					}
				}
				rest = rest[len(piece):]
				if !yield(passage.Kind, strings.TrimSuffix(piece, " ")) {
					return
				}
			}
		}
		if first {
			p.keep(&r)
		}
	}
}

// passageMax is the length in bytes from which a paragraph or a block of code
// is cut into several passages.
const passageMax = 2 << 10

// digested returns what the list shows of the body.
func (p *Post) digested() *digest {
	if d := p.digest.Load(); d != nil {
		return d
	}
	return p.keep(p.read(p.body))
}

// keep keeps what the list shows of the body, which has been read.
func (p *Post) keep(r *reading) *digest {
	d := &digest{title: p.title, summary: p.written, minutes: int(p.minutes), comments: r.comments}
	if d.title == "" {
		_, name := fileDate(stem(p.Path))
		d.title = cmp.Or(r.heading, plaintext.Shorten(r.summary(), titleWords, MaxTitle), titleFromName(name), "Untitled")
		d.title = plaintext.Shorten(d.title, MaxTitle, MaxTitle)
	}
	switch before, cut := p.separated(); {
	case d.summary != "":
		d.summary = asSummary(d.summary)
	case cut:
		d.summary = before
	default:
		d.summary = r.summary()
	}
	if d.minutes == 0 {
		d.minutes = r.minutes()
	}
	p.digest.Store(d)
	return d
}

// Title returns the title in the front matter, else the first heading, else how the
// text begins, else what the file is called. It is never empty.
//
// A title that comes from the body takes parsing it, once.
func (p *Post) Title() string {
	if p.title != "" {
		return p.title
	}
	return p.digested().title
}

// GivenTitle returns the title in the front matter as its author wrote it, or "".
func (p *Post) GivenTitle() string { return cmp.Or(p.more().title, p.title) }

// titleWords is how many words of a text without title or heading stand for
// its title.
const titleWords = 8

// Minutes returns the reading time in minutes, rounded up: its author's figure in
// the front matter, else at least 1 for a post with text. That takes parsing the
// body, once.
func (p *Post) Minutes() int {
	if p.minutes > 0 {
		return int(p.minutes)
	}
	return p.digested().minutes
}

// A summary made from the body has about summaryWords words. It ends before
// what it has to leave out (a heading, list, table or code) if it has enough
// words by then, or fewer of them that only lead to it: "Here is how:".
const (
	summaryWords  = 40
	summaryEnough = 15
	summaryLead   = 6
)

// Summary returns what the post is about in one line of plain text, at most
// MaxSummary bytes: its author's words in the front matter, else the text before
// <!--more-->, else about the first 40 words, cut at a sentence if possible and
// then ended by an ellipsis. It is "" for a post without prose.
//
// Until the body has been read for something else, only its first blocks are parsed.
func (p *Post) Summary() string {
	if d := p.digest.Load(); d != nil {
		return d.summary
	}
	if p.written != "" {
		return asSummary(p.written)
	}
	if before, cut := p.separated(); cut {
		return before
	}
	return p.summarize(p.body)
}

// Abstract returns the summary that the author has written in the front matter,
// or "": the one Summary whose words are not among the Passages.
func (p *Post) Abstract() string {
	if p.written == "" {
		return ""
	}
	return p.Summary()
}

// moreMark is the mark between summary and rest.
var moreMark = regexp.MustCompile(`(?i)<!--\s*more\s*-->`)

// separated returns the summary of a post whose author has said what it ends at.
func (p *Post) separated() (summary string, cut bool) {
	separator := p.more().separator
	if separator == "" {
		return "", false
	}
	before, _, cut := strings.Cut(p.body, separator)
	if !cut {
		return "", false
	}
	return plaintext.Shorten(p.read(before).items.text(), MaxSummary, MaxSummary), true
}

// summarize computes the summary of a Markdown text, of which it parses no more than it
// needs.
func (p *Post) summarize(body string) string {
	if moreMark.MatchString(body) {
		return p.read(body).summary()
	}
	for size := 2 * MaxSummary; ; size *= 4 {
		start := firstBlocks(body, size)
		if r := p.read(start); r.prose.ended() || len(start) == len(body) {
			return r.summary()
		}
	}
}

// firstBlocks returns a body up to the first blank line behind so many bytes, and the
// definitions of links and footnotes behind that.
func firstBlocks(body string, size int) string {
	if len(body) <= 2*size {
		return body
	}
	end := strings.Index(body[size:], "\n\n")
	if end < 0 {
		return body
	}
	start, rest := body[:size+end+1], body[size+end+1:]
	return start + "\n" + definitions(rest)
}

// definitions returns the blocks that define links and footnotes, whose titles may be
// on lines of their own. If the blocks show text as well, it is the lines alone on
// which definitions begin.
func definitions(body string) string {
	var blocks, lines strings.Builder
	for block := range strings.SplitSeq(body, "\n\n") {
		if !strings.Contains(block, "]:") {
			continue
		}
		before := lines.Len()
		for line := range strings.Lines(block) {
			if line[0] == '[' && strings.Contains(line, "]:") {
				lines.WriteString("\n" + line + "\n")
			}
		}
		if lines.Len() > before {
			blocks.WriteString("\n" + block + "\n")
		}
	}
	for range markdown.Parse(blocks.String(), markdown.Unlimited(), nil).Passages() {
		return lines.String()
	}
	return blocks.String()
}
