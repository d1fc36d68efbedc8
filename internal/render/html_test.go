package render

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
)

// HTML is laid out as what Markdown has for it.
func TestHTML(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"numbers", `<ol start="9"><li>a</li><li>b</li><li value="3">c</li></ol>`, " 9. a\n10. b\n 3. c"},
		{"numbers that go down", `<ol reversed><li>a</li><li>b</li></ol>`, "2. a\n1. b"},
		{"letters", `<ol type="A" start="26"><li>a<li>b</ol>`, " Z. a\nAA. b"},
		{"Roman numbers", `<ol type="i" start="3"><li>a<li>b</ol><ol type="I" start="4000"><li>a</ol>`, "iii. a\n iv. b\n\n4000. a"},
		{"several blocks in an item", "<ul><li><p>a</p><p>b</p><pre>c\n d</pre></li><li>e<ul><li>f</ul>g</ul>", "• a\n\n  b\n\n  │ c\n  │  d\n• e\n  ◦ f\n\n  g"},
		{"blocks that are rare", "<fieldset><legend>a</legend>b</fieldset>\n\nc<menu><li>d<li>e</menu>f<dir><li>g</dir>h<hgroup>i</hgroup>j<search>k</search>l<listing>m</listing>n<xmp>o</xmp>p", "a\n\nb\n\nc\n• d\n• e\nf\n• g\nh\ni\nj\nk\nl\nm\nn\no\np"},
		{"rare blocks of their own", "<menu><li>a<li>b</menu>c<hgroup>d</hgroup><noframes>e</noframes><optgroup>f</optgroup>g", "• a\n• b\n\nc\n\nd\n\ne\n\nf\n\ng"},
		{"what there is to choose from", "<select><option>a</option><option>b</option></select>", "a\nb"},
		{"tasks", `<ul><li><input type="checkbox" checked> a</li><li><input type="checkbox"> b</li></ul>`, "[✓] a\n[ ] b"},
		{"an item without a list", "<li>a</li>\n\nb", "• a\n\nb"},
		{"text between items", "<ul>a<li>b</li>c</ul>", "• a\n• b\n• c"},
		{"definitions", "<dl><dt>a<dd>b<dt>c<dd>d<dd>e</dl>", "a\n  b\n\nc\n  – d\n  – e"},
		{"blocks part words", "<p>a</p><div>b</div><section>c<p>d</section>", "a\n\nb\n\nc\n\nd"},
		{"blocks in running text", "a<div>b</div>c", "a\nb\nc"},
		{"Markdown in details", "<details>\n<summary>A <b>b</b> <a href=\"https://a.org/\">link</a></summary>\n\n- c\n\n</details>\n\nd", "▾ A b link[1]\n\n  • c\n\nd\n\n\nLinks\n[1] https://a.org/"},
		{"nothing in details", "<details>\n<summary>a</summary>\n<!-- b -->\n</details>\n\nc", "▾ a\n\nc"},
		{"Markdown in a quote and an item", "<blockquote>\n\na\n\n</blockquote>\n<ul><li>\n\n*b*\n\n</li></ul>", "┃ a\n\n• b"},
		{"spans of columns", "<table><tr><th colspan=2>a<th>b<tr><td>c<td>d<td>e</table>", "a     b\n─  ─  ─\nc  d  e"},
		{"a cell over columns", "<table><tr><td>a<td>b<td>c<tr><td colspan=2>d e f g<td>h</table>", "a  b     c\nd e f g  h"},
		{"space in cells", "<table>\n<tr>\n<th>\na\n</th>\n<th> b\n</th>\n</tr>\n<tr>\n<td>\n<p>\nc\n</p>\n</td>\n<td>\nd\n</td>\n</tr>\n<tr><td>e</td></tr></table>", "a  b\n─  ─\nc  d\ne"},
		{"spans of rows", "<table><tr><th>a<th>b<tr><td rowspan=2>c<td>d<tr><td>e</table>", "a  b\n─  ─\nc  d\n   e"},
		{"sides", `<table><tr><th>aaa<th>bbb<tr><td align="right">c<td style="text-align: center">d</table>`, "aaa  bbb\n───  ───\n  c   d"},
		{"a caption", "<table><caption>a</caption><tr><td>b</table>", "a\n\nb"},
		{"a table in a table", "<table><tr><td>a<td><table><tr><td>b<td>c</table><td>d</table>", "a  b c  d"},
		{"Markdown in cells", "<table><tr><td>\n\na *b*\n\n</td><td>\n\n1. c\n2. d\n\n</td></tr></table>\n\ne", "a b  1. c\n     2. d\n\ne"},
		{"code in cells", "<table><tr><td>a</td><td>\n\n~~~\nb\n~~~\n\n</td></tr></table>\n\nc", "a\n\n│ b\n\nc"},
		{"lists in cells", "|a|b|\n|-|-|\n|c|<ul><li>d</li><li><p>e</p></li></ul>|\n|f|g<ol start=2><li>h</ol>i|", "a  b\n─  ────\nc  • d\n   • e\n\nf  g\n   2. h\n   i"},
		{"how lists in cells number", `<table><tr><td><ol reversed><li>a<li>b</ol><td><ol type=A start=2><li>c<li value=5>d<ul><li>e</ul></ol></table>`, "2. a  B. c\n1. b  E. d\n      \u00a0\u00a0• e"},
		{"preformatted text in cells", "<table><tr><td>a<pre>\nb\n  c   d\n</pre>e\nf<td><pre><b>g</b>\n h</pre></table>", "a        g\nb        \u00a0h\n\u00a0 c\u00a0\u00a0 d\ne f"},
		{"readings", "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> <ruby>字<rt>じ</rt></ruby>\n\n<p><ruby>漢<rt>かん</rt></ruby></p>", "漢(かん) 字(じ)\n\n漢(かん)"},
		{"small signs", "H<sub>2</sub>O, x<sup>n</sup>, a<sup>b</sup>, <kbd>Ctrl</kbd>", "H₂O, xⁿ, a^b, [Ctrl]"},
		{"comments are nothing", "<!-- a -->\n\nb\n\n<!-- c -->", "b"},
		{"footnotes come last", "<ul><li>a[^1]\n\nb[^1]\n\n[^1]: c", "• a[^1]\n\n  b¹\n\n────────────\n¹ c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), c.body, "", 60, Dark(colorprofile.ASCII))
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
			if got := strings.TrimSpace(strings.Join(plainLines(page), "\n")); got != strings.TrimSpace(c.want) {
				t.Errorf("%s\ngot\n%s\nwant\n%s", c.body, got, c.want)
			}
		})
	}
}

