package reader

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// maxCopy is the longest text to copy, in bytes. It crosses the wire as base64
// in one control sequence (OSC 52), which terminals cut at some 75,000 bytes.
const maxCopy = 54 << 10

// copy copies the chosen link, or asks what to copy. The text comes from the source, not from the screen, so it
// has no line breaks of ours.
func (a *article) copy(m *Model) tea.Cmd {
	if a.page == nil {
		return nil
	}
	if s, ok := a.chosen(); ok {
		if s.post == nil {
			return m.copied("the address", s.target)
		}
		return m.copied("the post's address", m.addressOf(s.post.Address))
	}
	rows := make([]choice, 0, len(a.page.Code)+2)
	rows = append(rows, choice{label: "The address of this post", detail: m.addressOf(a.post.Address)})
	source := !m.withoutSource
	if source {
		rows = append(rows, choice{label: "The whole post, in Markdown", detail: size(a.post.SourceSize())})
	}
	before := len(rows)
	selected := 0
	for i := range a.page.Code {
		c := &a.page.Code[i]
		if selected == 0 && c.Last >= a.top-len(a.head) && c.First < a.top-len(a.head)+a.rows {
			selected = len(rows) // the code on the screen is preselected
		}
		what := strings.TrimSpace(c.Lang + " code, " + Count(c.Last-c.First+1, "line", "lines"))
		rows = append(rows, choice{label: what, detail: openingOf(c)})
	}
	return m.pick(&picker{
		bindings: &m.keys.menu, title: "Copy", total: "into your clipboard", footer: a.post.Title(), rows: rows, selected: selected,
		choose: func(of choice, i int) tea.Cmd {
			switch {
			case i == 0:
				return m.copied("the post's address", of.detail)
			case i == 1 && source:
				return m.copiedSource(a.post)
			}
			return a.copyCode(m, i-before, of.detail)
		},
	})
}

// openingOf returns the first line of code, as far as a menu can show it. It is a copy, so the page can be
// freed.
func openingOf(c *render.Code) string {
	opening, _, _ := strings.Cut(strings.TrimLeft(c.Source, " \t\n"), "\n")
	return strings.Clone(fit(strings.TrimSpace(plaintext.Clean(opening)), measure))
}

// copyCode copies the code with the given index and first line, unless the page has changed or been dropped
// since the menu was opened.
func (a *article) copyCode(m *Model, i int, opening string) tea.Cmd {
	page := a.page
	if page == nil || i >= len(page.Code) || openingOf(&page.Code[i]) != opening {
		m.notice = "the post is being laid out anew: copy again in a moment"
		return nil
	}
	return m.copied("the code", page.Code[i].Source)
}

// copiedSource copies what the blog publishes of a post's Markdown.
func (m *Model) copiedSource(p *post.Post) tea.Cmd {
	n := p.SourceSize()
	if n > maxCopy {
		return m.tooLong(n)
	}
	m.noteCopied("the whole post")
	return func() tea.Msg { return clipping{p} }
}

// clipping is a post whose source is to be copied (terminal.Clipping). The source is read once for each frame,
// however many keys ask for it.
type clipping struct{ post *post.Post }

// Clipboard returns the text.
func (c clipping) Clipboard() string {
	var b strings.Builder
	b.Grow(c.post.SourceSize()) //ledger:counted at most maxCopy
	for piece := range c.post.Source() {
		b.WriteString(piece)
	}
	return b.String()
}

// copied copies text and says what it was.
func (m *Model) copied(what, text string) tea.Cmd {
	if len(text) > maxCopy {
		return m.tooLong(len(text))
	}
	m.noteCopied(what)
	return tea.SetClipboard(text)
}

func (m *Model) noteCopied(what string) { m.notice = "copied " + what + ", if your terminal allows it" }

func (m *Model) tooLong(bytes int) tea.Cmd {
	m.notice = fmt.Sprintf("too long to copy: %s, terminals take %s", size(bytes), size(maxCopy))
	return nil
}

// addressOf is the command that opens a post.
func (m *Model) addressOf(name string) string {
	if m.address == nil {
		return name
	}
	return m.address(name)
}

// size writes a number of bytes.
func size(bytes int) string {
	if bytes < 1<<10 {
		return Count(bytes, "byte", "bytes")
	}
	return fmt.Sprintf("%.1f KB", float64(bytes)/(1<<10))
}
