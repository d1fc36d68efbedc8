package post

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	const refs = "\n[here]: https://example.org\n[pic]: x.png\n"
	tests := []struct{ name, in, want string }{
		{"nothing to do", "A plain title", "A plain title"},
		{"space", "  two \n lines\t ", "two lines"},
		{"emphasis", "*em* _em_ **strong** __Strong__ ***both*** ~~gone~~", "em em strong Strong both gone"},
		{"emphasis in emphasis", "**strong *and em***", "strong and em"},
		{"emphasis in a word", "un*frigging*believable", "unfriggingbelievable"},
		{"snake case", "the max_open_files of my_db", "the max_open_files of my_db"},
		{"a name with underscores", "What __init__ does", "What __init__ does"},
		{"stars that are none", "2 * 3 * 4, *args and **kwargs", "2 * 3 * 4, *args and **kwargs"},
		{"tilde for about", "~5 to ~7 ms", "~5 to ~7 ms"},
		{"code", "Use `a*b*c` and ``a`b``", "Use a*b*c and a`b"},
		{"code keeps entities and tags", "`&amp;` and `<br>`", "&amp; and <br>"},
		{"a backtick alone", "it` is", "it` is"},
		{"backticks of another length", "`a``b` ``c`", "a``b ``c`"},
		{"bangs and brackets that are none", "Hi! a] [b](c [d][e ![f", "Hi! a] [b](c [d][e ![f"},
		{"a bracket in a target", "[a](b\\)c)", "a"},
		{"escapes", `\*not em\* \[x\](y) \\ C:\dir`, `*not em* [x](y) \ C:\dir`},
		{"link", "see [the docs](https://example.org/a_(b) \"t\") now", "see the docs now"},
		{"link with emphasis", "[**bold** link](x)", "bold link"},
		{"reference links", "[a][b], [c][], [here]", "a, c, here"},
		{"brackets that are no link", "[Draft] a[0] [ ]", "[Draft] a[0] [ ]"},
		{"image", "a ![alt *text*](x.png) b ![x][pic] ![pic] c", "a b c"},
		{"image in a link", "[![alt](x.png)](y) text", "text"},
		{"footnote", "a claim[^1].", "a claim."},
		{"autolinks", "<https://example.org> <a@example.org>", "https://example.org a@example.org"},
		{"tags", `a <em class="x">b</em><br>c <MyTag attr="1"/> <my-tag><!-- note -->d`, "a b c d"},
		{"a tag with a sign in a value", `a <em title="x > y">b</em> <a href='>'>c</a> <i title="it's">d</i>`, "a b c d"},
		{"a tag with a shortcode in a value", `<a href="{{< ref "tables" >}}">b</a> <a href={{< ref "c" >}}>d</a>`, "b d"},
		{"a tag with a quote left open", `a <em title="x>b</em> c`, "a b c"},
		{"what is no tag", "vector<int> a < b > c <T>", "vector<int> a < b > c <T>"},
		{"comment that does not close", "a <!-- b", "a"},
		{"entities", "R&amp;D &#39;x&#39; &mdash; AT&T &copy=1 &nosuch;", "R&D 'x' — AT&T &copy=1 &nosuch;"},
		{"entities into control characters", "a&#27;[31m &#x202e;b &#0; &#x9b;", "a[31m b \ufffd ›"},
		{"shortcodes", `{{< img src="x" >}}a {{% note %}}b{{% /note %}}`, "a b"},
		{"Liquid", "{% raw %}a{% endraw %} {{ site.name }} b{: .class }", "a b"},
		{"braces that are none", "a {b} {{ c", "a {b} {{ c"},
		{"expressions", `{{ bare }}, ${{ github.sha }}, {{.Title}} {{{a}}} {{ "b" | upcase }}{{ page.c }}`, "{{ bare }}, ${{ github.sha }}, {{.Title}} {{{a}}} b"},
		{"raw Liquid", "{% raw %}{{ site.a }} *b* {% c %}{% endraw %} {{ site.d }}e", "{{ site.a }} b {% c %} e"},
		{"raw Liquid in code", "`{% raw %}{{ a }}{% endraw %}` `{% raw %}`", "{{ a }} {% raw %}"},
		{"escaped shortcodes", "{{</* a *b* */>}} {{%/* c */%}} `{{</* d */>}}`", "{{< a *b* >}} {{% c %}} {{< d >}}"},
		{"a shortcode with its end in quotes", `a {{< b c="}} d >}}" >}}e`, "a e"},
		{"math", `$\{a\}$ and $x_1 * y_1 * z$, $$a * b$$`, `\{a\} and x_1 * y_1 * z, $a * b$`},
		{"math on its own", `  $$ a_1 \\{ b_1 $$ `, `a_1 \\{ b_1`},
		{"dollars that are no math", `from $5 to $10, US$3*4*, $ a$ \$b$ $c`, "from $5 to $10, US$34, $ a$ $b$ $c"},
		{"emoji", ":tada: :+1: a:x:b `:x:` :slightly_smiling_face::x:", "🎉 👍 a❌b :x: 🙂❌"},
		{"colons that are none", "a: b :c :d: 10:30:45 e::f http://g", "a: b :c :d: 10:30:45 e::f http://g"},
		{"control characters", "a\x1b[31m\u202eb", "a[31mb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain(tt.in, refs); got != tt.want {
				t.Errorf("plain(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	tests := []struct {
		name, in     string
		words, bytes int
		want         string
	}{
		{"short enough", "One two three.", 3, 100, "One two three."},
		{"between words", "one two three four", 3, 100, "one two three…"},
		{"after a sentence", "One two. Three four five six", 4, 100, "One two. …"},
		{"not after a short sentence", "Hey! One two three four five six seven", 6, 100, "Hey! One two three four five…"},
		{"not after an abbreviation", "One two e.g. Three four five", 4, 100, "One two e.g. Three…"},
		{"not after a small letter", "One two v1.0. is out now", 4, 100, "One two v1.0. is…"},
		{"comma before the cut", "one two, three", 2, 100, "one two…"},
		{"by bytes", "one two three four", 100, 13, "one two…"},
		{"one endless word", "abcdefghijkl", 100, 8, "abcd…"},
		{"Chinese counts by the character", "你好世界你好世界", 2, 100, "你好世界…"},
		{"Chinese sentences", "你好世界。你好世界你好", 4, 100, "你好世界。 …"},
		{"the mark must fit, too", "One two three. Four five", 4, 25, "One two three. …"},
		{"the mark does not fit", "One two three. Four five", 4, 17, "One two…"},
		{"marks stay with their letter", "abe\u0301\u0301\u0301x", 100, 9, "ab…"},
		{"more marks than any writing has", "a" + strings.Repeat("\u0301", 50), 100, 68, "a" + strings.Repeat("\u0301", 31) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := shorten(tt.in, tt.words, tt.bytes)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(got) > tt.bytes {
				t.Errorf("%q has %d bytes, want at most %d", got, len(got), tt.bytes)
			}
		})
	}
}

// Text with many marks that open and never close must not take the square of
// its length: at 256 KiB that would be minutes.
func TestPlainReadsOnlyTheStart(t *testing.T) {
	for _, s := range []string{"[", "![", "`", "*a", "_a_*", "<", "<!--", "{{", "{%", "&", "[a](", "**a**", "~~a", "$a", "$", ":a", ":a:", "{% raw %}", "`{% raw %}`", `<a b="`, `<a b="'>`, "<a {{"} {
		if got := plain(strings.Repeat(s, MaxSize/len(s)), ""); len(got) > 3*inlineMax { // ":a:" is three bytes and stands for seven
			t.Errorf("%q: %d bytes", s, len(got))
		}
	}
}
