package markdown

import (
	"strings"
	"testing"
)

// without returns a body without its comments.
func without(body string, most int) string {
	var b strings.Builder
	at := 0
	for _, s := range Parse(body, Unlimited(), nil).Comments(body, most) {
		b.WriteString(body[at:s.Start])
		at = s.End
	}
	return b.String() + body[at:]
}

func TestComments(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"none", "a - b -->", "a - b -->"},
		{"in a line", "a <!-- x --> b", "a  b"},
		{"a block", "a\n\n<!--\nx\n\ny\n-->\n\nb", "a\n\n\n\nb"},
		{"two", "<!--x-->a<!--y-->b", "ab"},
		{"the shortest", "a<!-->b<!--->c<!---->d", "abcd"},
		{"another end", "a\n\n<!-- x --!>\n\nb\n\n<div><!-- x --!>c</div>", "a\n\n\n\nb\n\n<div>c</div>"},
		{"another end in text, which is none", "a <!-- x --!> b", "a <!-- x --!> b"},
		{"in a span of code", "a `<!-- x -->` b <!-- y -->", "a `<!-- x -->` b "},
		{"in a fence", "```html\n<!-- x -->\n```\n<!-- y -->", "```html\n<!-- x -->\n```\n"},
		{"behind an empty fence", "```\n```\n<!-- x -->", "```\n```\n"},
		{"in a fence of a quote", "> ```\n> <!-- x -->\n\n<!-- y -->", "> ```\n> <!-- x -->\n\n"},
		{"behind a quote that ends a fence", "> ```\n<!-- x -->\n", "> ```\n\n"},
		{"indented", "a\n\n    <!-- x -->\n\n<!-- y -->", "a\n\n    <!-- x -->\n\n"},
		{"a fence in a comment", "<!--\n```\nx\n```\n-->\na", "\na"},
		{"a fence in HTML is none", "<div>\n```\n<!-- x -->\n```\n</div>", "<div>\n```\n\n```\n</div>"},
		{"a comment in HTML that a blank line ends", "<div>\n<!-- x\n\n```\na\n```\n\n-->", "<div>\n\n\n```\na\n```\n\n-->"},
		{"that code ends", "a <!-- b\n```\nc\n```\n-->", "a <!-- b\n```\nc\n```\n-->"},
		{"that the code of a list ends", "- <!-- a\n\n```\nb\n```\n-->", "- \n\n```\nb\n```\n-->"},
		{"without an end", "a\n\n<!-- x\n\ny", "a\n\n"},
		{"text", "a <!-- x\n\nb", "a <!-- x\n\nb"},
		{"text that another paragraph does not end", "a <!-- x\n\nb --> <!-- c -->", "a <!-- x\n\nb --> "},
		{"escaped", "a \\<!-- x -->", "a \\<!-- x -->"},
		{"in a list that ends before it", "- a\n\n  <!-- x\n\nb", "- a\n\n  \n\nb"},
		{"in HTML without an end", "<div>\n<!-- x\n\nb\n</div>", "<div>\n\n\nb\n</div>"},
		{"of Liquid", "a {% comment %}x{% endcomment %} b", "a {% comment %}{% endcomment %} b"},
		{"in a loop of Liquid", "a {% for p in x %}b{% comment %}x{% endcomment %}{% endfor %} c", "a {% for p in x %}{% endfor %} c"},
		{"in what Liquid captures", "{% capture v %}b {% comment %}x{% endcomment %}{% endcapture %}a", "{% capture v %}{% endcapture %}a"},
		{"captured", "{% capture v %}b{% endcapture %}a", "{% capture v %}b{% endcapture %}a"},
		{"in a tag of Liquid", "a {% # x %}{%- # y -%} b", "a  b"},
		{"a link that nothing leads to", "a\n\n[//]: # (x)\n[comment]: <> (y)\n\n`[//]: #`\n\n    [//]: # (z)\n", "a\n\n\n\n\n`[//]: #`\n\n    [//]: # (z)\n"},
		{"of Hugo", "a {{< comment >}}x{{< /comment >}} b", "a {{< comment >}}{{< /comment >}} b"},
		{"of kramdown", "a {::comment}x{:/comment} b", "a {::comment}{:/comment} b"},
		{"in code of Liquid", "{% highlight html %}\n<!-- x -->\n{% endhighlight %}\n<!-- y -->", "{% highlight html %}\n<!-- x -->\n{% endhighlight %}\n"},
		{"tags before", "{% comment %}x{% endcomment %}\n\na {% include x.html %}`<!-- z -->`<!-- y -->", "{% comment %}{% endcomment %}\n\na {% include x.html %}`<!-- z -->`"},
		{"more markers than are parsed", strings.Repeat("> ", maxMarkers+1) + "`<!-- x -->`\n<!-- y -->a", strings.Repeat("> ", maxMarkers+1) + "``\na"},
	} {
		if got := without(c.body, 100); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := without(c.body, 100); got != c.body && !MayHaveComments(c.body) {
			t.Errorf("%s: it is said to have no comments", c.name)
		}
	}
	if got := without("a<!--x-->b<!--y-->c<!--z-->d", 2); got != "abd" {
		t.Errorf("of more than two: %q", got)
	}
}

// No body takes quadratic time: each of these has a quarter of a megabyte.
func TestManyComments(t *testing.T) {
	for name, unit := range map[string]string{
		"closed": "<!---->", "open": "<!--", "open in a line": "a<!-- ", "lines": "a<!--\n", "paragraphs": "a<!--\n\n", "code": "<!--`a`", "another end": "<!--a--!>", "liquid": "{% comment %}a{% endcomment %}",
	} {
		body := strings.Repeat(unit, MaxSize/len(unit))
		spans := Parse(body, Unlimited(), nil).Comments(body, 256)
		if text := strings.HasPrefix(unit, "a<!--"); len(spans) == 0 && !text || len(spans) > 256 {
			t.Errorf("%s: %d spans", name, len(spans))
		}
	}
}
