package sshd

import (
	"strings"
	"testing"
	"unicode/utf8"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Promise: whatever a pty-req says, the terminal has a name that terminals
// have and a size that an application can allocate for.
func FuzzPtyRequest(f *testing.F) {
	f.Add(gossh.Marshal(ptyRequest{Term: "xterm-256color", Columns: 80, Rows: 24, Modes: "\x00"}))
	f.Add(gossh.Marshal(ptyRequest{Term: "\x1b]0;x\a", Columns: 1<<32 - 1, Rows: 1<<32 - 1, PixelWide: 1<<32 - 1}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, payload []byte) {
		term, window, ok := parsePty(payload)
		if !ok {
			return
		}
		checkWindow(t, window)
		if len(term) == 0 || len(term) > maxTerm {
			t.Errorf("the terminal's name is %q", term)
		}
		for _, r := range term {
			if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+_-", r) {
				t.Errorf("the terminal's name is %q", term)
			}
		}
	})
}

// Promise: whatever a window-change says, the size stays one that an
// application can allocate for.
func FuzzWindowChange(f *testing.F) {
	f.Add(gossh.Marshal(windowChange{Columns: 80, Rows: 24}))
	f.Add(gossh.Marshal(windowChange{Columns: 1<<32 - 1, PixelHigh: 1<<32 - 1}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		if window, ok := parseWindow(payload, ssh.Window{Width: 80, Height: 24}); ok {
			checkWindow(t, window)
		}
	})
}

func checkWindow(t *testing.T, w ssh.Window) {
	t.Helper()
	if w.Width < 1 || w.Width > maxWidth || w.Height < 1 || w.Height > maxHeight ||
		w.WidthPixels < 0 || w.WidthPixels > maxPixels || w.HeightPixels < 0 || w.HeightPixels > maxPixels {
		t.Errorf("the window is %+v", w)
	}
}

// Promise: a variable that is let in has a listed name and printable text of
// bounded length, so it can go to a terminal or a log as it is.
func FuzzEnv(f *testing.F) {
	type env struct{ Name, Value string }
	f.Add(gossh.Marshal(env{"LANG", "en_US.UTF-8"}))
	f.Add(gossh.Marshal(env{"LC_ALL", "\x1b[31m"}))
	f.Add(gossh.Marshal(env{"LD_PRELOAD", "x"}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		name, value, ok := parseEnv(payload)
		if !ok {
			return
		}
		if len(name)+1+len(value) > maxEnvBytes || strings.ContainsAny(name, "=\x00") || !envAllowed(name) {
			t.Errorf("let in: %q=%q", name, value)
		}
		checkText(t, name+value)
	})
}

// Promise: cleaned text is one printable line within its limit, whatever it
// was, and text that was that already is left alone.
func FuzzClean(f *testing.F) {
	f.Add("reader", 64)
	f.Add("evil\nINFO \x1b[2J\u202e\xff", 16)
	f.Add("日本語", 5)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 3), 1<<12)
		got := clean(s, limit)
		if len(got) > limit {
			t.Errorf("%d bytes, limit %d", len(got), limit)
		}
		checkText(t, got)
		if again := clean(got, limit); again != got {
			t.Errorf("cleaned twice: %q, then %q", got, again)
		}
	})
}

func checkText(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if r < 0x20 || 0x7f <= r && r < 0xa0 || r == 0x61c || r == 0x200e || r == 0x200f ||
			0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			t.Errorf("%U is in %q", r, s)
		}
	}
}

// Promise: a command splits into words or none, without a panic, and one that
// has words never looks like a shell.
func FuzzCommand(f *testing.F) {
	f.Add("read some-post")
	f.Add(`search "it's`)
	f.Add("\\")
	f.Add("# x")
	f.Fuzz(func(t *testing.T, raw string) {
		s := &session{kind: Command, request: raw}
		if words := s.Command(); len(words) == 0 && strings.TrimSpace(raw) != "" {
			t.Errorf("%q has no words", raw)
		}
	})
}
