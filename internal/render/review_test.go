package render

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
)

// reviewed returns what Review says of a post whose body starts on line 4 of
// its file, and in which only the target "known" leads to a post, and every image is there.
func reviewed(t *testing.T, body string) []string {
	t.Helper()
	p, problems := post.Parse("a.md", []byte("---\ntitle: A\n---\n"+body))
	if p == nil {
		t.Fatal(problems)
	}
	var got []string
	wrong := func(l *Link) string {
		if l.Image || l.Target == "known" || l.Target == "/known/" {
			return ""
		}
		return fmt.Sprintf("leads nowhere: kind %d", l.Kind)
	}
	for _, problem := range NewRenderer().Review(p, wrong) {
		severity := "warning"
		if problem.Severity == post.Error {
			severity = "error"
		}
		got = append(got, fmt.Sprintf("%d: %s: %s", problem.Line, severity, problem.What))
	}
	return got
}

func TestReview(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string // beginnings
	}{
		{"nothing", "a [b](known) [c](https://c.example) [d](#e) ![f](g.png)\n\n# E\n", nil},
		{"marks in code", "`<!--` a `[^1]` b `[c][d]` e `](f g.md)`", nil},
		{"unknown shortcode", "a\n\n{{< b >}} c\n", []string{`6: warning: there is no shortcode "b" here; nothing is shown for it`}},
		{"one problem many times", strings.Repeat("{{< b >}} ", 60) + "{{< c >}}\n{{< b >}}", []string{
			`4: warning: there is no shortcode "b"`, `4: warning: there is no shortcode "c"`, `5: warning: there is no shortcode "b"`,
		}},
		{"targets whose beginning is not known", "[a]({{% param b %}}c/?) [d]({{ site.e.f }}/g) [h]({{ site.url }}known) [j][k]\n\n[k]: {{% param b %}}l/\n\n{{% comment %}}m {{< n >}}{{% /comment %}}\n", []string{
			`4: warning: there is no shortcode "param"`, `4: warning: nothing is known of "site.e.f"`, `4: warning: the link "a" has no target`, `4: warning: the link "d" has no target`, `4: warning: the link "j" has no target`, `6: warning: there is no shortcode "param"`,
		}},
		{"unknown pair", "{{< b >}}\nc\n{{% d %}}\n{{< /b >}}", []string{
			`4: warning: there is no shortcode "b" here; it leaves only what it encloses`,
			`6: warning: there is no shortcode "d"`,
		}},
		{"unknown tag", "a {% b %}\n{% endb %}\n", []string{`4: warning: there is no Liquid tag "b"`}},
		{"logic", "{% if a %}\nb\n{% else %}{% endif %}\n{% for c in d %}e{% endfor %}{% assign f = 1 %}\n{% if g %}{% h %}{% for i in j %}{% endfor %}{% endif %}\n{% h %}", []string{
			"4: warning: Liquid's if is not carried out; all of its branches are shown",
			"7: warning: Liquid's for is not carried out; what it encloses is left out",
			"8: warning: Liquid's if is not carried out; all of its branches are shown",
			`8: warning: there is no Liquid tag "h" here`,
			"8: warning: Liquid's for is not carried out; what it encloses is left out",
			`9: warning: there is no Liquid tag "h" here`,
		}},
		{"variable", "a {{ site.name }}, {{ site.baseurl }}/known", []string{`4: warning: nothing is known of "site.name" here`}},
		{"file to include", "a\n{% include b.html %}", []string{`5: warning: the file "b.html" cannot be included`}},
		{"file with references", "{% include links.md %}\n[a][b] [c][] [d](e.md) [f][g] [^1]\n\n[g]: {{ site.x }}/y\n", []string{
			`4: warning: the file "links.md" cannot be included here; it is left out, and so are the addresses`, `5: warning: the footnote "[^1]"`, `5: warning: the link "e.md" leads nowhere`, `7: warning: nothing is known of "site.x"`,
		}},
		{"open tags", "a {{< b\n\nc {% d", []string{"4: warning: {{< has no >}} in its paragraph", "6: warning: {% has no %} in its paragraph"}},
		{"closing marks alone", "a\n\nb >}} c\nd %} {{< e\n\n>}} f", []string{
			"6: warning: >}} closes nothing", "7: warning: %} closes nothing", "7: warning: {{< has no >}}", "9: warning: >}} closes nothing",
		}},
		{"a shortcode in an image's text", "a\n\n{{< figure src=b.png alt=\"{{< c >}}\" >}}", []string{`6: error: readers would see "{{< c >}}"`}},
		{"dead reference", "a\n{{< note >}}\nb\n\n[c](known) [d]({{< ref \"e.md\" >}})\n{{< /note >}}\n\n[f](g.md)", []string{
			`8: warning: the link "e.md" leads nowhere: kind 1`,
			`11: warning: the link "g.md" leads nowhere: kind 1`,
		}},
		{"path of a site", "a [b](/known/) [c](/docs/c.pdf)", []string{`4: warning: the link "/docs/c.pdf" leads nowhere: kind 2`}},
		{"dead link in HTML", "a\n\n<div>\n<a href=\"b.md\">c</a>", []string{`6: warning: the link "b.md"`}},
		{"too much HTML", "a\n\n" + strings.Repeat("<hr>", 30_000), []string{"6: error: readers see the Markdown from here on"}},
		{"dead heading in HTML", "<details><summary><a href=\"#b\">a</a></summary>\n<h2>c</h2>\n<a href=\"#c\">d</a>\n</details>", []string{`4: warning: the link "#b" leads nowhere: no heading`}},
		{"dead heading", "a [b](#c)\n\n## D {#e}\n\n<a id=\"f\"></a> [d](#e) [f](#f)", []string{`4: warning: the link "#c" leads nowhere: no heading`}},
		{"places by any case", "a[^1] [b](#E) [c](#fn:1) [d](#F) [e](#top) [f](#) [g](#fn:2) [h](#Top)\n\n## D {#e}\n\n<a id=\"f\"></a>\n\n[^1]: g\n[^2]: h", []string{
			`4: warning: the link "#fn:2" leads nowhere: no heading`, `4: warning: the link "#Top"`,
		}},
		{"the title, which is above the page", "# A\n\n[b](#a) [c](#a-1)\n\n## A", []string{`6: warning: the link "#a-1"`}},
		{"variables that are targets", "[a]({{ b.c }}) <a href=\"{{ d }}\">e</a> {{ f }}", []string{
			`4: warning: nothing is known of "b.c"`, `4: warning: nothing is known of "d"`, `4: warning: the link "a" has no target`,
		}},
		{"in a comment", "a\n\n<!--\n{% b %}\n{{< c >}}\n-->\n\n{% d %}", []string{`11: warning: there is no Liquid tag "d"`}},
		{"torn by a blank line", "<div>\n<pre>\na\n\nb\n</pre>\n</div>", nil},
		{"no target", "a [b]()", []string{`4: warning: the link "b" has no target`}},
		{"image without text", "a ![](b.png)\n{{< img c.png >}}\n<img src=d.png> <img src=e.png alt=''>", []string{
			`4: warning: the image "b.png" has no text`,
			`5: warning: the image "c.png" has no text`,
			`6: warning: the image "d.png" has no text`,
		}},
		{"meant to be read", "{{</* b */>}} `{{< c >}}`\n\n```\n{{< d >}}\n```\n\n{% raw %}{% e %} {{< f >}}{% endraw %}", nil},
		{"too long a shortcode", "a\n\nb {{< c " + strings.Repeat("d", markdown.MaxTag) + " >}}", []string{"6: warning: {{< has no >}}", "6: warning: >}} closes nothing"}},
		{"after a shortcode of many lines", "{{< figure\n  src=\"a.png\"\n  alt=\"b\"\n>}}\n\n[c](d.md)", []string{`9: warning: the link "d.md"`}},
		{"after code without raw", "```\n{% raw %}\n{% a %}\n{% endraw %}\n```\n\n[c](d.md)", []string{`10: warning: the link "d.md"`}},
		{"not closed", "a\n\n<!-- b\n\nc\n", []string{"6: warning: <!-- is not closed by -->"}},
		{"PHP that is not closed", "a\n\n<?php b\n\nc\n", []string{"6: warning: <? is not closed by ?>"}},
		{"PHP that is closed", "a <?php b ?>\n\n<?php\nc\n\n?>\n\n<!DOCTYPE html>\n\n<![CDATA[ d ]]>\n", nil},
		{"what is no text and not closed", "a\n\n<![CDATA[\nb ]>\n", []string{"6: warning: <![CDATA[ is not closed by ]]>"}},
		{"a declaration that is not closed", "a\n\n<!DOCTYPE html\n\nb\n", []string{"6: warning: <! is not closed by >"}},
		{"not closed in a paragraph", "a\nb <!-- c\n\nd -->", []string{"5: warning: <!-- is not closed by --> in its paragraph"}},
		{"not closed in HTML", "<!-- a --><div>\n<SCRIPT src=b>\n", []string{"5: warning: <script is not closed by </script>"}},
		{"style not closed", "- a\n\n  <style>\n  b\n\nc", []string{"6: warning: <style is not closed"}},
		{"closed", "<!-- a\n\n-->\n<script>\n\n</script>\n<style>b</style>\n~~~\nc\n~~~~\n> ```\n> ```\n\n- ```go\n  d\n  ```\n1. ```\n   ```", nil},
		{"a script not closed in a paragraph", "a\nb <b>c</b> <Script>d <i>\ne</i>\n\n> f <style>\n\ng <style>h</style>", []string{
			"5: warning: <script> is not closed by </script> in its paragraph", "8: warning: <style> is not closed",
		}},
		{"code not closed", "a\n\n```go\nb\n```go\n\nc\n", []string{"6: warning: the code that ``` opens is not closed by ``` alone"}},
		{"code not closed in an item", "- ~~~~\n  b\n  ~~~\n\nc\n", []string{"4: warning: the code that ~~~~ opens"}},
		{"empty code not closed", "a\n```", []string{"5: warning: the code that ``` opens"}},
		{"no reference", "a\n[b][c] *[d][]* ![e][1]\n[*f*][g] [h][i]\n\n[i]: https://i.example", []string{
			`5: warning: the reference "[c]"`, `5: warning: the reference "[1]"`, `5: warning: the reference "[d]"`, `6: warning: the reference "[g]"`,
		}},
		{"what labels hold", "[`a` b][`c` d] [*e*][] [[f]][[g]] [h`[i][j]`](k l)\n\n[f]: https://f.example\n[g]: https://g.example", []string{
			"4: warning: the reference \"[`c` d]\" is", `4: warning: the reference "[…]" is`,
		}},
		{"no footnote", "a[^1] b[^2]\n\n[^2]: c", []string{`4: warning: the footnote "[^1]"`}},
		{"a space in a target", "[a](b c.md) [d](https://e.example/f g) [h](<i j.md>)", []string{
			`4: warning: the target "b c.md" has a space`, `4: warning: the target "… g" has a space`, `4: warning: the link "i j.md" leads nowhere`,
		}},
		{"brackets that are no links", "a[0][i] `[b][c]` \\[^1] [d] e [f](see there) [g](h \"i\") [^ j]\n\n    [k][l]\n", []string{`4: warning: the link "h" leads nowhere`}},
		{"files of one machine", "[a](file:///b) [c](C:\\d\\e)\n<img src='D:/i.png' alt=j>", []string{
			`4: warning: the link "file:///b" is a file on one machine`, `4: warning: the link "C:\\d\\e" is a file`, `5: warning: the image "D:/i.png" is a file`,
		}},
		{"in a table", "|a|b|\n|-|-|\n|c|[d](e.md)|", []string{`6: warning: the link "e.md"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reviewed(t, tt.body)
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("%q\ngot  %q\nwant %q", tt.body, got, tt.want)
			}
		})
	}
}

// What check takes for a place in a post is what a reader of its page finds.
func TestIDsAreThoseOfThePage(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in testdata: %v", err)
	}
	r := NewRenderer()
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src = append(src, "\n\n# A {#B}\n\n## A\n\n{{< note >}}\n## A{{< /note >}}\n\n<a name=C>c</a> <b id=d>d</b>[^d]\n\n<div id=E>\n\n[^d]: e\n"...)
		p, problems := post.Parse("a.md", src)
		if p == nil {
			t.Fatal(problems)
		}
		page, err := NewCache(0, 0).Page(t.Context(), nil, p, 80, Dark(colorprofile.TrueColor))
		if err != nil {
			t.Fatal(err)
		}
		got, want := r.IDs(p), page.IDs()
		delete(got, "") // which is the beginning
		if !maps.Equal(got, want) {
			t.Errorf("%s\ngot  %v\nwant %v", file, got, want)
		}
		for id := range got {
			if _, found := page.Find(id); !found || !got.Has(strings.ToUpper(id)) && !strings.HasPrefix(id, "fn:") {
				t.Errorf("%s: a link to #%s leads nowhere", file, id)
			}
		}
	}
}

// What is not told is counted, and does not pass for a warning.
func TestReviewTellsOfMore(t *testing.T) {
	body := strings.Repeat("{{< b >}}\n", 120)
	got := reviewed(t, body)
	if last := got[len(got)-1]; len(got) != maxProblems || !strings.HasPrefix(last, "102: warning: and 21 more") {
		t.Errorf("%d problems, the last is %q", len(got), last)
	}
	got = reviewed(t, body+"{{< img a.png alt='{{< c >}}' >}}")
	if last := got[len(got)-1]; len(got) != maxProblems || !strings.HasPrefix(last, "102: error: and 22 more") {
		t.Errorf("%d problems, the last is %q", len(got), last)
	}
}

// TestReviewIsBounded reads hostile posts: there is an end to it, and to what
// it says.
func TestReviewIsBounded(t *testing.T) {
	for name, src := range hostile() {
		t.Run(name, func(t *testing.T) {
			if got := reviewed(t, src[:min(len(src), 64<<10)]); len(got) > maxProblems {
				t.Errorf("there are %d problems", len(got))
			}
		})
	}
}

func TestNewLink(t *testing.T) {
	tests := []struct {
		target string
		kind   LinkKind
		want   string // the target, if it is another
		label  string
	}{
		{"https://a.example/b", ToWeb, "", "https://a.example/b"},
		{"//a.example/b", ToWeb, "https://a.example/b", "https://a.example/b"},
		{"mailto:a@b.example", ToWeb, "", "mailto:a@b.example"},
		{"javascript:a", ToWeb, "", "javascript:a"},
		{"#a-b", ToHeading, "", "#a-b"},
		{"post:queues", ToPost, "queues", "post: queues"},
		{"post:_posts/2024-01-02-queues.md#why", ToPost, "_posts/2024-01-02-queues.md#why", "post: queues#why"},
		{"post:#why", ToHeading, "#why", "#why"},
		{"queues.md", ToPost, "", "post: queues"},
		{"../2024/Queues%20in%20depth.md", ToPost, "", "post: queues-in-depth"},
		{"../queues/", ToPost, "", "post: queues"},
		{"queues", ToPost, "", "post: queues"},
		{"/news/2013/05/06/jekyll-1.0-released/", ToPost, "", "post: jekyll-1-0-released"},
		{"/_posts/2013-05-06-a", ToPost, "", "post: a"},
		{"caches/index.md", ToPost, "", "post: caches"},
		{"..", ToPath, "", ".."},
		{"/docs/install/", ToPath, "", "/docs/install/"},
		{"files/a.pdf", ToPath, "", "files/a.pdf"},
		{"/", ToPath, "", "/"},
		{"a/b:c", ToPost, "", "post: b-c"},
		{"", ToPath, "", ""},
	}
	for _, tt := range tests {
		l := newLink("text", tt.target)
		want := tt.target
		if tt.want != "" {
			want = tt.want
		}
		if l.Kind != tt.kind || l.Target != want || l.label() != tt.label {
			t.Errorf("%q: kind %d, target %q, label %q, want %d, %q, %q", tt.target, l.Kind, l.Target, l.label(), tt.kind, want, tt.label)
		}
		l.place("", "", nil)
		if l.Web != "" && tt.kind != ToWeb {
			t.Errorf("%q is a hyperlink to %q", tt.target, l.Web)
		}
		l.place("https://b.example", "", nil)
		if tt.kind != ToWeb && (l.Web != "") != strings.HasPrefix(want, "/") {
			t.Errorf("%q is a hyperlink to %q on the website", tt.target, l.Web)
		}
	}
	for target, want := range map[string]string{"a.pdf": "https://b.example/c/a.pdf", "../a.pdf?b#c": "https://b.example/a.pdf?b#c", "a/": "https://b.example/c/a/", "../a": "https://b.example/a", "a.md": "", "post:a": "", "": "", "%zz.pdf": ""} {
		l := newLink("", target)
		if l.place("", "https://b.example/c/", nil); l.Web != want {
			t.Errorf("%q beside a post is on the website %q, want %q", target, l.Web, want)
		}
	}
	for target, want := range map[string]string{
		"@/projects/_index.md": "https://b.example/projects/", "/docs/a.md#b": "https://b.example/docs/a/#b",
		"post:/guides/_index.md?c": "https://b.example/guides/?c", "docs/a.md": "", "post:a.md": "", "#a": "",
	} {
		l := newLink("", target)
		if l.place("https://b.example", "", nil); l.Web != want {
			t.Errorf("%q is on the website %q, want %q", target, l.Web, want)
		}
	}
	for target, want := range map[string]string{"/x/y/a.pdf": "https://b.example/x/y/a.pdf", "/a.pdf": "https://b.example/x/y/a.pdf", "/x/a.pdf": "https://b.example/x/y/x/a.pdf"} {
		l := newLink("", target)
		if l.place("https://b.example/x/y", "", nil); l.Web != want {
			t.Errorf("%q is below the home page at %q, want %q", target, l.Web, want)
		}
	}
	outside := newLink("", "/docs/a?b#c")
	outside.place("https://b.example", "", nil)
	if outside.Web != "https://b.example/docs/a?b#c" || outside.label() != outside.Web {
		t.Errorf("it leads to %q and is %q", outside.Web, outside.label())
	}
	if l := newLink("", "a.md#b%20c"); l.Fragment() != "b c" {
		t.Errorf("the fragment is %q", l.Fragment())
	}
}
