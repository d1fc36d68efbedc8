package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// What the host asks by itself comes in the packet with the first frame.
func TestColoursAreAskedForWithTheFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var writes []string
		h := New(&probe{}, Options{
			Input: strings.NewReader(""), Output: writer(func(p []byte) { writes = append(writes, string(p)) }),
			Width: 80, Height: 24, Environ: []string{"TERM=xterm-256color"},
		})
		h.Start()
		<-h.Done()
		first := writes[0]
		if !strings.HasSuffix(first, "\x1b]11;?\x07\x1bP+q524742\x1b\\\x1b[m\x1b[H\x1b[2J80×24 \x1b[?7h") {
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

// What is no part of a frame goes out at the start of an empty screen, whenever it is
// asked: a terminal that prints it has it erased by what follows in the same write,
// and scrolls nothing.
func TestNothingThatIsAskedShows(t *testing.T) {
	for name, msg := range map[string]tea.Msg{
		"\x1b]52;c;Y29waWVk\x07":                              tea.SetClipboard("copied")(),
		"\x1b[?2026$p\x1b[?u\x1b]11;?\x07\x1bP+q524742\x1b\\": nil, // the host's own
		"\x1b[?1049h\x1b[?25l\x1b[H":                          nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &probe{}
			h, client, _ := run(t, m, Budget{})
			if msg != nil {
				h.Send(msg)
			}
			before, after, ok := strings.Cut(client.output(), name)
			if !ok {
				t.Fatalf("%q is not written: %q", name, client.output())
			}
			if msg != nil && !strings.HasSuffix(before, "\x1b[m\x1b[H") {
				t.Errorf("%q is not written from the first cell on: %q", name, before)
			}
			if erased, shown, ok := strings.Cut(after, "\x1b[2J"); !ok || strings.Contains(erased, "80×24") || !strings.HasPrefix(shown, "80×24") {
				t.Errorf("%q is followed by %q", name, after)
			}
		})
	}
}

// The cursor is where it was after a question.
func TestQuestionsLeaveTheCursor(t *testing.T) {
	s := screen{features: featuresOf("xterm")}
	s.resize(20, 2)
	v := tea.NewView("text")
	v.Cursor = tea.NewCursor(3, 1)
	s.draw(v)
	s.query("\x1b]11;?\x07")
	if out := string(s.draw(v)); !strings.HasSuffix(out, "\x1b[2Jtext\x1b[?7h\x1b[2;4H") {
		t.Errorf("got %q", out)
	}
	if out := s.draw(v); len(out) != 0 {
		t.Errorf("%q is written for nothing", out)
	}
}

// The beginnings of what terminals send are waited for, whatever the line is like.
func TestWhatNoPersonBeginsNeverTypes(t *testing.T) {
	for _, whole := range []string{
		"\x1b]11;rgb:1e1e/2f2f/1e1e\x1b\\", "\x1b]11;rgb:1e1e/2f2f/1e1e\x07", "\x1b]52;c;cWo=\x1b\\", "\x1b[?2026;2$y", "\x1b[?62;22c", "\x1b[?1u",
		"\x1bP1+r524742=382f382f38\x1b\\", "\x1bP>|xterm(390)\x1b\\", "\x1b_Gi=1;OK\x1b\\", "\x1b[M q/", "\x1b[<64;10;5M", "\x1b[24;80R",
		"\x9d11;rgb:1e1e/2f2f/1e1e\x9c", "\x9b?2026;2$y",
	} {
		for cut := 1; cut < len(whole); cut++ {
			if whole[0] == 0x1b && cut < 2 {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				m := &probe{}
				_, client, _ := run(t, m, Budget{})
				time.Sleep(time.Minute) // no answer is waited for
				_, _ = client.Write([]byte(whole[:cut]))
				time.Sleep(2 * time.Second)
				_, _ = client.Write([]byte(whole[cut:]))
				time.Sleep(time.Minute)
				_, _ = client.Write([]byte("j"))
				synctest.Wait()
				if got := strings.Join(m.keys(), " "); got != "j" {
					t.Errorf("%q and %q type %q", whole[:cut], whole[cut:], got)
				}
			})
		}
	}
}

