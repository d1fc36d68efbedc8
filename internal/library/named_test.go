package library_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/sshblog/sshblog/internal/library"
)

func named(t testing.TB) *library.Index {
	t.Helper()
	return open(t, folder{
		"queues.md":        md("title: Queues", "date: 2026-01-01", "categories: [Databases]", "aliases: [/old/queues/]"),
		"2024/hello.md":    md("title: Hello", "date: 2026-01-02", "tags: [queues, Über uns]"),
		"second.md":        md("title: Second", "date: 2026-01-04", "series: Under Load", "tags: [databases]"),
		"first.md":         md("title: First", "date: 2026-01-03", "series: Under load"),
		"tagged.md":        md("title: Tagged", "date: 2026-01-05", "tags: [under-load-too]", "series: under-load-too"),
		"2023/hello.md":    md("title: An older one", "date: 2020-01-02"),
		"a draft of it.md": md("title: Draft", "draft: true", "series: Secret", "tags: [secret]"),
	}.fs(), library.Options{}).Current()
}

// A post wins over a category, a category over a tag, and a tag over a series, of which the first
// part is meant.
func TestNamed(t *testing.T) {
	x := named(t)
	for name, want := range map[string]string{
		"queues":                 "post queues",
		"2024/hello":             "post 2024/hello",
		"hello":                  "post 2024/hello",
		"hello.html":             "post 2024/hello",
		"old/queues":             "post queues",
		"/old/queues/":           "post queues",
		"databases":              "category databases",
		"Databases":              "category databases",
		"über-uns":               "tag über-uns",
		"Über uns":               "tag über-uns",
		"under-load":             "post first",
		"Under Load":             "post first",
		"under-load-too":         "tag under-load-too",
		"secret":                 "",
		"a draft of it":          "",
		"root":                   "",
		"":                       "",
		"/":                      "",
		" ":                      "",
		"queues\n":               "",
		"queues\x00":             "",
		"\u202equeues":           "",
		"\xffqueues":             "",
		strings.Repeat("/", 257): "",
		strings.Repeat("a", 257): "",
	} {
		got := ""
		switch n, ok := x.Named(name); {
		case !ok:
		case n.Post != nil:
			got = "post " + n.Post.Address
		case n.Category != nil:
			got = "category " + n.Category.Slug
		case n.Tag != nil:
			got = "tag " + n.Tag.Slug
		}
		if got != want {
			t.Errorf("%q leads to %q, want %q", name, got, want)
		}
	}
}

// Promise: whatever name somebody comes by, at most one thing is meant, and none by a name that
// acts on a terminal or is too long.
func FuzzNamed(f *testing.F) {
	x := named(f)
	for _, name := range []string{"queues", "../queues", "%2e%2e/queues", "https://example.com/queues", "\x1b[31m", "über-uns", "2024/hello/", "a\\b", "~", "//"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		n, ok := x.Named(name)
		meant := 0
		for _, there := range []bool{n.Post != nil, n.Category != nil, n.Tag != nil} {
			if there {
				meant++
			}
		}
		if ok != (meant == 1) || meant > 1 {
			t.Errorf("%q means %d things", name, meant)
		}
		if ok && (len(name) > 256 || strings.ContainsFunc(name, unicode.IsControl)) {
			t.Errorf("%q means something", name)
		}
		if n.Post != nil && strings.Contains(n.Post.Path, "draft") {
			t.Errorf("%q leads to %s", name, n.Post.Path)
		}
	})
}

// BenchmarkNamed is what a login name costs that leads nowhere, as nearly all do, once the first
// has been looked up.
func BenchmarkNamed(b *testing.B) {
	x := named(b)
	b.ReportAllocs()
	for b.Loop() {
		x.Named("alice")
	}
}

// A name has 256 bytes at most.
func TestLongNames(t *testing.T) {
	for length, want := range map[int]bool{256: true, 257: false} {
		name := strings.Repeat("old/", 63) + strings.Repeat("n", length-4*63)
		x := open(t, folder{"a.md": md("title: A", "aliases: [/"+name+"/]")}.fs(), library.Options{}).Current()
		if _, ok := x.Named(name); ok != want {
			t.Errorf("one of %d bytes is found: %t", length, ok)
		}
	}
}
