package terminal

import (
	"fmt"
	"reflect"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// perform runs a command in a goroutine of its own, as Bubble Tea does, and
// gives its result to the model. A command must end by itself: one that waits
// for something outside should also wait for the session's end.
func (h *Host) perform(cmd tea.Cmd) {
	if cmd == nil || h.stopped {
		return
	}
	go h.deliver(cmd)
}

// deliver runs cmd and whatever commands it expands to, in order.
func (h *Host) deliver(cmd tea.Cmd) {
	msg, ok := h.call(cmd)
	if !ok || msg == nil {
		return
	}
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			if c != nil {
				go h.deliver(c)
			}
		}
		return
	}
	if sequence, ok := commands(msg); ok {
		for _, c := range sequence {
			if c != nil {
				h.deliver(c)
			}
		}
		return
	}
	h.Send(msg)
}

// call runs cmd outside the lock and catches its panic.
func (h *Host) call(cmd tea.Cmd) (msg tea.Msg, ok bool) {
	defer func() {
		if !ok {
			v := recover()
			h.locked(func() { panic(v) })
		}
	}()
	return cmd(), true
}

// commands recognises the message of tea.Sequence, whose type is private: the
// only slice of commands that is not a BatchMsg.
func commands(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	return reflect.TypeAssert[[]tea.Cmd](v.Convert(reflect.TypeFor[[]tea.Cmd]()))
}

// intercept acts on the messages that Bubble Tea means for its program and
// returns the one to give to the model, or nil. The types of most are private
// to Bubble Tea, but the functions that make them are not. The lock is held.
func (h *Host) intercept(msg tea.Msg) tea.Msg {
	switch m := msg.(type) {
	case tea.KeyPressMsg, tea.WindowSizeMsg:
		return msg // by far the most frequent, and never for the program
	case tea.QuitMsg:
		h.stop(nil, "")
		return nil
	case tea.InterruptMsg:
		h.stop(tea.ErrInterrupted, "")
		return nil
	case tea.SuspendMsg:
		return nil // there is no job control at the far end of a channel
	case tea.RawMsg:
		h.screen.raw(fmt.Sprint(m.Msg))
		return nil
	case tea.ModeReportMsg:
		if m.Mode == ansi.ModeSynchronizedOutput && m.Value == ansi.ModeReset {
			h.screen.synchronized = true
		}
	case tea.CapabilityMsg:
		if (m.Content == "RGB" || m.Content == "Tc") && h.profile != colorprofile.TrueColor {
			h.profile = colorprofile.TrueColor
			h.update(tea.ColorProfileMsg{Profile: h.profile})
		}
	default:
		return h.interceptPrivate(msg)
	}
	return msg
}

func (h *Host) interceptPrivate(msg tea.Msg) tea.Msg {
	switch msg {
	// Comparing is safe: a message of an incomparable type has another type
	// than these empty structs, and Go compares types first.
	case tea.ClearScreen():
		h.screen.invalidate()
	case tea.RequestBackgroundColor():
		h.screen.query(ansi.RequestBackgroundColor)
	case tea.RequestForegroundColor():
		h.screen.query(ansi.RequestForegroundColor)
	case tea.RequestWindowSize():
		return tea.WindowSizeMsg{Width: h.screen.width, Height: h.screen.height}
	default:
		return h.interceptText(msg)
	}
	return nil
}

// interceptText handles the private messages that are strings.
func (h *Host) interceptText(msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.String {
		return msg
	}
	switch v.Type() {
	case reflect.TypeOf(tea.SetClipboard("")()):
		h.screen.raw(ansi.SetSystemClipboard(v.String()))
	case reflect.TypeOf(tea.SetPrimaryClipboard("")()):
		h.screen.raw(ansi.SetPrimaryClipboard(v.String()))
	case reflect.TypeOf(tea.RequestCapability("")()):
		h.screen.queryCapability(v.String())
	default:
		return msg
	}
	return nil
}
