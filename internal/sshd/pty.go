package sshd

import (
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Bounds of terminal sizes. A client may claim 2³²−1 columns, which nothing must allocate; no
// screen is larger than this.
const (
	maxWidth      = 500     // cells
	maxHeight     = 200     // cells
	maxPixels     = 1 << 16 // each way
	defaultWidth  = 80      // cells
	defaultHeight = 24      // cells
)

// maxTerm is how long a terminal's name may be, in bytes.
const maxTerm = 64

// ptyRequest is the payload of a pty-req (RFC 4254 §6.2).
type ptyRequest struct {
	Term                 string
	Columns, Rows        uint32
	PixelWide, PixelHigh uint32
	Modes                string
}

// windowChange is the payload of a window-change (RFC 4254 §6.7).
type windowChange struct {
	Columns, Rows        uint32
	PixelWide, PixelHigh uint32
}

// parsePty parses a pty-req. The size is clamped to the bounds above, the name cleaned. The
// terminal's modes are ignored: there is no device that they could apply to, and a table of
// them would cost every session a kilobyte.
func parsePty(payload []byte) (term string, window ssh.Window, ok bool) {
	var req ptyRequest
	if err := gossh.Unmarshal(payload, &req); err != nil {
		return "", ssh.Window{}, false
	}
	size := windowChange{req.Columns, req.Rows, req.PixelWide, req.PixelHigh}
	return cleanTerm(req.Term), size.clamp(ssh.Window{Width: defaultWidth, Height: defaultHeight}), true
}

// parseWindow parses a window-change; before is the size until then.
func parseWindow(payload []byte, before ssh.Window) (ssh.Window, bool) {
	var size windowChange
	if err := gossh.Unmarshal(payload, &size); err != nil {
		return ssh.Window{}, false
	}
	return size.clamp(before), true
}

// clamp returns the size within the bounds. A zero dimension is ignored (RFC 4254 §6.2): the
// one before stays.
func (w windowChange) clamp(before ssh.Window) ssh.Window {
	window := ssh.Window{
		Width:        int(min(w.Columns, maxWidth)),
		Height:       int(min(w.Rows, maxHeight)),
		WidthPixels:  int(min(w.PixelWide, maxPixels)),
		HeightPixels: int(min(w.PixelHigh, maxPixels)),
	}
	if window.Width == 0 {
		window.Width = before.Width
	}
	if window.Height == 0 {
		window.Height = before.Height
	}
	return window
}

// cleanTerm returns a terminal's name, or "dumb" if it is not a valid one: then the
// application writes plain text, which every terminal shows.
func cleanTerm(term string) string {
	if term == "" || len(term) > maxTerm {
		return "dumb"
	}
	for i := range len(term) {
		if c := term[i]; !isAlphanumeric(c) && c != '.' && c != '+' && c != '_' && c != '-' {
			return "dumb"
		}
	}
	return term
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
