package terminal

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// intercept acts on the messages that are the host's and returns the one to give to
// the model, or nil. The lock is held.
func (h *Host) intercept(msg tea.Msg) tea.Msg {
	h.answers.take(msg)
	switch m := msg.(type) {
	case tea.KeyPressMsg, tea.WindowSizeMsg:
		return msg // by far the most frequent, and never for the program
	case tea.QuitMsg:
		h.stop(nil, "")
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
	case Clipping:
		h.screen.copy(m)
		h.stale = true
		return nil
	default:
		// The type is private to Bubble Tea, but the function that makes one is not.
		if reflect.TypeOf(msg) == reflect.TypeOf(tea.SetClipboard("")()) { //ledger:counted makes a message, for its type
			h.screen.copy(clipped(reflect.ValueOf(msg).String()))
			h.stale = true
			return nil
		}
	}
	return msg
}
