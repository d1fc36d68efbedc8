package reader

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// One search of a session is under way at most, however often its screen is opened,
// typed in and closed: keys alone once made 156,309 goroutines.
func TestOneSearchAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := sitWithoutRun(t, blog(3), 80, 24)
		begun := 0
		for range 500 {
			for _, key := range []tea.KeyPressMsg{{Code: '/', Text: "/"}, {Code: 'a', Text: "a"}, {Code: tea.KeyEscape}} {
				_, cmd := u.model.Update(key)
				if cmd == nil {
					continue
				}
				if _, ok := cmd().(work); ok {
					begun++
				}
			}
		}
		if begun != 1 {
			t.Errorf("%d searches were begun while the first was under way", begun)
		}
	})
}

// What was typed while a search that nobody wants any more was under way is
// searched for when that one has ended.
func TestSearchAfterOneThatWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := sitWithoutRun(t, blog(5), 80, 24)
		u.press("/ n u m esc / p o s t")
		u.sees("searching")
		go func() { _ = u.lib.Run(u.ctx) }()
		synctest.Wait()
		u.send(nil)
		u.sees("/ post", "5 posts")
		u.cancel()
	})
}

// One find of a session is under way at most: letters that arrive together are looked
// for once or twice, beside the session.
func TestOneFindAtATime(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		m, _ := u.model.(*Model)
		u.press("/")
		begun := 0
		for _, r := range strings.Repeat("n", 100) + "eedle" {
			if r == 'e' && begun == 1 {
				u.update(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
				u.update(tea.KeyPressMsg{Code: 'n', Text: "n"})
				begun++
			}
			cmd := m.key(tea.KeyPressMsg{Code: r, Text: string(r)})
			if cmd != nil {
				begun++
				u.run(cmd)
			}
		}
		if begun != 2 {
			t.Errorf("%d finds were begun", begun)
		}
		if shown[*article](m).find.len() != 0 {
			t.Error("it was looked for in the session's turn")
		}
		u.send(nil)
		u.sees("1/6")
	})
}

// Steps back are bounded, and hold neither pages nor matches: they are found again.
func TestStepsBackHoldNoPages(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		m, _ := u.model.(*Model)
		const most = 64
		for range 2 * most {
			a := shown[*article](m)
			a.find = find{query: "e"}
			a.look(m)
			a.focus = 0
			for i, s := range a.stops {
				if s.post != nil {
					a.focus = i + 1
				}
			}
			u.run(a.follow(m))
			u.send(nil)
		}
		covered := 0
		for _, s := range m.stack {
			if a, ok := s.(*article); ok && a.covered {
				if covered++; a.page != nil || a.stops != nil || a.find.len() != 0 {
					t.Fatal("a step back holds its page or its matches")
				}
			}
		}
		if covered != most {
			t.Errorf("%d steps back are kept", covered)
		}
	})
}

// A session that is to hold more than its account has lets go of what is open, and
// says so; what it has taken is given back as it closes things.
func TestNoMemoryLeft(t *testing.T) {
	var long strings.Builder
	fmt.Fprint(&long, "---\ntitle: Long\ndate: 2026-05-31\n---\n")
	for i := range 2000 {
		fmt.Fprintf(&long, "Paragraph %d of a long post with the words that it needs.\n\n", i)
	}
	for _, c := range []struct {
		limit int64
		sees  string
	}{
		{64 << 10, "no memory left"},
		{8 << 20, "Paragraph 1 of"},
	} {
		at(t, 3, 80, 24, func(t *testing.T, u *user) {
			u.posts["long.md"] = file(long.String())
			u.reload()
			account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: c.limit})
			m, _ := u.model.(*Model)
			m.account = account
			u.press("g enter")
			u.sees(c.sees)
			if taken := account.Taken().Bytes; (taken > 0) != (c.limit == 8<<20) {
				t.Errorf("%d bytes are taken of %d", taken, c.limit)
			}
			u.press("esc")
			if taken := account.Taken().Bytes; taken != 0 {
				t.Errorf("%d bytes are taken before the list", taken)
			}
		})
	}
}

// A page that is held anyway comes even where all that may be taken is taken.
func TestSmallPagesNeedNothing(t *testing.T) {
	account := ledger.New(ledger.Limits{Bytes: 1 << 20}).Open(ledger.Limits{})
	account.Take(1 << 20)
	page, held, err := Hold(account, &render.Page{Lines: render.LinesOf("a")}, nil)
	if page == nil || held != 0 || err != nil {
		t.Errorf("got %v, %d bytes held and %v", page, held, err)
	}
}

