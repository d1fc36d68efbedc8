package post

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// notices returns what an author is told of front matter, without the file.
func notices(t *testing.T, src string) []string {
	t.Helper()
	p, problems := Parse("a.md", []byte(src))
	if p == nil {
		t.Fatal(problems)
	}
	var got []string
	for _, problem := range problems {
		if problem.Severity != Notice {
			t.Errorf("%v is no notice", problem)
		}
		got = append(got, strings.TrimPrefix(problem.String(), "a.md:"))
	}
	return got
}

func TestMisspeltKeys(t *testing.T) {
	for wrong, right := range map[string]string{
		"tilte": "title", "Titel": "title", "catgories": "categories", "summry": "summary", "expirydat": "expiryDate",
		"publishdat": "publishDate", "publish_dte": "publishDate", "dat": "", "daet": "date", "Tagss": "tags", "slig": "slug",
		"data": "", "authorId": "", "updated_at": "", "publishedAt": "", "layout": "", "weight": "", "image": "", "type": "", "publisher": "", "toc": "", "lang": "", "language": "",
		"a_key_that_is_longer_than_any": "", "über": "", "page": "", "linkTitle": "", "menu": "", "math": "",
	} {
		want := []string(nil)
		if right != "" {
			want = []string{"2: " + wrong + " is not a key here; did you mean " + right + "?"}
		}
		if got := notices(t, "---\n"+wrong+": [x]\n---\nText."); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", wrong, got, want)
		}
	}
}

// What most likely says when a post appears or disappears is heard, unless the right key says it.
func TestMisspeltTimes(t *testing.T) {
	for src, want := range map[string]string{
		"publihsDate: 2030-01-02": "2030-01-02 0001-01-01", "expiriDate: 2020-01-02": "0001-01-01 2020-01-02",
		"publihsDate: 2030-01-02\npublishDate: 2020-01-02": "2020-01-02 0001-01-01", "publishDate: 2020-01-02\npublihsDate: 2030-01-02": "2020-01-02 0001-01-01",
	} {
		p, problems := Parse("a.md", []byte("---\n"+src+"\n---\nText."))
		if given := strings.Contains(src, "\n"); strings.Contains(problems[0].What, "It is taken for that") == given || strings.Contains(problems[0].What, "That is given, too, and counts") != given {
			t.Errorf("%q: got %v", src, problems)
		}
		if got := p.PublishDate().Format(time.DateOnly) + " " + p.ExpiryDate().Format(time.DateOnly); got != want || len(problems) != 1 {
			t.Errorf("%q: got %s with %v, want %s", src, got, problems, want)
		}
	}
}

// What is most likely a draft does not go out.
func TestMisspeltDraft(t *testing.T) {
	for src, want := range map[string]Hold{"darft: true": Draft, "Drafft: yes": Draft, "darft: false": unsaid, "darft: true\ndraft: false": published, "draft: false\ndarft: true": published, "darft: true\npublished: true": Draft} {
		p, problems := Parse("a.md", []byte("---\n"+src+"\n---\nText."))
		if p.said.author != want || len(problems) != 1 || !strings.Contains(problems[0].What, "did you mean draft?") || strings.Contains(problems[0].What, "taken for one") != (want == Draft) {
			t.Errorf("%q: got %v with %v, want %v", src, p.said.author, problems, want)
		}
	}
}

func TestLostWords(t *testing.T) {
	const comment = `: what comes after " #" is a comment: put the text in quotes`
	tests := []struct {
		in   string
		want []string
	}{
		{"title: Learning C # part 1", []string{"2: title" + comment}},
		{"tags: #one #two", []string{"2: tags" + comment}},
		{"tags:\n- #one\n- two #three", []string{"3: tags" + comment, "4: tags" + comment}},
		{"title: &you and me", []string{`2: title: YAML leaves out "&you": put the text in quotes`}},
		{"title: !important thing", []string{`2: title: YAML leaves out "!important": put the text in quotes`}},
		{"tags: [one, !two three]", []string{`2: tags: YAML leaves out "!two": put the text in quotes`}},
		{"title: 'C # 1' # a comment", nil},
		{"draft: true # a comment", nil},
		{"tags: [a] # a comment", nil},
		{"tags: # add some", nil},
		{"description: |\n  a #1\n  - b #2", nil},
		{"title: C#", nil},
		{"title: &t A\nsummary: *t", nil},
		{"title: !!str 2023", nil},
	}
	for _, tt := range tests {
		if got := notices(t, "---\n"+tt.in+"\n---\nText."); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCategoriesOfEngines(t *testing.T) {
	tests := []struct{ path, src, want string }{
		{"a.md", "---\ncategories: a b\n---\nText.", "a|b"},
		{"a.md", "+++\ncategories = 'a b'\n+++\nText.", "a b"},
		{"a.md", "{\"categories\": \"a b, c\"}\nText.", "a b|c"},
		{"db/_posts/2026-01-02-a.md", "Text.", "db"},
		{"docs/db/sql/_posts/in/2026-01-02-a.md", "---\ncategories: [x, DB]\n---\nText.", "db|sql|x"},
		{"db/_drafts/a.md", "---\ncategory: y\n---\nText.", "db|y"},
		{"source/_posts/a.md", "Text.", ""},
		{"db/a.md", "Text.", ""},
	}
	for _, tt := range tests {
		p := whole(t, tt.path, tt.src)
		if got := strings.Join(p.Categories, "|"); got != tt.want {
			t.Errorf("%s, %q: got %s, want %s", tt.path, tt.src, got, tt.want)
		}
	}
}
