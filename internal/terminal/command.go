package terminal

import (
	"fmt"
	"reflect"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

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
	h.answers.take(msg)
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
	case tea.KeyboardEnhancementsMsg:
		h.screen.modes.kitty = true
	case tea.CursorPositionMsg:
		if m.Y != letterRow {
			return nil
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
	case reflect.TypeOf(tea.SetClipboard("")()): //ledger:counted makes a message, for its type
		h.screen.copy(ansi.SystemClipboard, v.String())
	case reflect.TypeOf(tea.SetPrimaryClipboard("")()): //ledger:counted makes a message, for its type
		h.screen.copy(ansi.PrimaryClipboard, v.String())
	case reflect.TypeOf(tea.RequestCapability("")()): //ledger:counted makes a message, for its type
		h.screen.queryCapability(v.String())
	default:
		return msg
	}
	return nil
}
