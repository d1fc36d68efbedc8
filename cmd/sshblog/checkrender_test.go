package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/render"
)

// TestInspect gives check --render pages that a broken renderer would make.
func TestInspect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		page render.Page
		want []string // beginnings
	}{
		{"well", render.Page{Width: 5, Lines: render.LinesOf("", "\x1b[1;38;2;1;2;3mabcde\x1b[m", "\x1b]8;id=1;https://a.example/\x1b\\漢字\x1b]8;;\x1b\\")}, nil},
		{"too wide", render.Page{Width: 5, Lines: render.LinesOf("a", "漢字漢")}, []string{"line 2 of the page is 6 cells wide"}},
		{"cursor", render.Page{Width: 9, Lines: render.LinesOf("a\x1b[2Jb")}, []string{`line 1 of the page holds "\x1b", which may command`}},
		{"title", render.Page{Width: 9, Lines: render.LinesOf("\x1b]0;a\x07")}, []string{`line 1 of the page holds "\x1b"`}},
		{"C1", render.Page{Width: 9, Lines: render.LinesOf("a\u009b1mb")}, []string{`line 1 of the page holds "\u009b"`}},
		{"no text", render.Page{Width: 9, Lines: render.LinesOf("a\xff")}, []string{`line 1 of the page holds "\xff"`}},
		{"override", render.Page{Width: 9, Lines: render.LinesOf("a\u202eb")}, []string{`line 1 of the page holds "\u202e"`}},
		{"script", render.Page{Width: 9, Lines: render.LinesOf("\x1b]8;;javascript:a\x1b\\a\x1b]8;;\x1b\\")}, []string{`line 1 of the page holds "\x1b"`}},
		{"failed", render.Page{Width: 9, Lines: render.LinesOf("a", "b"), Failed: []int{1}}, []string{"the renderer failed: what is on line 2"}},
		{"panic", render.Page{Width: 9, Panic: "a\x1bb"}, []string{"the renderer panicked, which is a bug in sshblog: a"}},
		{"notice", render.Page{Width: 9, Lines: render.LinesOf("a"), Notices: []render.Notice{{What: "This is Markdown."}}}, []string{"line 1 of the page says: This is Markdown."}},
		{"many", render.Page{Width: 1, Lines: render.LinesOf(slices.Repeat([]string{"ab"}, 9)...)}, []string{
			"line 1 ", "line 2 ", "line 3 ", "line 4 ", "line 5 ", "and 4 more",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := inspect(&tt.page); !slices.EqualFunc(got, tt.want, func(f finding, want string) bool { return strings.HasPrefix(f.what, want) }) {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}
