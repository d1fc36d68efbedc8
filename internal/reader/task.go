package reader

import tea "charm.land/bubbletea/v2"

// work is a message for slow work, such as a render or a search. Its command returns at once: the host performs
// the work on a goroutine of its own, as many at once as a session may have (terminal.Task).
type work func() tea.Msg

// Perform does the work.
func (w work) Perform() tea.Msg { return w() }

// slowly returns the command for work.
func slowly(w work) tea.Cmd { return func() tea.Msg { return w } }
