package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The limits of a query and of an index, written out.
func TestEdges(t *testing.T) {
	documents := func(n int) library {
		texts := library{}
		for i := range n {
			texts[fmt.Sprintf("doc%05d", i)] = "One\ntag\nbody"
		}
		return texts
	}
	for name, edge := range map[string]struct {
		limit  int
		passes func(n int) bool
	}{
		"different words of a query": {16, func(n int) bool {
			var words strings.Builder
			for i := range n {
				fmt.Fprintf(&words, "word%d ", i)
			}
			return len(Parse(words.String()).words) == n
		}},
		"words of a query":       {32, func(n int) bool { return len(Parse(strings.Repeat("a ", n)).phrase) == n }},
		"documents of a segment": {2048, func(n int) bool { return len(documents(n).index(t).parts) == 1 }},
		"documents of a segment that is made anew with others": {127, func(n int) bool {
			texts := documents(n)
			x := texts.index(t)
			texts["new"] = "New\ntag\nbody"
			return len(texts.update(t, x, Options{}).parts) == 1
		}},
		"titles that a search reads": {4096, func(n int) bool {
			texts := library{}
			for i := range n {
				texts[fmt.Sprintf("doc%05d", i)] = fmt.Sprintf("To forget night %d\n\nBody.", i)
			}
			read := make(map[string]bool)
			texts.index(t).Search(Parse("night to forget"), nil, func(key string) string {
				read[key] = true
				return texts.title(key)
			}, 5)
			return len(read) == n
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if !edge.passes(edge.limit) {
				t.Errorf("%d do not pass", edge.limit)
			}
			if edge.passes(edge.limit + 1) {
				t.Errorf("%d pass", edge.limit+1)
			}
		})
	}
}

// A word itself counts whole, one that begins with it 0.7, and one that it is misspelt for 0.5.
func TestWeights(t *testing.T) {
	x := library{"a": "Queue queues\n", "b": "Other\n"}.index(t)
	weights := func(e expansion) (all []float32) {
		for _, w := range e.terms[0] {
			all = append(all, w.weight)
		}
		return all
	}
	e, _ := x.expand(wanted{text: "queue", open: true})
	if got := weights(e); !slices.Equal(got, []float32{1, 0.7}) {
		t.Errorf("the weights of queue… are %v", got)
	}
	e, _ = x.expand(wanted{text: "quuee"})
	x.correct(wanted{text: "quuee"}, &e, &Terms{})
	if got := weights(e); !slices.Equal(got, []float32{0.5}) {
		t.Errorf("the weights of quuee are %v", got)
	}
}
