package reader

import (
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// tabGap is the space between two tabs, in cells.
const tabGap = 3

// tabText is a tab's name and count.
func tabText(tab *library.List, slug string, width int) string {
	name := tab.Name
	if slug == "" {
		name = "All"
	}
	return fit(name, width/2) + " " + strconv.Itoa(tab.Len())
}

// tabSpan is a tab that fits in the row: where it starts, and its text.
type tabSpan struct {
	text   string
	at     int
	active bool
}

// tabSpans lays out the tabs that fit in width cells, the active one among them. before and after report
// whether there are more on that side.
func (m *Model) tabSpans(tabs []*library.List, width int) (spans []tabSpan, before, after bool) {
	active := m.activeTab(tabs)
	texts := make([]string, len(tabs))
	for i, tab := range tabs {
		texts[i] = tabText(tab, tab.Slug, width)
	}
	from := 0
	for from < active && !m.fitsUntil(texts[from:active+1], width-2*tabGap) {
		from++
	}
	at := 0
	if from > 0 {
		at = 2
	}
	for i := from; i < len(tabs); i++ {
		cells := cellsOn(m.theme, texts[i])
		limit := width
		if i < len(tabs)-1 {
			limit -= 2
		}
		if at+cells > limit && i > from {
			return spans, from > 0, true
		}
		spans = append(spans, tabSpan{texts[i], at, i == active})
		at += cells + tabGap
	}
	return spans, from > 0, false
}

func (m *Model) fitsUntil(texts []string, width int) bool {
	cells := 0
	for _, text := range texts {
		cells += cellsOn(m.theme, text) + tabGap
	}
	return cells <= width
}

// tabRow draws the names. Without a rule below, brackets mark the active one.
func (m *Model) tabRow(tabs []*library.List, width int, brackets bool) string {
	spans, before, after := m.tabSpans(tabs, width)
	t := m.theme
	var row strings.Builder
	at := 0
	write := func(text, styled string) {
		row.WriteString(styled)
		at += widthOf(text)
	}
	if before {
		write("‹ ", t.Dim.Render("‹ "))
	}
	for _, span := range spans {
		text := span.text
		style := t.Tab
		if span.active {
			style = t.Mark // the rule below is heavy there
			if brackets {
				style, text = t.TabActive, "["+text+"]"
			}
		}
		start := span.at
		if span.active && brackets && start > 0 {
			start--
		}
		row.WriteString(spaces(start - at))
		at = max(at, start)
		write(text, style.Render(text))
	}
	line := row.String()
	if after && at+2 <= width {
		line += t.Dim.Render(" ›")
	}
	return textwidth.Cut(line, 0, width)
}

// tabRule draws the line below the tabs, heavy below the active one.
func (m *Model) tabRule(tabs []*library.List, width int) string {
	spans, _, _ := m.tabSpans(tabs, width)
	t := m.theme
	for _, span := range spans {
		if !span.active {
			continue
		}
		cells := min(cellsOn(t, span.text), width-span.at)
		return t.Faint.Render(repeated("─", span.at)) +
			t.Accent.Render(repeated("━", cells)) +
			t.Faint.Render(repeated("─", width-span.at-cells))
	}
	return t.Faint.Render(repeated("─", width))
}
