package post

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// sourceOf returns what readers get of a file.
func sourceOf(t testing.TB, path, src string) (*Post, string) {
	t.Helper()
	p, problems := Parse(path, []byte(src))
	if p == nil {
		t.Fatalf("%s: %v", path, problems)
	}
	var b strings.Builder
	for piece := range p.Source() {
		b.WriteString(piece)
	}
	if b.Len() != p.SourceSize() || b.Len() > MaxSource {
		t.Errorf("%s: %d bytes, SourceSize is %d, MaxSource %d", path, b.Len(), p.SourceSize(), MaxSource)
	}
	return p, b.String()
}

func TestSource(t *testing.T) {
	for _, tt := range []struct{ name, path, src, want string }{
		{
			"all that is known", "a.md", "---\ntags: [x, \"y \\\" \\\\\"]\ntitle: 'It''s: \"so\"'\ndate: 2026-03-12 09:00:00 +0100\nlastmod: 2026-04-01\nslug: other\nlang: pt_BR\nauthor: Ann\ncategory: CI/CD\nseries: S\ndescription: What *it* is\naliases: [/old/]\npassword: secret # note\n---\n\nText.\n\n",
			"---\ntitle: \"It's: \\\"so\\\"\"\ndate: 2026-03-12T09:00:00+01:00\nlastmod: 2026-04-01T00:00:00Z\nslug: \"other\"\nlanguage: \"pt-br\"\nauthors: [\"Ann\"]\ncategories: [\"CI/CD\"]\ntags: [\"x\", \"y \\\" \\\\\"]\nseries: \"S\"\nsummary: \"What it is\"\naliases: [\"/old/\"]\n---\n\nText.\n",
		},
		{"TOML", "a.md", "+++\ntitle = \"T\"\ndate = 2026-03-12\n[extra]\nkey = 1\n+++\nText.", "---\ntitle: \"T\"\ndate: 2026-03-12T00:00:00Z\n---\n\nText.\n"},
		{"nothing known", "a.md", "Text.", "---\n---\n\nText.\n"},
		{"nothing at all", "a.md", "", "---\n---\n"},
		{"a date in the name", "2026-03-12-a.md", "Text.", "---\ndate: 2026-03-12T00:00:00Z\n---\n\nText.\n"},
		{"comments", "a.md", "---\ntitle: T <!-- a --> x\nsummary: S <!-- b -->\n---\nOne <!-- c -->two.\n\n<!--\nd\n-->\n\n`<!-- e -->`\n", "---\ntitle: \"T x\"\nsummary: \"S\"\n---\n\nOne two.\n\n\n\n`<!-- e -->`\n"},
		{"nothing but comments", "a.md", "<!-- a -->", "---\n---\n\n\n"},
		{"what acts on a terminal", "a.md", "---\ntitle: \"a\\e[31mb\\u202e\"\n---\nx\x1b]0;y\a\u202ez\r\nw", "---\ntitle: \"a[31mb\"\n---\n\nx]0;yz\nw\n"},
	} {
		if _, got := sourceOf(t, tt.path, tt.src); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// Whether a post has been read before makes no difference.
func TestSourceBeforeAndAfterReading(t *testing.T) {
	const src = "One <!-- a --> two.\n"
	p, fresh := sourceOf(t, "a.md", src)
	q, _ := Parse("a.md", []byte(src))
	for range q.Passages(nil) {
		continue
	}
	if later := strings.Join(slices.Collect(q.At("b", "de").Source()), ""); !strings.HasSuffix(later, "\nOne  two.\n") || !strings.HasSuffix(fresh, "\nOne  two.\n") {
		t.Errorf("%q and %q", fresh, later)
	}
	if p.Summary() != q.Summary() {
		t.Errorf("summaries %q and %q", p.Summary(), q.Summary())
	}
}

// Promise: a source is clean, no longer than MaxSource, and a post itself that says the same.
func FuzzSource(f *testing.F) {
	for _, src := range []string{
		"---\ntitle: a\ntags: [b, c]\n---\n<!-- x -->d", "<!--", "---\ntitle: \"\\\"\"\nsummary: a\\\\b\n---\n", "+++\ndate = 2026-01-02T03:04:05+09:00\n+++\n`<!--`-->",
		"---\naliases: [a b, \"c,d\"]\nauthors: 'x, y'\n---\n", "---\ntags: a\n---\n---\n---\n", "---\ncategories: [\"'\", \"#\", \"[\", \"{{ a }}\"]\nseries: \"- a: b\"\n---\n",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, _ := Parse("a.md", []byte(src))
		if p == nil {
			return
		}
		_, source := sourceOf(t, "a.md", src)
		if plaintext.CleanBody(source) != source {
			t.Errorf("%q is not clean", source)
		}
		if len(source) > MaxSize {
			return
		}
		q, problems := Parse("a.md", []byte(source))
		if q == nil && strings.Contains(problems[0].What, "front matter once more") {
			return // its body begins as front matter does
		}
		if q == nil {
			t.Fatalf("%q cannot be read: %v", source, problems)
		}
		if !p.Date.Truncate(1e9).Equal(q.Date) || !slices.Equal(p.Tags, q.Tags) || !slices.Equal(p.Categories, q.Categories) || !slices.Equal(p.Authors(), q.Authors()) || p.Series() != q.Series() || p.Slug != q.Slug {
			t.Errorf("%q says something else than %q: %v, %v", source, src, p, q)
		}
	})
}

// The longest source stays below MaxSource.
func TestLongestSource(t *testing.T) {
	var names strings.Builder
	for i := range 100 {
		names.WriteString(`'` + strings.Repeat(`"`, 45) + strings.Repeat(string(rune('a'+i%26)), i/26+1) + `x', `)
	}
	src := "---\ntags: &n [" + names.String() + "]\ncategories: *n\nauthors: *n\naliases: *n\n---\n"
	_, got := sourceOf(t, "a.md", src+strings.Repeat("a", MaxSize-len(src)))
	if len(got) < MaxSize+MaxFrontMatter {
		t.Errorf("it has %d bytes, and is no long one", len(got))
	}
}
