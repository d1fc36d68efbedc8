package render

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"text", "a { b } c", "a { b } c"},
		{"template in text", "a {{ b }} ${{ c.d }}", "a {{ b }} ${{ c.d }}"},

		{"ref", `[a]({{< ref "b c.md" >}})`, `[a](post:b%20c.md)`},
		{"relref by path", `[a]({{% relref path="/b" %}})`, `[a](post:/b)`},
		{"figure", `{{< figure src="c.png" alt="A [cat]" title=cat >}}`, "![A \\[cat\\]](<c.png>)\n\ncat\n\n"},
		{"figure with one text", `{{< figure src="c.png" caption="A *cat*" >}}b`, "![A *cat*](<c.png>)\n\nb"},
		{"figure with a tag's end in quotes", `{{< figure src="c.png" caption="with >}} inside" >}}b`, "![with >}} inside](<c.png>)\n\nb"},
		{"include with a tag's end in quotes", `{% include tip.html content='Write "%}" so.' %}b`, "> [!TIP]\n> Write \"%}\" so.\n\nb"},
		{"nothing but a quote", `a{{< b " >}}c`, "ac"},
		{"quote left open", "{{< img src=\"c.png >}} \"a\"\n\nb >}}", "![](<c.png>)\n\n \"a\"\n\nb "},
		{"figure in a line", `a {{< figure src="c.png" alt=b title=d caption="e f" >}}`, "a ![b](<c.png>) (d: e f)"},
		{"figure in HTML", `<p>{{< figure src=c.png alt=b caption="<d>" >}}`, `<p><img src="c.png" alt="b"> (&lt;d&gt;)`},
		{"image by position", `{{< img c.png >}}`, "![](<c.png>)\n\n"},
		{"image over lines", "{{< img-right\n  src='c.png'\n  alt=\"A \\\"cat\\\"\"\n>}}", "![A \"cat\"](<c.png>)\n\n"},
		{"video", `{{< youtube id="x" title="A cat" >}}`, `[Video: A cat](<https://www.youtube.com/watch?v=x>)`},
		{"post elsewhere", `{{< tweet user="u" id="1" >}}`, `[Post on X](<https://x.com/u/status/1>)`},
		{"highlight", "{{< highlight go >}}\nx := 1\n{{< /highlight >}}", "~~~~~~~~go\nx := 1\n~~~~~~~~\n"},
		{"note", "{{< note >}}\na\n\nb\n{{< /note >}}\nc", "> [!NOTE]\n> a\n> \n> b\n\n\nc"},
		{"notice of a kind", `{{% notice warning "Look" %}}a{{% /notice %}}`, "> [!WARNING] Look\n> a\n\n"},
		{"note without an end", `{{< callout type=tip text="a *b*" >}}`, "> [!TIP]\n> a *b*\n\n"},
		{"tabs", "{{< tabs >}}{{< tab \"A*\" >}}\nb\n{{< /tab >}}{{< tab name=C >}}d{{< /tab >}}{{< /tabs >}}", "**A\\***\n\n\nb\n**C**\n\nd\n\n"},
		{"note in a line", "a {{< note >}}b{{< /note >}}", "a b"},
		{"ref in HTML", `<a href="{{< ref "b" >}}">c</a>`, `<a href="post:b">c</a>`},
		{"ref in the text", `see {{< ref "b.md" >}}, (see {{< ref "c" >}})`, `see [b.md](<post:b.md>), (see [c](<post:c>))`},
		{"ref at the end of an address", `[a](https://b.example{{< ref "/c" >}})`, `[a](https://b.example/c)`},
		{"ref with a heading", `[a]({{< ref "b#c" >}})`, `[a](post:b#c)`},
		{"image before text", `{{< img c.png >}}Text`, "![](<c.png>)\n\nText"},
		{"image in a line", `a {{< img c.png >}}b`, "a ![](<c.png>)b"},
		{"image in HTML", "<p>\n<em>{{< img src=c.png alt='A \"|\" cat' >}}b</em>", "<p>\n<em><img src=\"c.png\" alt=\"A &#34;&#124;&#34; cat\">b</em>"},
		{"link in HTML", "<p>\n{{< gist a b >}}", "<p>\n<a href=\"https://gist.github.com/a/b\">Gist</a>"},
		{"image after HTML", "<p>\n\n{{< img c.png >}}", "<p>\n\n![](<c.png>)\n\n"},
		{"details", "{{< details \"A <b>\" >}}\nc\n{{< /details >}}", "<details>\n<summary>A &lt;b&gt;</summary>\n\n\nc\n\n\n</details>\n\n"},
		{"quote", "{{< quote >}}a\nb{{< /quote >}}", "> a\n> b\n\n"},
		{"audio", `{{< audio src="a.mp3" caption="b" >}}`, `[Audio: b](<a.mp3>)`},
		{"deeper than any", strings.Repeat("{{< a >}}", 20) + "b" + strings.Repeat("{{< /a >}}", 20), "b"},
		{"unknown", "a {{< b c=d >}} e", "a  e"},
		{"unknown on its line", "a\n{{< b >}}\nc", "a\nc"},
		{"unknown pair", "{{< a >}}b {{< c >}}{{< img d.png >}}{{< /c >}}{{</ a >}} e", "b ![](<d.png>) e"},
		{"self-closing", "{{< a />}}b", "b"},
		{"without an end", "a {{< b", "a  b"},
		{"without an end at the start of a line", "{{<    a {{< b >}}c", "a c"},
		{"without an end on its line", "a\n{{<\nb", "a\nb"},
		{"tag without an end", "{% a", "a"},
		{"without an end in its paragraph", "{{< a\n\nb {{< note >}}c{{< /note >}} {% d\n \ne %}", "a\n\nb c  d\n \ne "},
		{"with a blank line in quotes", "{{< a \"b\n\nc\" >}}", "a \"b\n\nc\" "},
		{"with another inside", "{{< a {{< b >}} {% c {% d %}", "a   c "},
		{"closing marks alone", ">}} a >}} b\n%}} c %} d", "a  b\nc  d"},
		{"signs that close no tag", "<a b=\"c\">}} {width: 10%} $\\frac{10\\%}{2}$", "<a b=\"c\">}} {width: 10%} $\\frac{10\\%}{2}$"},
		{"end alone", "a{{< /b >}}c", "ac"},
		{"escaped", "{{</* ref x */>}}", `{\{< ref x >}}`},
		{"in a code span", "`{{< ref >}}` ``{{</* a */>}}``", "`{{< ref >}}` ``{{< a >}}``"},
		{"in a code block", "```\n{{< ref >}}\n```\n{{< a >}}b", "```\n{{< ref >}}\n```\nb"},
		{"in an open code block", "~~~\n{{< ref >}}\n```\n{{< a >}}", "~~~\n{{< ref >}}\n```\n{{< a >}}"},

		{"in indented code", "a\n\n    {% if b %}\n\n\t{{< c >}}{:.d}\n{% if e %}f\n    {% if g %}\n", "a\n\n    {% if b %}\n\n\t{{< c >}}{:.d}\nf\n    "},
		{"in indented code at the start", "    {{</* a */>}} {% raw %}{{ b }}{% endraw %}\n", "    {{< a >}} {{ b }}\n"},
		{"in indented code after a list", "- a\n\n    {% if b %}\n\nc\n\n    {% if d %}", "- a\n\n    \nc\n\n    {% if d %}"},
		{"in indented code after a quote", "> a\n\n    {% if b %}", "> a\n\n    {% if b %}"},
		{"in an indented footnote", "[^1]: a\n\n    b {% if c %}d", "[^1]: a\n\n    b d"},
		{"in an indented line of a paragraph", "a\n    {{< b >}}c", "a\n    c"},
		{"indented in a shortcode", "{{< tabs >}}\n\n    {{< tab a >}}b{{< /tab >}}\n{{< /tabs >}}", "\n\n    **a**\n\nb\n\n\n"},
		{"liquid link", "[a]({% link _posts/2020-01-01-b.md %})", "[a](post:_posts/2020-01-01-b.md)"},
		{"post_url", "[a]: {% post_url 2020-01-01-b %}", "[a]: post:2020-01-01-b"},
		{"liquid highlight", "{% highlight ruby linenos %}\nx = 1\n{% endhighlight %}", "~~~~~~~~ruby\nx = 1\n~~~~~~~~\n"},
		{"raw", "{% raw %}{{ site.a }}{% b %}{% endraw %}c", "{{ site.a }}{% b %}c"},
		{"raw in a code span", "`{% raw %}{{ a }}{% endraw %}`", "`{{ a }}`"},
		{"raw in code spans alone", "`{% raw %}` and `{% endraw %}`", "`{% raw %}` and `{% endraw %}`"},
		{"raw in a code block", "```\n{% raw %}{% if %}{%- endraw -%}\n```", "```\n{% if %}\n```"},
		{"comment", "a{% comment %}b{% endcomment %}c", "ac"},
		{"loop", "a\n{% for b in c %}\n- {{ b }}\n{% endfor %}\nd", "a\nd"},
		{"condition", "{% if a %}b{% else %}c{% endif %}", "bc"},
		{"assignment", "{% assign a = \"b\" %}\nc", "c"},
		{"include of an image", `{% include figure.html src="c.png" alt="A cat" %}`, "![A cat](<c.png>)\n\n"},
		{"include of a video", `{% include youtube.html id="x" %}`, `[Video](<https://www.youtube.com/watch?v=x>)`},
		{"include of a note", `{% include callouts/tip.html content="a" title="b" %}`, "> [!TIP] b\n> a\n\n"},
		{"table of contents", "a\n\n* TOC\n{:toc}\n\nb", "a\n\n\nb"},
		{"no table of contents", "a\n{:toc}\n> - b\n{:toc}", "a\n> - b\n"},
		{"block of a plugin", "{% details A %}\nb\n{% enddetails %}\nc", "b\nc"},
		{"attribute lists", "# A\n{: .b }\n\n[c](d){:target=\"_blank\"} e\n{:.f}", "# A\n\n[c](d) e\n"},
		{"no attribute list", "a {: b} {:} {:\n}", "a {: b} {:} {:\n}"},
		{"variable", "[a]({{ site.repository }}/issues/1)", "[a](/issues/1)"},
		{"filtered string", `[a]({{ "/docs/" | relative_url }})`, "[a](/docs/)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := expand(tt.src, unlimited(), nil).text; got != tt.want {
				t.Errorf("%q\ngot  %q\nwant %q", tt.src, got, tt.want)
			}
		})
	}
}

func TestShortcodesOnThePage(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"escaped", "Write {{</* ref \"a\" */>}}.", "Write {{< ref \"a\" >}}."},
		{"alert", "{{< tip >}}Do *it*.{{< /tip >}}", "┃ Tip\n┃ Do it."},
		{"code", "- a\n\n  {% highlight sh %}\n  ls\n  {% endhighlight %}\n- b", "• a\n\n  sh\n  │ ls\n\n• b"},
		{"math", "$$\na_1 * b_1\n$$", "math\n│ a_1 * b_1"},
		{"math in a line", "$$a * b * c$$", "math\n│ a * b * c"},
		{"math in text", "a $x_1 * y_1 * z$ b", "a x_1 * y_1 * z b"},
		{"prices", "from $5 to $10, or US$3*4*", "from $5 to $10, or US$34"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(plainLines(renderBody(t, tt.src, 60)), "\n")
			if got != tt.want {
				t.Errorf("%q\ngot:\n%s\nwant:\n%s", tt.src, got, tt.want)
			}
		})
	}
}
