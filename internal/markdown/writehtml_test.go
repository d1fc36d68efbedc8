package markdown

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// htmlOf returns a text as HTML in which each target is its own address.
func htmlOf(body string) (written string, err error) {
	defer func() {
		if halt, ok := recover().(Halt); ok {
			err = halt.Err
		}
	}()
	b := Unlimited()
	return string(Parse(body, b, nil).AppendHTML(nil, 4<<20, func(target string, _ bool) string { return target }, b)), nil
}

func TestHTML(t *testing.T) {
	for body, want := range map[string]string{
		"# A *title*\n\nText & more <x>.":     "<h1>A <em>title</em></h1>\n<p>Text &amp; more .</p>\n",
		"a  \nb\nc":                           "<p>a<br/>\nb\nc</p>\n",
		"- a\n- b\n\n3. c":                    "<ul><li>a\n</li><li>b\n</li></ul>\n<ol start=\"3\"><li>c\n</li></ol>\n",
		"- a\n\n- b":                          "<ul><li><p>a</p>\n</li><li><p>b</p>\n</li></ul>\n",
		"- [x] done":                          "<ul><li>☑ done\n</li></ul>\n",
		"```go\nif a < b {\n\t}\n```":         "<pre><code class=\"language-go\">if a &lt; b {\n\t}\n</code></pre>\n",
		"~~~ \"onclick\n\"\n~~~":              "<pre><code>\"\n</code></pre>\n",
		"> [!NOTE]\n> a":                      "<blockquote><p><strong>Note</strong></p>\n<p>a</p>\n</blockquote>\n",
		"> a\n\n---":                          "<blockquote><p>a</p>\n</blockquote>\n<hr/>\n",
		"|a|b|\n|-|:-:|\n|c|d|":               "<table>\n<thead><tr><th>a</th><th align=\"center\">b</th></tr></thead>\n<tbody>\n<tr><td>c</td><td align=\"center\">d</td></tr>\n</tbody></table>\n",
		"[a](https://x.org/?a=1&b=2 'tip')":   "<p><a href=\"https://x.org/?a=1&amp;b=2\">a</a></p>\n",
		"https://x.org/ <a@x.org>":            "<p><a href=\"https://x.org/\">https://x.org/</a> <a href=\"mailto:a@x.org\">a@x.org</a></p>\n",
		"[![a](https://x.org/a.png)](#b)":     "<p><img src=\"https://x.org/a.png\" alt=\"a\"/></p>\n",
		"![a](a.png)":                         "<p> a </p>\n",
		"a[^1]\n\n[^1]: b":                    "<p>a<sup role=\"doc-noteref\">[1]</sup></p>\n<hr/>\n<ol><li><p>b</p>\n</li></ol>",
		"`a  <b>` :tada: ~~c~~ $x_1$":         "<p><code>a  &lt;b&gt;</code> 🎉 <s>c</s> <code>x_1</code></p>\n",
		"a\n: b":                              "<dl><dt>a</dt>\n<dd>b\n</dd></dl>",
		"<div>a<br>b</div>":                   "<p>a<br/>b</p>\n",
		"a <kbd onclick=x>b</kbd> <span>c":    "<p>a <kbd>b</kbd> c</p>\n",
		"<details><summary>a</summary>b":      "<p>a</p>\n<p>b</p>\n",
		"<ol start=5 type=A><li value=9>a":    "<ol start=\"5\" type=\"A\"><li value=\"9\">a\n</li></ol>\n",
		"<table><tr><td>a<ul><li>b<li>c</ul>": "<table>\n<tbody>\n<tr><td>a<ul><li>b</li><li>c</li></ul></td></tr>\n</tbody></table>\n",
		"<video src=https://x.org/a title=b>": "<p><a href=\"https://x.org/a\">b</a> </p>\n",
		"a <a href=#b>b</a>&#27;[31m&#1;c":    "<p>a b[31mc</p>\n",
	} {
		if got, err := htmlOf(body); got != want || err != nil {
			t.Errorf("%q:\n%q, want\n%q (%v)", body, got, want, err)
		}
	}
}

// What is larger than it may be is refused, however it became so.
func TestHTMLLimit(t *testing.T) {
	long := "[x]: https://x.org/" + strings.Repeat("y", 2000) + "\n\n" + strings.Repeat("[x]\n\n", 1000)
	b := Unlimited()
	tree := Parse(long, b, nil)
	defer func() {
		if halt, ok := recover().(Halt); !ok || !errors.Is(halt.Err, ErrTooLarge) {
			t.Error("it is not refused")
		}
	}()
	out := tree.AppendHTML(nil, 100_000, func(target string, _ bool) string { return target }, b)
	t.Errorf("%d bytes are written", len(out))
}

