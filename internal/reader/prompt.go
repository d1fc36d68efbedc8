package reader

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// maxPrompt is the longest text a prompt takes, in bytes.
const maxPrompt = 200

// asking is what a prompt asks for.
type asking int

const (
	nothing asking = iota
	forPage
	forMatch
	forPosts
)

// prompt is a line of input in the foot.
type prompt struct {
	asking asking
	label  string
	hint   string
	text   string
}

// edit is what a key did to a prompt.
type edit int

const (
	unchanged edit = iota
	edited
	accepted
	cancelled
	leaving
)

// key edits the prompt. What is not among the keys is typed.
func (p *prompt) key(keys *keymap, name, text string) edit {
	before := p.text
	switch keys.actions[name] {
	case accept:
		return accepted
	case giveUp:
		return cancelled
	case quit:
		return leaving
	case erase:
		if p.text == "" {
			return cancelled
		}
		runes := []rune(p.text)
		p.text = string(runes[:len(runes)-1])
	case eraseWord:
		p.text = p.text[:strings.LastIndexByte(strings.TrimRight(p.text, " "), ' ')+1]
	case eraseAll:
		p.text = ""
	default:
		p.insert(text)
	}
	if p.text == before {
		return unchanged
	}
	return edited
}

// insert appends text, as far as it can be shown and there is room.
func (p *prompt) insert(text string) {
	text = post.CleanTyped(text)
	if len(p.text)+len(text) <= maxPrompt {
		p.text += text
	}
}

// promptKey gives a key to the prompt.
func (m *Model) promptKey(name, text string) tea.Cmd {
	return m.prompted(m.prompt.key(&m.keys.prompt, name, text))
}

// paste gives the first line of a paste to the prompt; more was not meant for
// it.
func (m *Model) paste(text string) tea.Cmd {
	line := strings.TrimSpace(text)
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	if m.prompt.asking == nothing {
		if m.place != inSearch || m.helping {
			return nil
		}
		m.search.prompt.insert(line)
		return m.typed()
	}
	m.prompt.insert(line)
	return m.prompted(edited)
}

// prompted acts on what has become of the prompt.
func (m *Model) prompted(what edit) tea.Cmd {
	asked, text := m.prompt.asking, m.prompt.text
	switch what {
	case leaving:
		return tea.Quit
	case accepted, cancelled:
		m.prompt = prompt{}
	}
	switch asked {
	case forPage:
		if what == accepted {
			m.jumpTo(text)
		}
	case forMatch:
		m.finding(what, text)
	}
	return nil
}

// viewPrompt draws the prompt in place of the foot.
func (m *Model) viewPrompt(f *frame) {
	text := m.prompt.label + m.prompt.text
	if cells := widthOf(text); cells > f.column-1 {
		text = textwidth.Skip(text, cells-f.column+1)
	}
	hint := m.prompt.hint
	if m.prompt.asking == forMatch {
		hint = m.article.find.count()
	}
	hint = m.theme.Dim.Render(hint)
	if widthOf(text)+widthOf(hint)+2 > f.column {
		hint = ""
	}
	f.spread(text, hint)
	f.cursor = tea.NewCursor(f.left+widthOf(text), f.height-1)
}
