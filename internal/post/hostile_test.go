package post

import (
	"fmt"
	"strings"
	"testing"
)

// frontMatter fills the space that front matter may take with a pattern.
func frontMatter(open, pattern string) string {
	return open + "\n" + strings.Repeat(pattern, (MaxFrontMatter-len("\n"))/len(pattern)) + "\n" + open + "\n"
}

// Each of these took a decoder seconds, a gigabyte or a stack overflow
// somewhere. That they return at all, within the test's time, is the promise.
func TestHostileFrontMatter(t *testing.T) {
	tests := []struct{ name, src, what string }{
		{"YAML lists in lists", frontMatter("---", "["), "nests deeper than 20 levels"},
		{"YAML maps in maps", frontMatter("---", "{a: "), "nests deeper than 20 levels"},
		{"YAML blocks in blocks", frontMatter("---", "- "), "nests deeper than 20 levels"},
		{"YAML keys in keys", frontMatter("---", "? "), "nests deeper than 20 levels"},
		{"YAML anchors", frontMatter("---", "&a "), ""},
		{"YAML tags", frontMatter("---", "!!a "), ""},
		{"YAML quotes", frontMatter("---", "'"), ""},
		{"YAML comments", frontMatter("---", "a: #\n"), ""},
		{"YAML merges", frontMatter("---", "<<: {tags: [a]}\n"), ""},
		{"YAML keys", frontMatter("---", "tags: x\n"), ""},
		{"YAML alias that holds itself", "---\ntags: &a [*a]\n---\n", "tags: a list is not a name"},
		{"YAML aliases of aliases", "---\n" + laughs() + "tags: *i\n---\n", "holds more than 10000 values"},
		{"YAML aliases in a merge", "---\n" + laughs() + "<<: *i\n---\n", "holds more than 10000 values"},
		{"TOML keys in keys", "+++\na" + strings.Repeat(".a", 8000) + " = 1\n+++\n", "nests deeper than 20 levels"},
		{"TOML keys in keys, spaced", "+++\nx = {a" + strings.Repeat(" . 'a'", 2000) + " = 1}\n+++\n", "nests deeper than 20 levels"},
		{"TOML tables", frontMatter("+++", "[a.a.a.a.a.a.a.a]\n"), "already been defined"},
		{"TOML lists in lists", "+++\ntags = " + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "\n+++\n", ""},
		{"JSON lists in lists", `{"a": ` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "}", "nests deeper than 20 levels"},
		{"JSON maps in maps", strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000), "nests deeper than 20 levels"},
		{"huge numbers", "---\ntitle: 1e999999999\nreading_time: " + strings.Repeat("9", 10000) + "\n---\n", "is not a reading time"},
		{"huge dates", "---\ndate: " + strings.Repeat("9", 10000) + "-01-01\n---\n", "is not a date"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := Parse("a.md", []byte(tt.src))
			if !strings.Contains(fmt.Sprint(problems), tt.what) {
				t.Errorf("got %.300v\nwant %q", problems, tt.what)
			}
		})
	}
}

// laughs is a billion laughs: eight lists that hold the one before ten times.
func laughs() string {
	var b strings.Builder
	b.WriteString("a: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for name := 'b'; name <= 'i'; name++ {
		one := fmt.Sprintf("*%c, ", name-1)
		fmt.Fprintf(&b, "%c: &%c [%s]\n", name, name, strings.Repeat(one, 10))
	}
	return b.String()
}

func TestTOMLDotsInTextAreNoKeys(t *testing.T) {
	p := whole(t, "a.md", "+++\ntitle = \"a \\\""+strings.Repeat(".", 100)+"\"\ndescription = 'b "+strings.Repeat(".", 100)+"' # "+strings.Repeat(".", 100)+"\n+++\n")
	if !strings.HasPrefix(p.Title(), `a "...`) {
		t.Errorf("title %q", p.Title())
	}
}

// Bodies that make a scanner go back, or look ahead from every line.
func TestHostileBodies(t *testing.T) {
	for _, pattern := range []string{
		"> ", "[", "![", "<", "<!--", "{{", "{%", "`", "*a ", "a | b\n-", "a\n=", "- ", "```\n", "<pre>\n",
		"[a]: b\n", "a <!--", "字", "\t", "&#27;", "a\n\n", "|\n", "<!--more-->x", "{% highlight\n", "<a b=\"", "<a {{", "{{< note a b >}}", "{{< note text=\"", "<img alt=a>", "$a", ":a", "`{% raw %}",
	} {
		src := strings.Repeat(pattern, MaxSize/len(pattern))
		p, problems := Parse("a.md", []byte(src))
		if p == nil || len(problems) > 0 && problems[0].What != "the post has no text" {
			t.Errorf("%q: %v", pattern, problems)
			continue
		}
		if s := p.Summary(); len(s) > MaxSummary {
			t.Errorf("%q: a summary of %d bytes", pattern, len(s))
		}
		for _, text := range p.Passages(nil) {
			isClean(t, "passage", text, 3*passageMax)
		}
	}
}
