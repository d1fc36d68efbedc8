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
		{"definitions are left out", "Text[^1] with [a link][].\n\n[^1]: Note.\n\n[a link]: https://example.org\n\n---\n\n* * *\n\n{: .x}\nEnd.", "Text with a link. End."},
		{
			"definitions far behind are left out, their titles too",
			"Text with [a link][].\n\n```\n" + strings.Repeat("code\n", 400) + "```\n\n" + strings.Repeat("# Heading\n\n", 200) + "[a link]: https://example.org \"A title\nin lines\"\n" + strings.Repeat("[b]: /x 'More\nof it'\n", 50),
			"Text with a link.",
		},
		{"quotes", "> Quoted\n> text.\n>\n> ```\n> code\n> ```\nEnd.", "Quoted text. End."},
		{"lists are left out", "Text.\n\n- a\n  more a\n\n  still a\n- b\n\nEnd.", "Text. End."},
		{"a text that leads to a list", "These are the six changes that matter:\n\n- a\n- b\n", "These are the six changes that matter…"},
		{"enough words before a heading", strings.Repeat("word ", 14) + "fifteen.\n\n# A heading\n\nMore.", strings.Repeat("word ", 14) + "fifteen."},
		{"one too few before a heading", strings.Repeat("word ", 13) + "fourteen.\n\n# A heading\n\nMore.", strings.Repeat("word ", 13) + "fourteen. More."},
		{"nothing but a list", "- [x] one *thing*\n- two\n\n1. three", "one thing two three"},
		{"nothing but code", "```\ncode\n```", ""},
		{"nothing", "", ""},
		{"an item's code is code", "- a\n\n  ```\n  - x\n  ```\n\nEnd.", "End."},
		{"a quote ends its code", "> ```\n> code\n\nText.\n\n>     indented\n\n\tcode\n", "Text."},
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
		if got := new(Post).read(tt.in).heading; got != tt.want {
			t.Errorf("the heading of %q = %q, want %q", tt.in, got, tt.want)
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

// A summary that is asked for before the body has been read is the same as afterwards,
// and costs no more for a long body than for a short one.
func TestSummaryBeforeTheBodyIsRead(t *testing.T) {
	const rest = "\n\nA paragraph of [some][a] words that say little and go on for a while.\n\n```\ncode\n```\n\n- an item\n"
	for name, start := range map[string]string{
		"prose":         strings.Repeat("Some [words][a] say what it is about. ", 30),
		"short":         "Some [words][a] say what it is.",
		"short prose":   "Some words.\n\n- an item\n\nMore of them.\n\n# And a heading",
		"a lead":        "These are the six [changes][a] that matter:\n\n- a",
		"lists":         "# A\n\n" + strings.Repeat("- an item\n", 200) + "\nWords.",
		"far behind":    "```\n" + strings.Repeat("code\n", 400) + "```\n\nSome [words][a] say what it is.",
		"marked":        "Some words.\n\n" + strings.Repeat("More of [them][a].\n\n", 400) + "<!--more-->",
		"no blank line": strings.Repeat("- an item\n", 1000),
	} {
		body := start + strings.Repeat(rest, 40) + "\n[a]: b\n"
		p := whole(t, "a.md", "---\ntitle: A\n---\n"+body)
		before := p.Summary()
		if after := p.digested().summary; before != after || before == "" {
			t.Errorf("%s: %q, and when the body has been read %q", name, before, after)
		}
	}
	cost := func(times int) float64 {
		body := strings.Repeat("Some words say what it is about. ", 30) + strings.Repeat(rest, times)
		return testing.AllocsPerRun(10, func() { new(Post).summarize(body) })
	}
	if short, long := cost(40), cost(400); long > short+10 {
		t.Errorf("%v allocations for a body of 4 KB and %v for one of 40 KB", short, long)
	}
}

// The ellipsis of a text that ends before something left out is within the limit, too.
func TestSummaryWithItsEllipsisKeepsItsLimit(t *testing.T) {
	words := strings.Repeat("incomprehensibilities ", 30) // fewer words than a summary may have
	for size := MaxSummary - 5; size < MaxSummary; size++ {
		text := words[:size-1] + "x"
		if got := new(Post).summarize(text + "\n\n```\ncode\n```\n"); len(got) > MaxSummary || !strings.HasSuffix(got, "…") {
			t.Errorf("%d bytes of text: %d bytes, %q", len(text), len(got), got)
		}
	}
}
