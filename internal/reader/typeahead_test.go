package reader

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// atOnce gives the model keys as one packet brings them: nothing is awaited in between.
func (u *user) atOnce(keys ...tea.Msg) {
	for _, key := range keys {
		u.update(key)
	}
}

// settles waits until all that has been asked for is there.
func (u *user) settles() {
	u.t.Helper()
	u.send(nil)
	time.Sleep(time.Second)
	u.send(nil)
}

// typed are the keys of a text; "\r" is Enter.
func typed(text string) (keys []tea.Msg) {
	for _, r := range text {
		switch r {
		case '\r':
			keys = append(keys, tea.KeyPressMsg{Code: tea.KeyEnter})
		case '\x1b':
			keys = append(keys, tea.KeyPressMsg{Code: tea.KeyEscape})
		case '\x03':
			keys = append(keys, tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
		default:
			keys = append(keys, tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return keys
}

// What has been typed before a page is there acts on it, in the order of typing: the screen
// is the one that slow typing leads to.
func TestTypedAhead(t *testing.T) {
	for _, keys := range []string{
		"\ry", "\rG", "\rjjjk", "\rt", "\rty", "\r/needle\r", "\r/needle\rnn", "\r\t\r", "\r\ty", "\rjq", "\ryq", "\rn", "\rnjj", "\rjnj",
		"\r?", "\rG+", "\rTjj", "\rdd\x1bj", "/post 3\rjj", "/post 3\rt", "/nothing of this kind\rj",
		"/post 3\rn", "\rjjq", "\rjyq",
	} {
		at(t, 9, 80, 24, func(t *testing.T, u *user) {
			u.posts["rich.md"] = file(rich)
			u.reload()
			u.press("g")
			slow := u.another(New(u.lib, u.model.(*Model).pages, u.model.(*Model).themes))
			slow.press("g")
			u.atOnce(typed(keys)...)
			u.settles()
			for _, key := range typed(keys) {
				time.Sleep(time.Second)
				slow.send(key)
			}
			if got, want := u.screen(), slow.screen(); got != want {
				t.Errorf("%q at once leads to\n%s\nand one by one to\n%s", keys, got, want)
			}
			if m := u.model.(*Model); len(m.ahead.msgs) != 0 || m.ahead.bytes != 0 {
				t.Errorf("%q: %d messages are left", keys, len(m.ahead.msgs))
			}
		})
	}
}

// What leaves, or needs no page, does not wait for one.
func TestNotWaitingForAPage(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		u.atOnce(typed("\r\x1b")...)
		u.sees("PAGE 1")
		u.settles()
		u.atOnce(typed("/post 3\r\x1b")...)
		u.sees("PAGE 1")
		u.settles()
		u.sees("PAGE 1")
		u.atOnce(typed("jj\rjj\x1b")...) // which only move
		if _, ok := u.model.(*Model).top().(*list); !ok {
			t.Error("esc waits for keys that move in what it leaves")
		}
		u.settles()
		u.press("/")
		u.types("post 3")
		u.settles()
		u.atOnce(typed("\rn")...)
		if n := len(u.model.(*Model).ahead.msgs); n != 1 {
			t.Errorf("%d keys wait, want the one for the next match", n)
		}
		u.settles()
		u.press("q q")
		u.atOnce(typed("j\rjj\x03")...)
		if n := len(u.model.(*Model).ahead.msgs); n != 2 {
			t.Errorf("%d keys wait, want the two before ctrl+c", n)
		}
	})
}

// Much input for a page that does not come takes no more memory than has been set, and
// what was kept acts when the window's colours have had the page laid out anew.
func TestAheadIsBounded(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		m := u.model.(*Model)
		u.atOnce(typed("\rj")...)
		u.update(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
		for range 5000 {
			u.update(tea.KeyPressMsg{Code: 'j', Text: "j"})
		}
		for range 5000 {
			u.update(tea.PasteMsg{Content: strings.Repeat("x", 60<<10)})
			u.update(tea.KeyPressMsg{Code: tea.KeyExtended, Text: strings.Repeat("y", 1000)})
		}
		text := 0
		for _, msg := range m.ahead.msgs {
			switch msg := msg.(type) {
			case tea.KeyPressMsg:
				text += len(msg.Text)
			case tea.PasteMsg:
				text += len(msg.Content)
			}
		}
		if n := len(m.ahead.msgs); text > 8<<10 || n < 10 || n > 200 {
			t.Errorf("%d messages with %d bytes of text are kept", n, text)
		}
		u.settles()
		if top := shown[*article](m).top; top == 0 || len(m.ahead.msgs) != 0 {
			t.Errorf("%d lines down; %d messages are left", top, len(m.ahead.msgs))
		}
	})
}

// However many pages the waiting keys ask for, they are laid out one after the other: a session
// has room for a few tasks.
func TestAheadAsksForOnePageAtATime(t *testing.T) {
	at(t, 60, 80, 24, func(t *testing.T, u *user) {
		m := u.model.(*Model)
		var tasks []work
		act := func(msg tea.Msg) (asked int) {
			_, cmd := m.Update(msg)
			for cmds := []tea.Cmd{cmd}; len(cmds) > 0; cmds = cmds[1:] {
				if cmds[0] == nil {
					continue
				}
				switch msg := cmds[0]().(type) {
				case tea.BatchMsg:
					cmds = append(cmds, msg...)
				case work:
					tasks = append(tasks, msg)
					asked++
				}
			}
			return asked
		}
		for _, key := range typed("\rj" + strings.Repeat("n", 30)) {
			act(key)
		}
		pages := 0
		for ; len(tasks) > 0; pages++ {
			task := tasks[0]
			tasks = tasks[1:]
			if asked := act(task()); asked > 1 {
				t.Fatalf("%d pages are asked for at once", asked)
			}
		}
		if pages != 31 || len(m.ahead.msgs) != 0 {
			t.Errorf("%d pages were laid out, want 31; %d keys still wait", pages, len(m.ahead.msgs))
		}
	})
}

// What follows something that was too large to wait does not act on what is there without it.
func TestAheadKeepsNothingAfterAGap(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		u.atOnce(typed("\r/")...)
		u.atOnce(tea.PasteMsg{Content: strings.Repeat("x", 9<<10)})
		u.atOnce(typed("\r")...)
		u.settles()
		u.sees("/")
		if u.model.(*Model).prompt == nil {
			t.Error("the empty prompt was accepted")
		}
	})
}
