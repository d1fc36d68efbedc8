package reader

import (
	"context"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// hostile is text of which only "abc", the joiners and the spaces may be shown.
const hostile = "a\x1b\u009b\u202e\u2066\u200f\u00ad\ufeff\u2060\u200b\U000e0041b\u200c\u200d\x00\x7f\xff\u3164c"

// isTyped fails the test if text has what no prompt may show. It is written
// apart from what it tests.
func isTyped(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8: %q", what, text)
	}
	for _, r := range text {
		// Joiners, and the Arabic signs that stand before a number, are shown.
		shown := r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) && !shown {
			t.Errorf("%s holds %U: %q", what, r, text)
		}
	}
}

// Whatever is typed or pasted into a prompt, the frame shows nothing of it that
// hides or reorders text.
func TestTypedTextIsClean(t *testing.T) {
	for _, screen := range []struct{ name, keys string }{
		{"page", ":"},
		{"search", "/"},
		{"find", "enter /"},
	} {
		t.Run(screen.name, func(t *testing.T) {
			at(t, 9, 80, 24, func(t *testing.T, u *user) {
				u.press(screen.keys)
				u.types(hostile)
				u.send(tea.PasteMsg{Content: hostile})
				u.send(tea.KeyPressMsg{Code: tea.KeyExtended, Text: hostile})
				content := ansi.Strip(u.model.View().Content)
				for line := range strings.SplitSeq(content, "\n") {
					isTyped(t, "a line", line)
				}
				if got := strings.NewReplacer("\u200c", "", "\u200d", "").Replace(content); !strings.Contains(got, "abcabcabc") {
					t.Errorf("what can be shown is not:\n%s", content)
				}
			})
		})
	}
}

// FuzzTyped promises, for whatever text comes as keys or as a paste to any
// prompt, also one cut into pieces: there is no panic, the prompt keeps its
// limit, and neither it nor the frame holds a control character, a
// bidirectional control or an invisible character other than the joiners.
func FuzzTyped(f *testing.F) {
	for _, text := range []string{hostile, "category:Databases post 7", "12", "漢字 needle", "\u202e\u202d", strings.Repeat("x", 300)} {
		f.Add(uint8(0), false, text)
		f.Add(uint8(1), true, text)
		f.Add(uint8(2), false, text)
	}
	lib, err := library.Open(blog(9), library.Options{})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.Context())
	f.Cleanup(cancel)
	go func() { _ = lib.Run(ctx) }()
	<-lib.Current().Searchable()
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	open := [][]tea.KeyPressMsg{
		{{Code: ':', Text: ":"}},
		{{Code: '/', Text: "/"}},
		{{Code: tea.KeyEnter}, {Code: '/', Text: "/"}},
	}
	f.Fuzz(func(t *testing.T, screen uint8, pasted bool, text string) {
		u := &hasty{model: r.Model(t.Context(), Options{})}
		u.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		for _, key := range open[int(screen)%len(open)] {
			u.send(key)
		}
		const piece = 40
		for rest := []byte(text); len(rest) > 0 && len(text) < 800; {
			n := min(piece, len(rest))
			if pasted {
				u.send(tea.PasteMsg{Content: string(rest[:n])})
			} else {
				u.send(tea.KeyPressMsg{Code: tea.KeyExtended, Text: string(rest[:n])})
			}
			rest = rest[n:]
		}
		for _, p := range prompts(u.model) {
			isTyped(t, "a prompt", p.text)
			if n := utf8.RuneCountInString(p.text); n > 200 {
				t.Errorf("a prompt has %d characters", n)
			}
		}
		content := u.model.View().Content
		checkFrame(t, content, 80, 24)
		for line := range strings.SplitSeq(ansi.Strip(content), "\n") {
			isTyped(t, "a line", line)
		}
	})
}

// prompts returns the lines of input that are open.
func prompts(m *Model) (all []*prompt) {
	if m.prompt != nil {
		all = append(all, m.prompt)
	}
	if s := shown[*search](m); s != nil {
		all = append(all, s.prompt)
	}
	return all
}

// hasty drives a model on one goroutine: each command is over before the next
// message.
type hasty struct{ model *Model }

func (h *hasty) send(msg tea.Msg) {
	_, cmd := h.model.Update(msg)
	h.run(cmd)
}

func (h *hasty) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			h.run(c)
		}
	default:
		h.send(msg)
	}
}

// A prompt is edited at its cursor, by the keys of other programs.
func TestPromptsAreEdited(t *testing.T) {
	key := func(code rune, mod tea.KeyMod) tea.KeyPressMsg { return tea.KeyPressMsg{Code: code, Mod: mod} }
	for _, c := range []struct {
		what string
		msgs []tea.Msg
		text string
		at   int // cells before the cursor, with the label
	}{
		{"left", []tea.Msg{key(tea.KeyLeft, 0), tea.PasteMsg{Content: "x"}}, "/ one twxo", 9},
		{"home, right", []tea.Msg{key(tea.KeyHome, 0), key(tea.KeyRight, 0), key(tea.KeyDelete, 0)}, "/ oe two", 3},
		{"a word back", []tea.Msg{key(tea.KeyLeft, tea.ModCtrl), key('k', tea.ModCtrl)}, "/ one", 6},
		{"without a word", []tea.Msg{key('w', tea.ModCtrl)}, "/ one", 6},
		{"without what is before", []tea.Msg{key(tea.KeyLeft, tea.ModAlt), key('u', tea.ModCtrl)}, "/ two", 2},
		{"the server's clipboard", []tea.Msg{key('v', tea.ModCtrl)}, "/ one two", 9},
		{"delete at the last letter", []tea.Msg{key(tea.KeyLeft, 0), key('d', tea.ModAlt), key(tea.KeyDelete, tea.ModAlt)}, "/ one two", 8},
		{"a word that is a key's name", []tea.Msg{tea.KeyPressMsg{Code: tea.KeyExtended, Text: "home"}, tea.KeyPressMsg{Code: tea.KeyExtended, Text: "tab"}}, "/ one twohometab", 16},
	} {
		at(t, 3, 80, 24, func(t *testing.T, u *user) {
			u.press("/")
			u.types("one two")
			for _, msg := range c.msgs {
				u.send(msg)
			}
			line := strings.Split(u.screen(), "\n")[2]
			text, _, _ := strings.Cut(strings.TrimSpace(line), "   ")
			cursor := u.model.View().Cursor
			if text != c.text || cursor.Y != 2 || cursor.X != 2+c.at { // the margin is of 2 cells
				t.Errorf("%s: %q with the cursor at %v, want %q and %d", c.what, text, cursor.Position, c.text, c.at)
			}
		})
	}
}

// A prompt that no cursor fits in shows what is around it.
func TestLongPromptsFollowTheCursor(t *testing.T) {
	at(t, 3, 40, 24, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("begin " + strings.Repeat("x", 60) + " last")
		u.sees("last")
		u.seesNot("begin")
		u.press("home")
		u.sees("/ begin")
		u.seesNot("last")
	})
}
