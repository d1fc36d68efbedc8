package reader

import (
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// maxAhead is how much input is kept until what it acts on is there, in bytes: about a hundred keys. Further
// input is dropped.
const maxAhead = 8 << 10

// ahead is input that came before what it acts on: the page of an article that is being laid out, or the answer
// of a search whose best result is to be opened.
type ahead struct {
	msgs  []tea.Msg //ledger:counted maxAhead
	bytes int
	full  bool // a message has been dropped, and so are all that follow it
	acts  bool // one of them does more than move
}

// add keeps a message, if there is room.
func (a *ahead) add(msg tea.Msg, moves bool) {
	bytes := int(unsafe.Sizeof(msg) + unsafe.Sizeof(tea.KeyPressMsg{}))
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		bytes += len(msg.Text)
	case tea.PasteMsg:
		bytes += len(msg.Content)
	}
	if a.full = a.full || a.bytes+bytes > maxAhead; !a.full {
		a.msgs, a.bytes, a.acts = append(a.msgs, msg), a.bytes+bytes, a.acts || !moves
	}
}

// awaits reports whether a key, and with it all that follow, has to wait: if what it acts on is not there yet.
func (m *Model) awaits(msg tea.Msg) bool {
	if !m.awaiting() || tooSmall(m.width, m.height) {
		return false
	}
	does := m.doing(msg)
	switch {
	case does == quit:
		return false
	case does == back && !m.ahead.acts: // movements before it make no difference
		m.ahead = ahead{}
		return false
	case len(m.ahead.msgs) > 0:
		return true
	}
	a, ok := m.top().(*article)
	if !ok {
		return does != back
	}
	switch does {
	case none:
		_, turned := msg.(tea.MouseWheelMsg)
		return turned
	case older, newer: // the next match, if words are looked for
		return a.find.active() || a.seek != nil
	case first, last, up, down, pageUp, pageDown, halfUp, halfDown, open, previousHit, lookFor, outline, nextLink, previousLink, yank, left, right, selectText:
		return true
	default:
		return false
	}
}

// doing returns the action of a message on the screen that is shown, if it is a key.
func (m *Model) doing(msg tea.Msg) action {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		return m.top().keys(m).does(keyNames(key))
	}
	return none
}

// moves reports whether a message does nothing but scroll or select.
func (m *Model) moves(msg tea.Msg) bool {
	switch m.doing(msg) {
	case first, last, up, down, pageUp, pageDown, halfUp, halfDown:
		return true
	default:
		_, turned := msg.(tea.MouseWheelMsg)
		return turned
	}
}

// awaiting reports whether the screen's keys act on something that is not there yet.
func (m *Model) awaiting() bool {
	switch top := m.top().(type) {
	case *article:
		return m.prompt == nil && top.page == nil && top.err == nil && m.asking != nil
	case *search:
		return top.next != none
	default:
		return false
	}
}

// catchUp acts on the input that has waited, in order, until a key has to wait again.
func (m *Model) catchUp() tea.Cmd {
	msgs := m.ahead.msgs
	m.ahead = ahead{}
	var all tea.Cmd
	for i, msg := range msgs {
		if cmd := m.take(msg); cmd != nil {
			all = tea.Batch(all, cmd)
		}
		if m.awaiting() { // one task at a time: there is room for a few only
			for _, rest := range msgs[i+1:] {
				m.ahead.add(rest, m.moves(rest))
			}
			break
		}
	}
	return all
}
