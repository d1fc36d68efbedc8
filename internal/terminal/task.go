package terminal

import (
	"errors"

	tea "charm.land/bubbletea/v2"
)

// Task is a message that stands for slow or blocking work. A command of the model returns it, and the host
// performs it on a goroutine of its own and gives the result to the model.
//
// On a tea.Program a Task comes to the model's Update, which returns its Perform as a command.
type Task interface {
	// Perform does the work. What waits for something outside should also wait
	// for the session's end.
	Perform() tea.Msg
}

// Clipping is a message that stands for a text for the clipboard, which is made when it is written. A
// command of the model returns it.
//
// On a tea.Program a Clipping comes to the model's Update, which returns tea.SetClipboard.
type Clipping interface {
	// Clipboard returns the text.
	Clipboard() string
}

// clipped is a text that exists already.
type clipped string

func (c clipped) Clipboard() string { return string(c) }

const (
	// maxTasks is how many tasks of a session are performed at once. While more
	// wait, no input is acted on.
	maxTasks = 4
	// maxWaiting is how many tasks may wait, as those of resizes and reloads do.
	maxWaiting = 16
)

// ErrTasks is returned by Err when the model has started more tasks than allowed.
var ErrTasks = errors.New("terminal: too many tasks at once")

// perform runs a command at once, on the goroutine that brought the message: with a goroutine for each, a
// client could have as many as it can send keys. So a command must not wait; what does is a Task. The lock is
// held.
func (h *Host) perform(cmd tea.Cmd) {
	if cmd != nil && !h.stopped {
		h.deliver(cmd()) //ledger:counted in the turn of the message that brought it
	}
}

// deliver gives the model the result of a command, or performs what it expands
// to, in order; tea.Sequence is not known here. The lock is held.
func (h *Host) deliver(msg tea.Msg) {
	switch m := msg.(type) {
	case Task:
		h.begin(m)
	case tea.BatchMsg:
		for _, cmd := range m {
			h.perform(cmd)
		}
	default:
		h.update(msg)
	}
}

// begin performs a task on a goroutine of its own, at once or when another has
// ended. The lock is held.
func (h *Host) begin(t Task) {
	switch {
	case h.performing < maxTasks && h.account.Go(func() { h.performTasks(t) }):
		h.performing++
	case h.performing > 0 && len(h.waiting) < maxWaiting:
		h.waiting = append(h.waiting, t)
	default:
		h.stop(ErrTasks, "")
	}
}

// performTasks performs a task, and then those that wait.
func (h *Host) performTasks(t Task) {
	for t != nil {
		msg := h.call(t)
		h.locked(func() { h.deliver(msg) })
		t = h.nextTask()
	}
}

// nextTask returns the task that has waited for longest, or nil if none waits.
func (h *Host) nextTask() Task {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.room.Broadcast()
	if len(h.waiting) == 0 || h.stopped {
		h.performing--
		return nil
	}
	t := h.waiting[0]
	h.waiting = h.waiting[1:]
	return t
}

// call performs t outside the lock and catches its panic.
func (h *Host) call(t Task) (msg tea.Msg) {
	ok := false
	defer func() {
		if !ok {
			v := recover()
			h.locked(func() { panic(v) })
		}
	}()
	msg = t.Perform()
	ok = true
	return msg
}
