package post

import (
	"strings"
	"testing"
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

// No more than two kilobytes are read of what opens, so that many that never close take no time
// in the square of the text's length.
func TestLongestTag(t *testing.T) {
	for _, ends := range [][2]string{{"<A b=\"", "\">"}, {"<A b={", "}>"}, {"{/*", "*/}"}} {
		const longest = 2048
		inner := strings.Repeat("x", longest-len(ends[0])-len(ends[1]))
		if got := string(withoutJSX([]byte(ends[0] + inner + ends[1] + "\n"))); got != "\n" {
			t.Errorf("%d bytes of %q stay", len(got), ends[0])
		}
		if got := withoutJSX([]byte(ends[0] + "x" + inner + ends[1] + "\n")); len(got) != longest+2 {
			t.Errorf("of a longer %q there stay %d bytes", ends[0], len(got))
		}
	}
	if n := codeSpan([]byte("`" + strings.Repeat("x", 2046) + "`")); n != 2048 {
		t.Errorf("code of 2,048 bytes has %d", n)
	}
	if n := codeSpan([]byte("`" + strings.Repeat("x", 2047) + "`")); n != 1 {
		t.Errorf("code of 2,049 bytes has %d", n)
	}
	for _, pattern := range []string{"<A ", "<A {", "<a \"", "{/*", "`a", "``a`", "<", "import a\n", "```\n", "<A\n", "<A b={'}"} {
		withoutJSX([]byte(strings.Repeat(pattern, MaxSize/len(pattern)))) // does not panic
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
