package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// The formula of BM25 with k1 = 1.2 and b = 0.75, and the bonus of each field.
func TestWorth(t *testing.T) {
	for _, c := range []struct {
		posting      byte
		length, want float64
	}{
		{0, 1, 0},
		{1, 1, 1},             // 1 · 2.2 / (1 + 1.2)
		{3, 1, 1.5714},        // 3 · 2.2 / (3 + 1.2)
		{3, 2, 1.2941},        // 3 · 2.2 / (3 + 1.2 · (0.25 + 0.75 · 2))
		{3, 0.5, 1.76},        // 3 · 2.2 / (3 + 1.2 · (0.25 + 0.75 · 0.5))
		{31, 1, 2.1180},       // 31 · 2.2 / (31 + 1.2)
		{inTitle, 1, 2.5},     // these count once,
		{inTag, 4, 1.5},       // however long the text is
		{inHeading, 1, 0.8},   //
		{inTitle | 1, 1, 3.5}, //
		{inHeading | 1, 1, 1.8},
	} {
		if got := float64(worth(c.posting, float32(c.length))); math.Abs(got-c.want) > 0.0001 {
			t.Errorf("%#x in a text of %g times the average: %.4f, want %.4f", c.posting, c.length, got, c.want)
		}
	}
}

// What the constants are there for, as a reader sees it.
func TestRanking(t *testing.T) {
	filler := strings.Repeat("other words ", 200)
	l := library{
		"in the text, often":       "A\n\n" + strings.Repeat("vacuum ", 30) + filler,
		"in the text, long":        "A\n\nvacuum " + filler + filler + filler,
		"in the text, short":       "A\n\nvacuum here",
		"in the text and a title":  "A vacuum\n\nvacuum " + filler,
		"in the text and the tags": "A\nvacuum\nvacuum " + filler,
	}
	want := []string{"in the text and a title", "in the text and the tags", "in the text, often", "in the text, short", "in the text, long"}
	if got := find(l.index(t), "vacuum"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A misspelt word is taken for one in a title if it is long enough: up to three
// letters have to be right, from four on one may be wrong, from eight on two.
func TestMistakesForgiven(t *testing.T) {
	x := library{"a": "log pool tuning lockings connection"}.index(t)
	for query, found := range map[string]bool{
		"lug ": false, "pole ": false, "pooi ": true, "puoi ": false, "toning ": true, "tonong ": false, "toninmg ": false, "tuninng ": true, "tonimg ": false,
		"locknigs ": true, "lockmogs ": true, "lackinks ": true, "lackinkz ": false, "connectoin ": true, "conektion ": true, "conektiom ": false,
	} {
		if got := len(find(x, query)) == 1; got != found {
			t.Errorf("%q is found: %t, want %t", query, got, found)
		}
	}
}

// Only four words of a query may be misspelt, and they are taken for sixteen words at
// most: whoever shows a hit looks for each of these.
func TestLimitsOfMistakes(t *testing.T) {
	x := library{"a": "alpha bravo charlie delta foxtrot\n\n"}.index(t)
	found := x.Search(Parse("alphx bravx charlix deltx foxtrox "), nil, untitled, 10)
	if want := []string{"alpha", "bravo", "charlie", "delta"}; !slices.Equal(found.Terms.Corrected(), want) {
		t.Errorf("of five misspelt words these are taken for others: %q, want %q", found.Terms.Corrected(), want)
	}
	near := library{}
	for letter := 'a'; letter <= 't'; letter++ {
		near[string(letter)] = fmt.Sprintf("number%c", letter)
	}
	found = near.index(t).Search(Parse("number9 "), nil, untitled, 100)
	if n := len(found.Terms.Corrected()); n != 16 || found.Total != 20 {
		t.Errorf("a word that is near twenty others is marked as %d of them, and finds %d documents; want 16 and 20", n, found.Total)
	}
}
