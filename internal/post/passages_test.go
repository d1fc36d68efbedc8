package post

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/markdown"
)

// passagesOf writes passages down, one a line, with a letter for their part.
func passagesOf(body string) string {
	p, _ := Parse("a.md", []byte("---\ntitle: A\n---\n"+body))
	var lines []string
	for part, text := range p.Passages(nil) {
		lines = append(lines, fmt.Sprintf("%c %s", "PPPPHC"[part], text))
	}
	return strings.Join(lines, "\n")
}

func TestPassages(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "\n\n---\n", ""},
		{"a paragraph of two lines", "A *short* text\nin [two](https://example.org/x) lines.\n\nAnother.", "P A short text in two lines.\nP Another."},
		{"headings", "# One #\nText.\n\nTwo\n===\nText.", "H One\nP Text.\nH Two\nP Text."},
		{"items", "- a\n  goes on\n- b\n\n1. c", "P a goes on\nP b\nP c"},
		{"code", "Text:\n\n```go\nif *p == nil {\n\n\treturn\n}\n```\nMore.", "P Text:\nC if *p == nil { return }\nP More."},
		{"two blocks of code", "```\na\n```\n```\nb\n```", "C a\nC b"},
		{"indented code", "Text.\n\n    a\n    b\n\nText.", "P Text.\nC a b\nP Text."},
		{"images", "# A ![*badge*](a.png)b\n\n[![c][d]](e) <img src=f.png alt=\"g &gt; h\">i\n\n![j](k.png)\n\n[d]: l", "H A badge b\nP c g > h i\nP j"},
		{"figures", "{{< figure\n  src=\"a.png\" title=\"A *title*\"\n  caption=\"With >}} inside\" alt='A *title*'\n>}}\nText.\n\n{{< img b.png >}}{% include image.html src='c' caption=\"d\" %}", "P A title\nP With >}} inside\nP Text.\nP d"},
		{"notes", "{{% notice warning \"Look out\" %}}\nText.\n{{% /notice %}}\n\n{% include note.html content=\"A *whole* `note`.\" title='So' %}\n\n{{< callout text=\"a {{< img alt='b' >}}\" >}}", "P Look out\nP Text.\nP So\nP A whole note.\nP a"},
		{"what is folded", "{{< details \"A summary\" >}}\nText.\n{{< /details >}}\n\n{{< tabs >}}{{< tab name=\"A tab\" >}}Text.{{< /tab >}}{{< /tabs >}}", "P A summary\nP Text.\nP A tab\nP Text."},
		{"videos", "{{< youtube id=a title=\"A talk\" >}} <iframe src=b title=\"A frame\"></iframe> a<video src=c>b</video>", "P Video: A talk A frame a b"},
		{"what no page shows of shortcodes", "{{< a title=\"b\" >}}c{{< /a title=d >}} {% e title='f' %} {% include g.html title='h' %}", "P c"},
		{"spaces in HTML", "<div>a:&nbsp;<i>b</i>&nbsp;c\n<b>d</b> e&nbsp;f<p>&nbsp;</p></div>", "P a: b c d e f"},
		{"lines of Chinese in HTML", "<div>中文\n<b>字</b>\n中 文\n<b> a</b>\n文\n<img alt=b>\n中\nc</div>", "P 中文字中 文 a 文 b 中 c"},
		{"a table", "| a | *b* |\n|---|:--|\n| 1 | 2 |\n\nc | d\n--|--\n3 | 4", "P a b\nP 1 2\nP c d\nP 3 4"},
		{"bars in a table", "| a \\| b | `c \\| d` |\n|---|---|\n| \\|\\| | e |", "P a | b c | d\nP || e"},
		{"hard breaks", "a\\\n*b*  \nc\\\\\nd\\\n\n- e\\\n  f", "P a b c\\ d\\\nP e f"},
		{"a quote", "> [!NOTE]\n> Quoted\n> text.", "P Quoted text."},
		{"an alert with a title", "> [!tip]+ Its *title*\n> text.\n\n> [!a b] text\n\n[!NOTE] text", "P Its title\nP text.\nP [!a b] text\nP [!NOTE] text"},
		{"a footnote", "Text[^1].\n\n[^1]: A note\n\n[x]: https://example.org", "P Text.\nP A note"},
		{"what is not shown", "<!-- a\nnote -->\n<div class=\"x\">\nText <b>here</b>.\n</div>\n<script>\nvar x;\n</script>\n</div>\n\n{{< img src=\"x\" >}}\n{: .x}", "P Text here."},
		{"entities and control characters", "a &amp; b&#27;[0m\tc", "P a & b[0m c"},
		{"the mark of a summary", "A.\n<!--more-->\nB.", "P A.\nP B."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := passagesOf(tt.in); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// However long a line or a paragraph is, nothing of it is lost.
func TestLongPassages(t *testing.T) {
	words := strings.Fields(strings.Repeat("some words that go on ", 3000))
	for name, body := range map[string]string{
		"one line":   strings.Join(words, " "),
		"many lines": strings.ReplaceAll(strings.Join(words, " "), "on some", "on\nsome"),
		"code":       "```\n" + strings.Join(words, "\n") + "\n```",
	} {
		p, _ := Parse("a.md", []byte(body))
		var got []string
		for _, text := range p.Passages(nil) {
			if len(text) > 2048 {
				t.Errorf("%s: a passage of %d bytes", name, len(text))
			}
			got = append(got, strings.Fields(text)...)
		}
		if !slices.Equal(got, words) {
			t.Errorf("%s: %d words of %d", name, len(got), len(words))
		}
	}
	p, _ := Parse("a.md", []byte(strings.Repeat("語", 10_000)))
	n := 0
	for _, text := range p.Passages(nil) {
		n += strings.Count(text, "語")
	}
	if n != 10_000 {
		t.Errorf("%d characters of 10,000", n)
	}
}

func TestPassagesCanBeLeftEarly(t *testing.T) {
	p, _ := Parse("a.md", []byte("# A\n\nB\n\n- C\n- D\n"))
	for part, text := range p.Passages(nil) {
		if part != markdown.Heading || text != "A" {
			t.Errorf("%q", text)
		}
		break
	}
}
