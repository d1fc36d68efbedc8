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

// prompt is a line of input. It is made when it is first needed, and reused: it takes eight kilobytes.
type prompt struct {
	input textinput.Model
	text  string // cached, since asking input for it copies all of it
	label string
	hint  func() string
	then  func(edit, string) tea.Cmd // called after each edit
}

// newPrompt returns an empty prompt; it reuses a closed one if there is any.
func (m *Model) newPrompt(label string, hint func() string, then func(edit, string) tea.Cmd) *prompt {
	p := m.closed
	m.closed = nil
	if p == nil {
		p = makePrompt(&m.keys.prompt)
	}
	p.label, p.hint, p.then = label, hint, then
	return p
}

// reuse keeps a closed prompt, without its content.
func (m *Model) reuse(p *prompt) {
	p.input.Reset()
	p.text, p.hint, p.then = "", nil, nil
	m.closed = p
}

// makePrompt makes a prompt. Its keys are those of the keymap: textinput's defaults would read the clipboard of
// the server, and panic at the last letter (alt+d).
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
	_ = p.input.Focus() // the command would only start the cursor's blinking
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

// key edits the prompt. All text is inserted, also a word like "home" that comes in one event.
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

// insert inserts a text, as far as it is printable and there is room.
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

// paste inserts the first line of a paste in the prompt.
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

// prompted acts on the result of an edit.
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

// draw appends the prompt, as much of it around the cursor as fits, and if there is room something at the
// right.
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
