package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// writes keeps each Write apart.
type writes [][]byte

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, bytes.Clone(p))
	return len(p), nil
}

// autowrap reports whether a terminal that has got out wraps lines.
func autowrap(out []byte) bool {
	return bytes.LastIndex(out, []byte(noWrap)) <= bytes.LastIndex(out, []byte(wrap))
}

// drawn are frames that a screen of so many columns writes one after the other: a
// whole one, one that scrolls, one that changes in a line.
func drawn(columns, rows int, synchronized bool) [][]byte {
	s := screen{features: featuresOf("xterm"), synchronized: synchronized}
	s.resize(columns, rows)
	var out [][]byte
	for step := range 4 {
		var lines []string
		for row := range rows {
			lines = append(lines, fmt.Sprintf("\x1b[1m%d\x1b[m \x1b]8;;https://example.com/%d\x1b\\☰ 漢字\x1b]8;;\x1b\\ %s", row+step/2, row+step/2, strings.Repeat("text “é” 🚀", columns/12)))
		}
		if step == 3 {
			lines[rows/2] = strings.Repeat("\U0001f469\u200d\U0001f680", columns)
		}
		s.copy(clipped(strings.Repeat("ABC", 200)))
		out = append(out, bytes.Clone(s.draw(tea.NewView(strings.Join(lines, "\n")))))
	}
	return out
}

// Wherever the connection is lost in a frame, what has come as a whole leaves
// autowrap on, and no row of what has come wraps.
func TestALostConnectionLeavesAutowrapOn(t *testing.T) {
	for _, columns := range []int{20, 80, 400} {
		for _, size := range []int{0, 4000, 100} {
			for i, frame := range append(drawn(columns, 24, true), drawn(columns, 24, false)...) {
				var sent writes
				if err := writeParts(&sent, frame, size); err != nil {
					t.Fatal(err)
				}
				arrived, at := []byte{}, 0
				for cut := range len(bytes.Join(sent, nil)) + 1 {
					for at < len(sent) && len(arrived)+len(sent[at]) <= cut {
						arrived = append(arrived, sent[at]...)
						at++
					}
					if !autowrap(arrived) {
						t.Fatalf("%d columns, frame %d, at most %d bytes: after %d bytes the terminal is left with autowrap off: %q", columns, i, size, cut, arrived)
					}
				}
				for _, part := range sent {
					clipboard := bytes.Contains(part, []byte("\x1b]52;"))
					if size > 0 && len(part) > size && !clipboard {
						t.Errorf("a part has %d bytes, at most %d may be: %q", len(part), size, part)
					}
					if !utf8.Valid(part) {
						t.Errorf("a character is divided: %q", part)
					}
				}
				off := false
				for _, part := range sent { // text stands between off and on
					off = off || bytes.Contains(part, []byte("漢字"))
					if bytes.Contains(part, []byte("漢字")) && !bytes.Contains(part, []byte(noWrap)) {
						t.Errorf("a part is written with autowrap on: %q", part)
					}
				}
				toggles := strings.NewReplacer(noWrap, "", wrap, "")
				if got, want := toggles.Replace(string(bytes.Join(sent, nil))), toggles.Replace(string(frame)); got != want {
					t.Errorf("%d columns, frame %d: the parts are together\n%q\nnot\n%q", columns, i, got, want)
				}
				if i == 0 && !off {
					t.Error("the first frame has no text")
				}
			}
		}
	}
}

// A session that ends within a frame, for whatever reason, turns it on again.
func TestRestoreTurnsAutowrapOn(t *testing.T) {
	var s screen
	s.resize(20, 2)
	s.draw(tea.NewView("text"))
	if out := s.restore(""); !bytes.Contains(out, []byte(wrap)) {
		t.Errorf("restoring leaves autowrap as it is: %q", out)
	}
}

// FuzzWriteParts promises of whatever is written: every part leaves autowrap on if
// the whole does, and together they are the whole.
func FuzzWriteParts(f *testing.F) {
	f.Add([]byte(noWrap+"\x1b[1mtext\x1b[m 漢字漢字漢字漢字"+wrap+"\x1b]52;c;QUJD\x07"), 24)
	f.Fuzz(func(t *testing.T, out []byte, size int) {
		out = append(append([]byte(wrap), out...), wrap...)
		size = 20 + size&63
		var sent writes
		if err := writeParts(&sent, out, size); err != nil {
			t.Fatal(err)
		}
		var arrived []byte
		for _, part := range sent {
			if arrived = append(arrived, part...); !autowrap(arrived) {
				t.Fatalf("off after %q", arrived)
			}
		}
		toggles := strings.NewReplacer(noWrap, "", wrap, "")
		if got, want := toggles.Replace(string(arrived)), toggles.Replace(string(out)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

type brokenWriter struct{ after int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, errors.New("broken")
	}
	return len(p), nil
}

func TestWritePartsEndsAtAnError(t *testing.T) {
	for after := range 3 {
		b := &brokenWriter{after: after}
		if err := writeParts(b, bytes.Repeat([]byte("text "), 100), 100); err == nil || b.after != -1 {
			t.Errorf("after %d parts: %v, %d", after, err, b.after)
		}
	}
}