// What nests beyond all measure loses its looks, not its words.
func TestDeepHTML(t *testing.T) {
	for _, part := range []string{"<ul><li>", "<ul>", "<ol><li><p>", "<dl><dd>", "<dl><dt>", "<dl>", "<blockquote>", "<blockquote><ul><li>", "<details><summary>a</summary>", "<blockquote><dl><dt>"} {
		for n := range 30 {
			body := strings.Repeat(part, n+1) + "deep<p>deeper\n\n*deepest*"
			page := renderBody(t, body, 80)
			if got := strings.Join(plainLines(page), " "); strings.Count(got, "deep") != 3 {
				t.Errorf("%d times %s: %q", n+1, part, got)
			}
		}
	}
}

// A heading of HTML is one of the post: in the outline, named by its id, and its title,
// which is not shown twice.
func TestHeadingsOfHTML(t *testing.T) {
	const body = "<!-- a -->\n\n<h1 align=\"center\">\n<img src=\"b.svg\" alt=\"B\"><br>The <em>title</em>\n</h1>\n\n<h2 id=\"c\">Part</h2>\n\nText <a href=\"#c\">d</a>.\n\n<h2>Other&nbsp;part</h2>\n"
	p, _ := post.Parse("a.md", []byte(body))
	if p.Title() != "The title" {
		t.Errorf("the title is %q", p.Title())
	}
	page, err := NewCache(0, 0).Page(t.Context(), nil, p, 60, Dark(colorprofile.ASCII))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	if text := strings.Join(plainLines(page), "\n"); strings.Contains(text, "The title") || !strings.HasPrefix(text, "Image: B[1]") {
		t.Errorf("the page is\n%s", text)
	}
	var outline []string
	for _, h := range page.Headings {
		outline = append(outline, h.Text+" #"+h.ID)
	}
	if got := strings.Join(outline, ", "); got != "Part #c, Other part #otherpart" {
		t.Errorf("the outline is %s", got)
	}
	if problems := NewRenderer().Review(p, func(*Link) string { return "" }); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}
