package post

import "testing"

// What is not merged is not published. It is still a post that check can look at, unless its
// front matter is in conflict.
func TestUnmergedPost(t *testing.T) {
	const marks = "<<<<<<< HEAD\ntitle: A\n=======\ntitle: B\n>>>>>>> branch\n"
	p, problems := Parse("a.md", []byte("---\ndraft: false\n---\n"+marks))
	if p == nil || p.Hold() != Unmerged || len(problems) != 1 || problems[0].Severity != Warning || problems[0].Line != 4 {
		t.Errorf("got %v with %v, want a post that is not published", p, problems)
	}
	p, problems = Parse("a.md", []byte("---\n"+marks+"---\nText."))
	if p != nil || len(problems) != 1 || problems[0].Line != 2 {
		t.Errorf("got %v with %v, want an error on line 2", p, problems)
	}
}

func TestConflictLine(t *testing.T) {
	const marks = "<<<<<<< HEAD\nOurs.\n=======\nTheirs.\n>>>>>>> branch\n"
	tests := []struct {
		src  string
		want int
	}{
		{"---\ntitle: A\n---\n\nText.\n\n" + marks, 7},
		{"---\n" + marks + "---\nText.\n", 2},
		{"```go\na\n```\n" + marks, 4},
		{"<<<<<<<\nOurs.\n|||||||\nBase.\n=======\nTheirs.\n>>>>>>>", 1},
		{"```\n" + marks + "```\n", 0},
		{"~~~~\n~~~\n" + marks + "~~~~\n", 0},
		{"    " + marks, 0},
		{"<<<<<<< HEAD\nText.\n", 0},
		{"<<<<<<< HEAD\nText.\n>>>>>>> branch\n", 0},
		{"Text.\n=======\n\n>>>>>>> quoted\n", 0},
	}
	for _, tt := range tests {
		if got := conflictLine([]byte(tt.src)); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.src, got, tt.want)
		}
	}
}
