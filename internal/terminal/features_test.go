package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// What is known of terminals by their names.
func TestFeatures(t *testing.T) {
	for want, terms := range map[features]string{
		{}:                                      "dumb unknown vt52 vt100 vt100-am",
		{lines: true}:                           "linux linux-16color vt102 vt220 vt320 vt420 vt510 vt520 vt525 ansi cons25 sun sun-color wsvt25 pcansi cygwin hurd eterm eterm-color",
		{osc: true, lines: true}:                "putty putty-256color",
		{queries: true, osc: true, lines: true}: "nsterm nsterm-256color screen screen.xterm-256color",
		{queries: true, osc: true, dcs: true, lines: true}: "xterm xterm-256color tmux alacritty foot kitty",
	} {
		for term := range strings.FieldsSeq(terms) {
			if got := featuresOf(term); got != want {
				t.Errorf("%s: %+v, want %+v", term, got, want)
			}
		}
	}
}

// Frames are synchronized for terminals that say that they can, and not for those that do not know the
// mode; one that says it has true colour, by either name, gets it.
func TestAnswersAreBelieved(t *testing.T) {
	for answer, want := range map[string]struct {
		synchronized bool
		profile      colorprofile.Profile
	}{
		"\x1b[?2026;2$y":                  {true, colorprofile.ANSI256},
		"\x1b[?2026;0$y":                  {false, colorprofile.ANSI256},
		"\x1b[?2026;4$y":                  {false, colorprofile.ANSI256},
		"\x1b[?2027;2$y":                  {false, colorprofile.ANSI256},
		"\x1bP1+r524742\x1b\\":            {false, colorprofile.TrueColor},
		"\x1bP1+r524742=38\x1b\\":         {false, colorprofile.TrueColor},
		"\x1bP1+r524742=382F382F38\x1b\\": {false, colorprofile.TrueColor},
		"\x1bP1+r5463\x1b\\":              {false, colorprofile.TrueColor},
		"\x1bP1+r524742=2D31\x1b\\":       {false, colorprofile.ANSI256},
		"\x1bP1+r524742=30\x1b\\":         {false, colorprofile.ANSI256},
		"\x1bP0+r524742\x1b\\":            {false, colorprofile.ANSI256},
		"\x1bP1+r436f=323536\x1b\\":       {false, colorprofile.ANSI256},
	} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told colorprofile.Profile
				h, client, _ := run(t, &probe{on: func(msg tea.Msg) tea.Cmd {
					if m, ok := msg.(tea.ColorProfileMsg); ok {
						told = m.Profile
					}
					return nil
				}}, Budget{})
				_, _ = client.Write([]byte(answer))
				synctest.Wait()
				h.locked(func() {})
				if h.screen.synchronized != want.synchronized || told != want.profile {
					t.Errorf("%q: synchronized %t, colours %s", answer, h.screen.synchronized, told)
				}
			})
		})
	}
}

// How long the rest of what has come is waited for, by what has come before.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		before, rest string
		answer       bool
		want         time.Duration
	}{
		{"", "\x1b", false, 400 * time.Millisecond},
		{"\x1b[A", "\x1b", false, 50 * time.Millisecond},
		{"\x1b[A", "\x1b", true, 400 * time.Millisecond},
		{"\x9b?2026;2$y", "\x1b", false, 50 * time.Millisecond},
		{"\x1bx", "\x1b", false, 400 * time.Millisecond},
		{"\r\n", "\x1b", false, 400 * time.Millisecond},
		{"é", "\x1b", false, 400 * time.Millisecond},
		{"\x1b[A", "\x1b[?20", false, 3 * time.Second},
	} {
		var d decoder
		if d.rest = []byte(c.before); c.before != "" {
			d.learn(len(c.before))
		}
		d.rest = []byte(c.rest)
		if got := d.patience(c.answer); got != c.want {
			t.Errorf("after %q the rest of %q is waited for %s, want %s", c.before, c.rest, got, c.want)
		}
	}
	var a answers
	a.expect(1)
	if at := a.since; !a.outstanding(at.Add(3*time.Second-1)) || a.outstanding(at.Add(3*time.Second)) {
		t.Error("an answer is not waited for three seconds")
	}
}

func TestItalics(t *testing.T) {
	for term, want := range map[string]bool{
		"screen": false, "screen-256color": false, "screen.xterm-256color": false,
		"xterm-256color": true, "tmux-256color": true, "screenshot": true, "": true,
	} {
		if Italics(term) != want {
			t.Errorf("Italics(%q) is %v", term, !want)
		}
	}
}
