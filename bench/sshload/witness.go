package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/vt"
)

// witness follows a session on a terminal emulator, to tell the screens of a
// blog from anything else that a server might write quickly. It costs too much
// to give every session one.
type witness struct {
	screen       *vt.Emulator
	expect, post string
}

func newWitness(s *settings) *witness {
	w := &witness{screen: vt.NewEmulator(s.Size.Width, s.Size.Height), expect: s.Expect, post: s.ExpectPost}
	// The emulator answers the server's questions; like most of the sessions,
	// this one does not.
	go func() { _, _ = io.Copy(io.Discard, w.screen) }()
	return w
}

func (w *witness) write(p []byte) { _, _ = w.screen.Write(p) }

func (w *witness) text() string { return w.screen.String() }

// close ends the goroutine that reads the emulator's answers.
func (w *witness) close() {
	if c, ok := w.screen.InputPipe().(io.Closer); ok {
		_ = c.Close()
	}
}

// answers reports whether the screen is what the key should have led to.
func (w *witness) answers(q *question) bool {
	now := w.text()
	switch q.kind {
	case arrive, escape:
		return strings.Contains(now, w.expect)
	case choose, turn, back:
		return now != q.before && strings.Contains(now, w.expect)
	case open:
		return now != q.before && strings.Contains(now, w.post)
	default:
		return now != q.before
	}
}

// shows tells what stands on the screen instead.
func (w *witness) shows() string {
	for row := range strings.Lines(w.text()) {
		if row = strings.TrimSpace(row); row != "" {
			return fmt.Sprintf("the screen begins with %.60q", row)
		}
	}
	return "the screen is empty"
}
