package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/markdown"
)

// To look for the language of a name takes a time that grows with the name and
// cannot be interrupted: the names of a post that are looked up are short, and
// few.
func TestLanguagesAreBounded(t *testing.T) {
	fence := func(lang string) string { return "```" + lang + "\na\n```\n\n" }
	var many strings.Builder
	for i := range 500 {
		many.WriteString(fence(fmt.Sprintf("lang%d", i)))
	}
	long := strings.Repeat("a", 60_000)
	for _, tt := range []struct {
		name, src string
		lookups   int // at most
	}{
		{"one", fence("go"), 1},
		{"one many times", strings.Repeat(fence("go"), 500), 1},
		{"many", many.String(), maxNames / len("lang0")},
		{"the longest", fence(long[:64]), 1},
		{"longer", fence(long[:64+1]), 0},
		{"much longer", fence(long), 0},
		{"in braces", fence("{." + long + "}"), 0},
		{"in HTML", "<pre class=\"language-" + long + "\">a</pre>\n", 0},
		{"of a shortcode", "{{< highlight " + long[:4000] + " >}}\na\n{{< /highlight >}}\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBudget(func() {}, t.Context().Err)
			parsed := markdown.Parse(tt.src, &b.Budget, nil)
			l := newLayout(b, parsed, 40, Dark(colorprofile.TrueColor))
			lookups, size := 0, 0
			l.lexer = func(name string) chroma.Lexer {
				lookups++
				size += len(name)
				return nil
			}
			page := l.document(parsed.Doc)
			checkPage(t, page)
			if lookups > tt.lookups || lookups == 0 && tt.lookups > 0 || size > maxNames {
				t.Errorf("%d names of %d bytes were looked up, want at most %d of %d", lookups, size, tt.lookups, maxNames)
			}
			if len(page.Code) == 0 {
				t.Error("the code is not shown")
			}
		})
	}
}
