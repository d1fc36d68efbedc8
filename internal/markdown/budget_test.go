package markdown

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The parser lets others work at the lines that it reads, and ends when it has to.
func TestParserGivesWay(t *testing.T) {
	const items = 2000
	body := strings.Repeat("- a\n", items)
	yields := 0
	newParser(links{}).parse([]byte(body), nil, NewBudget(func() { yields++ }, t.Context().Err))
	if yields < items/usesToCheck {
		t.Errorf("it let others work %d times for %d lines", yields, items)
	}
	stop := errors.New("the reader has left")
	failure := contained(func() {
		newParser(links{}).parse([]byte(body), nil, NewBudget(func() {}, func() error { return stop }))
	})
	if h, ok := failure.(Halt); !ok || !errors.Is(h.Err, stop) {
		t.Errorf("told to stop it ends with %v", failure)
	}
}

// Lines cost the parser something for each list that is open, blank ones too. Whether
// any is open, only the parser can tell.
func TestBlankLinesAreInTheBudget(t *testing.T) {
	blank := strings.Repeat("\n", 100_000)
	for src, whole := range map[string]bool{
		blank + "end\n":                true,
		"a\n" + blank:                  true,
		"- a\n\nb\n" + blank + "end\n": true,
		"- a\n" + blank + "end\n":      false,
		strings.Repeat("- ", 20) + "a\n" + blank + "end\n": false,
		"- - a\nlazy\n" + blank + "end\n":                  false,
		"- -\n    - a\n" + blank + "end\n":                 false,
		"```\n" + blank[:50_000] + "```\n":                 true, // it looks at each line twice
	} {
		parsed := Parse(src, Unlimited(), nil)
		if parsed.Rest == "" != whole || string(parsed.Source)+parsed.Rest != src {
			t.Errorf("%.50q: %d of %d bytes are parsed, and %d are left", src, len(parsed.Source), len(src), len(parsed.Rest))
		}
	}
}

// What other engines' tags make of a post is taken from the render's budget, as
// the rest is: it lets others work, ends when it has to, and is counted.
func TestExpansionIsInTheBudget(t *testing.T) {
	var crossed strings.Builder // tags that end in the order in which they open
	for i := range 7_000 {
		fmt.Fprintf(&crossed, "{{<a%d>}}", i)
	}
	for i := range 7_000 {
		fmt.Fprintf(&crossed, "{{</a%d>}}", i)
	}
	for name, body := range map[string]string{
		"crossed": crossed.String(),
		"tags":    strings.Repeat("{{< a >}}", MaxSize/9),
		"ends":    strings.Repeat("{{</a>}}", MaxSize/8),
		"liquid":  strings.Repeat("{% note %}", MaxSize/10),
		"text":    strings.Repeat("{% a b\n", MaxSize/7),
	} {
		t.Run(name, func(t *testing.T) {
			yields := 0
			b := NewBudget(func() { yields++ }, func() error { return nil })
			room := b.Room
			e := expand(body, b, nil)
			tags := strings.Count(body, "{{") + strings.Count(body, "{%")
			if yields < tags/usesToCheck {
				t.Errorf("it let others work %d times for %d tags", yields, tags)
			}
			if most := (500_000 + 3*len(body)) / usesToCheck; yields > most || name == "crossed" && yields < 500_000/usesToCheck {
				t.Errorf("it let others work %d times, want at most %d, and as it searches", yields, most)
			}
			if got := room - b.Room; got < len(e.text)*costOfExpanded {
				t.Errorf("it took %d bytes for a text of %d", got, len(e.text))
			}

			b = NewBudget(func() {}, func() error { return nil })
			b.Room = 1000
			failure := contained(func() { expand(body, b, nil) })
			if h, ok := failure.(Halt); !ok || !errors.Is(h.Err, ErrTooLarge) {
				t.Errorf("with no room left it ends with %v", failure)
			}
			stop := errors.New("the reader has left")
			failure = contained(func() { expand(body, NewBudget(func() {}, func() error { return stop }), nil) })
			if h, ok := failure.(Halt); !ok || !errors.Is(h.Err, stop) {
				t.Errorf("told to stop it ends with %v", failure)
			}
		})
	}
}

// contained runs f and returns what it panicked with, or nil.
func contained(f func()) (failure any) {
	defer func() { failure = recover() }()
	f()
	return nil
}

// Of a text that is short enough nothing need be added up.
func TestNoByteCostsMore(t *testing.T) {
	for _, line := range []string{"a\n", "@\n", "- @\n", "@@@@\n", "> \n", ":\n", "1. \n", "[^a]: b\n", "|@|\n", "www.\n", "-\n", "- - - a\n"} {
		src := []byte(strings.Repeat(line, 10))
		if cost := parseCost([]byte(line)); cost > costOfByte*len(line) {
			t.Errorf("%q costs %d", line, cost)
		}
		if n := Unlimited().Parsed(src); n != len(src) {
			t.Errorf("%q: %d of %d bytes", line, n, len(src))
		}
	}
	long := []byte(strings.Repeat("@\n", maxParsed/costOfByte))
	if n := Unlimited().Parsed(long); n == len(long) {
		t.Errorf("all of %d bytes may be parsed", n)
	}
}
