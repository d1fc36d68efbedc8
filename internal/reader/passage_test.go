package reader

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// prose is a post whose words are all different.
func prose(paragraphs int) string {
	var b strings.Builder
	b.WriteString("---\ntitle: Prose\ndate: 2026-05-30\n---\n")
	for i := range paragraphs {
		for j := range 30 {
			fmt.Fprintf(&b, "w%dx%d ", i, j)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// What is selected is kept, is marked from then on, also at another width and after edits, and can be
// removed.
func TestPassageIsKept(t *testing.T) {
	remembers(t, 9, func(t *testing.T, u *user, k *kept) {
		u.posts["prose.md"] = file(prose(12))
		u.reload()
		u.press("g enter v")
		u.sees("enter begins a passage here")
		u.press("j j w w w enter")
		u.sees("1 word: enter keeps")
		u.press("j w o o")
		u.press("?")
		u.sees("Selecting a passage")
		u.press("esc enter")
		u.sees("kept: S lists it", keptSign)
		if len(k.highlights) != 1 || len(strings.Fields(k.highlights[0].Text)) < 5 {
			t.Fatalf("%+v is kept", k.highlights)
		}
		h := k.highlights[0]
		isLit := func() {
			t.Helper()
			a := shown[*article](u.model.(*Model))
			if len(a.lit.of) != 1 {
				t.Fatalf("%d passages are marked:\n%s", len(a.lit.of), u.screen())
			}
			text := u.model.(*Model).caches.textOf(a.page).text
			if got := said(text[a.lit.of[0].at.Start:a.lit.of[0].at.End]); got != h.Text {
				t.Fatalf("%q is marked, want %q", got, h.Text)
			}
		}
		isLit()
		for _, width := range []int{40, 120, 23, 80} {
			u.resize(width, 24)
			isLit()
		}
		u.posts["prose.md"] = file(strings.Replace(prose(12), "\n---\n", "\n---\nA new beginning.\n\nAnd more.\n\n", 1))
		u.reload()
		isLit()
		// Removed where it is marked.
		a := shown[*article](u.model.(*Model))
		line := a.lit.line(0)
		u.press("g v")
		for range line + len(a.head) {
			u.press("j")
			if strings.Contains(u.screen(), "x removes it") {
				break
			}
		}
		u.sees("kept: x removes it")
		u.press("x")
		u.sees("is not kept any more")
		u.seesNot(keptSign)
		if len(k.highlights) != 0 {
			t.Errorf("%+v is kept", k.highlights)
		}
		u.press("v q")
		u.sees("Prose")
	})
}

// A passage is found by most of its words if some were changed, and said to be lost if they are gone.
func TestPassageOfAnEditedPost(t *testing.T) {
	remembers(t, 9, func(_ *testing.T, u *user, k *kept) {
		u.posts["prose.md"] = file(prose(5))
		u.reload()
		k.highlights = []memory.Highlight{{ID: 7, Address: "prose", Text: "w2x3 w2x4 w2x5 w2x6 w2x7 w2x8 w2x9"}}
		u.posts["prose.md"] = file(strings.Replace(prose(5), "w2x6", "corrected", 1))
		u.reload()
		u.press("g enter")
		u.sees(keptSign)
		u.seesNot("not in this post any more")
		u.posts["prose.md"] = file(strings.ReplaceAll(prose(5), "w2x", "other"))
		u.reload()
		u.seesNot(keptSign)
		u.press("esc g enter")
		u.sees("1 passage that you kept is not in this post any more")
		u.press("S")
		u.sees("Prose · passage", "“w2x3 w2x4")
		u.press("enter")
		u.sees("this passage is not in the post any more")
	})
}

// S lists what is kept, leads there, and removes it.
func TestWhatIsKeptIsListed(t *testing.T) {
	remembers(t, 41, func(t *testing.T, u *user, k *kept) {
		u.posts["prose.md"] = file(prose(40))
		u.reload()
		u.press("S")
		u.sees("nothing is kept yet")
		u.press("g down s")
		u.sees("bookmark kept", "· kept")
		k.highlights = []memory.Highlight{{ID: 7, Address: "prose", Text: "w30x3 w30x4"}, {ID: 8, Address: "no-more", Text: "gone"}}
		u.press("S")
		u.sees("1 bookmark · 2 passages", "Post number 41 has a title · bookmark", "Prose · passage", "“w30x3 w30x4”", "no-more · this post is gone")
		u.press("down enter")
		u.sees("w30x3 w30x4", keptSign)
		u.press("S enter")
		u.sees("Post number 41 has a title")
		u.press("esc")
		u.sees("w30x3 w30x4") // the way back
		u.press("esc S down down enter")
		u.sees("this post is gone")
		u.press("S x")
		u.sees("removed", "2 passages")
		u.seesNot("bookmark")
		u.press("x x")
		u.seesNot("passages")
		if len(k.bookmarks)+len(k.highlights) != 0 {
			t.Errorf("%v and %v are kept", k.bookmarks, k.highlights)
		}
		u.press("x enter")
		u.sees("PAGE 1")
	})
}

// The first screen tells what is new since the last visit, at the first visit that the key is remembered,
// and what comes late moves nothing.
func TestGreeting(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		r, k := u.newReader(), newKept()
		k.since = time.Date(2026, 2, 8, 3, 0, 0, 0, time.UTC)
		s := k.session()
		s.loaded = false
		late := u.known(r, s)
		late.press("down down")
		before := late.screen()
		late.seesNot("since")
		s.loaded = true
		late.send(Remembered())
		late.sees("2 new posts since") // February 8 is as new as the visit
		if got := strings.Split(late.screen(), "\n"); strings.Join(append(got[:2:2], got[3:]...), "\n") != func() string {
			was := strings.Split(before, "\n")
			return strings.Join(append(was[:2:2], was[3:]...), "\n")
		}() {
			t.Errorf("more has changed than a line:\n%s\nand before\n%s", late.screen(), before)
		}
		late.press("enter esc")
		late.seesNot("since")
		k.marks["post-40"] = memory.Mark{Place: timed(memory.Place{Block: 3, Percent: 42}), Percent: 42}
		k.order = []string{"post-40"}
		again := u.known(r, k.session())
		again.sees("2 new posts since", "C goes on with “Post number 40")
		again.resize(40, 12)
		again.sees("2 new posts since")
		again.press("down")
		again.seesNot("2 new posts since")
		again.press("C")
		again.sees("where you left it")
		k.first = true
		u.known(r, k.session()).sees("Your key is remembered: ssh blog.example.com me forget ends it.")
		u.resize(120, 40)
		u.known(r, k.session()).sees("Your key is remembered here: ssh blog.example.com me forget ends that, --private avoids it.")
	})
}

// While one key reads in two terminals, the second takes over the place of the first.
func TestTakesOverTheOtherSession(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.posts["prose.md"] = file(prose(40))
		u.reload()
		r, k := u.newReader(), newKept()
		one, other := u.known(r, k.session()), u.known(r, k.session())
		other.press("M")
		other.sees("nothing is open elsewhere")
		one.press("g enter space space space")
		other.press("M")
		there, here := shown[*article](one.model.(*Model)), shown[*article](other.model.(*Model))
		if here == nil || here.post.Address != "prose" || here.top != there.top {
			t.Fatalf("it shows\n%s\nand elsewhere is\n%s", other.screen(), one.screen())
		}
		one.press("space j j")
		other.press("M")
		if here.top != there.top {
			t.Errorf("in the same post it stands at %d, and elsewhere at %d", here.top, there.top)
		}
		one.press("esc")
		other.press("M")
		other.sees("nothing is open elsewhere")
	})
}

