package post

import (
	"strings"
	"testing"
)

func TestHold(t *testing.T) {
	tests := []struct {
		front string
		want  Hold
	}{
		{"title: A", unsaid},
		{"draft: false", published},
		{"draft: true", Draft},
		{"draft: perhaps", Draft},
		{"published: false", Draft},
		{"published: 2026-01-02", unsaid},
		{"publish: false", Draft},
		{"status: draft", Draft},
		{"Status: hidden", Hidden},
		{"status: private", Hidden},
		{"status: published", unsaid},
		{"status: done", unsaid},
		{"draft: false\nstatus: hidden", Hidden},
		{"hidden: true", Hidden},
		{"unlisted: true", Hidden},
		{"private: false", unsaid},
		{"headless: true", Headless},
		{"permalink: false", Unrendered},
		{"permalink: false-friends/", unsaid},
		{"eleventyExcludeFromCollections: true", Unlisted},
		{"headless: false", unsaid},
		{"build:\n  list: never", Unlisted},
		{"build:\n  list: local", unsaid},
		{"_build: {render: never}", Unrendered},
		{"_build: {render: false, list: true}", Unrendered},
		{"build:\n  render: link", Unrendered},
		{"build:\n  render: always\n  list: always", unsaid},
		{"render: false", Unrendered},
		{"draft: false\npublishDate: 2026-02-30", Draft},
		{"publishDate: soon", Draft},
		{"publishDate: 0001-01-01T00:00:00Z", unsaid}, // Hugo's zero
		{"publishDate:", unsaid},
		{"expiryDate: never", unsaid},
		{"draft: true\nbuild: {list: never}", Draft},
		{"extra:\n  draft: true", Draft},
		{"draft: false\nextra:\n  draft: true", unsaid},
		{"menu:\n  draft: true", unsaid},
		{"cascade:\n  draft: true", unsaid}, // not for the page itself
	}
	for _, tt := range tests {
		p, problems := Parse("a.md", []byte("---\n"+tt.front+"\n---\nText.\n"))
		if p == nil {
			t.Fatalf("%q: %v", tt.front, problems)
		}
		if got := p.Hold(); got != tt.want && (got.Withheld() || tt.want.Withheld()) {
			t.Errorf("%q: got %d, want %d", tt.front, got, tt.want)
		}
	}
}

func TestMisplacedKeys(t *testing.T) {
	tests := []struct {
		front string
		draft bool
		want  string // the problems
	}{
		{"[extra]\ndraft = true", true, "a.md:3: draft belongs to extra here; the post is taken for a draft all the same: move it before the tables"},
		{"[menu]\npublished = false", true, "a.md:3: published belongs to menu here; the post is taken for a draft all the same: move it before the tables"},
		{"[taxonomies]\ntags = ['a']\ndate = 2026-01-02\nauthor = 'B'", false, "a.md:4: date belongs to taxonomies here, and does not count for the post: move it before the tables"},
		{"[extra]\nexpiryDate = 2026-01-02", false, "a.md:3: expiryDate belongs to extra here, and does not count for the post: move it before the tables"},
		{"date = 2026-01-02\ndraft = false\n[extra]\ndraft = true\ndate = 2025-01-02\ntitle = 'T'", false, ""},
		{"[extra]\ndate = 2025-01-02\ndraft = false", false, ""}, // a theme's
		{"[cascade]\ndraft = true", false, ""},
	}
	for _, tt := range tests {
		p, problems := Parse("a.md", []byte("+++\n"+tt.front+"\n+++\nText.\n"))
		var got []string
		for _, problem := range problems {
			if problem.Severity != Notice {
				t.Errorf("%q: %v is no notice", tt.front, problem)
			}
			got = append(got, problem.String())
		}
		if p.Hold() == Draft != tt.draft || strings.Join(got, "\n") != tt.want {
			t.Errorf("%q: draft is %v, want %v; got %q, want %q", tt.front, p.Hold() == Draft, tt.draft, got, tt.want)
		}
	}
}
