package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestStanding(t *testing.T) {
	for _, tt := range []struct {
		query, title string
		want         standing
	}{
		{"jekyll 4.4.1", "Jekyll 4.4.1 Released", phrase},
		{"jekyll 4.4.1 ", "Jekyll 4.4.1 Released", phrase},
		{"jekyll 4.4.1", "Jekyll 4.1.4 Released", apart},
		{"jekyll 4.4.1", "Jekyll 4.1 Released", apart},
		{"jekyll 4.4.1", "Jekyll 4.4.10 Released", begun},
		{"jekyll 4.4.1 ", "Jekyll 4.4.10 Released", apart},
		{"4.4.1", "4.4.4.1", within}, // begins once before it stands
		{"4.4.1", "4.4.10, not 4.4.1", phrase},
		{"4.4.1", "1.4.4", apart},
		{"4.4.1", "Now 4.4", apart},
		{"lock qu", "The lock queue", begun},
		{"lock queue", "The Löck-Queue", phrase},
		{"4.0.0", "4.0.0.rc1 Released", within},
		{"4.0.0", "4.0.0.rc1 and 4.0.0", phrase},
		{"0.4", "Jekyll 1.0.4", within},
		{"0.4", "Jekyll (0.4)!", phrase},
		{"jekyll 4.4.1", "Jekyll turns 4.4.1", pieces},
		{"4.4.1 jekyll", "Jekyll turns 4.4.1", pieces},
		{"jekyll 4.4.1", "Jekyll turns 4.1.4", apart},
		{"lock-free queue", "A queue that is lock-free", pieces},
		{"lock free queue", "A queue that is lock-free", apart},
		{"qu lock", "The queue lock", apart}, // only the last word may go on
		{"lock queue", "", apart},
		{"全文検索", "日本語の全文検索", within},
		{"検索 日本語", "日本語の全文検索", pieces},
		{"文全検索", "日本語の全文検索", apart},
		{"検索 全文", "これは検索 全文", within},
		{"全文検", "全文検索", within}, // of pairs, 文検 is the last
	} {
		q := Parse(tt.query)
		if got := q.standing(&scanner{}, tt.title); got != tt.want {
			t.Errorf("%q in %q: %d, want %d", tt.query, tt.title, got, tt.want)
		}
	}
}

var releases = library{
	"1.0.4":     "Jekyll 1.0.4 Released\nrelease\nJekyll 1, 0, 4. Jekyll 1, 0, 4.",
	"4.0.1":     "Jekyll 4.0.1 Released\nrelease\nA bug less, of those that came with 4.",
	"4.0.10":    "Jekyll 4.0.10 Released\nrelease\nJekyll 4.0.10, and 1 more. 1, 4, 0.",
	"4.0.0":     "Jekyll 4.0.0 Released\nrelease\nFaster, they say, than anything that was.",
	"bare":      "Jekyll 4\nrelease\nNothing of interest.",
	"turns":     "Four years after Jekyll turns 4\nrelease\nJekyll 4 is here. Jekyll 4, at last.",
	"long":      "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen\nlong\nNothing.",
	"longer":    "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen eighteen\nlong\nOne two three four five six seven.",
	"cjk":       "全文検索\n検索\n本文。",
	"cjk-other": "検索全文、全文検索\n検索\n全文検索、全文検索、検索全文。",
}

// The document whose title the query is comes first, then those that have it in
// their title as it stands, then the others by their score.
func TestTitlesComeFirst(t *testing.T) {
	x := releases.index(t)
	first := func(query string) string {
		hits := x.Search(Parse(query), nil, releases.title, 1).Hits
		if len(hits) == 0 {
			return ""
		}
		return hits[0].Key
	}
	for key := range releases {
		if got := first(releases.title(key)); got != key {
			t.Errorf("%q finds %q first", releases.title(key), got)
		}
	}
	for query, want := range map[string]string{
		"jekyll 4.0.1":          "4.0.1",
		"jekyll 4.0.0":          "4.0.0",
		"Jekyll 4.0.1 released": "4.0.1",
		"4.0.10":                "4.0.10",
		"0.4":                   "1.0.4",
		"jekyll 4":              "bare",
		"turns 4":               "turns",
		"jekyl 1.0.4":           "1.0.4", // misspelt
		"全文検":                   "cjk-other",
	} {
		if got := first(query); got != want {
			t.Errorf("%q finds %q first, want %q", query, got, want)
		}
	}
	found := x.Search(Parse("jekyll 4.0.1"), func(key string) bool { return key != "4.0.1" }, releases.title, 9)
	if found.Total != 2 || found.Hits[0].Key != "4.0.10" {
		t.Errorf("with a filter: %v", found.Hits)
	}
}

// A query without end takes no time without end in each title.
func TestPhraseIsBounded(t *testing.T) {
	long := strings.Repeat("of-the ", 100)
	if q := Parse(long); len(q.phrase) > 32 || len(q.words) != 2 {
		t.Errorf("%d words of which %d are different", len(q.phrase), len(q.words))
	}
	x := library{"long": long + "end", "other": "The end of it\n\n" + long}.index(t)
	if hits := find(x, long+"end"); len(hits) == 0 || hits[0] != "long" {
		t.Errorf("found %q", hits)
	}
}

// However many documents there are with a better score, those that the query
// names are not lost, whether it can read all titles or not.
func TestTitlesAmongMany(t *testing.T) {
	for _, tt := range []struct {
		docs      int
		different int // titles that are read
	}{{5000, 5000}, {4096 + 3000, 4096}} {
		texts := library{
			"z-phrase": "A night to forget\n\nNothing.",
			"z-entire": "Night to forget\n\nNothing.",
		}
		for i := range tt.docs {
			texts[fmt.Sprintf("doc%05d", i)] = fmt.Sprintf("To forget night %d\n\nNight to forget, night to forget.", i)
		}
		x := texts.index(t)
		read := make(map[string]bool)
		found := x.Search(Parse("night to forget"), nil, func(key string) string {
			read[key] = true
			return texts.title(key)
		}, 5)
		want := []string{"z-entire", "z-phrase"}
		if tt.docs > 4096 {
			want = want[:1] // it is told by its sum
		}
		var got []string
		for _, h := range found.Hits {
			if h.standing > apart {
				got = append(got, h.Key)
			}
		}
		if !slices.Equal(got, want) || len(read) > tt.different+1 {
			t.Errorf("%d documents: %q stand well, want %q; %d titles were read", tt.docs, got, want, len(read))
		}
	}
}

// BenchmarkTitles answers what is in the titles of all documents.
func BenchmarkTitles(b *testing.B) {
	texts := library{}
	for i := range 100_000 {
		texts[fmt.Sprintf("doc%06d", i)] = fmt.Sprintf("What the %d releases %s changed\ntag\ntext", i, strings.Repeat("of all ", 3))
	}
	x := texts.index(b)
	titles := make(map[string]string, len(texts))
	for key := range texts {
		titles[key] = texts.title(key)
	}
	for name, title := range map[string]func(string) string{
		"read":   func(key string) string { return titles[key] },
		"unread": untitled,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Search(Parse("all changed of "), nil, title, 100)
			}
		})
	}
}
