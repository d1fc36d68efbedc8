package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
)

// What the host asks by itself comes in the packet with the first frame.
func TestColoursAreAskedForWithTheFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var writes []string
		h := New(&probe{}, Options{
			Input: strings.NewReader(""), Output: writer(func(p []byte) { writes = append(writes, string(p)) }),
			Width: 80, Height: 24, Environ: []string{"TERM=xterm-256color"}, AskColours: true,
		})
		_ = h.Run(t.Context())
		first := writes[0]
		if !strings.Contains(first, "80×24") || !strings.HasSuffix(first, "\x1b]11;?\x07\x1bP+q524742\x1b\\") {
			t.Errorf("the first write is %q", first)
		}
	})
}

// writer takes what is written.
type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}
