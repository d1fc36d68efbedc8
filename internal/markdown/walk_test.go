package markdown

import (
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
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
		{"reference links", "[a][b], [c][], [here]", "[a][b], [c][], [here]"},
		{"brackets that are no link", "[Draft] a[0] [ ]", "[Draft] a[0] [ ]"},
		{"image", "What does ![x](y) do?", "What does ![x](y) do?"},
		{"footnote", "a claim[^1].", "a claim[^1]."},
		{"autolinks", "<https://example.org> <a@example.org>", "https://example.org a@example.org"},
		{"tags", `a <em class="x">b</em><br>c <wbr/> <!-- note -->d`, "a b c d"},
		{"a tag with a sign in a value", `a <em title="x > y">b</em> <a href='>'>c</a> <i title="it's">d</i>`, "a b c d"},
		{"a tag with a shortcode in a value", `<a href="{{< ref "tables" >}}">b</a>`, `<a href="{{< ref "tables" >}}">b`},
		{"a tag with a quote left open", `a <em title="x>b</em> c`, `a <em title="x>b</em> c`},
		{"what is no tag", "vector<int> a < b > c <T>", "vector<int> a < b > c <T>"},
		{"comment that does not close", "a <!-- b", "a <!-- b"},
		{"entities", "R&amp;D &#39;x&#39; &mdash; AT&T &copy=1 &nosuch;", "R&D 'x' — AT&T &copy=1 &nosuch;"},
		{"entities into control characters", "a&#27;[31m &#x202e;b &#0; &#x9b;", "a[31m b \ufffd ›"},
		{"tags that never close", "When to use <a>, <p>, <div> and <br>, </p> or <my-tag>", "When to use <a>, <p>, <div> and <br>, </p> or <my-tag>"},
		{"elements that hold no marked words", "<script>a</script>, <p>b</p>, <T>c</T> and <Tag d='e'/>", "<script>a</script>, <p>b</p>, <T>c</T> and <Tag d='e'/>"},
		{"a tag that closes beside others", "<b>The</b> <b> element", "The <b> element"},
		{"code with tags and images", "`vector<int>` and ``![a](b)``", "vector<int> and ![a](b)"},
		{"tags of templates", `{{< img src="x" >}}a {% raw %} {{ site.name }} {{/* b */}}`, `{{< img src="x" >}}a {% raw %} {{ site.name }} {{/* b */}}`},
		{"braces that are none", "a {b} {{ c", "a {b} {{ c"},
		{"math", `$\{a\}$ and $x_1 * y_1 * z$, $$a * b$$`, `\{a\} and x_1 * y_1 * z, $a * b$`},
		{"dollars that are no math", `from $5 to $10, US$3*4*, $ a$ \$b$ $c`, "from $5 to $10, US$34, $ a$ $b$ $c"},
		{"emoji", ":tada: :+1: `:x:` :slightly_smiling_face::x: 好:x:吗 (:x:)", "🎉 👍 :x: 🙂❌ 好❌吗 (❌)"},
		{"no emoji", "2001:db8:a::1 ab::b:c d[a:b:c] 12:100:30 :x:y ::b:", "2001:db8:a::1 ab::b:c d[a:b:c] 12:100:30 :x:y ::b:"},
		{"colons that are none", "a: b :c :d: 10:30:45 e::f http://g", "a: b :c :d: 10:30:45 e::f http://g"},
		{"control characters", "a\x1b[31m\u202eb", "a[31mb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.in); got != tt.want {
				t.Errorf("Line(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

// Text with many marks that open and never close must not take the square of
// its length: at 256 KiB that would be minutes.
func TestLineReadsOnlyTheStart(t *testing.T) {
	for _, s := range []string{"[", "![", "`", "*a", "_a_*", "<", "<!--", "{{", "{%", "&", "[a](", "**a**", "~~a", "$a", "$", ":a", ":a:", "{% raw %}", "`{% raw %}`", `<a b="`, `<a b="'>`, "<a {{"} {
		if got := Line(strings.Repeat(s, MaxSize/len(s))); len(got) > 3*maxOneLine { // ":a:" is three bytes and stands for seven
			t.Errorf("%q: %d bytes", s, len(got))
		}
	}
}
