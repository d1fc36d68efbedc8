package post

import (
	"strings"
	"testing"
	"time"
)

func TestHTMLPost(t *testing.T) {
	p := whole(t, "a.html", "---\ntitle: A\n---\n<p>One\n\nand two.</p>\n\n    <pre>x\n\n  y</pre>\n\n<!-- no\n\ncode --><p>End.</p>\n")
	var got []string
	for _, text := range p.Passages(nil) {
		got = append(got, text)
	}
	if want := "One and two.|x y|End."; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %s", got, want)
	}
	if lines := strings.Count(p.Body(), "\n") + 1; lines != 11 || p.BodyLine() != 4 {
		t.Errorf("the body has %d lines from %d on, want 11 from 4 on", lines, p.BodyLine())
	}
	if p := whole(t, "a.html", "---\ntitle: A\n---\n<p>"+strings.Repeat("\n", MaxSize-100)+"x"); len(p.Body()) > MaxSize+20 {
		t.Errorf("a body of %d bytes", len(p.Body()))
	}
}

func TestMDX(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"imports and exports", "import A from 'a'\nimport {\n  B,\n} from \"b\"\n\nexport const x = {\n  a: 1,\n}\n\nText.", "\n\n\n\n\n\n\n\n\nText."},
		{"text that is none", "One\nimport of goods\n\nimportant", "One\nimport of goods\n\nimportant"},
		{"components", "<A b=\"c > d\" e={f > {g}}>\nText <B/>and <C.D />more.\n</A>\n<>a</>", "\nText and more.\n\na"},
		{"a tag of many lines", "<A\n  b={1}\n>\nText.", "\n\n\nText."},
		{"HTML", `<b class="x">a</b> <i style={{a: 1}}>c</i> <img alt={d} />`, `<b class="x">a</b> <i>c</i> <img/>`},
		{"comments", "a {/* b\nc */}d", "a \nd"},
		{"code", "`<A/>` ``{/* ` */}``\n\n```js\nimport A from 'a'\n\n<A/>\n```\n<A/>", "`<A/>` ``{/* ` */}``\n\n```js\nimport A from 'a'\n\n<A/>\n```\n"},
		{"no tags", "a < b, 1 <2, \\<A> <", "a < b, 1 <2, \\<A> <"},
		{"what never ends", "<A b={\n\nText `a {/* b", "<A b={\n\nText `a {/* b"},
	}
	for _, tt := range tests {
		if got := string(withoutJSX([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Marks that open and never close must not take the square of the text's length.
func TestHostileMDX(t *testing.T) {
	for _, pattern := range []string{"<A ", "<A {", "<a \"", "{/*", "`a", "``a`", "<", "import a\n", "```\n", "<A\n", "<A b={'}"} {
		start := time.Now()
		withoutJSX([]byte(strings.Repeat(pattern, MaxSize/len(pattern))))
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%q takes %v", pattern, took)
		}
	}
}

func TestHasFrontMatter(t *testing.T) {
	for src, want := range map[string]bool{
		"---\ntitle: A\n---\n": true, "\ufeff\r\n+++\r\n": true, "{\n\"title\": 1}": true,
		"": false, "---x": false, "<p>": false, "#!/bin/sh\n---\n": false,
	} {
		if got := hasFrontMatter([]byte(src)); got != want {
			t.Errorf("%q: got %v", src, got)
		}
	}
}
