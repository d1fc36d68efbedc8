package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/ledger"
)

// What a model or a client can have the terminal's side hold has these limits.
func TestEdges(t *testing.T) {
	for name, edge := range map[string]struct {
		limit  int
		passes func(n int) bool
	}{
		"runes of a title": {200, func(n int) bool {
			title := strings.Repeat("ö", n)
			return cleanTitle(title) == title
		}},
		"bytes of a plain title": {200, func(n int) bool {
			title := strings.Repeat("o", n)
			return cleanTitle(title) == title
		}},
		"bytes of an output buffer that is kept": {512, func(n int) bool {
			s := screen{}
			s.paint(make([]byte, 0, n), nil, nil)
			return s.scratch != nil
		}},
		"bytes of a large buffer for input": {32 << 10, func(n int) bool {
			h := &Host{account: ledger.New(ledger.Limits{}).Open(ledger.Limits{})}
			return len(h.nextBuffer(make([]byte, 256), 256)) >= n
		}},
		"bytes of a sequence that is waited for": {1024, func(n int) bool {
			var d decoder
			d.feed([]byte("\x1b]"+strings.Repeat("x", n-2)), false)
			d.next(false)
			return d.rest != nil
		}},
		"bytes of frames without taking them": {64 << 10 / 3, func(n int) bool {
			h := &Host{account: ledger.New(ledger.Limits{}).Open(ledger.Limits{})}
			return h.hold(n) && h.account.Taken().Bytes == 0
		}},
		"bytes of a row that is not looked for": {7, func(n int) bool {
			moved := []string{strings.Repeat("a", n), strings.Repeat("b", n)}
			return findShift(append([]string{"x"}, moved...), append(moved, "y")) == shift{}
		}},
		"bytes for which nothing is moved": {24, func(n int) bool {
			moved := []string{strings.Repeat("a", 9), strings.Repeat("b", n-9-2*3)}
			s := &screen{lines: append([]string{"x"}, moved...)}
			out, _ := s.scroll(nil, append(moved, "y"), cursor{})
			return len(out) == 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if !edge.passes(edge.limit) {
				t.Errorf("%d do not pass", edge.limit)
			}
			if edge.passes(edge.limit + 1) {
				t.Errorf("%d pass", edge.limit+1)
			}
		})
	}
}

// What is held for a large frame is given back when a small one takes its place, but not for each
// step.
func TestFramesAreGivenBack(t *testing.T) {
	h := &Host{account: ledger.New(ledger.Limits{}).Open(ledger.Limits{})}
	for _, step := range []struct {
		bytes int
		taken int64
	}{{100 << 10, 240 << 10}, {95 << 10, 240 << 10}, {60 << 10, 128 << 10}, {0, 0}} {
		if !h.hold(step.bytes) || h.account.Taken().Bytes != step.taken {
			t.Errorf("for a frame of %d bytes %d are taken, want %d", step.bytes, h.account.Taken().Bytes, step.taken)
		}
	}
}

// Input that takes long is shown every tenth of a second.
func TestLongInputIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); ok {
				time.Sleep(30 * time.Millisecond)
			}
			return nil
		}}
		_, client, _ := run(t, m, Budget{})
		before := m.frames()
		_, _ = client.Write([]byte(strings.Repeat("j", 40))) // 40 keys take 1.2 seconds
		time.Sleep(2 * time.Second)
		if n := m.frames() - before; len(m.keys()) != 40 || n < 8 || n > 12 {
			t.Errorf("%d keys are shown in %d frames", len(m.keys()), n)
		}
	})
}
