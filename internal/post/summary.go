package post

import "strings"

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
// It is computed on each call from the start of the body, rather than kept for
// posts that nobody lists: some ten microseconds.
func (p *Post) Summary() string {
	if p.summary != "" {
		return p.summary
	}
	return summarize(p.body)
}

// Abstract returns the summary that the author has written in the front matter,
// or "": the one Summary whose words are not among the Passages.
func (p *Post) Abstract() string {
	if p.abstract {
		return p.summary
	}
	return ""
}

// summarize computes the summary of a Markdown text.
func summarize(body string) string {
	s := gatherText(body, false)
	if s.text == "" {
		s = gatherText(body, true) // nothing but lists
	}
	if !s.author && hasMore(body[s.read:]) {
		s.author = true // the mark comes later than a summary can be long
	}
	if s.author {
		return shorten(s.text, MaxSummary, MaxSummary)
	}
	text := shorten(s.text, summaryWords, MaxSummary)
	if text == s.text && s.stopped && !strings.ContainsRune(".!?…。！？", lastRune(strings.TrimRight(text, `"')]”’»`))) {
		return strings.TrimRight(text, ":,; ") + "…"
	}
	return text
}

// lead is the text that a summary is cut from.
type lead struct {
	text    string
	read    int  // bytes of the body that it comes from
	author  bool // it ends at <!--more-->
	stopped bool // it ends before something that is left out
}

// enough tells whether the text may end before something that is left out.
func enough(text string) bool {
	n := len(strings.Fields(text))
	return n >= summaryEnough || n >= summaryLead && strings.HasSuffix(text, ":")
}

// gatherText joins the paragraphs that a body starts with, as plain text, up to
// a bit more than a summary can hold.
func gatherText(body string, items bool) lead {
	var l lead
	var text, paragraph strings.Builder
	flush := func() {
		if s := plain(paragraph.String(), body); s != "" {
			if text.Len() > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(s)
		}
		paragraph.Reset()
	}
	b := blocks{text: body}
	for text.Len() <= MaxSummary {
		line, kind, ok := b.next()
		marked := kind == more
		if kind == prose || kind == item {
			if before, found := cutMore(line); found {
				line, marked = before, true
			}
		}
		switch {
		case kind == item && !items, kind == heading, kind == code, kind == row:
			flush()
			l.stopped = enough(text.String())
		case kind == prose && (items || !b.list), kind == item && items:
			if kind == item {
				flush()
			}
			if paragraph.Len() <= inlineMax { // plain reads no more
				paragraph.WriteString(line)
				paragraph.WriteByte(' ')
			}
		default:
			flush()
		}
		if !ok || marked || l.stopped {
			l.author = marked
			break
		}
	}
	flush()
	l.text, l.read = text.String(), b.at
	return l
}

// hasMore tells whether <!--more--> stands anywhere in the rest of a body.
func hasMore(rest string) bool {
	if !strings.Contains(rest, "<!--") {
		return false
	}
	b := blocks{text: rest}
	for line, kind, ok := b.next(); ok; line, kind, ok = b.next() {
		if kind == more {
			return true
		}
		if kind == prose || kind == item {
			if _, found := cutMore(line); found {
				return true
			}
		}
	}
	return false
}

// firstHeading returns the text of the first heading as plain text, or "".
func firstHeading(body string) string {
	b := blocks{text: body}
	for line, kind, ok := b.next(); ok; line, kind, ok = b.next() {
		if kind == heading {
			if s := plain(line, body); s != "" {
				return s
			}
		}
	}
	return ""
}
