package post

import (
	"fmt"
	"strings"
	"testing"
)

func TestTagEnd(t *testing.T) {
	tests := []struct {
		in, end string
		want    int
	}{
		{`{{< a >}}`, ">}}", 6},
		{`{{< a b="c >}}" >}} >}}`, ">}}", 16},
		{"{{< a b=`c\\` >}} `>}}", ">}}", 13},
		{`{{% a "b \" %}}" %}}`, "%}}", 17},
		{`{% a b='%}' %} '%}'`, "%}", 12},
		{`{% a don't %} isn't %}`, "%}", 11},
		{`{% a "b %}`, "%}", 8},
		{"{% a \"b %}\n\n\" %}", "%}", 8},
		{`{% a`, "%}", -1},
		{"{% " + strings.Repeat("a", MaxTag) + " %}", "%}", -1},
	}
	for _, tt := range tests {
		if got := TagEnd(tt.in, tt.end); got != tt.want {
			t.Errorf("TagEnd(%.40q) = %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestParseTag(t *testing.T) {
	for in, want := range map[string]string{
		`a b "c d" e=f g='h "i' j= "k\"l"`: "a [b c d] map[e:f g:h \"i j:k\"l]",
		`a ""b= c "`:                       "a [] map[b:c]",
		`a "b`:                             "a [b] map[]",
		`= "`:                              " [] map[]",
	} {
		tag := ParseTag(in)
		if got := fmt.Sprintln(tag.Name, tag.Args, tag.named); strings.TrimSuffix(got, "\n") != want {
			t.Errorf("ParseTag(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExpression(t *testing.T) {
	tests := []struct {
		in, value, variable string
		rest                string
	}{
		{`{{ "a" | upcase }}b`, "a", "", "b"},
		{`{{- 'a' -}}b`, "a", "", "b"},
		{`{{ site.name | a }}b`, "", "site.name", "b"},
		{`{{ site }}b`, "", "", `{{ site }}b`},
		{`{{ "a" b }}`, "", "", `{{ "a" b }}`},
		{`{{ github.sha }}`, "", "", `{{ github.sha }}`},
		{`{{ site.name`, "", "", `{{ site.name`},
	}
	for _, tt := range tests {
		value, variable, n := Expression(tt.in)
		if value != tt.value || variable != tt.variable || tt.in[n:] != tt.rest {
			t.Errorf("Expression(%q) = %q, %q, %d", tt.in, value, variable, n)
		}
	}
}
