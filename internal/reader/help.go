package reader

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// help tells every key, straight from the bindings that act.
type help struct{ top int }

// actHelp acts on the help.
func (m *Model) actHelp(does action) {
	h := &m.help
	screen := max(m.helpRows()-1, 1)
	switch does {
	case up:
		h.top--
	case down:
		h.top++
	case pageUp:
		h.top -= screen
	case pageDown:
		h.top += screen
	case first:
		h.top = 0
	case last:
		h.top = len(m.helpLines(0))
	case back:
		m.helping = false
	}
	h.top = max(min(h.top, len(m.helpLines(0))-m.helpRows()), 0)
}

// helpRows is the number of rows for the help's lines.
func (m *Model) helpRows() int { return max(m.height-2-footRows, 1) }

// helpLines lists the bindings of the screen below first, then the others.
func (m *Model) helpLines(width int) []string {
	here := m.keymapBelow()
	maps := []*keymap{here}
	for _, k := range []*keymap{&m.keys.list, &m.keys.article, &m.keys.search, &m.keys.chooser, &m.keys.menu} {
		if k != here {
			maps = append(maps, k)
		}
	}
	const keys = 12 // cells for the keys
	t := m.theme
	var lines []string
	for i, k := range maps {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, t.Title.Render(fit(k.title, width)))
		for _, b := range k.bindings {
			// The foot names a pair of keys at once; here each has its line.
			label := strings.NewReplacer("↑↓", "↓", "←→", "←").Replace(b.Help().Key)
			text := b.Help().Desc
			label = fit(label, min(keys, width))
			lines = append(lines, t.Key.Render(label)+
				spaces(keys-ansi.StringWidth(label)+2)+fit(text, width-keys-2))
		}
	}
	return lines
}

// viewHelp draws the help.
func (m *Model) viewHelp(f *frame) {
	f.left, f.column = column(f.width, measure)
	lines := m.helpLines(f.column)
	f.spread(m.theme.Title.Render("Help"), m.theme.Dim.Render(fit("every key there is", f.column-6)))
	f.add("")
	rows := m.helpRows()
	m.help.top = max(min(m.help.top, len(lines)-rows), 0)
	end := min(m.help.top+rows, len(lines))
	for _, line := range lines[m.help.top:end] {
		if len(f.lines) < f.height-footRows {
			f.add(line)
		}
	}
	left := "ALL OF IT"
	if len(lines) > rows {
		left = count(len(lines)-end, "line", "lines") + " below"
	}
	m.foot(f, left, end, len(lines), true)
}
