package markdown

import (
	"bytes"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"text", "a { b } c", "a { b } c"},
		{"template in text", "a {{ b }} ${{ c.d }}", "a {{ b }} ${{ c.d }}"},

		{"ref", `[a]({{< ref "b c.md" >}})`, `[a](post:b%20c.md)`},
		{"relref by path", `[a]({{% relref path="/b" %}})`, `[a](post:/b)`},
		{"figure", `{{< figure src="c.png" alt="A [cat]" title=cat >}}`, "![A [cat]](<c.png>)\n\ncat\n\n"},
		{"figure with one text", `{{< figure src="c.png" caption="A *cat*" >}}b`, "![A cat](<c.png>)\n\nb"},
		{"figure with a tag's end in quotes", `{{< figure src="c.png" caption="with >}} inside" >}}b`, "![with >}} inside](<c.png>)\n\nb"},
		{"include with a tag's end in quotes", `{% include tip.html content='Write "%}" so.' %}b`, "<alert TIP>\nWrite \"%}\" so.\n</>\nb"},
		{"nothing but a quote", `a{{< b " >}}c`, "ac"},
		{"quote left open", "{{< img src=\"c.png >}} \"a\"\n\nb >}}", "![](<c.png>)\n\n \"a\"\n\nb "},
		{"figure in a line", `a {{< figure src="c.png" alt=b title=d caption="e f" >}}`, "a ![b](<c.png>) (d: e f)"},
		{"figure in HTML", `<p>{{< figure src=c.png alt=b caption="<d>" >}}`, "<p>![b](<c.png>) (&lt;d&gt;)"},
		{"image by position", `{{< img c.png >}}`, "![](<c.png>)\n\n"},
		{"image over lines", "{{< img-right\n  src='c.png'\n  alt=\"A \\\"cat\\\"\"\n>}}", "![A \"cat\"](<c.png>)\n\n"},
		{"video", `{{< youtube id="x" title="A cat" >}}`, `[Video: A cat](<https://www.youtube.com/watch?v=x>)`},
		{"post elsewhere", `{{< tweet user="u" id="1" >}}`, `[Post on X](<https://x.com/u/status/1>)`},
		{"highlight", "{{< highlight go >}}\nx := 1\n{{< /highlight >}}", "<code go>x := 1\n</code>\n"},
		{"note", "{{< note >}}\na\n\nb\n{{< /note >}}\nc", "<alert NOTE>\na\n\nb\n</>\n\nc"},
		{"notice of a kind", `{{% notice warning "Look" %}}a{{% /notice %}}`, "<alert WARNINGLook>\na\n</>\n"},
		{"note without an end", `{{< callout type=tip text="a *b*" >}}`, "<alert TIP>\na *b*\n</>\n"},
		{"tabs", "{{< tabs >}}{{< tab \"A*\" >}}\nb\n{{< /tab >}}{{< tab name=C >}}d{{< /tab >}}{{< /tabs >}}", "<tab A*>\nb\n</>\n<tab C>\nd\n</>\n"},
		{"note in a line", "a {{< note >}}b{{< /note >}}", "a b"},
		{"ref in HTML", `<a href="{{< ref "b" >}}">c</a>`, `<a href="post:b">c</a>`},
		{"ref in the text", `see {{< ref "b.md" >}}, (see {{< ref "c" >}})`, "see post:b.md, (see post:c)"},
		{"ref at the end of an address", `[a](https://b.example{{< ref "/c" >}})`, `[a](https://b.example/c)`},
		{"ref with a heading", `[a]({{< ref "b#c" >}})`, `[a](post:b#c)`},
		{"image before text", `{{< img c.png >}}Text`, "![](<c.png>)\n\nText"},
		{"image in a line", `a {{< img c.png >}}b`, "a ![](<c.png>)b"},
		{"image in HTML", "<p>\n<em>{{< img src=c.png alt='A \"|\" cat' >}}b</em>", "<p>\n<em>![A \"|\" cat](<c.png>)b</em>"},
		{"link in HTML", "<p>\n{{< gist a b >}}", "<p>\n[Gist](<https://gist.github.com/a/b>)"},
		{"image after HTML", "<p>\n\n{{< img c.png >}}", "<p>\n\n![](<c.png>)\n\n"},
		{"details", "{{< details \"A <b>\" >}}\nc\n{{< /details >}}", "<details A <b>>\nc\n</>\n"},
		{"quote", "{{< quote >}}a\nb{{< /quote >}}", "<quote>\na\nb\n</>\n"},
		{"audio", `{{< audio src="a.mp3" caption="b" >}}`, `[Audio: b](<a.mp3>)`},
		{"deeper than any", strings.Repeat("{{< a >}}", 20) + "b" + strings.Repeat("{{< /a >}}", 20), "b"},
		{"unknown", "a {{< b c=d >}} e", "a  e"},
		{"unknown on its line", "a\n{{< b >}}\nc", "a\nc"},
		{"unknown pair", "{{< a >}}b {{< c >}}{{< img d.png >}}{{< /c >}}{{</ a >}} e", "b ![](<d.png>) e"},
		{"loops in loops", "a{% for b in c %}d{%- for e in f %}{% for g in h %}i{% endfor %}{% endfor %}j{% endfor %}k{% endfor %}l", "akl"},
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
		{"a closing mark behind a sign and behind a tag", "1 < 2 >}} </b>}}", "1 < 2  </b>}}"},
		{"end alone", "a{{< /b >}}c", "ac"},
		{"escaped", "{{</* ref x */>}}", "{{< ref x >}}"},
		{"in a code span", "`{{< ref >}}` ``{{</* a */>}}``", "`{{< ref >}}` ``{{</* a */>}}``"},
		{"in a code block", "```\n{{< ref >}}\n```\n{{< a >}}b", "```\n{{< ref >}}\n```\nb"},
		{"in an open code block", "~~~\n{{< ref >}}\n```\n{{< a >}}", "~~~\n{{< ref >}}\n```\n{{< a >}}"},

		{"in indented code", "a\n\n    {% if b %}\n\n\t{{< c >}}{:.d}\n{% if e %}f\n    {% if g %}\n", "a\n\n    {% if b %}\n\n\t{{< c >}}{:.d}\nf\n    "},
		{"in indented code at the start", "    {{</* a */>}} {% raw %}{{ b }}{% endraw %}\n", "    {{</* a */>}} {% raw %}{{ b }}{% endraw %}\n"},
		{"in indented code after a list", "- a\n\n    {% if b %}\n\nc\n\n    {% if d %}", "- a\n\n    \nc\n\n    {% if d %}"},
		{"in indented code after a quote", "> a\n\n    {% if b %}", "> a\n\n    {% if b %}"},
		{"in an indented footnote", "[^1]: a\n\n    b {% if c %}d", "[^1]: a\n\n    b d"},
		{"in an indented line of a paragraph", "a\n    {{< b >}}c", "a\n    c"},
		{"indented in a shortcode", "{{< tabs >}}\n\n    {{< tab a >}}b{{< /tab >}}\n{{< /tabs >}}", "\n\n    <tab a>\n    b\n    </>\n    \n"},
		{"liquid link", "[a]({% link _posts/2020-01-01-b.md %})", "[a](post:_posts/2020-01-01-b.md)"},
		{"post_url", "[a]: {% post_url 2020-01-01-b %}", "[a]: post:2020-01-01-b"},
		{"Hexo's code", "{% codeblock _config.yml lang:yaml mark:1 %}\na: {{ b }}\n{% endcodeblock %}", "_config.yml\n\n<code yaml>a: {{ b }}\n</code>\n"},
		{"Hexo's code without anything", "a\n\n{% code %}\nb\n{% endcode %}", "a\n\n<code >b\n</code>\n"},
		{"Hexo's code without an end", "{% codeblock %}\na *b*", "a *b*"},
		{"Hexo's quote", "{% blockquote A. Writer, *Book* %}\nb\n{% endblockquote %}\nc", "<quoteA. Writer, Book>\nb\n\n— A. Writer, Book\n</>\n\nc"},
		{"Hexo's quote of a class", "{% pullquote right %}\nb\n{% endpullquote %}", "<quote>\nb\n</>\n"},
		{"Hexo's link", `See {% post_link a-b "A *B*" true %} and {% post_link c %}, [d]({% post_path d %}).`, "See [A B](<post:a-b>) and [c](<post:c>), [d](post:d)."},
		{"Hexo's link to a file", `{% asset_link a.pdf The file %} [b]({% asset_path b.pdf %})`, "[The file](<a.pdf>) [b](b.pdf)"},
		{"Hexo's image", `{% asset_img left big a.png 300 200 '"A title" "A text"' %}b`, "![A text](<a.png>)\n\nA title\n\nb"},
		{"Hexo's images with one text and none", `a {% asset_img b.png Two words more %} {% asset_img c %}{% post_link %}{% post_link 0=x %}{% asset_link 0=x %}`, "a ![Two words more](<b.png>) ![](<c>)"},
		{"liquid highlight", "{% highlight ruby linenos %}\nx = 1\n{% endhighlight %}", "<code ruby>x = 1\n</code>\n"},
		{"raw", "{% raw %}{{ site.a }}{% b %}{% endraw %}c", "{{ site.a }}{% b %}c"},
		{"raw in a code span", "`{% raw %}{{ a }}{% endraw %}`", "`{% raw %}{{ a }}{% endraw %}`"},
		{"raw in code spans alone", "`{% raw %}` and `{% endraw %}`", "`{% raw %}` and `{% endraw %}`"},
		{"raw in a code block", "```\n{% raw %}{% if %}{%- endraw -%}\n```", "```\n{% raw %}{% if %}{%- endraw -%}\n```"},
		{"comment", "a{% comment %}b{% endcomment %}c", "ac"},
		{"loop", "a\n{% for b in c %}\n- {{ b }}\n{% endfor %}\nd", "a\nd"},
		{"condition", "{% if a %}b{% else %}c{% endif %}", "bc"},
		{"assignment", "{% assign a = \"b\" %}\nc", "c"},
		{"variable with a value", "{% assign a = 'b c' | upcase %}{{ a }} {{ a | downcase | append: '!' }}, {{ a | replace: 'B', \"d\" }}", "B C b c!, d C"},
		{"variable without a value", "{% assign a = site.b | where: 'c', d | first %}[{{ a.e }}] <{{ a.f }}> {{ a | default: 'g' }}", "[]  g"},
		{"variable of a page", "{{ page.title }}, {{ page.date | date: '%-d. %B %Y, %b %e, 100%%' }}: {{ page.a }}", "A title, 2. January 2026, Jan  2, 100%: "},
		{"arrays and numbers", "{% assign a = 'b,c,d' | split: ',' %}{{ a | first }} {{ a | last }} {{ a | join }} {{ a }} {{ a[0] }} {{ 1 | plus: 2.5 | minus: 1 }} {{ page['tags'] | join: '+' }}{{ 'e' | plus: 1 }} {{ 'abcdef' | truncate: 5 }}", "b d b c d b, c, d  2.5 x+ye ab..."},
		{"braces beside tags", "{{ a.b }} {% raw %}{{ c }}{% endraw %} {{ d }}{{ e.f | upcase }} {{ .g }} {{ h i }}", "{{ a.b }} {{ c }}  {{ .g }} "},
		{"no time of day", "{{ 'now' | date: '%Y' }}a", "a"},
		{"capture", "{% capture a %}*b*\n\n- {{ 'c' }}{% endcapture %}d {{ a }}", "d *b*\n\n- c"},
		{"capture in a target", "{% assign a = 'b' %}{% capture c %}/{{ a }}/d{% endcapture %}[e]({{ c }}) {{ c | upcase }}", "[e](/b/d) /B/D"},
		{"capture in HTML", "{% capture a %}\n- b\n- c\n{% endcapture %}\n<div>{{ a | markdownify }}</div>", "<div>\n\n- b\n- c\n\n</div>"},
		{"capture of itself", "{% capture a %}{{ a }}{{ a }}b{% endcapture %}{{ a }}", strings.Repeat("b", 255)},
		{"doubled time and again", "{% assign a = 'bbbb' %}" + strings.Repeat("{% assign a = a | append: a %}", 99) + "{{ a | size }}", "1024"},
		{"capture of itself, many times", "{% capture a %}" + strings.Repeat("{{ a }}", 30_000) + "{% endcapture %}{{ a }}b", "b"},
		{"date in another form", "{{ 'March 5, 2024' | date_to_xmlschema }} {{ 'soon' | date: '%Y' }}", "2024-03-05T00:00:00+0000 soon"},
		{"braces of another language", "{{ a }} {{ .Site.b }} {{ a b }} ${{ c(d) }} {{ 5 }} {{ a | b }}", "{{ a }} {{ .Site.b }} {{ a b }} ${{ c(d) }} {{ 5 }} {{ a | b }}"},
		{"include of an image", `{% include figure.html src="c.png" alt="A cat" %}`, "![A cat](<c.png>)\n\n"},
		{"include of a video", `{% include youtube.html id="x" %}`, `[Video](<https://www.youtube.com/watch?v=x>)`},
		{"include of a note", `{% include callouts/tip.html content="a" title="b" %}`, "<alert TIPb>\na\n</>\n"},
		{"table of contents", "a\n\n* TOC\n{:toc}\n\nb", "a\n\n\nb"},
		{"no table of contents", "a\n{:toc}\n> - b\n{:toc}", "a\n> - b\n"},
		{"block of a plugin", "{% details A %}\nb\n{% enddetails %}\nc", "b\nc"},
		{"attribute lists", "# A\n{: .b }\n\n[c](d){:target=\"_blank\"} e\n{:.f}", "# A\n\n[c](d) e\n"},
		{"attributes after blocks", "a\n{.b}\n\n> c\n{.d}\n\n- f\n{.g h=\"i j\"}\n\n|k|\n{l=m}\n", "a\n\n> c\n\n- f\n\n|k|\n"},
		{"attributes in a quote", "> a\n> {.b}\n", "> a\n> \n"},
		{"no attributes after blocks", "{.a}\n\n{.b}\nc {.d}\n{e}\n{ .f g }\n```\n{.h}\n```\n", "{.a}\n\n{.b}\nc {.d}\n{e}\n{ .f g }\n```\n{.h}\n```\n"},
		{"attributes of a heading", "## A\n{: #b .c}\n\n## D\n{#e}\n\n## F {#g}\n{: #h}\n", "## A {#b}\n\n## D {#e}\n\n## F {#g}\n"},
		{"attributes of a heading with a line below it", "A\n===\n{: #b}\nC\n---\n{.d #e}\n", "A {#b}\n===\nC {#e}\n---\n"},
		{"ids of other blocks", "a\n{: #b}\n\n- c\n{.d #e}\n\n|f|\n{#g}\n", "a <a id=\"b\"></a>\n\n- c <a id=\"e\"></a>\n\n|f|\n"},
		{"attributes in an item and after a tag", "- {:.a} b\n<i>c</i>{:.d}", "-  b\n<i>c</i>"},
		{"extensions", "a {::comment}b{:/comment} c\n\n{::comment}\nd\n\ne\n{:/}\n\n{::nomarkdown}<b>f</b>{:/}\n{::options auto_ids=\"false\" /}\ng", "a  c\n\n\n<b>f</b>\ng"},
		{"comment without an end", "{::comment}\na {::comment /}b", "a b"},
		{"end of a block", "- a\n^\n- b ^\n", "- a\n\n- b ^\n"},
		{"abbreviations", "HTML\n\n*[HTML]: Language\n  *[A B]: c\nd\n", "HTML\n\nd\n"},
		{"no abbreviations", "*[a]: b* *[c](d)*\n*[e](f): g*\n- *[h]: i\n", "*[a]: b* *[c](d)*\n*[e](f): g*\n- *[h]: i\n"},
		{"Markdown in HTML", "<div class=\"a\" markdown=\"1\">\n*b*\n</div>\nc", "<div class=\"a\" markdown=\"1\">\n\n\n*b*\n</div>\n\n\nc"},
		{"Markdown in HTML in a line", "<p markdown='span'>*b*</p>", "<p markdown='span'>\n\n*b*</p>"},
		{"Markdown in details", "<details markdown=\"1\"><summary>a</summary>\n*b*\n<summary>c</summary>\nd", "<details markdown=\"1\"><summary>a</summary>\n\n\n*b*\n<summary>c</summary>\n\n\nd"},
		{"no Markdown in HTML", "<div markdown=\"0\">\n*b*\n<td markdown=1>", "<div markdown=\"0\">\n*b*\n<td markdown=1>"},
		{"no attribute list", "a {: b} {:} {:\n}", "a {: b} {:} {:\n}"},
		{"call", `a {{ youtube(id="b", title="c") }}`, "a [Video: c](<https://www.youtube.com/watch?v=b>)"},
		{"call of an image", "{{ image(src='a.png', alt=\"b\") }}\n", "![b](<a.png>)\n\n\n"},
		{"call of a gist", `{{ gist(url="https://b.example/c") }}`, "[https://b.example/c](<https://b.example/c>)"},
		{"call that is unknown", "a {{ b(c=1) }}{{ d(text='*e*') }}\n{{ f() }}\ng", "a e\ng"},
		{"video and post without an id", `{{ x(a="b") }}{{ youtube() }}{{< vimeo >}}c`, "c"},
		{"call over lines", "{{ img(\n  src=\"a.png\",\n  alt=\"b\"\n) }}", "![b](<a.png>)\n\n"},
		{"call with a body", "{% quote(author=\"A *b*\") %}\nc\n{% end %}\nd", "<quoteA b>\nc\n\n— A b\n</>\n\nd"},
		{"call with a body in a line", "> {% quote(author='A') %}b{% end %}", "> b — A"},
		{"calls with a body in each other", "{% tip() %}a {% b(c=1) %}d{% end %} e{% end %}f {% end %}g", "<alert TIP>\na d e\n</>\nf g"},
		{"call with a body and no end", "{% b() %}\nc", "c"},
		{"call in a comment", "a {{/* b(c=\"d\") */}} {%/* e() */%}f{%/* end */%} {{/* g */}}", "a {{ b(c=\"d\") }} {% e() %}f{% end %} {{/* g */}}"},
		{"variable", "[a]({{ site.repository }}/issues/1)", "[a]()"},
		{"variable in a tag", "<a href=\"{{ site.repository }}/b\">c</a> <img src='{{ site.d }}/e.png'>", "<a href=\"\">c</a> <img src=''>"},
		{"variable in a text", "a ({{ site.repository }}/b)", "a (/b)"},
		{"filtered string", `[a]({{ "/docs/" | relative_url }})`, "[a](/docs/)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Unlimited()
			b.Page = func(name string) string {
				return map[string]string{"title": "A title", "date": "2026-01-02 00:00:00 +0000", "tags": "x, y"}[name]
			}
			e := expand(tt.src, b, nil)
			if got := string(e.resolve([]byte(e.text), readable)); got != tt.want {
				t.Errorf("%q\ngot  %q\nwant %q", tt.src, got, tt.want)
			}
		})
	}
}

// readable writes a piece down.
func readable(p *piece, before []byte) string {
	switch p.kind {
	case pieceLink:
		return "[" + p.text + "](<" + p.target + ">)"
	case pieceImage:
		return "![" + p.text + "](<" + p.target + ">)"
	case pieceText, pieceReference:
		if !bytes.HasSuffix(before, []byte(".example")) {
			before = nil
		}
		return asTarget(p, before)
	case pieceCode:
		return "<code " + p.target + ">" + p.text + "</code>"
	case pieceEnd:
		return "</>"
	}
	return "<" + map[pieceKind]string{pieceAlert: "alert ", pieceDetails: "details ", pieceTab: "tab ", pieceQuote: "quote"}[p.kind] + p.target + p.text + ">"
}
