package post

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// FuzzParse promises, for any file and name:
//   - it returns, and never panics;
//   - the post is nil if and only if there is an Error;
//   - every problem is one clean line and names a line that the file has;
//   - no text of the post holds a control character (but newlines and tabs in
//     the body), a bidirectional override or bytes that are not UTF-8;
//   - passages are clean, not blank and not long;
//   - titles, slugs, names and summaries keep their limits;
//   - the slug is fit for commands and links, and minutes are not negative.
func FuzzParse(f *testing.F) {
	for _, src := range []string{
		"---\ntitle: \"A &#27;[31m\\e\"\ndate: 2024-01-02 03:04:05 +0600\ntags: [a, *b]\n---\n\n# H\n\ntext <!--more--> more\n",
		"---\r\ntitle: A: b\r\n---\r\ntext",
		"---\ntitle: A\ntitle: B\ndraft: x\n...\n> quote\n\n| a | b |\n|---|\n",
		"+++\ntitle = 'A'\ndate = 2024-01-02\n[taxonomies]\ntags = ['x']\n[extra]\nauthor = {name = 'y'}\n+++\n```\ncode",
		"{\"title\": \"A\\u202e\", \"authors\": [{\"name\": \"x\"}], \"readingTime\": 2.5}\n{{< x >}}",
		"---\nx: &x {title: y}\n<<: [*x, *x]\naliases: [/a/, b]\nslug: -/-\n---\n\x9b\x00\u2028",
		"[a](b) ![c][d] `e` __init__ *f* <g> &amp; {% h %}\n===\n",
		"{{< figure alt=\"a\" title='b {{< note c >}}'\n>}} ![d](e) <img alt=f>{% include note.html content=`g` %}",
		"<a b=\"{{< c \"d\" >}}\">e</a> {{ f }} $g_h$ :tada: i\\\n{% raw %}{{ site.j }}{% endraw %}\n| k \\| l |\n|--|\n",
		"---\nsummary: |\n  long\nexcerpt_separator: x\npublished: no\nreading_time: 7 min\n---\n日本語。\n",
	} {
		f.Add("2024-01-02-a/index.md", []byte(src))
	}
	f.Fuzz(func(t *testing.T, path string, src []byte) {
		p, problems := Parse(path, src)
		lines := 1 + bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r"))
		failed := false
		for _, problem := range problems {
			failed = failed || problem.Severity == Error
			if problem.Line < 1 || problem.Line > lines {
				t.Errorf("line %d of %d: %v", problem.Line, lines, problem)
			}
			isClean(t, "problem", problem.String(), 0)
		}
		if failed != (p == nil) {
			t.Fatalf("post %v with problems %v", p, problems)
		}
		if p == nil {
			return
		}
		isClean(t, "title", p.Title(), MaxTitle)
		isClean(t, "series", p.Series(), MaxName)
		isClean(t, "summary", p.Summary(), MaxSummary)
		isClean(t, "summary of the body", p.summarize(p.Body()), MaxSummary)
		isClean(t, "heading", p.read(p.Body()).heading, 0)
		isClean(t, "body", strings.NewReplacer("\n", "", "\t", "").Replace(p.Body()), 0)
		for _, alias := range p.Aliases() {
			isClean(t, "alias", alias, maxAlias)
		}
		for _, names := range [][]string{p.Categories, p.Tags, p.Authors()} {
			for _, name := range names {
				isClean(t, "name", name, MaxName)
			}
		}
		for _, text := range p.Passages(nil) {
			// Entities and emoji may grow: ":a:" is three bytes and stands for seven.
			isClean(t, "passage", text, 3*passageMax)
			if strings.TrimSpace(text) == "" {
				t.Errorf("a blank passage %q", text)
			}
		}
		isSlugOK(t, p.Slug)
		if p.Title() == "" || p.Slug == "" || p.Minutes() < 0 || p.BodyLine() < 1 || p.BodyLine() > lines+1 {
			t.Errorf("title %q, slug %q, %d minutes, body on line %d of %d", p.Title(), p.Slug, p.Minutes(), p.BodyLine(), lines)
		}
	})
}

// FuzzSlugify promises a slug that is fit for commands and links, that is its
// own slug, and that is empty only for text without anything to see.
func FuzzSlugify(f *testing.F) {
	for _, s := range []string{"CI/CD", "C++ & C#", "-rf", "é́", "🔥", "a\u200db", "İ", "ǅ", "\xff", "日本 語", strings.Repeat("a-", 60), "++", "a#b#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		slug := Slugify(s)
		isSlugOK(t, slug)
		if again := Slugify(slug); again != slug {
			t.Errorf("Slugify(%q) = %q, and its slug is %q", s, slug, again)
		}
		if slug == "" && strings.ContainsFunc(plaintext.Clean(s), func(r rune) bool {
			return r != utf8.RuneError && !unicode.IsSpace(r) && !unicode.Is(unicode.Variation_Selector, r)
		}) {
			t.Errorf("%q has no slug", s)
		}
	})
}

// FuzzPlainYAML promises that the quick reader of YAML, wherever it answers,
// says what the decoder says.
func FuzzPlainYAML(f *testing.F) {
	for _, s := range []string{
		"title: A b, c\ndate: 2019-06-18 09:00:00 -0500 \n# x\n\ntags:\n  - a\n  # y\n  - 'b c'\nauthors: [a, \"b\", /c]\n",
		"title: \"a # b: c\"\ntags:\n- a\n- b\nsummary:\nslug: null\n",
		"tags: []\ntitle: x:y http://z\nseries: é\nauthor: a\n  b\n",
		"title: a\n\n  b\ntags: [a, b,]\nslug: 'it''s'\ndraft:false",
		"tags:\n    - a\n  - b\ndeck: - x\n", "title: a #b\n", "tags: [a b, - c]\n", "title:\n a\n", "-a: b\n--: c\n---: d\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		meta := []byte(plaintext.CleanBody(strings.NewReplacer("\ufffe", "", "\uffff", "").Replace(s))) // as Parse and yamlNodes do
		got, ok := plainYAML(meta, 7)
		if !ok {
			return
		}
		want, err := yamlNodes(meta, 7)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q\n got %+v\nwant %+v, %v", meta, got, want, err)
		}
	})
}

// isClean fails the test if s is not one clean line of at most so many bytes
// (any number if it is 0). It is written apart from what it tests.
func isClean(t *testing.T, what, s string, most int) {
	t.Helper()
	if most > 0 && len(s) > most {
		t.Errorf("%s has %d bytes, more than %d: %q", what, len(s), most, s)
	}
	if !utf8.ValidString(s) {
		t.Errorf("%s is not UTF-8: %q", what, s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			t.Errorf("%s holds %U: %q", what, r, s)
		}
	}
}

func isSlugOK(t *testing.T, slug string) {
	t.Helper()
	isClean(t, "slug", slug, MaxSlug)
	if strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.ContainsAny(slug, "/\\.~ \"'$") ||
		strings.ContainsFunc(slug, unicode.IsSpace) || strings.ToLower(slug) != slug {
		t.Errorf("%q is no slug", slug)
	}
}
