package reader

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// known starts a session of a reader of whom something is kept, with a Reader that others may share.
func (u *user) known(r *Reader, of *remembering) *user {
	u.t.Helper()
	return u.with(r, Options{Memory: of, Forget: "ssh blog.example.com me forget"})
}

func (u *user) newReader() *Reader { return New(u.lib, render.NewCache(1<<20, 0), theme.NewSet()) }

// leaves ends the session.
func (u *user) leaves() { u.model.(*Model).Close() }

// remembers runs a test with a reader of whom something is kept, before a sample blog.
func remembers(t *testing.T, posts int, do func(t *testing.T, u *user, k *kept)) {
	t.Helper()
	at(t, posts, 80, 24, func(t *testing.T, u *user) {
		k := newKept()
		do(t, u.known(u.newReader(), k.session()), k)
	})
}

// No key does two things on one screen: the second would never be done.
func TestNoKeyIsBoundTwice(t *testing.T) {
	k := newKeymaps()
	for _, screen := range k.all() {
		bound := make(map[string]string)
		for _, b := range screen.bindings {
			for _, name := range b.Keys() {
				if other, ok := bound[name]; ok {
					t.Errorf("%s: %s is bound to %q and to %q", screen.title, name, other, b.Help().Desc)
				}
				bound[name] = b.Help().Desc
			}
		}
	}
}

// Whoever left a post in the middle goes on there, and one that was read begins at its top.
func TestGoesOnWhereItWasLeft(t *testing.T) {
	remembers(t, 41, func(t *testing.T, u *user, k *kept) {
		u.press("enter j j j j j j j j esc")
		u.sees("%")
		first := u.screen()
		_ = first
		u.press("enter")
		u.sees("where you left it", "g goes to the top")
		at := u.model.(*Model).top().(*article).top
		if at == 0 {
			t.Error("it begins at the top")
		}
		u.leaves()
		again := u.known(u.newReader(), k.session())
		again.sees("C goes on with “Post number 41")
		again.press("C")
		if got := again.model.(*Model).top().(*article).top; got != at {
			t.Errorf("it stands at line %d, and was left at %d:\n%s", got, at, again.screen())
		}
		again.press("G esc")
		again.sees("✓ read")
		again.press("enter")
		again.seesNot("where you left it")
		if got := again.model.(*Model).top().(*article).top; got != 0 {
			t.Errorf("what was read to its end begins at line %d", got)
		}
	})
}

// Nobody else sees what is known of a reader, though frames are shared.
func TestMarksAreNobodyElses(t *testing.T) {
	at(t, 9, 80, 24, func(_ *testing.T, u *user) {
		r, mine := u.newReader(), newKept()
		known, other, nobody := u.known(r, mine.session()), u.known(r, newKept().session()), u.with(r, Options{})
		known.press("enter G esc down enter j j j j j j esc s")
		known.sees("✓ read", "%", "kept")
		other.press("down")
		nobody.press("down")
		for _, u := range []*user{other, nobody} {
			u.seesNot("✓ read", "%", "kept")
		}
		// In the article, too.
		known.press("enter g v enter w w enter")
		known.sees(keptSign)
		other.press("enter")
		other.seesNot(keptSign)
		known.sees(keptSign)
	})
}

// Without a key all keys that need one say how to come with it.
func TestWithoutAKey(t *testing.T) {
	at(t, 9, 80, 24, func(_ *testing.T, u *user) {
		for _, keys := range []string{"s", "U", "S", "C", "M", "enter s", "S", "C", "M", "v"} {
			u.press(keys)
			u.sees("Connect with an SSH key to use this.")
		}
	})
}

// What the store cannot do is said, and reading goes on.
func TestAStoreThatFails(t *testing.T) {
	remembers(t, 9, func(_ *testing.T, u *user, k *kept) {
		k.fails = errors.New("the store is away")
		u.press("s")
		u.sees("not kept: the store is away")
		u.press("S")
		u.sees("cannot be had now: the store is away")
		u.press("enter v enter w enter")
		u.sees("not kept: the store is away")
		u.press("j")
		u.sees("Post number 9")
	})
}

// timed is a place that was left some time ago.
func timed(p memory.Place) memory.Place {
	p.When = time.Date(2026, 5, 30, 12, 0, 0, 0, time.UTC)
	return p
}

// Readers of whom the same is known hold one frame together, and each frame takes no more allocations
// than without a memory.
func TestMarksCostNoFrames(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		r := u.newReader()
		k, other := newKept(), newKept()
		for _, of := range []*kept{k, other} {
			of.marks["post-08"] = memory.Mark{Read: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
		}
		a, b, nobody := u.known(r, k.session()), u.known(r, other.session()), u.with(r, Options{})
		for _, keys := range []string{"down", "down", "enter", "j", "space", "esc"} {
			for _, u := range []*user{a, b, nobody} {
				u.press(keys)
			}
			if was, is := a.model.View().Content, b.model.View().Content; unsafe.StringData(was) != unsafe.StringData(is) {
				t.Errorf("after %s each has its own", keys)
			}
		}
		if underRace {
			return
		}
		cost := func(u *user, keys ...rune) float64 {
			return testing.AllocsPerRun(100, func() {
				for _, key := range keys {
					u.model.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
					_ = u.model.View()
				}
			})
		}
		for _, open := range []string{"", "enter"} {
			a.press(open)
			nobody.press(open)
			if with, without := cost(a, 'j', 'k'), cost(nobody, 'j', 'k'); with > without {
				t.Errorf("two keys make %v allocations, and %v without a memory", with, without)
			}
		}
	})
}

