package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

// hostile are inputs that made a Markdown parser or renderer take seconds, or
// gigabytes, for a post of the greatest size.
func hostile() map[string]string {
	const n = post.MaxSize
	fill := func(s string) string { return strings.Repeat(s, n/len(s)) }
	part := func(s string) string { return fill(s)[:n/8] } // enough for what takes its time in many small blocks
	var ticks, nested, notes strings.Builder
	for i := 1; ticks.Len() < n-i; i++ {
		ticks.WriteString(strings.Repeat("`", i) + "a")
	}
	for i := 0; nested.Len() < n-2*i; i++ {
		nested.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	for i := 0; notes.Len() < n/2; i++ {
		fmt.Fprintf(&notes, "[^%d] ", i%4000)
	}
	var deep strings.Builder
	for i := range 200 {
		deep.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	var empty strings.Builder
	for i := range 200 {
		empty.WriteString(strings.Repeat("  ", i) + "-\n")
	}
	empty.WriteString(strings.Repeat("  ", 200) + "- a\n")
	var tags strings.Builder
	for i := 0; tags.Len() < n-16; i++ {
		fmt.Fprintf(&tags, "{{< a%d >}}", i)
	}
	notes.WriteString("\n\n")
	for i := range 4000 {
		fmt.Fprintf(&notes, "[^%d]: a\n", i)
	}
	return map[string]string{
		"75 quotes":          strings.Repeat("> ", 75) + "a",
		"quotes":             fill("> "),
		"quotes, no spaces":  fill(">"),
		"quotes, many lines": strings.Repeat("> ", 2000) + "\n" + fill("a\n")[:n-5000],
		"quoted lines":       fill(strings.Repeat("> ", 30) + "a\n"),
		"lists in one line":  fill("- "),
		"ordered lists":      fill("1. "),
		"lists in quotes":    fill("> - "),
		"nested lists":       nested.String(),
		"blank in lists":     deep.String() + fill("\n")[:n-deep.Len()],
		"blank, lazily":      deep.String() + "a\n" + fill("\n")[:n-deep.Len()-2],
		"blank in empty":     empty.String() + fill("\n")[:n-empty.Len()],
		"blank in HTML":      strings.Repeat("1. <div>\n", 3000) + fill("\n")[:n-30_000],
		"blank in markers":   strings.Repeat("- ", 40) + "a\n" + fill("\n")[:n-100],
		"list of items":      part("- a\n"),
		"definitions":        part("a\n: b\n\n"),
		"footnotes in one":   fill("[^a]:"),
		"footnotes":          notes.String(),
		"brackets":           fill("["),
		"brackets closed":    strings.Repeat("[", n/2) + strings.Repeat("]", n/2),
		"unclosed links":     fill("[a]("),
		"images":             fill("!["),
		"references":         fill("[a][b]"),
		"reference list":     part("[a]: b\n"),
		"links":              fill("[a](b) "),
		"emphasis":           fill("*a _b "),
		"strong":             fill("**a *b "),
		"stars":              fill("*"),
		"strikes":            fill("~~a ~b"),
		"ticks":              ticks.String(),
		"escaped ticks":      fill("a\\```\n"),
		"less than":          fill("<"),
		"tags":               fill("<a>"),
		"open tags":          part("<b><a href=x>"),
		"comments":           fill("<!--"),
		"html block":         "<div>\n" + part("<p><b>a"),
		"html quotes":        part("<blockquote>a\n"),
		"html details":       part("<details><summary>a</summary>b\n"),
		"html details apart": part("<details><summary>a</summary>\n\nb\n\n"),
		"html closed":        part("</details></blockquote>\n\n"),
		"html lists":         part("<ul><li>a"),
		"html table":         "<table>" + part("<tr><td>a"),
		"html columns":       "<table><tr>" + part("<td>a") + "</tr>" + part("<tr><td>b</tr>") + "</table>",
		"html tables torn":   part("<table>\n\n"),
		"html table torn":    "<table>\n\n" + part("    <td>a\n\n"),
		"html in a row":      part("<p>a</p>\n\n    <p>b</p>\n\n"),
		"attribute lists":    fill("a){:b}"),
		"attributes":         fill("{: "),
		"heading attributes": part("# a {#b}\n"),
		"shortcode in html":  "<p>" + fill("{{< img a >}}")[:n-20],
		"quotes by name":     part("{{< quote >}}\n") + part("{{< /quote >}}\n"),
		"details by name":    part("{{< details >}}") + part("{{< /details >}}"),
		"open liquid":        fill("{% a"),
		"liquid ends":        fill("{% enda %}"),
		"references by name": fill("{{< ref a >}}"),
		"ampersands":         fill("&"),
		"backslashes":        fill("\\"),
		"addresses":          fill("http://a.b/("),
		"mail":               fill("a@b."),
		"one line":           fill("word "),
		"one word":           fill("a"),
		"one wide word":      fill("漢"),
		"combining":          fill("\u0301"),
		"joined":             fill("👩\u200d"),
		"emoji":              fill(":tada:"),
		"a line each":        part("a\n\n"),
		"columns":            strings.Repeat("|a", 1000) + "|\n" + strings.Repeat("|-", 1000) + "|\n" + strings.Repeat("|b", 1000),
		"short rows":         strings.Repeat("|a", 5000) + "|\n" + strings.Repeat("|-", 5000) + "|\n" + fill("|b|\n")[:n-30000],
		"table cells":        "|a|b|\n|-|-|\n" + fill("|b|\n")[:n-12],
		"delimiter rows":     fill("|-|-|\n"),
		"pipes":              fill("|"),
		"code":               "```go\n" + fill("func a() { return \"b\" }\n")[:n-20],
		"code line":          "```js\n" + fill("a[")[:n-20],
		"code in yaml":       "```yaml\n" + fill("- a: {b: [c,")[:60000],
		"heading":            "# " + fill("a *b ")[:n-10],
		"headings":           part("# a\n"),
		"setext":             part("a\n=\n"),
		"shortcodes":         fill("{{< a >}}"),
		"other shortcodes":   tags.String(),
		"paired shortcodes":  fill("{{< a >}}b{{< /a >}}"),
		"nested shortcodes":  part("{{< a >}}") + part("{{< /a >}}"),
		"open alerts":        fill("{{< note >}}\n"),
		"open shortcodes":    fill("{{< a"),
		"liquid tags":        fill("{% for %}"),
		"raw tags":           fill("{% raw %}"),
		"raw in code":        "```\n" + fill("{% raw %}a")[:n-10],
		"liquid output":      fill("{{ a"),
		"math":               fill("$a"),
		"rules":              part("***\n"),
		"quoted code":        "> ```\n" + part("> a\n"),
	}
}

// What is read in lines has code broken, which shall take linear time, too.
func TestLinearCodeLine(t *testing.T) {
	r := NewRenderer()
	for name, text := range map[string]string{"ascii": "a[", "cjk": "漢字", "joined": "👩\u200d", "marks": "e\u0301"} {
		t.Run(name, func(t *testing.T) {
			src := "```\n" + strings.Repeat(text, 250_000/len(text)) + "\n```\n"
			page, err := r.draw(newBudget(func() {}, t.Context().Err), src, "", 20, themes().Linear())
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
			if got := strings.Count(strings.Join(stringsOf(page), ""), text[:1]); name == "ascii" && got != 125_000 {
				t.Errorf("%d of 125000 characters are left", got)
			}
		})
	}
}
