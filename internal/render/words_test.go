package render

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
)

// pageAndPassages returns the words of a post as its page shows them, and as a
// search finds them.
func pageAndPassages(t *testing.T, r *Renderer, body string) (page, passages []string) {
	t.Helper()
	p, problems := post.Parse("a.md", []byte("---\ntitle: A\n---\n"+body))
	if p == nil {
		t.Fatal(problems)
	}
	shown, err := r.draw(newBudget(func() {}, t.Context().Err), p.Body(), "", 200, Dark(colorprofile.NoTTY))
	if err != nil {
		t.Fatal(err)
	}
	if shown.Panic != "" {
		t.Errorf("%q: the renderer panicked: %s", body, shown.Panic)
	}
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	seen := slices.DeleteFunc(words(strings.Join(plainLines(shown), "\n")), func(word string) bool { return word == "Code" }) // a label
	var found []string
	for _, text := range p.Passages(nil) {
		found = append(found, text)
	}
	return seen, words(strings.Join(found, "\n"))
}

// The search, and with it the summary, reads the same words out of a post as
// its page shows, and none is lost.
func TestTagsInProse(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{
			"the marks alone", "Authors write {{< in prose.\n\nSecond.\n\nThird {{< note >}}x{{< /note >}} end.\n\nJinja uses {% for a start.\n\nFifth.\n\nLast {% include x.html %} words.",
			"Authors write in prose Second Third x end Jinja uses for a start Fifth Last words",
		},
		{"two in a paragraph", "a {{< b\n{{< c >}} d {% e {% f %} g", "a b d e g"},
		{"closing marks", "a >}} b\n>}} c %} d %}} e\n\n>}}\n\nf", "a b c d e f"},
		{"a closing mark under a quote", "> a {{< b\n>}} c\n\nd", "a c d"},
		{"lines within a tag", "a {{< b\n- c\n# d\n>}} e\n- f {% g\n1. h\n%} i", "a e f i"},
		{"a tag in a heading", "# a {{< b\nc >}} d\ne", "a d e"},
		{"a tag in a table", "| a {{< b\nc >}} d |\n|-|\n| e {{< f |", "a d e f"},
		{"a blank line in quotes", "a {{< b `c\n\nd` >}} e", "a b c d e"},
		{"a blank line in a block quote", "> a {{< b\n>\n> c >}} d", "a b c d"},
		{"code", "a `{{<` b `x\n{{< y` c\n\n```\n{{< d\n```\ne >}} f `{%` g %}", "a b x y c d e f g"},
		{"indented code", "a\n\n    {{< b\nc >}} d", "a b c d"},
		{"a backslash", "a \\{{< b >}} c \\{% d", "a c d"},
		{"an unclosed block", "{{< highlight in prose\n\nb {% comment\n\n{% comment %}\nc\n\n{% highlight %}\nd", "highlight in prose b comment c d"},
		{"a quote left open", "a {{< b \"c >}} d {{< e \"f g\" {{< h >}} i", "a d e f g i"},
		{"a mark that opens and closes nothing", "{% raw %} a {%}", "a"},
		{"such a mark in what is left out", "a {% comment %} {%} b", "a b"},
		{"such marks around an end", "a {% raw %} {%}{{}} b {% endraw %} {%-%} c", "a b c"},
		{"marks of the wrong kind", "a {{< b %}} c\n\nd {{% e >}} f\n\ng {% h }} i", "a b c d e f g h i"},
	}
	r := NewRenderer()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, passages := pageAndPassages(t, r, tt.body)
			if got := strings.Join(page, " "); got != tt.want {
				t.Errorf("%q\nthe page shows %q, want %q", tt.body, got, tt.want)
			}
			if got := strings.Join(passages, " "); got != tt.want {
				t.Errorf("%q\nthe search has %q, want %q", tt.body, got, tt.want)
			}
		})
	}
}

// The page and the search read the same words, however the marks of tags, quotes,
// code and lines come together.
func TestTagsInAnyOrder(t *testing.T) {
	pieces := []string{
		" ", "\n", "\n\n", "{{< ", " >}}", "{{% ", " %}}", "{% ", " %}", "\"", "'", " `", "` ", ">}}", "a ", "/", "\n> ", "{{", "}}", "-", "\n\n> ", "{%}", "{% raw %}", "{% endraw %}",
	}
	r, word := NewRenderer(), regexp.MustCompile(`w\d+a`)
	inOrder := func(words []string) []string { return word.FindAllString(strings.Join(words, ""), -1) }
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		var b strings.Builder
		for i := range 4 + random.IntN(30) {
			piece := pieces[random.IntN(len(pieces))]
			if piece == "a " { // each word is another one
				piece = "w" + itoa(i) + piece
			}
			b.WriteString(piece)
		}
		page, passages := pageAndPassages(t, r, b.String())
		if !slices.Equal(inOrder(page), inOrder(passages)) {
			t.Errorf("seed %d: %q\nthe page shows %q\nthe search has %q", seed, b.String(), page, passages)
		}
	}
}

// The same, of HTML in text and in blocks.
func TestHTMLInAnyOrder(t *testing.T) {
	pieces := []string{
		" ", "\n", "\n\n", "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<br>", "<kbd>", "</kbd>", "<a href=x>", "</a>", "<script>", "</script>", "<style>", "</style>",
		"<template>", "</template>", "<pre>", "</pre>", "<code>", "</code>", "<ul>", "<li>", "</li>", "</ul>", "<table>", "<tr>", "<td>", "<th>", "</td>", "</tr>", "</table>", "<caption>", "</caption>",
		"<details>", "<summary>", "</summary>", "</details>", "<h2>", "</h2>", "<!--", "-->", "<!-- more -->", "<img alt='", "'>", "<video src=x>", "</video>", "a ", "a ", "a ", "\n\n> ", "\n- ", "|", "\n|-|\n", "*", "`", "<blockquote>", "</blockquote>", "<q>", "</q>", "<sup>", "</sup>", "<dl>", "<dt>", "<dd>", "<hr>",
	}
	r, word := NewRenderer(), regexp.MustCompile(`w\d+a`)
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		for i := range 4 + random.IntN(20) {
			piece := pieces[random.IntN(len(pieces))]
			if piece == "a " { // each word is another one
				piece = "w" + itoa(i) + piece
			}
			b.WriteString(piece)
		}
		page, passages := pageAndPassages(t, r, b.String())
		got, want := word.FindAllString(strings.Join(page, ""), -1), word.FindAllString(strings.Join(passages, ""), -1)
		slices.Sort(got) // what is beside a table stands before it, and each row has the heads
		if slices.Sort(want); !slices.Equal(slices.Compact(got), want) {
			t.Errorf("seed %d: %q\nthe page shows %q\nthe search has %q", seed, b.String(), page, passages)
		}
	}
}
