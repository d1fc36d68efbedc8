package reader

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"github.com/sshblog/sshblog/internal/golden"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// update writes the golden screens anew: go test ./internal/reader -update
var update = flag.Bool("update", false, "write the golden screens")

// user sits before a model and does what a person does.
type user struct {
	t      *testing.T
	lib    *library.Library
	posts  fstest.MapFS
	model  tea.Model
	msgs   chan tea.Msg
	ctx    context.Context //nolint:containedctx // it is a session's
	cancel context.CancelFunc
	width  int
	height int
	quit   bool
	// clipboard is what was copied last.
	clipboard string
}

// sit starts a session over posts in a synctest bubble.
func sit(t *testing.T, posts fstest.MapFS, width, height int) *user {
	t.Helper()
	u := sitWithoutRun(t, posts, width, height)
	go func() { _ = u.lib.Run(u.ctx) }()
	return u
}

// sitWithoutRun is sit before the posts can be searched.
func sitWithoutRun(t *testing.T, posts fstest.MapFS, width, height int) *user {
	t.Helper()
	// A bubble's clock starts in the year 2000, before any of the posts.
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	lib, err := library.Open(posts, library.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	u := &user{t: t, lib: lib, posts: posts, ctx: ctx, cancel: cancel, width: width, height: height}
	t.Cleanup(func() { cancel() })
	return u.another(New(lib, render.NewCache(1<<20, 0), theme.NewSet()))
}

// another starts a session of a reader over the same posts.
func (u *user) another(r *Reader) *user {
	u.t.Helper()
	return u.in("", r)
}

// in starts one that reads in a language.
func (u *user) in(language string, r *Reader) *user {
	u.t.Helper()
	return u.with(r, Options{Language: language})
}

// with starts one with options.
func (u *user) with(r *Reader, o Options) *user {
	u.t.Helper()
	other := *u
	other.msgs = make(chan tea.Msg, 64)
	o.Address = func(post string) string { return "ssh " + post + "@blog.example.com" }
	other.model = r.Model(u.ctx, o)
	other.run(other.model.Init())
	other.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI256})
	other.resize(u.width, u.height)
	return &other
}

// send gives the model a message and waits until all that follows is done.
func (u *user) send(msg tea.Msg) {
	u.t.Helper()
	u.update(msg)
	for {
		synctest.Wait()
		select {
		case msg := <-u.msgs:
			u.update(msg)
		default:
			return
		}
	}
}

func (u *user) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.QuitMsg:
		u.quit = true
	case tea.BatchMsg:
		for _, cmd := range msg {
			u.run(cmd)
		}
	case clipping:
		u.clipboard = msg.Clipboard()
	default:
		if v := reflect.ValueOf(msg); v.Type() == reflect.TypeOf(tea.SetClipboard("")()) {
			u.clipboard = v.String()
			return
		}
		var cmd tea.Cmd
		u.model, cmd = u.model.Update(msg)
		u.run(cmd)
	}
}

func (u *user) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() {
			msg := cmd()
			if w, ok := msg.(work); ok {
				msg = w.Perform()
			}
			u.msgs <- msg
		}()
	}
}

// holdStill has the window keep its size for a while, so that it is not being
// dragged at the next.
func (u *user) holdStill() {
	if m, ok := u.model.(*Model); ok {
		m.resized = time.Time{}
	}
}

func (u *user) resize(width, height int) {
	u.t.Helper()
	u.width, u.height = width, height
	u.holdStill()
	u.send(tea.WindowSizeMsg{Width: width, Height: height})
}

// press presses keys by their names, as in "down enter ctrl+c".
func (u *user) press(keys string) {
	u.t.Helper()
	named := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter,
		"esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
		"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "f1": tea.KeyF1,
	}
	for name := range strings.FieldsSeq(keys) {
		key := tea.KeyPressMsg{}
		base := strings.TrimPrefix(name, "ctrl+")
		if base != name {
			key.Mod = tea.ModCtrl
		}
		if code, ok := named[base]; ok {
			key.Code = code
			if code == tea.KeySpace {
				key.Text = " "
			}
		} else {
			key.Code, _ = utf8.DecodeRuneInString(base)
			if key.Mod == 0 {
				key.Text = base
			}
		}
		u.send(key)
	}
}

// types types a text, letter by letter.
func (u *user) types(text string) {
	u.t.Helper()
	for _, r := range text {
		u.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// reload makes the library read the posts again.
func (u *user) reload() {
	u.t.Helper()
	if _, err := u.lib.Reload(); err != nil {
		u.t.Fatal(err)
	}
	u.send(Superseded())
}

// screen is what a terminal shows of the frame, without trailing spaces. It
// fails the test if the frame does not fit the window.
func (u *user) screen() string {
	u.t.Helper()
	content := u.model.View().Content
	checkFrame(u.t, content, u.width, u.height)
	e := vt.NewEmulator(max(u.width, 1), max(u.height, 1))
	_, _ = e.WriteString(strings.ReplaceAll(content, "\n", "\r\n"))
	lines := strings.Split(e.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// checkFrame fails unless content has exactly the window's rows and no line
// is wider than it.
func checkFrame(t *testing.T, content string, width, height int) {
	t.Helper()
	lines := strings.Split(content, "\n")
	if len(lines) > height && height > 0 {
		t.Fatalf("%d×%d: the frame has %d rows", width, height, len(lines))
	}
	for i, line := range lines {
		if cells := uv.NewStyledString(line).UnicodeWidth(); cells > width {
			t.Fatalf("%d×%d: row %d is %d cells wide: %q", width, height, i, cells, line)
		}
	}
}

// sees fails unless the screen shows every text.
func (u *user) sees(texts ...string) {
	u.t.Helper()
	screen := u.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			u.t.Errorf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

func (u *user) seesNot(texts ...string) {
	u.t.Helper()
	screen := u.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			u.t.Errorf("the screen shows %q:\n%s", text, screen)
		}
	}
}

// seesMarked fails unless the current match is on the screen, and is the text.
func (u *user) seesMarked(text string) {
	u.t.Helper()
	content, marked := u.model.View().Content, ""
	for _, after := range strings.Split(content, string(current))[1:] {
		part, _, _ := strings.Cut(after, "\x1b[m")
		marked += ansi.Strip(part)
	}
	if marked != text {
		u.t.Errorf("%q is marked, want %q:\n%s", marked, text, u.screen())
	}
}

// golden compares the screen with the one that is kept.
func (u *user) golden(name string) {
	u.t.Helper()
	var sheet golden.Sheet
	lines := strings.Split(u.model.View().Content, "\n")
	sheet.Add(u.t, fmt.Sprintf("%d columns, %d rows", u.width, u.height), u.width, lines, lines)
	golden.Compare(u.t, filepath.Join("testdata", "screens", name+".golden"), sheet.String(), *update)
}

// shown returns the open screen of a kind that lies highest.
func shown[S screen](m *Model) S {
	for _, s := range slices.Backward(m.stack) {
		if s, ok := s.(S); ok {
			return s
		}
	}
	var none S
	return none
}

// What other packages' tests have too.
const rich, wide = corpus.Rich, corpus.Wide

func blog(n int) fstest.MapFS { return corpus.Blog(n) }

func sample(i int, title string) string { return corpus.Sample(i, title) }

func file(text string) *fstest.MapFile { return corpus.File(text) }
