package reader

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// trials is how often a reader's session is killed and comes back.
var trials = flag.Int("trials", 1000, "so many `times` a session is killed and its reader comes back")

// part is a block of a post of the trials. Some of them say what others say, too.
type part struct {
	id   int
	text string
}

// wordsLike writes n words that mean nothing.
func wordsLike(random *rand.Rand, n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	words := make([]string, n)
	for i := range words {
		at := random.IntN(len(letters) - 8)
		words[i] = letters[at : at+1+random.IntN(8)]
	}
	return strings.Join(words, " ")
}

// partOf makes a block.
func partOf(random *rand.Rand, id int) part {
	some := func(n int) string { return wordsLike(random, 1+random.IntN(n)) }
	var text string
	switch random.IntN(12) {
	case 0:
		text = "---"
	case 1:
		text = "> " + some(60)
	case 2:
		text = "- " + some(20) + "\n- " + some(20) + "\n\n  " + some(30)
	case 3:
		text = "```go\nfunc " + some(30) + "\n" + some(9) + "\n```"
	case 4:
		text = "| a | " + some(4) + " |\n|---|---|\n| " + some(20) + " | " + some(20) + " |\n| " + some(9) + " | 2 |"
	case 5:
		text = "## " + some(6)
	case 6:
		text = "Note[^" + fmt.Sprint(id) + "] " + some(40) + " [link](https://example.com/" + fmt.Sprint(id) + ").\n\n[^" + fmt.Sprint(id) + "]: " + some(10)
	case 7:
		text = "![" + some(5) + "](a.png)"
	case 8:
		text = "The same again."
	case 9:
		text = "漢字かな交じりの文章が続きます。" + some(20)
	default:
		text = some(120)
	}
	return part{id, text}
}

func postOf(parts []part) *fstest.MapFile {
	var b strings.Builder
	b.WriteString("---\ntitle: A post\ndate: 2026-05-01\n---\n")
	for i, p := range parts {
		if strings.HasPrefix(p.text, "- ") && i%2 == 1 { // or two lists were one
			p.text = strings.ReplaceAll("\n"+p.text, "\n- ", "\n* ")[1:]
		}
		b.WriteString(p.text + "\n\n")
	}
	return file(b.String())
}

// editedElsewhere returns the blocks with some inserted, removed and changed, but for the one to be found
// again; and if others say the same, those beside it, by which it is told from them.
func editedElsewhere(random *rand.Rand, parts []part, but, next int) []part {
	parts = slices.Clone(parts)
	around := 0
	if text := parts[but].text; text == "---" || text == "The same again." {
		around = 1
	}
	beside := func(i int) bool { return i >= but-around && i <= but+around }
	for range random.IntN(6) {
		i := random.IntN(len(parts))
		if beside(i) {
			continue
		}
		switch random.IntN(3) {
		case 0:
			parts = slices.Insert(parts, i, partOf(random, next))
			next++
			if i <= but {
				but++
			}
		case 1:
			if parts = slices.Delete(parts, i, i+1); i < but {
				but--
			}
		default:
			parts[i].text = partOf(random, next).text
			next++
		}
	}
	return parts
}

// Whoever is cut off anywhere comes back to the same block, at another width, in another theme and
// after edits elsewhere in the post.
func TestKilledAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // see at
		killedAndBack(t)
		time.Sleep(time.Minute)
	})
}

func killedAndBack(t *testing.T) {
	t.Helper()
	if underRace { // it is slow, and there is one goroutine
		*trials = min(*trials, 50)
	}
	missed, set := 0, theme.NewSet()
	for seed := range uint64(*trials) {
		if err := killAndReturn(t, set, seed); err != nil {
			if missed++; missed < 10 {
				t.Errorf("trial %d: %v", seed, err)
			}
		}
	}
	t.Logf("%d of %d trials came back to the same block", *trials-missed, *trials)
}

func killAndReturn(t *testing.T, set *theme.Set, seed uint64) error {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 16))
	parts := make([]part, 3+random.IntN(40))
	for i := range parts {
		parts[i] = partOf(random, i)
	}
	k := newKept()
	before, a := reads(t, random, set, postOf(parts), k.session())
	if a == nil || len(a.page.Blocks) == 0 {
		return nil
	}
	a.scrollTo(random.IntN(max(a.length(), 1)))
	before.Update(nil)
	where := k.sessionAt("a")
	if where == nil {
		return fmt.Errorf("nobody knows where it is")
	}
	place := where() // what is kept every 15 s: the session is killed, and says nothing more
	if place.Percent == 0 {
		return nil
	}
	k.marks["a"] = memory.Mark{Place: timed(place), Percent: place.Percent}
	at := max(min(place.Block, len(parts)-1), 0)
	// Blocks of the page are those of the post, and then the notes and the links.
	was, ok := idOf(parts, place.Block)
	changed := parts
	if ok {
		changed = editedElsewhere(random, parts, at, len(parts))
	}
	k.sessions = make(map[*remembering]string)
	_, b := reads(t, random, set, postOf(changed), k.session())
	if b == nil {
		return fmt.Errorf("it does not open")
	}
	if !ok || place.Block < 0 {
		return nil
	}
	block := blockOf(b.page, place.Block, place.Sum)
	is, _ := idOf(changed, block)
	if is != was {
		return fmt.Errorf("it was in block %d (%q) and comes back to %d", was, parts[at].text, is)
	}
	if line := b.lineOf(anchorAt(place)); line < b.top || line >= b.top+b.rows {
		return fmt.Errorf("the line %d of block %d is not on the screen from %d", line, was, b.top)
	}
	return nil
}

// idOf returns which of the parts a block of a page is.
func idOf(parts []part, block int) (int, bool) {
	if block < 0 || block >= len(parts) { // the notes, and the links
		return 0, false
	}
	return parts[block].id, true
}

func (k *kept) sessionAt(address string) func() memory.Place {
	for s := range k.sessions {
		return s.at[address]
	}
	return nil
}

// reads opens a post in a window and a theme of any kind.
func reads(t *testing.T, random *rand.Rand, set *theme.Set, post *fstest.MapFile, of *remembering) (*Model, *article) {
	t.Helper()
	lib, err := library.Open(fstest.MapFS{"a.md": post}, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	themes := []string{"", "neutral", "dark", "light", "paper"}
	m := New(lib, render.NewCache(1<<20, 0), set).Model(t.Context(), Options{Memory: of, Theme: themes[random.IntN(len(themes))]})
	update := func(msg tea.Msg) {
		_, cmd := m.Update(msg)
		perform(m, cmd)
	}
	update(tea.WindowSizeMsg{Width: 20 + random.IntN(140), Height: 6 + random.IntN(50)})
	update(tea.KeyPressMsg{Code: tea.KeyEnter})
	a, ok := m.top().(*article)
	if !ok || a.page == nil {
		return m, nil
	}
	return m, a
}

// perform runs a command and all that follows from it.
func perform(m *Model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			perform(m, cmd)
		}
		return
	}
	if w, ok := msg.(work); ok {
		msg = w.Perform()
	}
	if msg != nil {
		_, cmd = m.Update(msg)
		perform(m, cmd)
	}
}
