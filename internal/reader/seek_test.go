package reader

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
)

// regions is a text of 256 KB in which five words are, but nowhere near each other.
func regions() *pageText {
	var b strings.Builder
	for _, word := range []string{"a ", "b ", "c ", "d ", "e "} {
		b.WriteString(strings.Repeat(word, 256<<10/5/2))
	}
	return &pageText{text: b.String()}
}

func nowhere(n int) []memory.Highlight {
	return slices.Repeat([]memory.Highlight{{Text: "b a d c e"}}, n)
}

// Others may go first after every few words, while the text is cut and at both searches through it.
func TestFindingPassagesYields(t *testing.T) {
	text := regions()
	words := len(text.text) / 2
	for name, what := range map[string]string{"short": "b a d c e", "long": "e" + strings.Repeat(" a", memory.MaxText/2-2) + " b"} {
		yields, before := 0, 0
		w := &walk{}
		w.yield = func() bool {
			if row := memory.MaxText + 1; w.looked-before > betweenYields+row {
				t.Errorf("%s: %d words without a yield", name, w.looked-before)
			}
			yields, before = yields+1, w.looked
			return true
		}
		_, lost, unsought := litOn(w, &render.Page{}, text, []memory.Highlight{{Text: what}})
		if name == "short" && lost != 1 || unsought != 0 {
			t.Errorf("%s: %d are lost, %d were not looked for", name, lost, unsought)
		}
		if least := 3*words/betweenYields - 3; yields < least {
			t.Errorf("%s: %d yields, want %d", name, yields, least)
		}
	}
}

// However many passages are kept of a page, and wherever their words are, the words looked at are bounded; what
// is where it was is found nevertheless, and nothing is said to be lost that was not looked for.
func TestFindingPassagesEnds(t *testing.T) {
	text := regions()
	const most = 420 // of four words or so that memory.MaxKept lets in
	all := append(nowhere(most), memory.Highlight{Text: "e"})
	w := &walk{}
	_, lost, unsought := litOn(w, &render.Page{}, text, all)
	if lost == 0 || unsought == 0 || lost+unsought != most {
		t.Errorf("%d are lost, and %d were not looked for", lost, unsought)
	}
	if w.looked > mostLooked+100*most {
		t.Errorf("%d words were looked at, want %d", w.looked, mostLooked)
	}
	// Words that the page does not have cost nothing but themselves.
	w = &walk{}
	_, lost, _ = litOn(w, &render.Page{}, text, slices.Repeat([]memory.Highlight{{Text: "no such words here"}}, most))
	if lost != most || w.looked > len(text.text)/2+10*most {
		t.Errorf("%d are lost, after %d words", lost, w.looked)
	}
	for _, calls := range []int{1, 300, 700} { // while it is cut, and later
		w = &walk{}
		w.yield = func() bool { calls--; return calls > 0 }
		_, lost, unsought = litOn(w, &render.Page{}, text, nowhere(most))
		if w.ended = true; lost > 1 || unsought < most-1 || calls != 0 {
			t.Errorf("after it was ended %d are lost, %d not looked for, with %d calls", lost, unsought, calls)
		}
	}
}

// A passage that is typed, of the same word over and over, is looked for once through the text.
func TestPassageOfLooksOnce(t *testing.T) {
	text := &pageText{text: strings.Repeat("a ", 64<<10) + "b"}
	w := &walk{}
	if _, ok := passageSaid(w, &render.Page{}, text, strings.Repeat("A ", 2000)+"b b"); ok {
		t.Error("it is found")
	}
	if words := 64<<10 + 1; w.looked > 2*words {
		t.Errorf("%d words were looked at, of %d", w.looked, words)
	}
	// One may begin inside of what only began like it.
	words := wordingOf(&render.Page{}, &pageText{text: "a a b a a a c a a c"})
	words.want("a a c")
	words.cut(w)
	if got := slices.Collect(words.follow(w, words.numbers("a a c"))); !slices.Equal(got, []int{4, 7}) {
		t.Errorf("they are at %d", got)
	}
	page, ctx := &render.Page{}, t.Context()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, ok, err := PassageOf(gone, nil, page, "a"); ok || err == nil {
		t.Errorf("after the end it is %v, %v", ok, err)
	}
	full := ledger.New(ledger.Limits{Bytes: 1}).Open(ledger.Limits{Bytes: 1})
	if _, ok, err := PassageOf(ctx, full, page, strings.Repeat("a ", 1000)); ok || err == nil {
		t.Errorf("without memory it is %v, %v", ok, err)
	}
}

