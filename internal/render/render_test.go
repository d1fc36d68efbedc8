package render

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/markdown"
)

// renderBody renders Markdown without a post around it.
func renderBody(t *testing.T, src string, width int) *Page {
	t.Helper()
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", width, Dark(colorprofile.TrueColor))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	return page
}

// plainLines returns a page's lines without escape sequences.
func plainLines(p *Page) []string {
	lines := make([]string, p.Lines.Len())
	for i, l := range p.Lines.All() {
		lines[i] = ansi.Strip(l)
	}
	return lines
}

func TestElements(t *testing.T) {
	tests := []struct {
		name  string
		src   string
		width int
		want  string
	}{
		{"nothing", "", 40, ""},
		{"paragraph", "one two\nthree", 40, "one two three"},
		{"wrapping", "one two three four", 13, "one two three\nfour"},
		{"hard breaks", "one  \ntwo\\\nthree<br>four", 40, "one\ntwo\nthree\nfour"},
		{"escapes", `\*a\* \\ C:\dir 1 \< 2`, 40, `*a* \ C:\dir 1 < 2`},
		{"escapes in code", "`\\d+\\.\\* \\\\ &amp;`", 40, `\d+\.\* \\ &amp;`},
		{"references", "&copy; &amp;lt; &#65; &nosuch; a&b &#27;[2J", 40, "© &lt; A &nosuch; a&b [2J"},
		{"emphasis in a word", "un*frigging*believable **b**old", 40, "unfriggingbelievable bold"},
		{"headings", "# A\ntext\n## B\n### C\n#### D", 40, "A\n\ntext\n\n\nB\n\n### C\n\n#### D"},
		{"rule", "a\n\n---\n\nb", 11, "a\n\n   * * *\n\nb"},
		{"media", "a <video src=b>c</video> <audio src=d title=e>f</audio>, <video src=g></video>h", 40, "a Video[1] c Audio: e[2] f, Video[3] h\n\n\nLinks\n[1] post: b\n[2] post: d\n[3] post: g"},
		{"media in a block", "<video src=b>\nc</video>", 40, "Video[1] c\n\n\nLinks\n[1] post: b"},
		{"emoji names", "it works :tada:, not:at:all", 40, "it works 🎉, not:at:all"},

		{"link", "[a](https://a.example) b", 40, "a[1] b\n\n\nLinks\n[1] https://a.example"},
		{
			"one target, one number", "[a](/x) [b](/y) [c](/x)", 40,
			"a[1] b[2] c[1]\n\n\nLinks\n[1] /x\n[2] /y",
		},
		{"addresses", "<https://a.example/> www.b.example <c@d.example>", 80, "https://a.example/ www.b.example c@d.example"},
		{"link in the page", "[a](#b)", 40, "a"},
		{"link to nothing", "[a]()", 40, "a"},
		{"link to a post", "[a](../b/) [c](2024-01-02-d.md#e) [f](/b.md)", 40, "a[1] c[2] f[1]\n\n\nLinks\n[1] post: b\n[2] post: d#e"},
		{"link by shortcode", "[a]({{< ref \"b.md\" >}}), [c]({% post_url 2024-01-02-d %})", 40, "a[1], c[2]\n\n\nLinks\n[1] post: b\n[2] post: d"},
		{"heading with an id", "## A b {#c}\n\n[d](#c)", 40, "A b\n\nd"},
		{"reference link", "[a][b]\n\n[b]: /x", 40, "a[1]\n\n\nLinks\n[1] /x"},
		{"image", "![A cat](c.png)", 40, "Image: A cat[1]\n\n\nLinks\n[1] c.png"},
		{"image without text", "![](/dir/c.png)", 40, "Image: c.png[1]\n\n\nLinks\n[1] /dir/c.png"},
		{"linked image", "[![A cat](c.png)](/x)", 40, "Image: A cat[1]\n\n\nLinks\n[1] /x"},
		{"image before a word", "![A](b.png)C, ![D](e.png), [![F](g.png)](/x)H", 60, "Image: A[1] C, Image: D[2], Image: F[3] H\n\n\nLinks\n[1] b.png\n[2] e.png\n[3] /x"},
		{"long target", "[a](https://a.example/0123456789)", 20, "a[1]\n\n\nLinks\n[1] https://a.exampl\n    e/0123456789"},

		{"tight list", "- a\n- b c d e\n  - f\n    - g\n- h", 10, "• a\n• b c d e\n  ◦ f\n    – g\n• h"},
		{"hanging indent", "- one two three", 10, "• one two\n  three"},
		{"loose list", "- a\n\n  b\n- c", 40, "• a\n\n  b\n\n• c"},
		{"numbers", "9. a\n10. b", 40, " 9. a\n10. b"},
		{"empty item", "- a\n-\n- c", 40, "• a\n•\n• c"},
		{"tasks", "- [x] a\n- [ ] b\n  - [ ] c", 40, "[✓] a\n[ ] b\n    [ ] c"},
		{"code in an item", "- a\n\n      b", 40, "• a\n\n  │ b"},
		{"text after a list", "- a\n\nb", 40, "• a\n\nb"},
		{"list in a numbered list", "1. a\n   - b\n2. c", 40, "1. a\n   • b\n2. c"},

		{"quote", "> a\n>\n> b\n> > c", 40, "┃ a\n┃\n┃ b\n┃\n┃ ┃ c"},
		{"quoted list", "> - a\n> - b", 40, "┃ • a\n┃ • b"},
		{"two quotes", "> a\n\nb\n\n> c", 40, "┃ a\n\nb\n\n┃ c"},
		{"alert", "> [!NOTE]\n> a\n>\n> b", 40, "┃ Note\n┃ a\n┃\n┃ b"},
		{"alert in lower case", "> [!warning]\n> a", 40, "┃ Warning\n┃ a"},
		{"alert of a list", "> [!TIP]\n>\n> - a", 40, "┃ Tip\n┃ • a"},
		{"no alert", "> [!SHOUT]\n> a", 40, "┃ [!SHOUT] a"},

		{"code", "```\na\tb\n\n  c\n```", 40, "│ a   b\n│\n│   c"},
		{"language", "```go\nx := 1\n```", 40, "go\n│ x := 1"},
		{"long code", "```\n0123456789\n0\n```", 10, "│ 0123456›\n│ 0"},
		{"wide code", "```\n漢字漢字漢字\n```", 10, "│ 漢字漢 ›"},

		{"table", "|a|b|\n|-|-:|\n|long|1|\n|c|23|", 40, "a      b\n────  ──\nlong   1\nc     23"},
		{"centred", "|a|\n|:-:|\n|long|", 40, " a\n────\nlong"},
		{
			"table that shrinks", "|a|b|\n|-|-|\n|x|one two three|\n|y|four|", 11,
			"a  b\n─  ────────\nx  one two\n   three\n\ny  four",
		},
		{
			"table as cards", "|name|what|\n|-|-|\n|transport|encryption|\n|auth||", 16,
			"name  transport\nwhat  encryption\n────────────\nname  auth",
		},
		{
			"cards under their heads", "|identifier|what|\n|-|-|\n|transport|encryption|", 16,
			"identifier\n  transport\nwhat\n  encryption",
		},
		{"pipe in a cell", "|a|\n|-|\n|`x\\|y`|", 40, "a\n───\nx|y"},

		{"definitions", "a\n: b c d\n: e\n\nf\n: g", 7, "a\n  – b c d\n  – e\n\nf\n  g"},
		{"footnote", "a[^x]\n\n[^x]: b\n\n    c", 40, "a¹\n\n────────────\n¹ b\n\n  c"},

		{"inline html", "a <b>b</b> <kbd>C</kbd> H<sub>2</sub>O x<sup>n</sup> y<sup>th</sup> 19<sup>th</sup> <!-- c --><i>d", 60, "a b [C] H₂O xⁿ y^th 19th d"},
		{"html link", `<a href="/x">a <b>b</b></a>`, 40, "a b[1]\n\n\nLinks\n[1] /x"},
		{"html image", `<img src="c.png" alt="A cat">`, 40, "Image: A cat[1]\n\n\nLinks\n[1] c.png"},
		{
			"details", "<details>\n<summary>More</summary>\n\nb *c*\n\n</details>", 40,
			"▾ More\n\n  b c",
		},
		{"html list", "<ul>\n<li>a\n<li>b</ul>", 40, "• a\n• b"},
		{"html code", "<pre>\na  b\n c\n</pre>", 40, "│ a  b\n│  c"},
		{"html code of a language", "<pre><code class=\"language-go\">x := 1<br>y\n</code></pre>", 40, "go\n│ x := 1\n│ y"},
		{"html numbers", "<ol start=3><li>a b c d e<ul><li>f</ul><li>g</ol>\n\nh", 10, "3. a b c d\n   e\n   • f\n4. g\n\nh"},
		{"html quote", "<blockquote>\n\na *b*\n\n</blockquote>\n\nc", 40, "┃ a b\n\nc"},
		{"html left open", "- <details><summary>a</summary>\n\n  b\n- c", 40, "• ▾ a\n\n    b\n\n• c"},
		{"html closed too often", "</details></blockquote>\n\n> a\n> </details>\n> b", 40, "┃ a\n┃\n┃ b"},
		{
			"html table", "<table><caption>c</caption><tr><th>a<th>b</tr><tr><td>1</td><td>2 <b>3</b><br>4</table>", 40,
			"c\n\na  b\n─  ───\n1  2 3\n   4",
		},
		{
			"html table with blank lines", "<table>\n  <tr>\n    <td>a</td>\n\n    <td>b</td>\n  </tr>\n\n  <tr><td>c</td></tr>\n</table>\n\nd", 40,
			"a  b\nc\n\nd",
		},
		{"html table with Markdown", "<table>\n<tr><td>\n\n*a*\n\n</td></tr></table>", 40, "a"},
		{"torn html", "<div>\n\n    <p>a</p>\n\n</div>", 40, "a"},
		{"html to play", `<audio src="https://a.example/b.mp3" title="c">`, 40, "Audio: c[1]\n\n\nLinks\n[1] https://a.example/b.mp3"},
		{"hidden html", "a\n\n<!-- b\n\nc -->\n\n<script>\nd\n</script>\n\ne", 40, "a\n\ne"},

		{"chinese", "漢字漢字漢字", 10, "漢字漢字漢\n字"},
		{"no full stop at the start", "漢字漢字漢。", 10, "漢字漢字\n漢。"},
		{"no bracket at the end", "漢字漢字「漢」", 10, "漢字漢字\n「漢」"},
		{"line break between ideographs", "漢字\n漢字\nab", 40, "漢字漢字 ab"},
		{"break marks", "abcdefgh&shy;ijk *lm&#8203;nopq* [r<wbr>stu](#a)\n", 10, "abcdefgh-\nijk lmnopq\nrstu"},
		{"break marks in HTML", "<p>abcdef<wbr>ghijk&shy;lmn</p>", 8, "abcdef\nghijklmn"},
		{"line break in HTML", "<p>漢字\n  漢字\nab\n漢</p>", 40, "漢字漢字 ab 漢"},
		{"line break beside emphasis", "漢*字*\n<b>漢</b>\n~~字~~\n*a*\n漢", 40, "漢字漢字 a 漢"},
		{"line break beside a link and code", "漢[字](#a)\n[`漢`](#a)\n字[^1]\n漢\n\n[^1]: a", 40, "漢字漢字¹漢\n\n────────────\n¹ a"},
		{"line break beside punctuation", "漢“\n字”\n漢……\n字\n“a”\n漢", 40, "漢“字”漢……字“a”漢"},
		{"korean", "안녕하세요 세계", 12, "안녕하세요\n세계"},
		{"latin in chinese", "漢字word漢字", 10, "漢字word漢\n字"},
		{"joined emoji", "ab 👩‍👩‍👧 cd", 10, "ab 👩‍👩‍👧\ncd"},
		{"long word", "a 0123456789abc", 10, "a\n0123456789\nabc"},

		{"escape character", "a\x1b[2Jb \x1b]0;t\x07c \u009b1m", 40, "a[2Jb ]0;tc 1m"},
		{"code keeps blank lines", "```text\n\n\n  a\n\nb\n\n\n```", 40, "text\n│\n│\n│   a\n│\n│ b\n│\n│"},
		{"coloured code keeps blank lines", "```go\n\nvar a int\n\n```", 40, "go\n│\n│ var a int\n│"},
		{"code of blank lines", "a\n```\n \n\n```\nb", 40, "a\n\n│\n│\n\nb"},
		{"no code", "a\n```go\n```\nb", 40, "a\n\nb"},
		{"preformatted text keeps blank lines", "<pre>\n\na\n\n\n</pre>", 40, "│\n│ a\n│\n│"},
		{"not UTF-8", "A caf\xe9 and `na\xefve`", 40, "A caf\ufffd and na\ufffdve"},
		{
			"character references", "[&#0;] [&#87654321;] [&#7654321;] [&#x0000041;] [a&#10;&#10;b] [&#35;] [&#X22;] [&amp;]", 90,
			"[\ufffd] [&#87654321;] [\ufffd] [&#x0000041;] [a b] [#] [\"] [&]",
		},
		{
			"invisible", "so&shy;ft \u00adz&ZeroWidthSpace;w&NoBreak;j\ufeff `co\u00adde` [li\u200bnk](https://a.example/\u00ad)\n\n    co\u2060de", 40,
			"soft zwj code link[1]\n\n│ code\n\n\nLinks\n[1] https://a.example/%C2%AD",
		},
		{"overrides", "a\u202eb\u2066c\u200fd", 40, "abcd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(plainLines(renderBody(t, tt.src, tt.width)), "\n")
			if got != tt.want {
				t.Errorf("%q at %d\ngot:\n%s\nwant:\n%s", tt.src, tt.width, got, tt.want)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	src := "# One\n\na [b c](/x) d[^n]\n\n## Two `x`\n\n```sh\nls\n```\n\n## One\n\n[^n]: note"
	p := renderBody(t, src, 10)
	want := []string{
		"One", "", "a b c[1]", "d¹", "", "", "Two x", "", "sh", "│ ls", "", "", "One", "",
		"──────────", "¹ note", "", "", "Links", "[1] /x",
	}
	if got := plainLines(p); !slices.Equal(got, want) {
		t.Fatalf("got %q\nwant %q", got, want)
	}
	wantHeadings := []Heading{{0, 1, "One", "one"}, {6, 2, "Two x", "two-x"}, {12, 2, "One", "one-1"}}
	if !slices.Equal(p.Headings, wantHeadings) {
		t.Errorf("headings %+v, want %+v", p.Headings, wantHeadings)
	}
	if len(p.Links) != 2 || p.Links[0].Number != 1 || p.Links[0].Text != "b c" || p.Links[0].Target != "/x" ||
		!slices.Equal(p.Links[0].At, []Place{{2, 2, 6}}) {
		t.Errorf("links %+v", p.Links)
	}
	if len(p.Code) != 1 || p.Code[0].First != 9 || p.Code[0].Last != 9 || p.Code[0].Source != "ls" || p.Code[0].Lang != "sh" {
		t.Errorf("code %+v", p.Code)
	}
	if len(p.Notes) != 1 || p.Notes[0].Line != 15 {
		t.Errorf("notes %+v", p.Notes)
	}
	if want := []int{0, 2, 6, 8, 12, 14, 18, 20}; !slices.Equal(p.Blocks, want) {
		t.Errorf("blocks start on %v, want %v", p.Blocks, want)
	}
	if p.End != 13 {
		t.Errorf("the text ends on line %d, want 13", p.End)
	}
}

// The ids stay as other engines form them, which links are written for.
// A link within the page leads to the line of what it names.
func TestFind(t *testing.T) {
	p := renderBody(t, "First.\n\n## Über uns\n\nAbout[^n].\n\n"+
		"- item <a name=\"item\">one</a>\n- two\n\n> quoted <i id='Quote'>words</i>\n\n"+
		"<div><p id=block>Block</p></div>\n\n<table>\n<caption>Two rows</caption>\n<tr><td>a</td></tr><tr><td id=cell>b</td></tr></table>\n\n"+
		"<pre id=code>pre\n</pre>\n\n<p id=last></p>\n\n[^n]: A note.\n", 60)
	lines := plainLines(p)
	for id, text := range map[string]string{
		"über-uns": "Über uns", "item": "item one", "quote": "quoted words", "block": "Block", "fn:1": "A note.", "code": "pre",
	} {
		if line, ok := p.Find(id); !ok || !strings.Contains(lines[line], text) || !p.IDs()[id] {
			t.Errorf("#%s leads to line %d, %v, want that of %q, of:\n%s", id, line, ok, text, strings.Join(lines, "\n"))
		}
	}
	for _, id := range []string{"cell", "last"} {
		if line, ok := p.Find(id); !ok || line < 0 || line >= len(lines) {
			t.Errorf("#%s leads to line %d, %v, of %d", id, line, ok, len(lines))
		}
	}
	if _, ok := p.Find("none"); ok || p.IDs()["none"] {
		t.Error("what is not there is found")
	}
}

// Links to headings are found whose ids another engine has formed.
func TestHeadingsOfOtherEngines(t *testing.T) {
	p := renderBody(t, "# What's next?\n\n# 2. Für `a_b` & Öl\n\n# Same\n\n# Same\n\n# C++\n\n# C\n\n# 日本\n\n# Что нового?\n\n# 🚀 Launch ✨\n\n# :bug: Mends\n\n# !\n\n# Given {#own_id}\n", 60)
	lines := plainLines(p)
	for id, text := range map[string]string{
		"whats-next": "What's next?", "what-s-next": "What's next?", "What-s-next": "What's next?", // GitHub and Hugo; Zola; Hexo
		"2-für-a_b--öl": "2. Für a_b & Öl", "2-fur-a-b-ol": "2. Für a_b & Öl", "fr-ab--l": "2. Für a_b & Öl", // as 2., from GitHub, Zola, kramdown
		"same": "Same", "same_1": "Same", "c": "C++", "日本": "日本", "own-id": "Given",
		"ri-ben": "日本", "что-нового": "Что нового?", "chto-novogo": "Что нового?", // Zola
		"rocket-launch-sparkles": "🚀 Launch ✨", "-launch-": "🚀 Launch ✨", "launch": "🚀 Launch ✨", "bug-mends": "🐛 Mends",
	} {
		line, ok := p.Find(id)
		if !ok || strings.TrimSpace(lines[line]) != text || !p.IDs().Has(id) {
			t.Errorf("#%s leads to line %d, %v, want that of %q, of:\n%s", id, line, ok, text, strings.Join(lines, "\n"))
		}
	}
	first, _ := p.Find("same")
	if second, _ := p.Find("same_1"); first == second {
		t.Error("a number leads to the first of two headings")
	}
	for _, id := range []string{"-", "!", "next", "日", "tada-launch-sparkles", "rocket"} {
		if _, ok := p.Find(id); ok || p.IDs().Has(id) {
			t.Errorf("#%s is found", id)
		}
	}
}

func TestHeadingWithAGap(t *testing.T) {
	p := renderBody(t, "# A {{< b >}} c\n", 40)
	if want := []Heading{{0, 1, "A c", "a--c"}}; !slices.Equal(p.Headings, want) {
		t.Errorf("headings %+v, want %+v", p.Headings, want)
	}
}

func TestBrokenLink(t *testing.T) {
	p := renderBody(t, "see [one two three](https://a.example/)", 10)
	if got, want := p.Links[0].At, []Place{{0, 4, 3}, {1, 0, 3}, {2, 0, 8}}; !slices.Equal(got, want) {
		t.Errorf("the link is at %+v, want %+v", got, want)
	}
	for _, at := range p.Links[0].At {
		if !strings.Contains(p.Lines.At(at.Line), "\x1b]8;id=1;https://a.example/\x1b\\") {
			t.Errorf("line %d has no hyperlink: %q", at.Line, p.Lines.At(at.Line))
		}
	}
}

func TestTitleIsDropped(t *testing.T) {
	tests := []struct{ title, body, want string }{
		{"Why caches lie", "# Why *caches* lie\n\ntext", "text"},
		{"why  caches LIE", "# Why *caches* lie\n\ntext", "text"},
		{"Another", "# Why *caches* lie\n\ntext", "Why caches lie\n\ntext"},
		{"Why caches lie", "<!-- a -->\n<h2>Why caches lie</h2>\ntext", "text"},
		{"Why caches lie", "text\n\n## Why caches lie", "text\n\n\nWhy caches lie"},
	}
	for _, tt := range tests {
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), tt.body, tt.title, 40, Dark(colorprofile.ASCII))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(plainLines(page), "\n"); got != tt.want {
			t.Errorf("with the title %q: got %q, want %q", tt.title, got, tt.want)
		}
	}
}

func TestNestingIsFlattened(t *testing.T) {
	p := renderBody(t, strings.Repeat("> ", 75)+"deep", 80)
	if want := []string{strings.Repeat("┃ ", markdown.MaxNesting) + "deep"}; !slices.Equal(plainLines(p), want) {
		t.Errorf("got %q, want %q", plainLines(p), want)
	}
	var nested strings.Builder
	for i := range 30 {
		nested.WriteString(strings.Repeat("  ", i) + "- item\n")
	}
	got := strings.Join(plainLines(renderBody(t, nested.String(), 80)), "\n")
	if n := strings.Count(got, "item"); n != 30 {
		t.Errorf("%d of 30 nested items are left:\n%s", n, got)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewRenderer().draw(newBudget(func() {}, ctx.Err), "a", "", 40, Dark(colorprofile.ANSI))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestBlockThatPanics shows a block whose rendering fails as its source, and
// the others as ever.
func TestBlockThatPanics(t *testing.T) {
	b := newBudget(func() {}, t.Context().Err)
	parsed := markdown.Parse("# One\n\na *b*\nc\n\nd", &b.Budget, nil)
	doc, src := parsed.Doc, parsed.Source
	l := newLayout(b, parsed, 40, Dark(colorprofile.ASCII))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		l.safely(n, func() {
			l.node(n)
			if strings.HasPrefix(string(src[n.Lines().At(0).Start:]), "a") {
				panic("cannot render")
			}
		})
	}
	want := []string{"One", "", "a *b*", "c", "", "d"}
	page := l.page()
	if got := plainLines(page); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(page.Failed, []int{2}) {
		t.Errorf("the blocks on lines %v failed, want that on 2", page.Failed)
	}
}
