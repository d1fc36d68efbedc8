package render

import (
	"fmt"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// adversarial are posts of the greatest size that make as much as they can of
// each byte: of one kind each, to see what the kind costs.
func adversarial() map[string]string {
	const n = post.MaxSize
	fill := func(s string) string { return strings.Repeat(s, n/len(s)) }
	in := func(holder, s string) string { return holder + strings.Repeat(s, (n-len(holder))/len(s)) }
	num := func(f string) string {
		var b strings.Builder
		for i := 0; ; i++ {
			s := fmt.Sprintf(f, i)
			if b.Len()+len(s) > n {
				return b.String()
			}
			b.WriteString(s)
		}
	}
	langs := []string{"go", "python", "js", "yaml", "html", "php", "rust", "c", "bash", "sql", "java", "ruby", "perl", "haskell", "scala", "kotlin", "swift", "css", "json", "toml"}
	var fences strings.Builder
	for i := 0; fences.Len() < n-100; i++ {
		fmt.Fprintf(&fences, "```%s\na = 1\n```\n\n", langs[i%len(langs)])
	}
	nested := strings.Repeat("a\n", n/2-200)
	for _, name := range []string{"note", "tip", "info", "warning", "danger", "important", "callout"} {
		nested = "{{< " + name + " >}}\n" + nested + "{{< /" + name + " >}}\n"
	}
	return map[string]string{
		"nested alerts":           nested,
		"small tables":            fill("|a|\n|-|\n|b|\n\n"),
		"small tables 2":          fill("a|b\n-|-\nc|d\n\n"),
		"tables 1000 cells":       fill(strings.Repeat("|a", 100) + "|\n" + strings.Repeat("|-", 100) + "|\n" + strings.Repeat("|\n", 100) + "\n"),
		"tables head long":        fill("|" + strings.Repeat("h", 60) + "|b|\n|-|-|\n" + strings.Repeat("|x|y|\n", 500) + "\n"),
		"tables 4 cols ragged":    fill(strings.Repeat("|a", 24) + "|\n" + strings.Repeat("|-", 24) + "|\n" + strings.Repeat("|\n", 700) + "\n"),
		"html tables":             fill("<table><tr><td>a</table>\n\n"),
		"html tables empty cells": fill("<table><tr>" + strings.Repeat("<td>", 50) + "<td>b</table>\n\n"),
		"html cells":              "<table>" + fill("<tr><td>a")[:n-10],
		"html td":                 "<table><tr>" + fill("<td>a")[:n-20],
		"nested all":              num("- a%d\n  - b\n    > c\n"),
		"items":                   fill("- a\n"),
		"loose items":             fill("- a\n\n"),
		"tasks":                   fill("- [ ] a\n"),
		"ordered":                 fill("1. a\n"),
		"definitions":             fill("a\n: b\n\n"),
		"definitions many":        "a\n" + fill(": b\n")[:n-4],
		"headings":                fill("# a\n"),
		"headings num":            num("# h%d\n"),
		"headings link":           num("# [h](b%d)\n"),
		"links":                   num("[a](b%d) "),
		"links lines":             num("[a](http://b/%d)\n\n"),
		"images":                  num("![](%d)\n"),
		"images p":                num("![](%d)\n\n"),
		"autolinks":               fill("<a:b> "),
		"www":                     fill("www.a.b "),
		"www lines":               fill("www.a.bc\n\n"),
		"mails":                   fill("a@b.cd "),
		"footnotes":               num("a[^%d]\n\n[^%[1]d]: b\n\n"),
		"footrefs":                "[^a]: b\n\n" + fill("[^a] ")[:n-20],
		"footrefs par":            "[^a]: b\n\n" + fill("[^a]\n\n")[:n-20],
		"refs":                    num("[a%d]: b\n"),
		"refs used":               num("[a%d]: b\n")[:n/2-1] + "\n" + num("[a%d]\n\n")[:n/2],
		"refs long":               "[a]: <" + strings.Repeat("b", n/2) + ">\n\n" + fill("[a]\n\n")[:n/2-50],
		"refs title":              "[a]: b '" + strings.Repeat("b", n/2) + "'\n\n" + fill("[a]\n\n")[:n/2-50],
		"emph pars":               fill("*a*\n\n"),
		"emph alt":                fill("*a* **b** "),
		"emph one each":           fill("*a*b"),
		"code spans":              fill("`a`b"),
		"code span pars":          fill("`a`\n\n"),
		"strike":                  fill("~a~ "),
		"entities":                fill("&amp;"),
		"entities big":            fill("&#x1f600;"),
		"escapes":                 fill("\\*"),
		"emoji":                   fill(":+1:"),
		"emoji par":               fill(":+1:\n\n"),
		"math":                    fill("$a$ "),
		"math blocks":             fill("$$a$$\n\n"),
		"br":                      fill("<br>"),
		"br md":                   fill("a\\\n"),
		"lines":                   fill("a\n"),
		"lines2":                  fill("a\n\n"),
		"alerts":                  fill("> [!NOTE]\n> a\n\n"),
		"quotes":                  fill("> a\n\n"),
		"quotes alt":              fill(strings.Repeat(">", 10) + "a\n\n"),
		"shortcodes":              num("{{< note >}}%d{{< /note >}}\n\n"),
		"details sc":              num("{{< details a >}}%d{{< /details >}}\n\n"),
		"figure":                  fill("{{< img a >}}\n"),
		"nested note":             fill(strings.Repeat("{{< note >}}\n", 7) + strings.Repeat("a\n", 100) + strings.Repeat("{{< /note >}}\n", 7)),
		"youtube":                 fill("{{< youtube a >}}\n\n"),
		"liquid":                  fill("{% link a %}\n"),
		"liquid note":             fill("{% note %}a{% endnote %}\n"),
		"liquid out":              fill("{{'a'}}"),
		"highlight":               fill("{{< highlight go >}}a{{< /highlight >}}\n"),
		"fences":                  fences.String(),
		"fences short":            fill("```\na\n```\n"),
		"fences numbered":         num("```l%d\na\n```\n"),
		"fence wide":              "```\n" + fill("a")[:n-10],
		"fence wide and many":     "```\n" + strings.Repeat("b", 1000) + "\n" + fill("a\n")[:n-2000],
		"fence lines":             "```\n" + fill("a\n")[:n-10],
		"fence tabs":              "```\n" + fill("\t")[:n-10] + "a",
		"fence tab lines":         "```\n" + fill("\ta\n")[:n-10],
		"go tokens":               "```go\n" + fill("a,")[:60<<10],
		"go fences":               fill("```go\n" + strings.Repeat("a,", 2000) + "\n```\n"),
		"go fences wide":          fill("```go\na(" + strings.Repeat("b,", 100) + ")\n```\n"),
		"long lang":               "```" + strings.Repeat("a", 60_000) + "\na\n```\n",
		"long langs":              fill("```" + strings.Repeat("a", 64) + "\na\n```\n"),
		"pre langs":               fill("<pre class=language-abcd>a</pre>\n\n"),
		"indented":                fill("    a\n\nb\n\n"),
		"cjk":                     fill("漢"),
		"cjk spaces":              fill("漢 "),
		"combining":               "a" + fill("\u0301")[:n-4],
		"combining each":          fill("a\u0301"),
		"hebrew":                  fill("א"),
		"hebrew mix":              fill("אa1("),
		"kbd":                     fill("<kbd>a</kbd>"),
		"sup":                     fill("<sup>a</sup>"),
		"a href":                  num("<a href=%d>a</a>"),
		"a id":                    num("<a id=a%d></a>"),
		"p id":                    num("<p id=a%d>"),
		"a id block":              "<div>\n" + num("<a id=a%d>")[:n-10],
		"html attrs":              "<a " + num("a%d ")[:n-10] + ">",
		"html attrs block":        "<div " + num("a%d ")[:n-10] + ">",
		"html p":                  fill("<p>a\n\n"),
		"html pre":                "<pre>" + fill("abcdefgh<b>")[:n-10],
		"html b":                  "<div>\n" + fill("<b>a</b>")[:n-10],
		"html li":                 "<ul>\n" + fill("<li>a")[:n-10],
		"html hr":                 fill("<hr>"),
		"html summary":            fill("<summary>a</summary>"),
		"html details":            fill("<details><summary>a</summary>b</details>"),
		"html cell code":          in("<table><tr><td>", "字 `a` "),
		"html cell links":         in("<table><tr><td>", "字 [a](b)"),
		"html cell stars":         in("<table><tr><td>", "*a* 字"),
		"html cell words":         in("<table><tr><td>", "**a** "),
		"html cell link cjk":      in("<table><tr><td>", "[字](b)"),
		"html cell beside":        in("<table>\n<tr><td>a</td><td>", "*a* 字"),
		"html cell Markdown":      in("<table><tr><td>\n\n", "字 `a` "),
		"html cell head":          in("<table><tr><th>", "é [a](b)"),
		"html cell list":          in("<table><tr><td><ul><li>", "字 [a](b)"),
		"html cell nested":        in("<table><tr><td>", "<b><i>字</i> a</b> "),
		"html cell combining":     in("<table><tr><td>", "a\u0301 "),
		"html cell emoji":         in("<table><tr><td>", "👨\u200d👩\u200d👧 "),
		"html cell tears":         in("<table><tr><td>", "<wbr>字"),
		"html caption":            in("<table><caption>", "字 [a](b)"),
		"html li one":             in("<ul><li>", "字 [a](b)"),
		"html ruby":               in("<p>", "<ruby>漢<rt>か</rt></ruby>"),
		"html details one":        in("<details><summary>a</summary>", "字 `a` "),
		"html summary one":        in("<details><summary>", "*a* 字"),
		"html sup":                in("<div>\n", "<sup>2</sup>"),
		"footnote one":            in("[^1]\n\n[^1]: ", "字 [a](b)"),
		"flags":                   fill("🇩🇪"),
		"rules":                   fill("***\n"),
		"rules dash":              fill("---\n"),
		"q":                       fill("<q>"),
		"long link lines":         "[" + fill("a ")[:n-2200] + "](http://b/" + strings.Repeat("c", 2000) + ")",
		"link long br":            "[" + fill("a\\\n")[:n-2200] + "](http://b/" + strings.Repeat("c", 2000) + ")",
		"linkify long":            fill("http://a.b/" + strings.Repeat("c", 1000) + " "),
		"backticks 1":             fill("`"),
		"backticks ab":            fill("`a``b"),
		"brackets par":            fill(strings.Repeat("[", 900) + "\n\n"),
		"images par":              fill(strings.Repeat("![", 450) + "a" + strings.Repeat("](b)", 200) + "\n\n"),
		"nestlinks par":           fill(strings.Repeat("[", 450) + "a" + strings.Repeat("]", 450) + "\n\n"),
		"stars par":               fill(strings.Repeat("*a **b ", 140) + "\n\n"),
		"less par":                fill(strings.Repeat("<a", 450) + "\n\n"),
		"html comment par":        fill("<!-- a\n\n"),
		"cdata":                   fill("<![CDATA["),
		"pi":                      fill("<?"),
		"decl":                    fill("<!A "),
		"setext":                  fill("a\n-\n"),
		"attr heading":            fill("# a {a=b}\n"),
		"attr heading long":       "# a {" + fill("a=b ")[:n-20] + "}",
		"10 quote lines":          fill(strings.Repeat("> ", 10) + "a\n"),
		"20 nested items":         fill(strings.Repeat("- ", 20) + "a\n"),
		"nested 9 narrow":         fill(strings.Repeat("> ", 9) + strings.Repeat("a ", 300) + "\n\n"),
		"wide heads cards":        fill("|" + strings.Repeat(strings.Repeat("h", 50)+"|", 10) + "\n|" + strings.Repeat("-|", 10) + "\n" + strings.Repeat(strings.Repeat("|a", 10)+"|\n", 100) + "\n"),
		"tall tables":             fill("|a|b|\n|-|-|\n" + strings.Repeat("|"+strings.Repeat("a ", 500)+"|b|\n", 5) + "\n"),
		"table links":             fill("|a|\n|-|\n|[a](b)|\n\n"),
		"table emph":              "|a|b|\n|-|-|\n" + fill("|*a*|`b`|\n")[:n-30],
	}
}