// attacks are what runs a program in one browser or another where HTML is let through, after
// OWASP's XSS Filter Evasion Cheat Sheet and the html5sec list.
func attacks() []string {
	return []string{
		"<script>alert(1)</script>", "<SCRIPT SRC=//x.org/x.js></SCRIPT>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
		"<img src=\"javascript:alert(1)\">", "<IMG SRC=JaVaScRiPt:alert('x')>", "<a href=\"jav\tascript:alert(1)\">a</a>", "<a href=\"jav&#x0A;ascript:alert(1)\">a</a>",
		"<a href=\" &#14;  javascript:alert(1)\">a</a>", "<a href=&#106;&#97;vascript:alert(1)>a</a>", "[a](javascript:alert(1))", "[a](<java script:alert(1)>)", "[a](\x01javascript:alert(1))",
		"[a](JAVASCRIPT&colon;alert(1))", "![a](javascript:alert(1))", "<javascript:alert(1)>", "[a](vbscript:x)", "[a](data:text/html;base64,PHNjcmlwdD4=)",
		"<a href='data:text/html,<script>alert(1)</script>'>a</a>", "![a](data:image/svg+xml;base64,PHN2Zz4=)", "![a](data:image/png;base64,\"onerror=\"x)", "<iframe src=https://x.org></iframe>", "<iframe srcdoc='<script>x</script>'></iframe>",
		"<object data=x.swf></object><embed src=javascript:x>", "<style>@import 'x'</style>", "<div style=\"background:url(javascript:x)\">a</div>", "<link rel=stylesheet href=//x.org/x.css>", "<meta http-equiv=refresh content='0;url=javascript:x'>", "<base href=//x.org/>",
		"<form action=javascript:x><input type=submit formaction=javascript:x></form>", "<table background=javascript:x><td background=javascript:x>a", "<math><maction actiontype=statusline xlink:href=javascript:x>a</maction></math>",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<template><script>x</script></template>", "<p title='\"><script>x</script>'>a", "<![CDATA[<script>alert(1)</script>]]>", "<!--[if IE]><script>x</script><![endif]-->", "<?xml-stylesheet href=x?>",
		"<b/><script>x</script", "<<script>alert(1)//<</script>", "<scr<script>ipt>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "```\"><script>x\n</script>\n```", "[a](https://x.org/\"onclick=\"x)", "![\"onerror=\"x](https://x.org/a.png)", "<a href=\"https://x.org/&quot;onclick=&quot;x\">a</a>",
		"<xmp><p title=\"</xmp><script>x</script>\">", "<title><a title='</title><img src=x onerror=x>'>", "<textarea><script>x</script>", "<math><mtext><table><mglyph><style><img src=x onerror=x>", "]]>", "a\uffffb\ufffec", "&#xFFFF;&#xD800;&#0;&#8238;",
		"<ul><b><li>a</b></ul>", "<td><ul><li><a href=x><li>b</td>", "<a href=https://x.org>a<a href=https://y.org>b</a></a>", "<p><ol><li><table><tr><td><ol><b><li>x",
	}
}

// elements and their attributes that may stand in a feed.
var allowed = map[string]string{
	"a": "href", "img": "src alt", "code": "class", "ol": "start type reversed", "ul": "", "li": "value", "td": "align", "th": "align", "sup": "role",
	"abbr": "", "b": "", "bdi": "", "big": "", "blockquote": "", "br": "", "cite": "", "dd": "", "del": "", "dfn": "", "div": "", "dl": "", "dt": "", "em": "", "h1": "", "h2": "", "h3": "", "h4": "", "h5": "", "h6": "",
	"hr": "", "i": "", "ins": "", "kbd": "", "mark": "", "p": "", "pre": "", "q": "", "s": "", "samp": "", "small": "", "strong": "", "sub": "", "table": "", "tbody": "", "thead": "", "tr": "", "u": "", "var": "",
}

// harmless reports what is wrong with an element.
func harmless(name string, attributes map[string]string) string {
	may, ok := allowed[name]
	if !ok {
		return "the element " + name
	}
	for key, value := range attributes {
		if !slices.Contains(strings.Fields(may), key) {
			return name + " with " + key
		}
		if key != "href" && key != "src" {
			continue
		}
		u, err := url.Parse(value)
		if err != nil {
			return err.Error()
		}
		if !slices.Contains([]string{"http", "https", "ssh", "sftp", "ftp", "gemini", "mailto", "tel"}, u.Scheme) && (key == "href" || !strings.HasPrefix(value, "data:image/") || strings.Contains(value, "svg")) {
			return "the address " + value
		}
	}
	return ""
}

// checkHTML checks what is written for a text, as XML and as a browser reads it, and returns its
// words.
func checkHTML(t *testing.T, body, written string) (words []string) {
	t.Helper()
	var text strings.Builder
	decoder := xml.NewDecoder(strings.NewReader("<x>" + written + "</x>"))
	skipped := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%q gives %q: %v", body, written, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attributes := make(map[string]string)
			for _, a := range token.Attr {
				attributes[a.Name.Local] = a.Value
			}
			if wrong := harmless(token.Name.Local, attributes); wrong != "" && token.Name.Local != "x" {
				t.Errorf("%q gives %q: %s", body, written, wrong)
			}
			if attributes["role"] != "" {
				skipped++
			}
			if among(token.Name.Local, " p div h1 h2 h3 h4 h5 h6 li br pre td th dt dd ") {
				text.WriteByte(' ')
			}
			text.WriteString(attributes["alt"])
		case xml.EndElement:
			if token.Name.Local == "sup" && skipped > 0 {
				skipped--
			}
		case xml.CharData:
			if skipped == 0 {
				text.Write(token)
			}
		}
	}
	browser, err := html.Parse(strings.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	for n := range browser.Descendants() {
		if n.Type != html.ElementNode || among(n.Data, " html head body ") {
			continue
		}
		attributes := make(map[string]string)
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		if wrong := harmless(n.Data, attributes); wrong != "" || n.Namespace != "" {
			t.Errorf("for a browser %q is %q: %s", body, written, wrong)
		}
	}
	if i := strings.IndexFunc(written, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }); i >= 0 {
		t.Errorf("%q gives %q with %q", body, written, written[i:i+1])
	}
	return wordsIn(text.String())
}

