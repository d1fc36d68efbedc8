package reader

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// View returns the frame: exactly as many lines as the window has rows, none
// wider than its columns.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true}
	if m.width <= 0 || m.height <= 0 {
		return v // the size is not known yet
	}
	v.WindowTitle = m.windowTitle()
	if m.allKeys {
		v.KeyboardEnhancements = tea.KeyboardEnhancements{
			ReportAlternateKeys: true, ReportAllKeysAsEscapeCodes: true, ReportAssociatedText: true,
		}
	}
	if m.wheel {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if tooSmall(m.width, m.height) {
		v.Content = strings.Join(Wrap("Too small: q leaves, or make the window larger.", m.width, m.height), "\n")
		return v
	}
	if of, shared := m.frameKey(); shared {
		v.Content = m.caches.frames.get(of, func() string { return m.draw().content() })
		return v
	}
	f := m.draw()
	v.Content, v.Cursor = f.content(), f.cursor
	return v
}

// spare is how much larger than its text a frame's buffer may be before the text is copied, in bytes.
const spare = 64

// draw makes a frame.
func (m *Model) draw() *frame {
	f := &frame{width: m.width, height: m.height}
	f.text.Grow(m.frameSize + spare) //ledger:counted as the frame before, which terminal.Host has taken
	m.top().draw(m, f)
	m.frameSize = f.text.Len()
	return f
}

// windowTitle names what is read, for the terminal's title bar.
func (m *Model) windowTitle() string {
	for _, s := range slices.Backward(m.stack) {
		if a, ok := s.(*article); ok {
			return a.post.Title()
		}
	}
	return m.index.Blog().Title
}

// frame is a screen under construction.
type frame struct {
	text          strings.Builder //ledger:counted at most the rows of a window
	rows          int             // that text has
	width, height int
	left, column  int // where the column of text starts, and its width
	cursor        *tea.Cursor
}

// content returns the frame as text. Sessions hold it while nothing happens, so it is copied if its buffer is
// much larger.
func (f *frame) content() string {
	if n := f.text.Len(); f.text.Cap() > n+n/4+spare {
		return strings.Clone(f.text.String())
	}
	return f.text.String()
}

// row starts the next row.
func (f *frame) row() {
	if f.rows > 0 {
		f.text.WriteByte('\n')
	}
	f.rows++
}

// add appends a line of the column, in parts; together they must not be wider
// than it.
func (f *frame) add(parts ...string) {
	f.row()
	margin := false
	for _, part := range parts {
		if part == "" {
			continue
		}
		if !margin {
			f.text.WriteString(spaces(f.left))
			margin = true
		}
		f.text.WriteString(part)
	}
}

// addSigned appends a line of the column, with a sign of one cell in the margin before it if there is room.
func (f *frame) addSigned(sign, line string) {
	if f.left == 0 {
		f.add(line)
		return
	}
	gap := min(f.left, 2) - 1
	f.row()
	f.text.WriteString(spaces(f.left-gap-1) + sign + spaces(gap) + line)
}

// put appends lines that have their margin already.
func (f *frame) put(lines []string) {
	for _, line := range lines {
		f.row()
		f.text.WriteString(line)
	}
}

// spread appends a line with text at both ends of the column. If both do not fit, the right one is cut.
func (f *frame) spread(left, right string) {
	gap := f.column - widthOf(left) - widthOf(right)
	if right == "" || gap < 1 {
		f.add(left)
		return
	}
	f.add(left, spaces(gap), right)
}

// fill appends empty lines up to row.
func (f *frame) fill(row int) {
	for f.rows < row {
		f.row()
	}
}

// footer ends the frame: a rule, heavy for the part done of whole, and below it left and the keys. A notice
// replaces the keys and as much of left as it needs, since the next key dismisses it. A prompt replaces all.
func (m *Model) footer(f *frame, left string, done, whole int, rule bool) {
	if rule {
		f.fill(f.height - footerRows)
		f.add(m.rule(f.column, done, whole))
	}
	f.fill(f.height - 1)
	if m.prompt != nil {
		m.prompt.draw(f, m.theme.Dim.Render(m.prompt.hint()))
		return
	}
	t := m.theme
	if notice := m.noticeIn(f); notice != "" {
		room := f.column - widthOf(notice)
		left = fit(left, room-footerGap)
		if left == "…" {
			left = ""
		}
		f.add(t.Bar.Render(left), spaces(room-widthOf(left)), t.Notice.Render(notice))
		return
	}
	left = fit(left, f.column)
	room := f.column - widthOf(left) - footerGap
	keys := m.top().keys(m)
	f.spread(t.Bar.Render(left), m.caches.hints.get(hintsKey{keys, t, room}, func() string { return m.hints(keys, room) }))
}

// noticeIn returns what replaces the keys in the footer: the notice, or the greeting if there is no room for it
// above the list.
func (m *Model) noticeIn(f *frame) string {
	notice := m.notice
	if l, ok := m.top().(*list); ok && notice == "" && !l.plan(f.width, f.height).masthead {
		notice = m.greeting.In(f.column)
	}
	return fit(plaintext.Clean(notice), f.column)
}

// footerGap is the least between the two sides of the footer, hintGap that between
// two hints, in cells.
const footerGap, hintGap = 3, 2

// ruleStep is by how many cells the heavy part of the rule grows. With one, most keys would change the rule as
// well as the text.
const ruleStep = 4

// rule draws a line of width cells, heavy for the first done of whole.
func (m *Model) rule(width, done, whole int) string {
	heavy := 0
	if whole > 0 {
		heavy = min(max(width*done/whole, 0), width)
	}
	if heavy < width {
		heavy -= heavy % ruleStep
	}
	t := m.theme
	return t.Accent.Render(repeated("━", heavy)) + t.Faint.Render(repeated("─", width-heavy))
}

// hints returns the keys that matter here, as many as fit in room cells. Help and the way out come first: with
// these a reader finds the rest.
func (m *Model) hints(keys *keymap, room int) string {
	chosen := make([]bool, len(keys.bindings))
	for _, first := range [...]bool{true, false} {
		for i, b := range keys.bindings {
			essential := b.does == showHelp || b.does == quit || b.does == back
			if b.hint == "" || essential != first {
				continue
			}
			if cells := widthOf(hintText(b)); cells <= room {
				chosen[i] = true
				room -= cells + gapAfter(b)
			}
		}
	}
	var hints strings.Builder
	gap := 0
	for i, b := range keys.bindings {
		if chosen[i] {
			hints.WriteString(spaces(gap) + m.theme.Key.Render(hintKey(b)) + " " + m.theme.Dim.Render(b.hint))
			gap = gapAfter(b)
		}
	}
	return hints.String()
}

// gapAfter returns how many cells are between a hint and the next. There are more of them if the hint's arrows
// may be drawn twice as wide and push the rest along, so that the terminal can be repositioned in the gap.
func gapAfter(b binding) int {
	pushed := 0
	for _, r := range hintKey(b) {
		if textwidth.Doubtful(string(r)) == textwidth.Ambiguous {
			pushed++
		}
	}
	return max(hintGap, pushed+1)
}

// hintKey returns the first way to write a binding's keys.
func hintKey(b binding) string {
	label, _, _ := strings.Cut(b.Help().Key, " ")
	return label
}

func hintText(b binding) string { return hintKey(b) + " " + b.hint }