// BenchmarkKeyWithMemory scrolls a post of which the place is kept.
func BenchmarkKeyWithMemory(b *testing.B) {
	for name, of := range map[string]Memory{"with": newKept().session(), "without": nil} {
		b.Run(name, func(b *testing.B) {
			lib, err := library.Open(blog(9), library.Options{})
			if err != nil {
				b.Fatal(err)
			}
			m := New(lib, render.NewCache(1<<20, 0), theme.NewSet()).Model(b.Context(), Options{Memory: of})
			for _, msg := range []tea.Msg{tea.WindowSizeMsg{Width: 80, Height: 24}, tea.KeyPressMsg{Code: tea.KeyEnter}} {
				_, cmd := m.Update(msg)
				perform(m, cmd)
			}
			b.ReportAllocs()
			for i := range b.N {
				key := 'j'
				if i%2 == 1 {
					key = 'k'
				}
				m.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
				_ = m.View()
			}
		})
	}
}

// remembered has the user come again with a key of which something is kept.
func (u *user) remembered() *kept {
	u.t.Helper()
	k := newKept()
	k.since = time.Date(2026, 4, 28, 3, 0, 0, 0, time.UTC)
	k.marks["post-41"] = memory.Mark{Read: k.since}
	k.marks["post-40"] = memory.Mark{Place: timed(memory.Place{Block: 3, Percent: 42}), Percent: 42}
	k.marks["post-37"] = k.marks["post-41"]
	k.order = []string{"post-40"}
	k.bookmarks = []memory.Bookmark{{Address: "post-39", When: k.since}}
	k.highlights = []memory.Highlight{{ID: 1, Address: "rich", Text: "a way out and a way on", When: k.since}}
	*u = *u.known(u.newReader(), k.session())
	return k
}

// What is forgotten elsewhere is gone from the screen.
func TestForgottenElsewhere(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.posts["rich.md"] = file(rich)
		u.reload()
		k := u.remembered()
		u.press("g enter g")
		u.sees(keptSign)
		k.marks, k.highlights, k.bookmarks = make(map[string]memory.Mark), nil, nil
		u.send(Remembered())
		u.seesNot(keptSign)
		u.press("esc")
		u.seesNot("✓ read", "· 42%", "kept")
	})
}

// A post is marked as read, or as unread, in the list and in the post.
func TestMarkedAsUnread(t *testing.T) {
	remembers(t, 9, func(_ *testing.T, u *user, _ *kept) {
		u.press("U")
		u.sees("marked as read", "✓ read")
		u.press("U")
		u.sees("marked as unread")
		u.seesNot("✓ read")
		u.press("enter G U")
		u.sees("marked as unread")
		u.press("esc")
		u.seesNot("✓ read")
	})
}

// The list of what is kept is that of now: also when something is kept or forgotten elsewhere meanwhile.
func TestKeptElsewhere(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		k := u.remembered()
		u.press("S")
		u.sees("1 bookmark · 1 passage", "Post number 39")
		k.bookmarks = append(k.bookmarks, memory.Bookmark{Address: "post-38", When: k.since})
		u.send(Remembered())
		u.sees("2 bookmarks · 1 passage", "Post number 38")
		k.bookmarks, k.highlights = nil, nil
		u.send(Remembered())
		u.seesNot("Post number 39", "Post number 38", "passage")
		u.press("x enter")
		u.sees("PAGE 1")
	})
}

// While a reader scrolls, what is kept is written beside: whoever writes asks where they are.
func TestPlacesAreKeptWhileScrolling(t *testing.T) {
	m := memory.New(&storetest.Store{}, []byte("secret"), memory.Options{Interval: time.Millisecond, Wait: time.Minute})
	defer m.Close()
	m.Posts(func(yield func(string, []string) bool) { yield("prose", nil) })
	lib, err := library.Open(fstest.MapFS{"prose.md": file(prose(60))}, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	sits := func() (*Model, *memory.Reader) {
		known := m.Open([]byte("key"))
		session := r.Model(t.Context(), Options{Memory: known})
		for _, msg := range []tea.Msg{tea.WindowSizeMsg{Width: 80, Height: 24}, tea.KeyPressMsg{Code: tea.KeyEnter}} {
			_, cmd := session.Update(msg)
			perform(session, cmd)
		}
		return session, known
	}
	one, known := sits()
	for range 200 {
		_, cmd := one.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
		perform(one, cmd)
		_ = one.View()
		time.Sleep(50 * time.Microsecond) // while it is written
	}
	at := shown[*article](one).top
	known.Close() // cut off: nobody has said that the post was left
	again, known := sits()
	defer known.Close()
	if got := shown[*article](again).top; got != at || at < 100 {
		t.Errorf("it goes on at line %d, and was at %d", got, at)
	}
}
