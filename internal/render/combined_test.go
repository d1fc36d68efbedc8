package render

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
)

var combinations = flag.Int("combinations", 30, "so many `posts` are made up to see what their renders hold")

// combined returns a post of the greatest size, or of one nearer to where renders become
// large, that is made of one or two parts, each of which repeats some fragments in
// something that holds them all.
func combined(rnd *rand.Rand) string {
	pick := func(of []string) string { return of[rnd.IntN(len(of))] }
	holders := []string{
		"", "> ", "- ", "1. ", "# ", "a\n: ", "[^1]\n\n[^1]: ", "|a|b|\n|-|-|\n|", "<div>\n", "<div>\n\n", "<p>", "<h2>", "<blockquote>", "<ul>\n<li>", "<ol><li>\n\n",
		"<dl><dt>", "<dl><dd>", "<details><summary>", "<details><summary>a</summary>\n\n", "<figure><figcaption>", "<pre>", "<ruby>", "```\n", "```go\n",
		"<table><caption>", "<table><tr><td>", "<table><tr><td>", "<table><tr><td>\n\n", "<table><tr><th>", "<table><tr><td><ul><li>", "<table><tr><td>a</td><td>", "<table><tr><td rowspan=2>a</td><td>",
	}
	words := []string{
		"a", "a ", "a", " ", "字", "字 ", "字", "é", "ע", "١", "ก", "က", "ខ្ម", "\u0301", "a\u0301", "\u200d", "\u0600", "👨\u200d👩\u200d👧", "🇩🇪", "❤\ufe0f", "１",
		"&amp;", "&shy;", "&#8203;", "\\*", ":+1:", "*a*", "**a** ", "~~a~~", "`a` ", "$a$", "[a](b)", "[字](b) ", "![a](b)", "[^1]", "www.a.b ", "a@b.cd ",
	}
	fragments := slices.Concat(words, []string{
		"<br>", "<wbr>", "<b>a</b>", "<i>字</i>", "<sup>2</sup>", "<kbd>a</kbd>", "<q>", "<mark>", "<a href=b>a</a>", "<a id=a>", "<img src=a>", "<ruby>漢<rt>か</rt></ruby>", "<code>a</code>",
		"<p>", "</p>", "<li>", "<ul>", "</ul>", "<hr>", "<td>", "<tr><td>", "</table>", "<details>", "<summary>a</summary>", "<dd>", "{{< kbd a >}}", "|", "\n", "\n", "\n\n", "\n- ", "\n> ", "    ",
	})
	if rnd.IntN(2) == 0 { // text that nothing interrupts
		fragments = words
	}
	parts, size := 1+rnd.IntN(2), post.MaxSize>>rnd.IntN(4)
	var b strings.Builder
	for range parts {
		var unit strings.Builder
		for range 1 + rnd.IntN(5) {
			unit.WriteString(pick(fragments))
		}
		holder := pick(holders)
		b.WriteString(holder + strings.Repeat(unit.String(), (size/parts-len(holder)-2)/unit.Len()) + "\n\n")
	}
	return b.String()
}

// TestBudgetOfCombinations holds posts that nobody has thought of to what a render may
// hold.
func TestBudgetOfCombinations(t *testing.T) {
	if underRace {
		t.Skip("it measures memory, of which the race detector takes more")
	}
	r, themes := NewRenderer(), themes()
	for seed := range *combinations {
		rnd := rand.New(rand.NewPCG(uint64(seed), 7))
		src, look := combined(rnd), Dark(colorprofile.TrueColor)
		width := []int{MinWidth, 24, 80, 500}[rnd.IntN(4)]
		if rnd.IntN(4) == 0 {
			look = themes.Linear()
		}
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			small, large := spend(t, r, src, width, look, smallRender), spend(t, r, src, width, look, math.MaxInt)
			if small.live > SmallLive || large.live > LargeLive || large.alloc>>20 > maxAllocMB {
				t.Errorf("%.40q…%.40q at %d: %d KB were live as a small render, %d as a large one, want at most %d and %d; %d MB allocated, want at most %d",
					src, src[len(src)/2:], width, small.live>>10, large.live>>10, SmallLive>>10, LargeLive>>10, large.alloc>>20, maxAllocMB)
			}
		})
	}
}
