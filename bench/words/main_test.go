package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.md": "---\ntitle: A\n---\nOne *two* three[^1]. 中文\n中文 :tada:\n\n[^1]: Four\n\n<div>a&nbsp;<b>b</b>&nbsp;c</div>\n<script>d</script>\n",
		"b.md": "left out {{< as goldmark knows nothing of it >}}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, shown := range map[string]func(*post.Post) ([]string, error){"a page": wordsOf, "a feed": wordsOfFeed} {
		var out strings.Builder
		s, err := compare(&out, dir, 10, 1, shown)
		if err != nil || s != (sum{posts: 1, words: 11}) {
			t.Errorf("of %s: got %+v, %v, and %s", name, s, err, out.String())
		}
	}
}

// What is lost and what stands elsewhere is told, also in texts that are compared in pieces.
func TestDiffer(t *testing.T) {
	long := strings.Fields(strings.Repeat("a b c d e f g h i j k l m n ", 900))
	at := len(long) / 2
	without := slices.Concat(long[:at], []string{"extra"}, long[at:])
	for _, test := range []struct {
		want, got   []string
		lost, moved int
	}{
		{fieldsOf("a b c"), fieldsOf("x a b y c"), 0, 0},
		{fieldsOf("a b c"), fieldsOf("a c"), 1, 0},
		{fieldsOf("a b c"), fieldsOf("b c a"), 0, 1},
		{fieldsOf("a b"), nil, 2, 0},
		{long, without, 0, 0},
		{slices.Insert(slices.Clone(long), at, "lost", "too"), without, 2, 0},
		{slices.Insert(slices.Clone(long), 10, "extra"), without, 0, 1},
	} {
		lost, moved := differ(test.want, test.got)
		if len(lost) != test.lost || len(moved) != test.moved {
			t.Errorf("of %d words %d are lost and %d out of order, want %d and %d", len(test.want), len(lost), len(moved), test.lost, test.moved)
		}
	}
}

func fieldsOf(text string) []string { return strings.Fields(text) }
