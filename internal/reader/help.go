package reader

// help tells every key, straight from the bindings that act.
type help struct{ top int }

// actHelp acts on the help.
func (m *Model) actHelp(does action) {
	h := &m.help
	_, width := column(m.width, measure)
	length := len(m.helpLines(width))
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
		h.top = length
	case back:
		m.helping = false
	}
	h.top = max(min(h.top, length-m.helpRows()), 0)
}

// helpRows is the number of rows for the help's lines.
func (m *Model) helpRows() int { return max(m.height-2-footRows, 1) }

// helpKeys is how many cells the keys take beside what they do; in a window
// narrower than helpBeside what they do stands below them.
const helpKeys, helpBeside = 26, 60

// helpLines lists the bindings of the screen below first, then the others.
// Nothing in it is cut off: this is where one looks for what was.
func (m *Model) helpLines(width int) []string {
	here := m.keymapBelow()
	return m.shelves.help.get(helpOf{here, m.theme, width}, func() []string { return m.layHelp(here, width) })
}

func (m *Model) layHelp(here *keymap, width int) []string {
	maps := []*keymap{here}
	for _, k := range []*keymap{&m.keys.list, &m.keys.article, &m.keys.search, &m.keys.chooser, &m.keys.menu, &m.keys.prompt, &m.keys.help} {
		if k != here {
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

// helpLine tells of one binding.
func (m *Model) helpLine(b binding, width int) []string {
	const most = 9 // lines of one text, in a window that is hardly usable
	t, text := m.theme, b.Help().Desc
	keys := wrap(b.all, width, most)
	var lines []string
	if width < helpBeside {
		for _, line := range keys {
			lines = append(lines, t.Key.Render(line))
		}
		for _, line := range wrap(text, width-4, most) {
			lines = append(lines, "    "+line)
		}
		return lines
	}
	keys = wrap(b.all, helpKeys, most)
	about := wrap(text, width-helpKeys-2, most)
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
		if f.rows < f.height-footRows {
			f.add(line)
		}
	}
	left := "ALL OF IT"
	if len(lines) > rows {
		left = count(len(lines)-end, "line", "lines") + " below"
	}
	m.foot(f, left, end, len(lines), true)
}
