package post

import (
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	long := strings.Repeat("x", MaxFrontMatter)
	tests := []struct {
		name, src string
		line      int
		what      string // a part of the message
	}{
		{"too big", strings.Repeat("x", MaxSize+1), 1, "the file is 262145 bytes and the limit is 262144: split the post"},
		{"front matter too big", "\n---\na: " + long + "\n---\n", 2, "the front matter is 32772 bytes and the limit is 32768: move text into the body"},
		{"JSON too big", "{\"a\": \"" + long + "\"}", 1, "the limit is 32768"},
		{"UTF-16", "\xff\xfea\x00", 1, "UTF-16: save it as UTF-8"},
		{"YAML not closed", "\n---\ntitle: A\n\ntext", 2, "opens with --- is never closed: add a line with --- after it"},
		{"TOML not closed", "+++\ntitle = 'A'\n", 1, "opens with +++ is never closed: add a line with +++ after it"},
		{"JSON not closed", "{\"title\": \"A\"\n\ntext", 1, "opens with { is never closed: add the missing }"},
		{"colon in a value", "---\nfoo: 1\ntitle: One: two\n---\n", 3, `a value that has ": " in it needs quotes`},
		{"colon, behind CRLF and blank lines", "\r\n\r\n---\r\nfoo: 1\r\ntitle: One: two\r\n---\r\n", 5, `needs quotes`},
		{"tab", "---\ntags:\n\t- a\n---\n", 3, "indent with spaces, not with tabs"},
		{"at sign", "---\nauthor: @ada\n---\n", 2, "a value that starts with @ needs quotes"},
		{"star", "---\n\ntitle: *great* news\n---\n", 3, "a value that starts with * needs quotes"},
		{"quote not closed", "---\na: 1\ntitle: \"A\nb: 2\n---\n", 3, "the quote that opens here is never closed"},
		{"text behind a quote", "---\ntitle: \"A\" and B\n---\n", 2, "check indentation and quotes"},
		{"bracket not closed", "---\na: 1\ntags: [a, b\nb: 2\n---\n", 3, "the bracket that opens here is not closed"},
		{"a text alone", "---\njust text\n---\n", 2, `not a list of "key: value" lines`},
		{"a list alone", "---\n- a\n---\n", 2, `not a list of "key: value" lines`},
		{"a second document", "---\na: 1\n--- b\n---\n", 3, "remove the line that starts with ---"},
		{"a mistake in a second document", "---\na: 1\n--- [\n---\n", 3, "the bracket that opens here is not closed"},
		{"bad escape", "---\ntitle: \"C:\\q\"\n---\n", 2, "unknown escape"},
		{"TOML syntax", "+++\na = 1\nb = \n+++\n", 3, "TOML front matter is wrong: expected value"},
		{"TOML key twice", "+++\ntitle = 'a'\n\ntitle = 'b'\n+++\n", 4, "already been defined"},
		{"JSON syntax", "{\n\"a\": 1,\n\"b\": x\n}\n", 3, "JSON front matter is wrong: invalid character 'x'"},
		{"JSON comma", "{\n\"a\": 1,\n}\n", 3, "JSON front matter is wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems := Parse("a.md", []byte(tt.src))
			if p != nil || len(problems) != 1 {
				t.Fatalf("got post %v and problems %v, want one problem and no post", p, problems)
			}
			got := problems[0]
			if got.Severity != Error || got.Line != tt.line || !strings.Contains(got.What, tt.what) || got.Path != "a.md" {
				t.Errorf("got %v, severity %d\nwant line %d: %s", got, got.Severity, tt.line, tt.what)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		name, src string
		line      int
		what      string
	}{
		{"key twice", "---\ntitle: A\ntags: [a]\nTitle: B\n---\n", 4, "Title is given twice, first on line 2: this one counts, remove the other"},
		{"key twice in other spelling", "---\nreading_time: 1\nreadingTime: 2\n---\n", 3, "readingTime is given twice, first on line 2"},
		{"JSON key twice", "{\n\"title\": \"A\",\n\"title\": \"B\"\n}\n", 3, "title is given twice, first on line 2"},
		{"date", "---\ntitle: A\ndate: soon\n---\n", 3, `date: "soon" is not a date: write it like 2026-03-12`},
		{"a day that does not exist", "---\nlastmod: 2023-02-30\n---\n", 2, `lastmod: "2023-02-30" is not a date`},
		{"a list for a date", "---\n\nexpiryDate: [2023-01-01]\n---\n", 3, "expiryDate: a list is not a date"},
		{"published", "---\npublished: later\n---\n", 2, `published: "later" is not a date`},
		{"draft", "---\ndraft: perhaps\n---\n", 2, `draft: "perhaps" is not true or false`},
		{"title", "---\ntitle: [Draft]\n---\n", 2, "title: a list is not a text"},
		{"title as a table", "+++\na = 1\n[title]\nb = 1\n+++\n", 3, "title: a table is not a text"},
		{"summary", "---\nsummary: {a: b}\n---\n", 2, "summary: a table is not a text"},
		{"slug", "---\nslug: '///'\n---\n", 2, `slug: "///" is not a slug: write words of letters and digits, joined by -`},
		{"slug as a list", "---\nslug: [a]\n---\n", 2, "slug: a list is not a text"},
		{"lists in lists", "---\ntags:\n  - a\n  - [b]\n---\n", 4, "tags: a list is not a name"},
		{"an author without a name", "---\nauthor:\n  mail: a@b\n---\n", 2, "author: a table is not a name: write the name, or a table with name"},
		{"reading time", "---\nreading_time: long\n---\n", 2, `reading_time: "long" is not a reading time in minutes: write it like 7`},
		{"negative reading time", "---\nreading_time: -1\n---\n", 2, `reading_time: "-1" is not`},
		{"huge reading time", "---\nreading_time: 1e300\n---\n", 2, `reading_time: "1e300" is not`},
		{"TOML value", "+++\ntitle = 'A'\n# date = 1\ndate = 'soon'\n+++\n", 4, `date: "soon" is not a date`},
		{"nested TOML value", "+++\n[extra]\nx = 1\nreading_time = true\n+++\n", 4, `reading_time: "true" is not`},
		{"JSON value", "{\n\"a\": [\n1],\n\"date\":\n\"soon\"}\n", 4, `date: "soon" is not a date`},
		{"not UTF-8", "---\ntitle: A\n---\n\ncaf\xe9\n\xff\n", 5, "byte 0xE9 is not UTF-8 and shows as \ufffd: save the file as UTF-8"},
		{"control character", "---\r\ntitle: A\r\n---\r\n\r\na\x1b[31mb\r\n\x00", 5, "control character U+001B is dropped: remove it"},
		{"a long key", "---\n? \"a b\"\n: 1\nslug: {a: 1}\n---\n", 4, "slug: a table is not a text"},
		{"long value with control characters", "---\ndate: \"\\u202e" + strings.Repeat("x", 500) + "\"\n---\n", 2, `date: "\u202e` + strings.Repeat("x", 57) + `…" is not a date`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems := Parse("a.md", []byte(tt.src))
			if p == nil || len(problems) != 1 {
				t.Fatalf("got post %v and problems %v, want one problem and a post", p, problems)
			}
			got := problems[0]
			if got.Severity != Warning || got.Line != tt.line || !strings.Contains(got.What, tt.what) {
				t.Errorf("got %v, severity %d\nwant line %d: %s", got, got.Severity, tt.line, tt.what)
			}
		})
	}
}

// What a warning is about falls back to what a reader can live with.
func TestWarnedValues(t *testing.T) {
	p, _ := Parse("2024-01-02-a.md", []byte("---\ntitle: A\ntitle: B\ndate: soon\ndraft: perhaps\nslug: '?'\ntags: [a, [b], c]\nreading_time: 0\n---\ntext\n"))
	if p == nil {
		t.Fatal("no post")
	}
	want := "slug: a\ntitle: B\ndate: 2024-01-02T00:00:00Z\ndraft: true\ntags: a | c\nminutes: 1\nsummary: text\nbody: 10\n"
	if got := show(p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWarningsAreCapped(t *testing.T) {
	p, problems := Parse("a.md", []byte("---\ntags: ["+strings.Repeat("[],", 1000)+"]\n---\n"))
	if p == nil || len(problems) != maxWarnings {
		t.Errorf("got %d problems, want %d", len(problems), maxWarnings)
	}
}

// None of the decoders is known to panic, so this calls one that is not there.
func TestDecoderPanicIsAnError(t *testing.T) {
	r := &report{path: "a.md"}
	_, ok := r.decode(parts{format: formatLines + 1, metaLine: 3})
	if ok || len(r.problems) != 1 || r.problems[0].Severity != Error || r.problems[0].Line != 3 {
		t.Errorf("got %v and %v, want an error on line 3", ok, r.problems)
	}
}

func TestProblemString(t *testing.T) {
	p := Problem{Path: "a\x1b[31m\n.md", Line: 0, What: "it is wrong"}
	if got, want := p.String(), "a[31m .md:1: it is wrong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
