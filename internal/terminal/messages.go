package terminal

import (
	"reflect"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// intercept handles the messages that are for the host, and returns the one to give to the model, or nil. The
// lock is held.
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
		if trueColor(m.Content) && h.profile != colorprofile.TrueColor {
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

// trueColor reports whether a terminal that answers with a capability, as "RGB" or "RGB=8/8/8", has true
// colour. xterm without it says "RGB=-1".
func trueColor(capability string) bool {
	name, bits, known := strings.Cut(capability, "=")
	return (name == "RGB" || name == "Tc") && (!known || bits >= "1" && bits < ":")
}