// What finding takes at most is taken from the account before.
func TestSeekBytes(t *testing.T) {
	var distinct strings.Builder
	for i := 0; distinct.Len() < memory.MaxKept; i++ {
		fmt.Fprintf(&distinct, "%c%c. ", 'A'+i%26, 'À'+i/26)
	}
	for _, said := range []string{strings.Repeat("a ", 128<<10), strings.Repeat("書", 80<<10)} {
		text := &pageText{text: said}
		words := wordingOf(&render.Page{}, text)
		words.want(distinct.String())
		words.cut(&walk{})
		const entry = 64 // of the map, with its text
		took := text.size() + len(words.known)*entry
		for _, s := range [][]int32{words.plain, words.starts, words.words, words.exact, words.plains, words.lack} {
			took += 4 * cap(s)
		}
		if most := seekBytes(text, distinct.Len()); int64(took) > most {
			t.Errorf("it takes %d bytes, and %d were taken for it", took, most)
		}
	}
}

// Nothing but what the lines show is measured of what is selected, and it is the same as of all.
func TestSelectionIsMeasuredWhereItIsShown(t *testing.T) {
	remembers(t, 3, func(t *testing.T, u *user, _ *kept) {
		u.posts["prose.md"] = file(prose(900) + "\n| a | b |\n|---|---|\n| " + strings.Repeat("cell of words ", 60) + " | " + strings.Repeat("another ", 90) + " |\n")
		u.reload()
		u.press("g enter v enter")
		m, _ := u.model.(*Model)
		p := shown[*passage](m)
		few := 0
		for _, lines := range []int{10, 3000} {
			text := p.said(m)
			p.to = text.number(p.of.page, text.wordOn(lines, 0))
			p.of.top = lines - 8
			_ = u.screen()
			if few == 0 {
				few = p.measured
			}
			if p.measured == 0 || p.measured > max(few, p.of.rows) {
				t.Errorf("with %d lines selected %d pieces are measured for %d rows, and %d with 10", lines, p.measured, p.of.rows, few)
			}
		}
		u.sees("too long to keep")
		text := p.said(m)
		var all hits
		places := placesIn(text)
		whole := library.Span{Start: 7, End: len(text.text) - 9}
		places.add(&all, whole)
		for from := p.of.page.Lines.Len() - 60; from < p.of.page.Lines.Len(); from += 7 {
			var some hits
			places.addLines(&some, whole, from, from+20)
			for line := from; line < min(from+20, p.of.page.Lines.Len()); line++ {
				if want, got := all.on(line), some.on(line); !slices.Equal(got, want) {
					t.Fatalf("of line %d %v is marked, want %v", line, got, want)
				}
			}
		}
	})
}

// The words of a line are found in it, whatever stands in the others: thousands without any, or one word that
// is torn over all of them.
func TestWordOnReadsOneLine(t *testing.T) {
	const lines = 20000
	text := func(said, end string) *pageText {
		p := &pageText{}
		var b strings.Builder
		for i := range lines {
			p.first = append(p.first, i)
			p.pieces = append(p.pieces, piece{line: i, start: b.Len(), end: b.Len() + len(said)})
			b.WriteString(said + end)
		}
		p.first = append(p.first, lines)
		p.text = b.String()
		return p
	}
	for _, p := range []*pageText{text("-- -- --", "\n"), text("torn", "")} {
		for line := 1; line < lines; line++ {
			if at := p.wordOn(line, 3); at >= 0 {
				t.Fatalf("line %d has a word at %d", line, at)
			}
		}
	}
	p := text("one 書書 two", "")
	for line := 1; line < lines; line++ { // "one" belongs to "two" of the line before
		if at := p.wordOn(line, 6) - p.pieces[line].start; at != len("one 書") {
			t.Fatalf("in line %d it is %d", line, at)
		}
	}
	long := &pageText{text: strings.Repeat("a ", 128<<10), first: []int{0, 1}}
	long.pieces = []piece{{end: len(long.text)}}
	if at := long.wordOn(0, len(long.text)); at != len(long.text)-2 {
		t.Errorf("the last word of a long line is at %d", at)
	}
}
