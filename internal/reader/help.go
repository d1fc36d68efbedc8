package reader

import tea "charm.land/bubbletea/v2"

// help lists every key. It is made from the bindings themselves.
type help struct {
	below *keymap // of the screen below it
	top   int
}

func (h *help) keys(m *Model) *keymap { return &m.keys.help }

func (h *help) weight() int { return 0 }

func (h *help) adopt(*Model) tea.Cmd { return nil }

// act acts on the help.
func (h *help) act(m *Model, does action) tea.Cmd {
	if does == back {
		m.pop()
		return nil
	}
	h.top = stepped(does, h.top, max(m.helpRows()-1, 1), len(h.lines(m)))
	return h.reflow(m)
}

func (h *help) reflow(m *Model) tea.Cmd {
	h.top = max(min(h.top, len(h.lines(m))-m.helpRows()), 0)
	return nil
}

// helpRows is the number of rows for the help's lines.
func (m *Model) helpRows() int { return max(m.height-2-footerRows, 1) }

// helpKeys is how many cells the keys take beside their descriptions; in a window narrower than helpBeside the
// descriptions are below the keys.
const helpKeys, helpBeside = 26, 60

// lines lists the bindings of the screen below first, then the others. Nothing is cut off.
func (h *help) lines(m *Model) []string {
	_, width := column(m.width, measure)
	return m.caches.help.get(helpLinesKey{h.below, m.theme, width}, func() []string { return m.layHelp(h.below, width) })
}

func (m *Model) layHelp(here *keymap, width int) []string {
	maps := []*keymap{here}
	for _, k := range m.keys.all() {
		if k.title != here.title {
			maps = append(maps, k)
		}
	}
	t := m.theme
	var lines []string
	for i, k := range maps {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, t.Title.Render(fit(k.title, width)))
		for _, b := range k.bindings {
			lines = append(lines, m.helpLine(b, width)...)
		}
	}
	return lines
}

// helpLine returns the lines of one binding.
func (m *Model) helpLine(b binding, width int) []string {
	const most = 9 // lines of one text, in a window that is hardly usable
	t, text := m.theme, b.Help().Desc
	keys := Wrap(b.all, width, most)
	var lines []string
	if width < helpBeside {
		for _, line := range keys {
			lines = append(lines, t.Key.Render(line))
		}
		for _, line := range Wrap(text, width-4, most) {
			lines = append(lines, "    "+line)
		}
		return lines
	}
	keys = Wrap(b.all, helpKeys, most)
	about := Wrap(text, width-helpKeys-2, most)
	for i := range max(len(keys), len(about)) {
		key, what := "", ""
		if i < len(keys) {
			key = keys[i]
		}
		if i < len(about) {
			what = about[i]
		}
		lines = append(lines, t.Key.Render(key)+spaces(helpKeys-widthOf(key)+2)+what)
	}
	return lines
}

// draw draws the help.
func (h *help) draw(m *Model, f *frame) {
	f.left, f.column = column(f.width, measure)
	lines := h.lines(m)
	f.spread(m.theme.Title.Render("Help"), m.theme.Dim.Render(fit("every key there is", f.column-6)))
	f.add("")
	rows := m.helpRows()
	end := min(h.top+rows, len(lines))
	for _, line := range lines[h.top:end] {
		if f.rows < f.height-footerRows {
			f.add(line)
		}
	}
	left := "ALL OF IT"
	if len(lines) > rows {
		left = Count(len(lines)-end, "line", "lines") + " below"
	}
	m.footer(f, left, end, len(lines), true)
}
