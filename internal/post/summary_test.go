package post

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	forty := strings.TrimSpace(strings.Repeat("word ", 40))
	tests := []struct{ name, in, want string }{
		{"a short text", "One paragraph.\n\nAnother *one*.", "One paragraph. Another one."},
		{"forty words", forty, forty},
		{"more than forty words", forty + " and on and on", forty + "…"},
		{
			"cut at a sentence", "This is a first sentence of exactly ten words here. Then a second one that is a little longer than that. W" + forty[1:],
			"This is a first sentence of exactly ten words here. Then a second one that is a little longer than that. …",
		},
		{"hard breaks", "One,\\\ntwo  \nthree\\", `One, two three\`},
		{"before the mark", "A *short* intro\nin two lines.\n\n<!--more-->\n\nThe rest.", "A short intro in two lines."},
		{"before the mark with spaces", "Intro.\n<!-- More -->\nThe rest.", "Intro."},
		{"before the mark in a line", "Intro <!-- note -->here.<!--more--> The rest.", "Intro here."},
		{"a mark in code is none", "Intro.\n\n```\n<!--more-->\n```\n\nMore of it.", "Intro. More of it."},
		{"a long text before the mark", forty + " and\n\non and on.\n\n<!--more-->\n", forty + " and on and on."},
		{
			"a mark behind a heading", "Intro of more than fifteen words, which is what it takes to be long enough for a summary.\n\n# H\n\nText.\n\n<!--more-->",
			"Intro of more than fifteen words, which is what it takes to be long enough for a summary.",
		},
		{"headings are left out", "# Title\n\nText.\n\nSub\n---\n\nMore.\n\nSub 2\n===\n\nEnd.", "Text. More. End."},
		{"code is left out", "Text.\n\n```go\nfunc main() {}\n```\n\n    indented\n\n~~~\ntilde\n```\n~~~\n\nEnd.", "Text. End."},
		{"highlighted code is left out", "Text.\n\n{% highlight ruby %}\nputs 1\n{% endhighlight %}\n\n{{< highlight go >}}\nx\n{{< /highlight >}}\n\nEnd.", "Text. End."},
		{"images are left out", "![a picture](x.png)\n\n[![b](y.png)](z)\n\nText.", "Text."},
		{"tables are left out", "Text.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nc | d\n--|--\n3 | 4\n\nEnd.", "Text. End."},
		{"shortcodes and HTML are left out", "{{< img src=\"x\" >}}\n\n<div class=\"x\">\nText <b>here</b>.\n</div>\n\n<script>\nvar x;\n</script>\n\n<style>p {}</style>\n<!-- a\nlong note -->\nEnd.", "Text here. End."},
		{"definitions are left out", "Text[^1] with [a link][].\n\n[^1]: Note.\n[a link]: https://example.org\n\n---\n\n* * *\n\n{: .x}\nEnd.", "Text with a link. End."},
		{"quotes", "> Quoted\n> text.\n>\n> ```\n> code\n> ```\nEnd.", "Quoted text. End."},
		{"lists are left out", "Text.\n\n- a\n  more a\n\n  still a\n- b\n\nEnd.", "Text. End."},
		{"a text that leads to a list", "These are the six changes that matter:\n\n- a\n- b\n", "These are the six changes that matter…"},
		{"nothing but a list", "- [x] one *thing*\n- two\n\n1. three", "one thing two three"},
		{"nothing but code", "```\ncode\n```", ""},
		{"nothing", "", ""},
		{"an item's code is code", "- a\n\n  ```\n  - x\n  ```\n\nEnd.", "End."},
		{"a quote ends its code", "> ```\n> code\n\nText.\n\n>     indented\n\n\tcode\n", "Text. indented"},
		{"Liquid comments are left out", "{% comment %}\nnote\n{% endcomment %}\nText.", "Text."},
		{"a comment that is no mark", "Text of more than four hundred bytes: " + strings.Repeat("word ", 100) + "\n\nSee <!-- x --> and <!-- y", "Text of more than four hundred bytes: " + strings.TrimSpace(strings.Repeat("word ", 33)) + "…"},
		{"a code block that never closes", "Text.\n\n```\n# no heading\n", "Text."},
		{
			"at most so many bytes", strings.Repeat("Supercalifragilisticexpialidocious ", 40),
			strings.TrimSpace(strings.Repeat("Supercalifragilisticexpialidocious ", 11)) + "…",
		},
		{"Chinese", strings.Repeat("你好世界你好世界。", 20), strings.Repeat("你好世界你好世界。", 10) + " …"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := whole(t, "a.md", "---\ntitle: A\n---\n"+tt.in)
			if got := p.Summary(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestSummaryFromFrontMatter(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"summary first", "deck: d\nexcerpt: e\ndescription: x\nsummary: s", "s"},
		{"then description", "deck: d\nexcerpt: e\ndescription: x", "x"},
		{"then excerpt", "deck: d\nexcerpt: e", "e"},
		{"then deck", "deck: d", "d"},
		{"an empty one counts as none", "summary:\ndescription: ''", "Text."},
		{"Markdown, entities and many lines", "summary: |\n  **Bold** &mdash; and\n  `code`&#46;", "Bold — and code."},
		{"a novel", "summary: " + strings.Repeat("Never. ", 200), strings.Repeat("Never. ", 56) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := whole(t, "a.md", "---\ntitle: A\n"+tt.in+"\n---\nText.")
			if got := p.Summary(); got != tt.want {
				t.Errorf("got  %q (%d bytes)\nwant %q", got, len(got), tt.want)
			}
		})
	}
}

func TestFirstHeading(t *testing.T) {
	tests := []struct{ in, want string }{
		{"text\n\n## Two ##\n# One", "Two"},
		{"#hashtag\n\n# Real *one*", "Real one"},
		{"```sh\n# comment\n```\n\nUnder\n=====", "Under"},
		{"# \n\n#\n\n### C# and F# ###", "C# and F#"},
		{"# ![only an image](x)\n\n## Text", "Text"},
		{"text\n\n- a\n---", ""},
		{"> # Quoted", "Quoted"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := firstHeading(tt.in); got != tt.want {
			t.Errorf("firstHeading(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Only what its author wrote besides the text is an abstract: what a summary
// takes from the text would count twice in a search.
func TestAbstract(t *testing.T) {
	for in, want := range map[string]string{
		"---\ntitle: A\nsummary: '**Mine**.'\n---\nText.":                                         "Mine.",
		"---\ntitle: A\nexcerpt: Mine.\nexcerpt_separator: '<!--cut-->'\n---\nA <!--cut--> text.": "Mine.",
		"---\ntitle: A\nexcerpt_separator: '<!--cut-->'\n---\nA text. <!--cut--> More.":           "",
		"---\ntitle: A\n---\nText.\n\n<!--more-->\n\nMore.":                                       "",
		"---\ntitle: A\n---\nText.":                                                               "",
	} {
		p := whole(t, "a.md", in)
		if got := p.Abstract(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if p.Summary() == "" {
			t.Errorf("%q has no summary", in)
		}
	}
}
