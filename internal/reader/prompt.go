package reader

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// maxPrompt is the longest text a prompt takes, in bytes.
const maxPrompt = 100

// prompt is a line of input in the foot.
type prompt struct {
	open  bool
	label string
	text  string
}

func (p *prompt) start(label string) { *p = prompt{open: true, label: label} }

func (p *prompt) insert(text string) {
	if len(p.text)+len(text) <= maxPrompt {
		p.text += text
	}
}

// paste takes the first line of a paste; more was not meant for a prompt.
func (p *prompt) paste(text string) {
	if p.open {
		line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		p.insert(strings.Map(printable, line))
	}
}

func printable(r rune) rune {
	if r < 0x20 || r >= 0x7f && r < 0xa0 {
		return -1
	}
	return r
}

// promptKey edits the prompt, or acts on it.
func (m *Model) promptKey(name, text string) tea.Cmd {
	p := &m.prompt
	switch name {
	case "esc", "ctrl+g":
		p.open = false
	case "ctrl+c":
		return tea.Quit
	case "enter":
		p.open = false
		m.jumpTo(p.text)
	case "backspace", "ctrl+h":
		if p.text == "" {
			p.open = false
			return nil
		}
		runes := []rune(p.text)
		p.text = string(runes[:len(runes)-1])
	case "ctrl+u":
		p.text = ""
	default:
		p.insert(strings.Map(printable, text))
	}
	return nil
}

// jumpTo goes to the page whose number was typed.
func (m *Model) jumpTo(text string) {
	text = strings.TrimSpace(text)
	if text == "q" {
		// Who types this knows another program; the foot tells what works.
		m.notice = "q alone leaves"
		return
	}
	page, err := strconv.Atoi(text)
	switch {
	case text == "":
	case err != nil:
		m.notice = "Type the number of a page, as in :2"
	case page < 1 || page > m.list.shown.Pages():
		m.notice = "There are pages 1 to " + strconv.Itoa(m.list.shown.Pages())
	default:
		m.list.turn(page)
	}
}

// viewPrompt draws the prompt over the foot and returns its cursor.
func (m *Model) viewPrompt(f *frame) *tea.Cursor {
	f.lines = f.lines[:f.height-1]
	text := m.prompt.label + m.prompt.text
	if cells := ansi.StringWidth(text); cells > f.column-1 {
		text = ansi.TruncateLeft(text, cells-f.column+1, "")
	}
	hint := m.theme.Dim.Render("enter goes to the page, esc does not")
	if ansi.StringWidth(text)+ansi.StringWidth(hint)+2 > f.column {
		hint = ""
	}
	f.spread(text, hint)
	return tea.NewCursor(f.left+ansi.StringWidth(text), f.height-1)
}
