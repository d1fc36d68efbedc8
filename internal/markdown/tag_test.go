package markdown

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadTag(t *testing.T) {
	tests := []struct {
		in     string
		length int // 0: it is no tag
	}{
		{`{{< a >}}`, 9},
		{`{{< a b="c >}}" >}} >}}`, 19},
		{"{{< a b=`c\\` >}} `>}}", 16},
		{`{{% a "b \" %}}" %}}`, 20},
		{`{% a b='%}' %} '%}'`, 14},
		{`{% a don't %} isn't %}`, 13},
		{`{% a "b %}`, 10},
		{"{% a \"b %}\n\n\" %}", 10},
		{`{% a`, 0},
		{`{{<>}}`, 6},
		{`{{<}}`, 0},
		{`{%}`, 0},
		{`{{ a }}`, 0},
		{"{% " + strings.Repeat("a", MaxTag) + " %}", 0},
		{"{{< a\n  b=c\n>}}", 15},
		{"{{< a\n\n>}}", 0},
		{"{{< a\n \t\n>}}", 0},
		{"{% include a.html\n\n  b=c\n%}", 27},
		{"{%- include_relative a\n\n b='\n\n%}' -%}", 37},
		{"{% included\n\n%}", 0},
		{"{% include a {% b %}\n\n%}", 0},
		{"{% a\n\nb %}", 0},
		{"{{% include a\n\n%}}", 0},
		{"> {{< a\n> b\n> >}}"[2:], 15},
		{"> {{< a\n>\n> >}}"[2:], 0},
		{"{{< a `b\n\nc` >}}", 0},
		{`{{< a {{< b >}}`, 0},
		{`{{< a {{% b >}}`, 0},
		{`{{< a {% b >}}`, 14},
		{`{% a {{< b %}`, 13},
		{`{% a {% b %}`, 0},
		{`{{< a "{{< b >}}" >}}`, 21},
		{`{{< a "b {{< c >}}`, 0},
		{`{{< a "b >}} c" {{< d >}}`, 12},
	}
	for _, tt := range tests {
		if inside, got := ReadTag(tt.in); got != tt.length || len(inside) > got {
			t.Errorf("ReadTag(%.40q) = %q, %d, want %d", tt.in, inside, got, tt.length)
		}
	}
}

func TestLooseEnd(t *testing.T) {
	for _, in := range []string{"a |>}}", "a|>}} b", "|>}}", "a |%}}", "a\n|%} b", "a -|%}", "|%}"} {
		at := strings.Index(in, "|")
		if got := LooseEnd(in[:at]+in[at+1:], at); got == 0 {
			t.Errorf("there is no end in %q", in)
		}
	}
	for _, in := range []string{`\frac{10\|%}{2}`, "{width: 10|%}", "a |> b", "|}}", "|"} {
		at := strings.Index(in, "|")
		if got := LooseEnd(in[:at]+in[at+1:], at); got != 0 {
			t.Errorf("there is an end in %q", in)
		}
	}
}

func TestParseTag(t *testing.T) {
	for in, want := range map[string]string{
		`a b "c d" e=f g='h "i' j= "k\"l"`: "a [b c d] map[e:f g:h \"i j:k\"l]",
		`a ""b= c "`:                       "a [] map[b:c]",
		`a "b`:                             "a [b] map[]",
		`= "`:                              " [] map[]",
		`a(b="c, d", e = 1,f=['g', "h"],)`: "a [h] map[b:c, d e:1 f:g]",
		`a::b()`:                           "a::b [] map[]",
		`if (a)`:                           "if [(a)] map[]",
	} {
		tag := ParseTag(in)
		if got := fmt.Sprintln(tag.Name, tag.Args, tag.named); strings.TrimSuffix(got, "\n") != want {
			t.Errorf("ParseTag(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReadBraces(t *testing.T) {
	for in, want := range map[string]string{
		`{{ "a" | upcase }}b`: `"a" | upcase|b`,
		"{{- a -}}b":          "a|b",
		"{{ a\n}}b":           "a|b",
		"{{ a":                "|{{ a",
		"{{ a {{ b }}":        "|{{ a {{ b }}",
		"{{ a\n\nb }}":        "|{{ a\n\nb }}",
		"{{" + strings.Repeat(" ", MaxTag) + "}}": "|{{" + strings.Repeat(" ", MaxTag) + "}}",
	} {
		if inside, n := ReadBraces(in); inside+"|"+in[n:] != want {
			t.Errorf("ReadBraces(%.20q) = %q, %d", in, inside, n)
		}
	}
}