// wordsIn returns the letters and digits of a text: where there is no space is for others to
// test.
func wordsIn(text string) (words []string) {
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			words = append(words, string(r))
		}
	}
	return words
}

// leftOf returns what is left of words when those of others are taken out in their order, and
// whether all were there.
func leftOf(words, others []string) (left string, all bool) {
	for _, word := range words {
		if len(others) > 0 && others[0] == word {
			others = others[1:]
		} else {
			left += word
		}
	}
	return left, len(others) == 0
}

// checkWords checks that HTML says what the page does.
func checkWords(t *testing.T, body string, words []string) {
	t.Helper()
	var page []string
	for p := range Parse(body, Unlimited(), nil).Passages() {
		page = append(page, wordsIn(p.Full)...)
	}
	labelled := strings.ContainsAny(body, "[{") || slices.ContainsFunc([]string{"video", "audio", "source", "iframe", "embed"}, func(name string) bool { return strings.Contains(strings.ToLower(body), name) })
	if left, ok := leftOf(words, page); !ok || left != "" && !labelled {
		t.Errorf("%q: HTML says %q, and the page %q", body, strings.Join(words, ""), strings.Join(page, ""))
	}
}

func TestHTMLIsHarmless(t *testing.T) {
	for _, body := range attacks() {
		for _, body := range []string{body, "a " + body + " b", "- " + body, "|a|\n|-|\n|" + body + "|"} {
			written, err := htmlOf(body)
			if err != nil {
				t.Fatalf("%q: %v", body, err)
			}
			checkWords(t, body, checkHTML(t, body, written))
			if clean := sanitiser().Sanitize(written); strings.Count(clean, "<") != strings.Count(written, "<") {
				t.Errorf("%q gives %q, and bluemonday leaves %q of it", body, written, clean)
			}
		}
	}
}

// sanitiser is not ours, and lets through what may stand in a feed.
func sanitiser() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name, attributes := range allowed {
		p.AllowElements(name)
		if attributes != "" {
			p.AllowAttrs(strings.Fields(attributes)...).OnElements(name)
		}
	}
	p.AllowURLSchemes("http", "https", "ssh", "sftp", "ftp", "gemini", "mailto", "tel")
	p.AllowDataURIImages()
	return p
}

// Promise: the HTML of any clean text is XML, has nothing in it that runs or reaches a terminal, and
// says all that the page does, in its order.
func FuzzHTML(f *testing.F) {
	for _, body := range attacks() {
		f.Add(body)
		f.Add("- a\n  > " + body + "\n\n| a | b |\n|---|---|\n| " + body + " | c |\n")
	}
	f.Add("# a\n\n1. b\n   - c\n\n[^1]: d\n\nx[^1] {{< figure src=\"a.png\" caption=\"b\" >}}\n\n<table><tr><th>a<td>b<ul><li>c<li>d</ul></table>")
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 16<<10 {
			t.Skip()
		}
		body = plaintext.CleanBody(body) // as that of a post is
		written, err := htmlOf(body)
		if err != nil {
			return
		}
		checkWords(t, body, checkHTML(t, body, written))
	})
}
