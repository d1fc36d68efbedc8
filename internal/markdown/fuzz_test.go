package markdown

import "testing"

// FuzzExpand promises that whatever tags are in a text, and wherever they are left
// open, its expansion and what the author is told come without a panic, the
// expansion is bounded, and what of the body is not in it is named.
func FuzzExpand(f *testing.F) {
	for _, tag := range []string{"raw", "comment", "for", "capture", "highlight", "note", "include"} {
		f.Add("{% " + tag + " %} a {%}")
		f.Add("{% " + tag + " %} {%}{%- end" + tag + "%} {% end" + tag)
		f.Add("{{< " + tag + " >}} {{<>}} {{< /" + tag + ">}} {{< / >}}")
	}
	f.Add("{% post_link 0=a %}{% asset_link a b c %}{% codeblock a lang:b %}{% endcodeblock %}{% # a %}")
	f.Add("{{ a }} {{'b' | c }} {{}} {: } {:} %} >}}")
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > MaxSize {
			t.Skip()
		}
		e := expand(body, Unlimited(), func(at int, _ bool, _ string) {
			if at < 0 || at > len(body) {
				t.Errorf("told of offset %d of %d", at, len(body))
			}
		})
		if len(e.text) > maxExpanded+MaxSize {
			t.Errorf("%d bytes became %d", len(body), len(e.text))
		}
		if e.rest < 0 || e.rest > len(body) {
			t.Errorf("the rest starts at %d of %d", e.rest, len(body))
		}
	})
}