// Theme and column stay what the reader has chosen, unless the session asks for another.
func TestChoicesAreKept(t *testing.T) {
	at(t, 9, 200, 30, func(t *testing.T, u *user) {
		r, k := u.newReader(), newKept()
		one := u.known(r, k.session())
		one.press("T T enter + +")
		if k.settings.Theme == "" || k.settings.Column != 120 {
			t.Fatalf("%+v is kept", k.settings)
		}
		other := u.known(r, k.session())
		if m := other.model.(*Model); m.theme.Name != k.settings.Theme || m.measure != 120 {
			t.Errorf("it is %s in %d columns, and %+v is kept", m.theme.Name, m.measure, k.settings)
		}
		if m := u.with(r, Options{Memory: k.session(), Theme: "paper"}).model.(*Model); m.theme.Name != "paper" {
			t.Errorf("the session asks for paper, and gets %s", m.theme.Name)
		}
	})
}

// What is read is told to the memory: opened, read to its end, left; and at the end of the session.
func TestTheMemoryIsTold(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		s := newKept().session()
		known := u.known(u.newReader(), s)
		known.press("enter j j n G tab enter")
		known.leaves()
		want := "opened post-09, left post-09, opened post-08, read post-08, left post-08, opened"
		if got := strings.Join(s.calls, ", "); !strings.HasPrefix(got, want) || !strings.HasPrefix(s.calls[len(s.calls)-1], "left") {
			t.Errorf("it is told %s\nwant            %s … left", got, want)
		}
	})
}