// No page is too large for a session that holds nothing else: what is refused now is
// shown when others have left.
func TestEveryPageFitsASession(t *testing.T) {
	const connection, taken = 4 << 20, 192 << 10 // bytes: see ARCHITECTURE.md
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: connection})
	account.Take(taken)
	page, held, err := Hold(account, &render.Page{Lines: render.LinesOf(strings.Repeat("a", render.MaxPage-1<<10))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	account.Give(held)
	m := &Model{account: account, stack: []screen{&article{laid: laid{page: page}}}}
	m.charge()
	if shown[*article](m) == nil {
		t.Errorf("an open page is let go of: %s", m.notice)
	}
}

// A page that waits for its session's turn is taken from the account already; one
// that the account has not got does not wait at all.
func TestPageIsHeldAsItComes(t *testing.T) {
	page := &render.Page{Lines: render.LinesOf(strings.Repeat("a", 1<<20))}
	for _, limit := range []int64{1 << 20, 4 << 20} {
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: limit})
		got, held, err := Hold(account, page, nil)
		if fits := limit > 1<<20; (got != nil) != fits || (err == nil) != fits || (held > 0) != fits {
			t.Errorf("of %d bytes: got %t, %d bytes held and %v", limit, got != nil, held, err)
		}
		if taken := account.Taken().Bytes; taken != held || got != nil && taken < page.Size()-FreeBytes {
			t.Errorf("of %d bytes: %d are taken, and %d held", limit, taken, held)
		}
	}
}

// A menu keeps nothing of a page that was given up: who makes the window too small for
// it has given its memory back.
func TestMenusKeepNoPage(t *testing.T) {
	for _, key := range []string{"y", "t"} {
		synctest.Test(t, func(t *testing.T) {
			posts := blog(3)
			posts["code.md"] = file("---\ntitle: Code\ndate: 2026-05-31\n---\n## One\n\n```\n" +
				strings.Repeat("func main() { println(1) }\n", 3000) + "```\n\n## Two\n")
			u := sit(t, posts, 80, 24)
			u = u.another(New(u.lib, render.NewCache(1, 0), theme.NewSet())) // which keeps none either
			u.press("g enter " + key)
			m, _ := u.model.(*Model)
			if shown[*article](m).page == nil || len(shown[*picker](m).rows) < 2 {
				t.Fatalf("%s opens no menu over a page", key)
			}
			code := weak.Make(&shown[*article](m).page.Code[0])
			heading := weak.Make(&shown[*article](m).page.Headings[0])
			u.resize(1, 1)
			time.Sleep(time.Hour) // a bubble keeps timers that are stopped until they were due
			runtime.GC()
			if code.Value() != nil || heading.Value() != nil {
				t.Errorf("the menu of %s keeps the page alive", key)
			}
			runtime.KeepAlive(u)
			u.cancel()
		})
	}
}

// Code is copied from the page that there is, and not from another than was chosen.
func TestCodeIsCopiedFromThePageThatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		posts := blog(1)
		posts["code.md"] = file("---\ntitle: Code\ndate: 2026-05-31\n---\n```\nfirst()\n```\n\n```\nsecond()\n```\n")
		u := sit(t, posts, 80, 24)
		u.press("g enter y")
		m, _ := u.model.(*Model)
		menu := shown[*picker](m)
		second := func() tea.Cmd { return menu.choose(menu.rows[3], 3) }
		u.run(second())
		u.send(nil)
		if u.clipboard != "second()\n" && u.clipboard != "second()" {
			t.Errorf("copied %q", u.clipboard)
		}
		page := shown[*article](m).page
		for _, other := range []*render.Page{nil, {}, {Code: []render.Code{{Source: "first()"}, {Source: "third()"}}}} {
			shown[*article](m).page, m.notice = other, ""
			if cmd := second(); cmd != nil || !strings.Contains(m.notice, "copy again") {
				t.Errorf("of %v something else is copied: %q", other, m.notice)
			}
		}
		shown[*article](m).page = page
		u.cancel()
	})
}

// What is copied has at most 54 KiB: terminals cut what is longer.
func TestTheLongestCopy(t *testing.T) {
	for bytes, copied := range map[int]bool{54 << 10: true, 54<<10 + 1: false} {
		m := &Model{}
		if cmd := m.copied("text", strings.Repeat("a", bytes)); (cmd != nil) != copied || strings.Contains(m.notice, "too long") == copied {
			t.Errorf("%d bytes: copied %v, want %v: %s", bytes, cmd != nil, copied, m.notice)
		}
	}
}

// A search lists at most 100 posts.
func TestTheMostResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := sit(t, blog(130), 80, 24)
		u.press("/ p o s t")
		m, _ := u.model.(*Model)
		if n := len(shown[*search](m).found.Hits); n != 100 {
			t.Errorf("%d posts are listed of 130", n)
		}
		u.cancel()
	})
}
