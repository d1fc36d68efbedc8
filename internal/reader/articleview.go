package reader

import "fmt"

// line returns a line of the whole article as it is shown.
func (a *article) line(m *Model, i int) string {
	if i < len(a.head) {
		return a.head[i]
	}
	line := i - len(a.head)
	if line >= a.page.Lines.Len() {
		return a.focused(i, a.tail[line-a.page.Lines.Len()])
	}
	text := a.code.line(a.page, line)
	if a.lit.len() > 0 || a.passage != nil {
		text = a.kept(line, text)
	}
	if a.find.active() {
		text = a.marked(line, text, m.theme)
	}
	return a.focused(i, text)
}

// draw draws the lines that the window shows, and the progress.
func (a *article) draw(m *Model, f *frame) {
	f.left, f.column = column(f.width, m.measure)
	rows := a.rows
	end := min(a.top+rows, a.length())
	if a.page == nil {
		for _, line := range a.head[:min(len(a.head), rows)] {
			f.add(line)
		}
		if a.err != nil && f.rows < rows {
			f.add(m.theme.Error.Render(fit("This post cannot be shown: "+a.err.Error(), f.column)))
		}
	} else {
		if a.passage != nil {
			a.passage.show(m, a.top-len(a.head), min(end-len(a.head), a.page.Lines.Len()))
		}
		for i := a.top; i < end; i++ {
			if line := i - len(a.head); a.lit.len() > 0 && line >= 0 && a.lit.touches(line) {
				f.addSigned(m.theme.Mark.Render(keptSign), a.line(m, i))
				continue
			}
			f.add(a.line(m, i))
		}
	}
	m.footer(f, a.footer(m, end), end, a.length(), true)
}

// footer returns the chosen link or the count of matches if there are any, else the section, the progress and
// the minutes left.
func (a *article) footer(m *Model, end int) string {
	if a.page == nil {
		return a.post.Title()
	}
	if a.passage != nil {
		return a.passage.footer(m)
	}
	if s, ok := a.chosen(); ok {
		return a.stopFooter(m, s)
	}
	percent := 100
	if length := a.length(); end < length {
		percent = end * 100 / length
	}
	progress := fmt.Sprintf("%d%%", percent)
	if left := (a.minutes*(100-percent) + 99) / 100; left > 0 {
		progress += fmt.Sprintf(" · %d min left", left)
	}
	if a.find.active() {
		room := max(a.width/3-widthOf(a.find.count()), 8)
		progress = "/" + fit(a.find.query, room) + "  " + a.find.count() + " · " + progress
	}
	// The number of other readers and the section give way to the keys that leave.
	leave := widthOf("   esc back  ? help")
	if n := m.presence.Others(); n > 0 {
		if all := progress + " · " + Count(n, "other", "others"); widthOf(all)+leave <= a.width {
			progress = all
		}
	}
	if a.find.active() {
		return progress
	}
	section := a.section(end)
	room := min(max(a.width/3, 12), a.width-widthOf(progress+" · ")-leave)
	if section == "" || room < 8 {
		return progress
	}
	return progress + " · " + fit(section, room)
}

// section returns the heading of the text at the top, or at the end of the article the last heading. end is the
// first line below the screen.
func (a *article) section(end int) string {
	if i := a.sectionAt(end); i >= 0 {
		return a.page.Headings[i].Text
	}
	return ""
}

func (a *article) sectionAt(end int) int {
	found, line := -1, a.top-len(a.head)+1
	if end == a.length() {
		line = end // headings on the last screen never reach the top
	}
	for i, h := range a.page.Headings {
		if h.Line > line {
			break
		}
		found = i
	}
	return found
}
