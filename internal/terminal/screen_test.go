package terminal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
)

// client is a terminal at the far end: a real emulator that is given the
// bytes a screen writes.
type client struct {
	*vt.Emulator
	screen
	bytes int
	wrote string
}

func newClient(t *testing.T, width, height int, term string) *client {
	t.Helper()
	c := &client{Emulator: vt.NewEmulator(width, height)}
	c.features = featuresOf(term)
	c.resize(width, height)
	return c
}

func (c *client) show(t *testing.T, content string) {
	t.Helper()
	out := c.draw(tea.NewView(content))
	c.bytes, c.wrote = len(out), string(out)
	if _, err := c.Write(out); err != nil {
		t.Fatal(err)
	}
}

// text is what the client sees, without trailing spaces.
func (c *client) text() string {
	lines := strings.Split(c.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (c *client) want(t *testing.T, content string) {
	t.Helper()
	// A second client that is shown the frame from scratch is the measure.
	fresh := newClient(t, c.screen.width, c.screen.height, "xterm")
	fresh.show(t, content)
	if got, want := c.Render(), fresh.Render(); got != want {
		t.Fatalf("screen of %d×%d differs from the frame %q\nwritten: %q\n got:\n%s\nwant:\n%s", c.screen.width, c.screen.height, content, c.wrote, c.text(), fresh.text())
	}
}

func TestDrawWritesOnlyWhatChanged(t *testing.T) {
	c := newClient(t, 40, 6, "xterm-256color")
	c.show(t, "one\ntwo\nthree")
	c.want(t, "one\ntwo\nthree")
	c.show(t, "one\ntwo\nthree")
	if c.bytes != 0 {
		t.Errorf("the same frame again wrote %d bytes, want none", c.bytes)
	}
	c.show(t, "one\n2\nthree")
	c.want(t, "one\n2\nthree")
	if c.bytes > 10+len(noWrap+wrap) {
		t.Errorf("changing one short line wrote %d bytes, want 20 at most", c.bytes)
	}
	c.show(t, "")
	c.want(t, "")
}

func TestDrawScrollsWithTheTerminal(t *testing.T) {
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("%d lines of a text that is long enough to matter: %d", i*7919%100, i))
	}
	view := func(top int) string {
		return "head\n" + strings.Join(lines[top:top+20], "\n") + "\nfoot " + fmt.Sprint(top)
	}
	for _, term := range []string{"xterm", "linux", "vt100"} {
		t.Run(term, func(t *testing.T) {
			c := newClient(t, 60, 22, term)
			c.show(t, view(0))
			for _, step := range []int{1, 2, 3, 2, 20, 19, 1, 0, 30} {
				c.show(t, view(step))
				c.want(t, view(step))
			}
			c.show(t, view(31))
			if scrolled := c.bytes < 150; scrolled != featuresOf(term).lines {
				t.Errorf("one line down wrote %d bytes", c.bytes)
			}
		})
	}
}

func TestDrawKeepsLinesInsideTheWindow(t *testing.T) {
	c := newClient(t, 10, 3, "xterm")
	c.show(t, "0123456789abcdef\n\x1b[1mwide 世界世界世界\x1b[m\n0123456789\nbelow\nthe window")
	if got, want := c.text(), "0123456789\nwide 世界\n0123456789"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.show(t, "0123456789\nx\n012345678")
	if got, want := c.text(), "0123456789\nx\n012345678"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The margins outlast the frame that has set them, but neither a new size nor
// the session.
func TestMarginsAreTakenBack(t *testing.T) {
	show := func(c *client, top, rows int) {
		content := "head\n"
		for i := range rows {
			content += fmt.Sprintf("%d lines of a text that is long enough to matter\n", (top+i)*7919%100)
		}
		c.show(t, content+"foot")
		c.want(t, content+"foot")
	}
	c := newClient(t, 60, 12, "xterm")
	for top := range 4 {
		show(c, top, 10)
	}
	if strings.Contains(c.wrote, ";11r") {
		t.Errorf("the same margins were set again: %q", c.wrote)
	}
	c.screen.resize(60, 14)
	c.Emulator.Resize(60, 14)
	show(c, 9, 12)
	if !strings.HasPrefix(c.wrote, noWrap+"\x1b[r") {
		t.Errorf("the first frame of another size is %q", c.wrote)
	}
	show(c, 10, 12)
	if out := string(c.restore("")); !strings.Contains(out, "\x1b[r") {
		t.Errorf("restoring leaves the margins: %q", out)
	}
}

// Any two frames: after the difference has been written the screen is the
// one that a client shows who has never seen another frame.
func TestDrawRandomFrames(t *testing.T) {
	words := []string{
		"a", "word", "\x1b[1mbold\x1b[m", "\x1b[38;5;42mgreen\x1b[m", "世界", "é", "·", "  ", "        ", "────", "🙂", "same same same",
		"\x1b[1mone\x1b[4mtwo\x1b[96mthree\x1b[0;94mfour\x1b[m", "\x1b[44m    \x1b[m", "\x1b]8;;https://example.com\x1b\\a link\x1b]8;;\x1b\\",
		"\x1b[90m────────────────\x1b[m", "\x1b[96m━━━━━━━━━━━━━━━\x1b[m\x1b[90m─\x1b[m", "\x1b[1;2;3;4mx\x1b[5mx\x1b[7mx\x1b[9mx\x1b[31mx\x1b[m",
	}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		width, height := 1+rng.IntN(50), 1+rng.IntN(12)
		c := newClient(t, width, height, "xterm")
		line := func() string {
			var b strings.Builder
			for range rng.IntN(8) {
				b.WriteString(words[rng.IntN(len(words))])
			}
			return b.String()
		}
		lines := make([]string, height)
		for range 40 {
			switch rng.IntN(5) {
			case 0:
				lines[rng.IntN(height)] = line()
			case 4: // a change inside a line, where a letter is
				row := rng.IntN(height)
				if i := strings.IndexAny(lines[row], "aeostr─━ "); i >= 0 {
					at, _ := utf8.DecodeRuneInString(lines[row][i:])
					lines[row] = strings.Replace(lines[row], string(at), string([]rune("xé━世 ")[rng.IntN(5)]), 1)
				}
			case 1:
				lines = append(lines[1:], line())
			case 2:
				lines = append([]string{line()}, lines[:height-1]...)
			case 3:
				for i := range lines {
					lines[i] = line()
				}
			}
			content := strings.Join(lines, "\n")
			c.show(t, content)
			c.want(t, content)
		}
	}
}

