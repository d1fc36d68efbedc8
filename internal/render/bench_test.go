package render

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/glamour/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// article returns a post of about 1,200 words with what technical posts have.
func article() string {
	var b strings.Builder
	words := strings.Fields("a cache that is always warm hides the day when it is not and the queue behind it " +
		"grows until every request waits for one that nobody needs any more so the deploy that was safe " +
		"yesterday takes the site down")
	sentence := func(n int) {
		for i := range n {
			if i > 0 {
				b.WriteByte(' ')
			}
			switch w := words[(i*7+n)%len(words)]; {
			case i%17 == 9:
				fmt.Fprintf(&b, "*%s*", w)
			case i%23 == 11:
				fmt.Fprintf(&b, "`%s.Get`", w)
			case i%41 == 20:
				fmt.Fprintf(&b, "[%s %s](https://example.com/%d)", w, w, n+i)
			default:
				b.WriteString(w)
			}
		}
		b.WriteString(".\n\n")
	}
	for section := range 6 {
		fmt.Fprintf(&b, "## Section %d\n\n", section+1)
		for i := range 3 {
			sentence(50 + i*7)
		}
		b.WriteString("- the first point\n- the second point\n- the third and last point\n\n")
		if section%2 == 0 {
			b.WriteString("```go\nfunc main() {\n\tfmt.Println(\"hello, world\", 42)\n\treturn\n}\n```\n\n")
		} else {
			b.WriteString("| Name | Value |\n|------|------:|\n| one | 1 |\n| two | 2 |\n\n> A quote of some words.\n\n")
		}
	}
	return b.String()
}

func BenchmarkPage(b *testing.B) {
	src := article()
	b.Logf("%d words, %d bytes", len(strings.Fields(src)), len(src))
	b.Run("sshblog", func(b *testing.B) {
		r, theme := NewRenderer(), Dark(colorprofile.TrueColor)
		b.ReportAllocs()
		var page *Page
		for b.Loop() {
			var err error
			if page, err = r.draw(newBudget(func() {}, b.Context().Err), src, "", 80, theme); err != nil {
				b.Fatal(err)
			}
		}
		out := strings.Join(stringsOf(page), "\n")
		b.ReportMetric(float64(len(out))/float64(len(ansi.Strip(out))), "bytes/textbyte")
		b.ReportMetric(float64(page.Size()), "page-bytes")
	})
	b.Run("glamour", func(b *testing.B) {
		b.ReportAllocs()
		var out string
		for b.Loop() {
			r, err := glamour.NewTermRenderer(glamour.WithStandardStyle("dark"), glamour.WithWordWrap(80))
			if err != nil {
				b.Fatal(err)
			}
			if out, err = r.Render(src); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(out))/float64(len(ansi.Strip(out))), "bytes/textbyte")
	})
}
