package post

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// reading is what is found on the way through a text for the list.
type reading struct {
	heading           string // the first, or ""
	prose, items      lead   // without the items of lists, and with them
	words, cjk, lines int
	comments          []markdown.Span
}

// read goes through the post's body, or a part of it.
func (p *Post) read(body string) *reading {
	r, b := &reading{}, markdown.Unlimited()
	b.Page = p.Variable
	tree := markdown.Parse(body, b, nil)
	r.comments = commentsIn(body, tree)
	for passage := range tree.Passages() {
		r.add(passage)
	}
	return r
}

func (r *reading) add(p markdown.Passage) {
	r.items.add(p, true)
	r.prose.add(p, false)
	switch p.Kind {
	case markdown.Code:
		for line := range strings.Lines(p.Text) {
			if strings.TrimSpace(line) != "" {
				r.lines++
			}
		}
		return
	case markdown.Note: // few follow it
		return
	case markdown.Heading:
		if r.heading == "" {
			r.heading = p.Text
		}
	default:
	}
	words, cjk := countWords(p.Text)
	r.words += words
	r.cjk += cjk
}

// lead is the text that a summary is cut from: the paragraphs that a body starts with,
// up to a bit more than a summary can hold.
type lead struct {
	parts   []string
	size    int
	author  bool // it ends at <!--more-->
	stopped bool // it ends before something that is left out
}

// ended reports whether nothing is added any more.
func (l *lead) ended() bool { return l.author || l.stopped || l.size > MaxSummary }

func (l *lead) text() string { return strings.Join(l.parts, " ") }

// add adds a paragraph, or an item of a list if these count.
func (l *lead) add(p markdown.Passage, items bool) {
	switch {
	case p.Kind == markdown.More:
		l.author = true // it may come later than a summary can be long
	case l.ended() || p.Text == "" || p.Kind == markdown.Note:
	case p.Kind == markdown.Prose, p.Kind == markdown.Item && items:
		l.parts = append(l.parts, p.Text)
		l.size += len(p.Text) + 1
	default:
		l.stopped = enough(l.text())
	}
}

// enough reports whether the text may end before something that is left out.
func enough(text string) bool {
	n := len(strings.Fields(text))
	return n >= summaryEnough || n >= summaryLead && strings.HasSuffix(text, ":")
}

// summary returns the summary that the text begins with.
func (r *reading) summary() string {
	l := &r.prose
	if l.size == 0 {
		l = &r.items // nothing but lists
	}
	whole := l.text()
	if l.author {
		return plaintext.Shorten(whole, MaxSummary, MaxSummary)
	}
	text := plaintext.Shorten(whole, summaryWords, MaxSummary)
	if text == whole && l.stopped && !strings.ContainsRune(".!?…。！？", plaintext.LastRune(strings.TrimRight(text, `"')]”’»`))) {
		return strings.TrimRight(plaintext.CutRunes(text, MaxSummary-len("…")), ":,; ") + "…"
	}
	return text
}

// How much people read in a minute. Words and characters are Hugo's figures
// (gohugo.io/methods/page/readingtime). Code is skimmed by the line: the lines
// of real programs hold about five words, which is 40 lines at the pace of prose.
const (
	wordsPerMinute = 212
	cjkPerMinute   = 500
	linesPerMinute = 40
)

// minutes returns the minutes that the text takes, rounded up; 0 if there is nothing
// to read.
func (r *reading) minutes() int {
	const minute = wordsPerMinute * cjkPerMinute * linesPerMinute
	const word, char, codeLine = minute / wordsPerMinute, minute / cjkPerMinute, minute / linesPerMinute
	return (r.words*word + r.cjk*char + r.lines*codeLine + minute - 1) / minute
}

// countWords counts the words of a text, as things between spaces that have a
// letter or a digit, and apart from them its CJK characters.
func countWords(s string) (words, cjk int) {
	counted := false // the word we are in
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf: // nearly all
			if r == ' ' || r >= '\t' && r <= '\r' {
				counted = false
			} else if lower := r | 0x20; !counted && (r >= '0' && r <= '9' || lower >= 'a' && lower <= 'z') {
				counted = true
				words++
			}
		case plaintext.IsCJK(r):
			cjk++
			counted = false
		case unicode.IsSpace(r):
			counted = false
		case !counted && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			counted = true
			words++
		}
	}
	return words, cjk
}