func TestSynchronizedOutputWrapsTheFrame(t *testing.T) {
	var s screen
	s.resize(20, 2)
	s.synchronized = true
	s.draw(tea.NewView("one"))
	if got, want := string(s.draw(tea.NewView("two"))), "\x1b[?2026h\x1b[?7l\x1b[Htwo\x1b[?7h\x1b[?2026l"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRestoreUndoesWhatWasSwitchedOn(t *testing.T) {
	var s screen
	s.features = featuresOf("xterm")
	s.resize(20, 2)
	v := tea.NewView("text")
	v.MouseMode, v.WindowTitle = tea.MouseModeCellMotion, "A\x07\x1b]title\n"
	v.Cursor = tea.NewCursor(1, 1)
	drawn := string(s.draw(v))
	for _, want := range []string{"\x1b[?1049h", "\x1b[?2004h", "\x1b[?1002h", "\x1b[?1006h", "\x1b[22;2t", "\x1b]2;A]title\x07", "\x1b[2;2H", "\x1b[?25h"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the frame lacks %q: %q", want, drawn)
		}
	}
	restored := string(s.restore("bye"))
	for _, want := range []string{"\x1b[?1049l", "\x1b[?2004l", "\x1b[?1002l", "\x1b[?1006l", "\x1b[23;2t", "\x1b[?25h", "bye\r\n"} {
		if !strings.Contains(restored, want) {
			t.Errorf("restoring lacks %q: %q", want, restored)
		}
	}
	// A terminal without a stack of titles is not left with the blog's.
	if !strings.Contains(restored, "\x1b]2;\a\x1b[23;2t") {
		t.Errorf("restoring does not empty the title: %q", restored)
	}
}

// What ends a control string or a frame that is held back is written only where there
// may be one: some terminals print it.
func TestRestoreEndsWhatMayBeOpen(t *testing.T) {
	for _, cut := range []bool{false, true} {
		for _, synchronized := range []bool{false, true} {
			s := screen{features: featuresOf("xterm"), cut: cut, synchronized: synchronized}
			s.resize(20, 2)
			s.draw(tea.NewView("text"))
			restored := string(s.restore(""))
			if strings.HasPrefix(restored, "\x1b\\") != cut || strings.Contains(restored, "\x1b[?2026l") != (cut && synchronized) {
				t.Errorf("cut=%v, synchronized=%v: restoring is %q", cut, synchronized, restored)
			}
		}
	}
}

func TestOldTerminalsAreAskedNothing(t *testing.T) {
	for _, term := range []string{"linux", "linux-16color", "vt100", "vt220", "eterm-color", "dumb", ""} {
		var s screen
		s.features = featuresOf(term)
		s.resize(20, 2)
		s.ask(true)
		s.query("\x1b]11;?\x07")
		s.copy(clipped("copied"))
		v := tea.NewView("text")
		v.WindowTitle = "title"
		for _, bad := range []string{"\x1b]", "\x1bP", "$p", "u", "t"} {
			if out := strings.ReplaceAll(string(s.draw(v)), "text", ""); strings.Contains(out, bad) {
				t.Errorf("TERM=%s gets %q in %q", term, bad, out)
			}
		}
	}
}

// GNU screen would show the question for a capability.
func TestScreenIsAskedForNoCapability(t *testing.T) {
	for term, want := range map[string]bool{"xterm-256color": true, "tmux-256color": true, "screen": false, "screen-256color": false, "screen.xterm-256color": false} {
		var s screen
		s.features = featuresOf(term)
		s.resize(20, 2)
		s.ask(true)
		out := string(s.draw(tea.NewView("text")))
		if got := strings.Contains(out, "\x1bP"); got != want {
			t.Errorf("TERM=%s: asked for a capability: %v, in %q", term, got, out)
		}
		if !strings.Contains(out, "\x1b]11;?") {
			t.Errorf("TERM=%s is not asked for its background: %q", term, out)
		}
	}
}

func BenchmarkDrawScroll(b *testing.B) {
	var frames [2]tea.View
	for i := range frames {
		var lines []string
		for row := range 24 {
			lines = append(lines, fmt.Sprintf("    \x1b[1mline %d\x1b[m of a text that fills most of the window's columns", row+i))
		}
		frames[i] = tea.NewView(strings.Join(lines, "\n"))
	}
	s := screen{features: featuresOf("xterm")}
	s.resize(80, 24)
	bytes := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		bytes += len(s.draw(frames[i%2]))
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/frame")
}
