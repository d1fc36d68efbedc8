package reader

import (
	"slices"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// screen is what fills the window: the list, or something opened over it. Its methods get the model that it is
// a part of. A new screen is a type of its own, and a key that pushes it.
type screen interface {
	// keys returns the bindings that are active on it, for keys, footer and help.
	keys(m *Model) *keymap
	// act performs the action of a key. A screen is left by popping it.
	act(m *Model, does action) tea.Cmd
	// draw draws it. It changes nothing.
	draw(m *Model, f *frame)
	// reflow fits it to the window, the theme and the column, which may be others.
	reflow(m *Model) tea.Cmd
	// adopt takes over the model's index, which is a newer one.
	adopt(m *Model) tea.Cmd
	// weight is about how many bytes it alone keeps alive.
	weight() int
}

// top returns the screen that is shown.
func (m *Model) top() screen { return m.stack[len(m.stack)-1] }

// push opens a screen above the others.
func (m *Model) push(s screen) tea.Cmd {
	m.stack = append(m.stack, s)
	return s.reflow(m)
}

// pop closes the screen that is shown.
func (m *Model) pop() {
	m.stack = slices.Delete(m.stack, len(m.stack)-1, len(m.stack))
	m.list.settle(m.width, m.height) // the post that was read last may be on another page
}

// closeAll goes back to the list.
func (m *Model) closeAll() {
	for _, s := range m.stack {
		if a, ok := s.(*article); ok {
			a.close(m)
		}
	}
	m.stack = append(m.base[:0], &m.list)
	m.prompt = nil
	m.ahead = ahead{}
	m.searches.waits = nil
}

// each calls a function for every open screen.
func (m *Model) each(do func(screen) tea.Cmd) tea.Cmd {
	var all tea.Cmd
	for _, s := range m.stack {
		if cmd := do(s); cmd != nil {
			all = tea.Batch(all, cmd)
		}
	}
	return all
}

// weight is about the memory, in bytes, that the session holds by itself.
func (m *Model) weight() int64 {
	n := (cap(m.stack) - len(m.base)) * int(unsafe.Sizeof(screen(nil)))
	for _, s := range m.stack {
		n += s.weight()
	}
	return int64(n)
}

// lane performs one piece of a session's work at a time. Of what is asked for meanwhile only the last is kept,
// and performed next.
type lane struct {
	busy  bool
	waits work
}

// laneMsg brings the result of a piece of work, and says that it has ended.
type laneMsg struct {
	lane *lane
	msg  tea.Msg
}

// ask returns the command for a piece of work, or nil while another is under way.
func (l *lane) ask(w work) tea.Cmd {
	if l.busy {
		l.waits = w
		return nil
	}
	l.busy, l.waits = true, nil
	return slowly(func() tea.Msg { return laneMsg{l, w()} })
}

// next begins the work that waits.
func (l *lane) next() tea.Cmd {
	if l.busy || l.waits == nil {
		return nil
	}
	return l.ask(l.waits)
}