// A beginning whose rest does not come is forgotten, and keys that are no part of any
// answer act at once.
func TestUnfinishedAnswersEnd(t *testing.T) {
	for _, c := range []struct {
		sent, keys string
		pause      time.Duration
	}{
		{"\x1b]11;rgb:1e", "j", time.Minute},
		{"\x1b[?20", "j", time.Minute},
		{"\x1b[M", "j", time.Minute},
		{"\x1b]11;rgb\r", "enter j", 0},
		{"\x1bP1+r\x1b[A", "up j", 0},
		{"\x1bP1+r\x03", "ctrl+c j", 0},
		{"\x9d11;rgb\r", "enter j", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &probe{}
			_, client, _ := run(t, m, Budget{})
			_, _ = client.Write([]byte(c.sent))
			time.Sleep(c.pause)
			_, _ = client.Write([]byte("j"))
			synctest.Wait()
			if got := strings.Join(m.keys(), " "); got != c.keys {
				t.Errorf("%q and j type %q, want %q", c.sent, got, c.keys)
			}
		})
	}
}

// A key whose bytes come apart over a slow line stays that key. Escape acts at once
// where the terminal has shown that it is told apart.
func TestEscapeAndWhatItBegins(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		sent  []string
		pause time.Duration // between them
		after time.Duration // the last one
		keys  string
	}{
		"arrow, slow":            {[]string{"\x1b", "[B"}, 300 * ms, 0, "down"},
		"arrow, slower":          {[]string{"\x1b[", "B"}, 300 * ms, 0, "down"},
		"arrow in three":         {[]string{"\x1b", "[", "B"}, 300 * ms, 0, "down"},
		"application arrow":      {[]string{"\x1bO", "B"}, 300 * ms, 0, "down"},
		"page down":              {[]string{"\x1b[6", "~"}, 300 * ms, 0, "pgdown"},
		"rune":                   {[]string{"\xc3", "\xa9"}, 300 * ms, 0, "é"},
		"escape, unknown line":   {[]string{"\x1b"}, 0, 300 * ms, ""},
		"escape at last":         {[]string{"\x1b"}, 0, 400 * ms, "esc"},
		"escape, whole so far":   {[]string{"\x1b[A", "\x1b"}, 0, 50 * ms, "up esc"},
		"escape, and too soon":   {[]string{"\x1b[A", "\x1b"}, 0, 49 * ms, "up"},
		"escape after a cut one": {[]string{"\x1b[A\x1b[", "A", "\x1b"}, 0, 300 * ms, "up up"},
		"escape by kitty":        {[]string{"\x1b[27u"}, 0, 0, "esc"},
		"escape, then a key":     {[]string{"\x1b", "j"}, 100 * ms, 0, "esc j"},
		"escape twice":           {[]string{"\x1b", "\x1b"}, 100 * ms, escPatience, "esc esc"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &probe{}
				_, client, _ := run(t, m, Budget{})
				time.Sleep(time.Minute) // no answer is waited for
				for i, part := range c.sent {
					if i > 0 {
						time.Sleep(c.pause)
					}
					_, _ = client.Write([]byte(part))
					synctest.Wait()
				}
				time.Sleep(c.after)
				synctest.Wait()
				if got := strings.Join(m.keys(), " "); got != c.keys {
					t.Errorf("got %q, want %q", got, c.keys)
				}
			})
		})
	}
}

// While an answer may come, for three seconds at most, an ESC may be its first byte.
func TestEscapeWaitsWhileAnAnswerIsOutstanding(t *testing.T) {
	for _, c := range []struct {
		answers string
		since   time.Duration
		want    string
	}{
		{"\x1b[?2026;2$y", 2 * time.Second, ""}, // others are missing
		{"\x1b[?2026;2$y", 3 * time.Second, "esc"},
		{"\x1b[?2026;2$y\x1b[?0u\x1b[2;2R\x1b]11;rgb:1e1e/2f2f/1e1e\x07\x1bP1+r524742\x1b\\", 0, "esc"},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &probe{}
			_, client, _ := run(t, m, Budget{})
			_, _ = client.Write([]byte(c.answers))
			time.Sleep(c.since)
			_, _ = client.Write([]byte("\x1b"))
			time.Sleep(300 * time.Millisecond)
			synctest.Wait()
			if got := strings.Join(m.keys(), " "); got != c.want {
				t.Errorf("%q, %v after the questions: got %q, want %q", c.answers, c.since, got, c.want)
			}
		})
	}
}

