package post

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name, in   string
		format     format
		meta, body string
		metaLine   int
		bodyLine   int
	}{
		{"YAML", "---\na: 1\n---\nbody\n", formatYAML, "a: 1\n", "body", 2, 4},
		{"YAML that ends with dots", "---\na: 1\n...\nbody", formatYAML, "a: 1\n", "body", 2, 4},
		{"TOML", "+++\na = 1\n+++\n\n\nbody", formatTOML, "a = 1\n", "body", 2, 6},
		{"JSON", "{\n \"a\": 1\n}\n\nbody", formatJSON, "{\n \"a\": 1\n}", "body", 1, 5},
		{"JSON with braces in strings", "{\"a\": \"}\\\"}\"} body", formatJSON, "{\"a\": \"}\\\"}\"}", " body", 1, 1},
		{"blank lines before it", "\n \n---\na: 1\n---\nbody", formatYAML, "a: 1\n", "body", 4, 6},
		{"space after the delimiters", "--- \t\na: 1\n---  \nbody", formatYAML, "a: 1\n", "body", 2, 4},
		{"a delimiter in the body", "---\na: 1\n---\nb\n\n---\n\nc", formatYAML, "a: 1\n", "b\n\n---\n\nc", 2, 4},
		{"a dash in a value", "---\na: ---\n ---\n---\nbody", formatYAML, "a: ---\n ---\n", "body", 2, 5},
		{"empty front matter", "---\n---\nbody", formatYAML, "", "body", 2, 3},
		{"no body", "---\na: 1\n---", formatYAML, "a: 1\n", "", 2, 4},
		{"none", "# Title\n\nbody\n\n", formatNone, "", "# Title\n\nbody", 0, 1},
		{"blank lines before the body", "\n\n    code\n", formatNone, "", "    code", 0, 3},
		{"a shortcode is no JSON", "{{< figure >}}\nbody", formatNone, "", "{{< figure >}}\nbody", 0, 1},
		{"a Liquid tag is no JSON", "{% include a %}\nbody", formatNone, "", "{% include a %}\nbody", 0, 1},
		{"four dashes are a rule", "----\nbody", formatNone, "", "----\nbody", 0, 1},
		{"empty", "", formatNone, "", "", 0, 1},
		{"blank", "\n \n", formatNone, "", "", 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := split([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if p.format != tt.format || string(p.meta) != tt.meta || string(p.body) != tt.body {
				t.Errorf("got %v front matter %q and body %q, want %v, %q and %q",
					p.format, p.meta, p.body, tt.format, tt.meta, tt.body)
			}
			if p.metaLine != tt.metaLine || p.bodyLine != tt.bodyLine {
				t.Errorf("got lines %d and %d, want %d and %d", p.metaLine, p.bodyLine, tt.metaLine, tt.bodyLine)
			}
		})
	}
}

// whole parses a file that must have no problems.
func whole(t *testing.T, path, src string) *Post {
	t.Helper()
	p, problems := Parse(path, []byte(src))
	for _, problem := range problems {
		if problem.What != "the post has no text" {
			t.Errorf("problem: %v", problem)
		}
	}
	if p == nil {
		t.Fatal("no post")
	}
	return p
}

func TestLineEndsAndByteOrderMark(t *testing.T) {
	for name, src := range map[string]string{
		"CRLF": "---\r\ntitle: A\r\n---\r\n\r\nline one\r\nline two\r\n",
		"CR":   "---\rtitle: A\r---\r\rline one\rline two\r",
		"BOM":  "\ufeff---\ntitle: A\n---\n\nline one\nline two\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := whole(t, "a.md", src)
			if p.Title() != "A" || p.Body() != "line one\nline two" || p.BodyLine() != 5 {
				t.Errorf("title %q, body %q on line %d", p.Title(), p.Body(), p.BodyLine())
			}
		})
	}
}

func TestBodyKeepsIndentationAndHoldsOnlyItself(t *testing.T) {
	p := whole(t, "a.md", "---\ntitle: A\n---\n\n    code\n\ntext  \n\n")
	if want := "    code\n\ntext"; p.Body() != want {
		t.Errorf("body %q, want %q", p.Body(), want)
	}
	src := []byte("---\ntitle: A\n---\nbody")
	p, _ = Parse("a.md", src)
	copy(src, strings.Repeat("x", len(src)))
	if p.Body() != "body" || p.Title() != "A" {
		t.Errorf("a post changes with the bytes it came from: %q, %q", p.Title(), p.Body())
	}
}
