package post

import (
	"slices"
	"testing"
)

// What a page of Jekyll's says of itself stands in its text.
func TestVariables(t *testing.T) {
	const body = "{{ page.title }} by {{ page.author }}, {{ page.date | date: \"%Y\" }}, in {{ page.category }}: {{ page.tags | join: \", \" }}{{ page.other }}\n"
	for head, want := range map[string]string{
		"title: A *title*\nauthor: B\ndate: 2025-03-04\ncategories: [C]\ntags: [d, e]\n": "A title by B, 2025, in C: d, e",
		"other: a\n": "A file by , 2026, in :",
	} {
		p, _ := Parse("2026-01-02-a-file.md", []byte("---\n"+head+"---\n"+body))
		var got []string
		for _, text := range p.Passages(nil) {
			got = append(got, text)
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%q\ngot  %q\nwant %q", head, got, want)
		}
		if p.Title() == "" || p.Summary() == "" {
			t.Errorf("%q has no title or summary", head)
		}
	}
}