// Kitty's protocol is used where the terminal says that it has it, and ended.
func TestKittyKeyboardIsUsedWhereItIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		h, client, result := run(t, m, Budget{})
		if out := client.output(); strings.Contains(out, "\x1b[>1u") {
			t.Errorf("it is switched on unasked: %q", out)
		}
		_, _ = client.Write([]byte("\x1b[?0u"))
		synctest.Wait()
		h.Stop("")
		<-result
		if out := client.output(); strings.Count(out, "\x1b[>1u") != 1 || strings.Count(out, "\x1b[<1u") != 1 {
			t.Errorf("it is not switched on and off once: %q", out)
		}
	})
}

// Without an alternate screen, what follows stands alone in the last row.
func TestLeavingWithoutAnAlternateScreen(t *testing.T) {
	for _, term := range []string{"linux", "screen", "xterm", "vt100"} {
		s := screen{features: featuresOf(term)}
		s.resize(20, 7)
		s.draw(tea.NewView("text"))
		if out := string(s.restore("")); !strings.Contains(out, "\x1b[7H\x1b[K\x1b[?1049l") {
			t.Errorf("TERM=%s: leaving writes %q", term, out)
		}
	}
}

// A letter whose width terminals disagree on is written where the first erase follows, and
// what the terminal says of it is told to the model. Behind it an answer could be a key in
// the first row, and the letter be none where the locale is not UTF-8.
func TestWidthOfALetterIsAskedFor(t *testing.T) {
	const question = "\x1b[2HЯ\x1b[6n\x1b[H"
	for _, c := range []struct {
		term, locale string
		rows         int
		asked        bool
	}{
		{"xterm-256color", "de_DE.UTF-8", 2, true},
		{"tmux-256color", "", 24, true},
		{"xterm", "de_DE.UTF-8", 1, false},
		{"xterm", "de_DE.ISO-8859-1", 24, false},
		{"linux", "", 24, false},
		{"putty", "", 24, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			h := New(&probe{}, Options{
				Input: strings.NewReader(""), Output: &out, Width: 80, Height: c.rows, Environ: []string{"TERM=" + c.term, "LC_ALL=" + c.locale},
			})
			h.Start()
			<-h.Done()
			if before, _, _ := strings.Cut(out.String(), "\x1b[2J"); strings.Contains(before, question) != c.asked || strings.Contains(out.String(), "Я") != c.asked {
				t.Errorf("TERM=%s, %q, %d rows: asked for the width is to be %v: %q", c.term, c.locale, c.rows, c.asked, out.String())
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var got []tea.Msg
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if at, ok := msg.(tea.CursorPositionMsg); ok {
				got = append(got, at)
			}
			return nil
		}}
		_, client, _ := run(t, m, Budget{})
		_, _ = client.Write([]byte("\x1b[24;80R\x1b[2;3R"))
		synctest.Wait()
		if len(got) != 1 || got[0] != (tea.CursorPositionMsg{X: 2, Y: 1}) {
			t.Errorf("the model is told %v", got)
		}
	})
}

// Whoever has true colour by its name is not asked for it: kitty logs an error.
func TestKnownColoursAreNotAskedFor(t *testing.T) {
	for term, asked := range map[string]bool{"xterm-kitty": false, "foot": false, "xterm-256color": true, "tmux-256color": true} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			h := New(&probe{}, Options{
				Input: strings.NewReader(""), Output: &out, Width: 80, Height: 24, Environ: []string{"TERM=" + term},
			})
			h.Start()
			<-h.Done()
			if got := strings.Contains(out.String(), "\x1bP+q"); got != asked || !strings.Contains(out.String(), "\x1b]11;?") {
				t.Errorf("TERM=%s is asked for true colour: %v, want %v, in %q", term, got, asked, out.String())
			}
		})
	}
}
