package post

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestDeepLine(t *testing.T) {
	many := strings.Repeat
	for text, want := range map[string]int{
		"":                                 0,
		"a = 1\n[b.c]\nd = [[1], [2]]":     0,
		many("a = {b = [1]}\n", 100):       0,
		"a = 1\n" + many("b={", 21):        2,
		many("[\n", 30):                    21,
		"a = 1\n" + many("a.", 65):         2,
		`a = "` + many(".{[", 99):          0,
		"# " + many("{.", 99):              0,
		"a = '''" + many("{.", 99) + "'''": 0,
		`a = '\'` + many("{", 21):          1,
		"a = \"\n" + many("{", 21):         2,
		"a = \"\"\"\n" + many("{\n", 99) + `\"""` + "\n\"\"\"\n" + many("{", 21): 103,
	} {
		if got := DeepTOML(text); got != want {
			t.Errorf("%.60q: line %d, want %d", text, got, want)
		}
	}
}

// Front matter in TOML costs no more than a multiple of its size, however it nests, and
// what is said of it is short.
func TestTOMLThatNests(t *testing.T) {
	for name, meta := range map[string]string{
		"tables":        "a=" + strings.Repeat("{a=", 5333),
		"arrays":        "a=" + strings.Repeat("[", 16000),
		"both":          "a=" + strings.Repeat("[{a=", 4000),
		"many lines":    "a=" + strings.Repeat("[\n", 8000),
		"a long number": "a=" + strings.Repeat("9", 16000),
	} {
		src := []byte(fmt.Sprintf("+++\n%s\n+++\nText.\n", meta))
		var problems []Problem
		cost := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				_, problems = Parse("a.md", src)
			}
		})
		if len(problems) == 0 || len(problems[0].What) > maxProblem+len("…") {
			t.Errorf("%s: the problems are %.300v", name, problems)
		}
		if bytes := cost.AllocedBytesPerOp(); bytes > 2<<20 {
			t.Errorf("%s: %d bytes are allocated for %d", name, bytes, len(src))
		}
	}
}

// A table with many keys costs about what as many keys cost outside of one: the line
// of each is looked up, and not searched for.
func TestTOMLTableIsLinear(t *testing.T) {
	cost := func(prefix string) int64 {
		var b strings.Builder
		b.WriteString("+++\n" + prefix)
		for i := 0; b.Len() < MaxFrontMatter-100; i++ {
			fmt.Fprintf(&b, "a%d=1\n", i)
		}
		src := []byte(b.String() + "+++\nText.\n")
		least := int64(math.MaxInt64)
		for range 3 {
			least = min(least, testing.Benchmark(func(b *testing.B) {
				for b.Loop() {
					Parse("a.md", src)
				}
			}).NsPerOp())
		}
		return least
	}
	if outside, inside := cost(""), cost("[params]\n"); inside > 4*outside {
		t.Errorf("a table takes %d µs, the keys outside of one %d", inside/1000, outside/1000)
	}
}
