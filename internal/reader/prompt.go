package reader

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// maxPrompt is the longest text a prompt takes, in characters.
const maxPrompt = 200

// prompt is a line of input. It is made when it is needed, and used again: it takes
// eight kilobytes.
type prompt struct {
	input textinput.Model
	text  string // that has been typed; to ask input for it copies all of input
	label string
	hint  func() string
	then  func(edit, string) tea.Cmd // called with what has become of it
}

// newPrompt returns an empty prompt, which is one that was closed if there is any.
func (m *Model) newPrompt(label string, hint func() string, then func(edit, string) tea.Cmd) *prompt {
	p := m.closed
	m.closed = nil
	if p == nil {
		p = makePrompt(&m.keys.prompt)
	}
	p.label, p.hint, p.then = label, hint, then
	return p
}

// reuse keeps a prompt that was closed, and nothing of what it was for.
func (m *Model) reuse(p *prompt) {
	p.input.Reset()
	p.text, p.hint, p.then = "", nil, nil
	m.closed = p
}

// makePrompt makes a prompt. What its keys do is in the keymap: textinput's own would
// read the clipboard of the server, and fail at the last letter (alt+d).
func makePrompt(keys *keymap) *prompt {
	p := &prompt{input: textinput.New()}
	p.input.CharLimit = maxPrompt
	p.input.SetStyles(textinput.Styles{})
	p.input.SetVirtualCursor(false) // the terminal's is shown; one that blinks keeps a timer
	p.input.KeyMap = textinput.KeyMap{
		CharacterBackward:       keys.binding(left),
		CharacterForward:        keys.binding(right),
		WordBackward:            keys.binding(wordLeft),
		WordForward:             keys.binding(wordRight),
		LineStart:               keys.binding(first),
		LineEnd:                 keys.binding(last),
		DeleteCharacterBackward: keys.binding(erase),
		DeleteCharacterForward:  keys.binding(eraseNext),
		DeleteWordBackward:      keys.binding(eraseWord),
		DeleteBeforeCursor:      keys.binding(eraseAll),
		DeleteAfterCursor:       keys.binding(eraseRest),
	}
	_ = p.input.Focus() // without a cursor of its own there is nothing to do
	return p
}

// binding returns the keys of an action.
func (k *keymap) binding(does action) key.Binding {
	i := slices.IndexFunc(k.bindings, func(b binding) bool { return b.does == does })
	return k.bindings[i].Binding
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

// key edits the prompt. All text is typed, also a word like "home" that comes at once.
func (p *prompt) key(keys *keymap, name string, msg tea.KeyPressMsg) edit {
	if msg.Text != "" {
		return p.insert(msg.Text)
	}
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
	}
	return p.update(tea.KeyPressMsg{Code: msg.Code, Mod: msg.Mod})
}

// insert types a text, as far as it can be shown and there is room.
func (p *prompt) insert(text string) edit {
	return p.update(tea.PasteMsg{Content: plaintext.CleanTyped(text)})
}

func (p *prompt) update(msg tea.Msg) edit {
	before := p.text
	p.input, _ = p.input.Update(msg)
	if p.text = p.input.Value(); p.text == before {
		return unchanged
	}
	return edited
}

// paste gives the first line of a paste to the prompt; more was not meant for
// it.
func (m *Model) paste(text string) tea.Cmd {
	line, _, _ := strings.Cut(strings.NewReplacer("\r", "\n").Replace(strings.TrimSpace(text)), "\n")
	if m.prompt != nil {
		return m.prompted(m.prompt.insert(line))
	}
	if s, ok := m.top().(*search); ok && s.prompt.insert(line) == edited {
		return s.typed(m)
	}
	return nil
}

// prompted acts on what has become of the prompt.
func (m *Model) prompted(what edit) tea.Cmd {
	p := m.prompt
	switch what {
	case unchanged:
		return nil
	case leaving:
		return tea.Quit
	case accepted, cancelled:
		m.prompt = nil
		defer m.reuse(p)
	}
	return p.then(what, p.text)
}

// draw appends the prompt, as much of it around the cursor as there is room for, and
// if there is more room something at the right.
func (p *prompt) draw(f *frame, right string) {
	before := widthOf(p.label + string([]rune(p.text)[:p.input.Position()]))
	from := max(before-f.column+1, 0)
	text := textwidth.Cut(p.label+p.text, from, from+f.column)
	f.cursor = tea.NewCursor(f.left+before-from, f.rows)
	if widthOf(text)+widthOf(right)+2 > f.column {
		right = ""
	}
	f.spread(text, right)
}
