package post

import (
	"strings"
	"testing"
)

// Front matter that begins without a line that opens it is read where an engine does so.
func TestOpenFrontMatter(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"Pelican", "Title: A: b\nDate: 2026-01-02 10:20\nTags: x y, z\nAuthors: Doe, J.; Roe\nStatus: draft\nSummary: One\n    and two\n\nText.", "A: b|2026-01-02|x y, z|Doe, J., Roe|draft|One and two|9|Text."},
		{"Pelican with text at once", "Title: A\nDate: 2026-01-02\n# Heading", "A|2026-01-02|||||3|# Heading"},
		{"Pelican with one line", "title: A\n\nText.", "A|||||Text.|3|Text."},
		{"Dataview", "title:: A\ndraft:: true\n\nText.", "A||||draft|Text.|4|Text."},
		{"Hexo", "title: A\ntags:\n- x\n- y\ndate: 2026-01-02\n---\nText.", "A|2026-01-02|x, y|||Text.|7|Text."},
		{"Hexo's JSON", ";;;\n\"title\": \"A\",\n\"tags\": [\"x\"]\n;;;\n\nText.", "A||x|||Text.|6|Text."},
		{"Hexo's JSON without an opening line", "\"title\": \"A\",\n\"draft\": true\n;;;\nText.", "A||||draft|Text.|4|Text."},
		{"text", "Note: this is text.\nTitle: none.", "Note: this is text. Title: none.||||||1|Note: this is text.\nTitle: none."},
		{"a sentence", "Summary: this is text.\n\nMore.", "Summary: this is text. More.||||||1|Summary: this is text.\n\nMore."},
		{"a line of a title within a paragraph", "Title: this is text\nthat goes on.", "Title: this is text that goes on.||||||1|Title: this is text\nthat goes on."},
		{"a day", "Date: tomorrow.\n\nText.", "Date: tomorrow. Text.||||||1|Date: tomorrow.\n\nText."},
		{"an address", "http://example.org\n\nText.", "http://example.org Text.||||||1|http://example.org\n\nText."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems := Parse("a.md", []byte(tt.src))
			if p == nil || len(problems) > 0 {
				t.Fatalf("got %v with problems %v", p, problems)
			}
			date, summary := "", p.Summary()
			if !p.Date.IsZero() {
				date = p.Date.Format("2006-01-02")
			}
			if summary == p.Title() {
				summary = ""
			}
			got := strings.Join([]string{p.Title(), date, strings.Join(p.Tags, ", "), strings.Join(p.Authors(), ", "), p.Hold().String(), summary}, "|") +
				"|" + string(rune('0'+p.BodyLine())) + "|" + p.Body()
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Front matter that is not read as such is an error: it may make the post a draft.
func TestMisreadFrontMatter(t *testing.T) {
	const meta = "title: A\ndate: 2026-01-02\n"
	refused := []struct {
		src  string
		line int
		what string
	}{
		{"<!-- a\nb -->\n\n---\n" + meta + "---\nText.", 4, "move the comment below it"},
		{"# Heading\n\n---\n" + meta + "---\nText.", 3, "move the heading below it"},
		{"# Heading\n+++\ntitle = 'A'\ndraft = true\n+++\nText.", 2, "move the heading below it"},
		{"  ---\n  title: A\n  ---\nText.", 1, "write --- at the start of a line"},
		{"\n----\n" + meta + "----\nText.", 2, `not "----"`},
		{"—\n" + meta + "—\nText.", 1, `not "—"`},
		{"–––\n" + meta + "---\nText.", 1, "a line of --- opens"},
		{"***\n" + meta + "***\nText.", 1, `not "***"`},
		{"---yaml\n" + meta + "---\nText.", 1, `not "---yaml"`},
		{"----\n" + meta + "\nText.", 1, `not "----"`},
		{"```yaml\n" + meta + "```\nText.", 1, "in a block of code"},
		{"<!--\n" + meta + "-->\nText.", 1, "in a comment"},
		{"{\n  title: 'A',\n  draft: true\n}\nText.", 1, "need quotes"},
		{"\u00a0---\n" + meta + "---\nText.", 1, "something stands before"},
		{"\\---\n" + meta + "\\---\nText.", 1, "something stands before"},
		{"- - -\n" + meta + "- - -\nText.", 1, `not "- - -"`},
		{"--\n" + meta + "--\nText.", 1, `not "--"`},
		{"--- # mine\n" + meta + "---\nText.", 1, `not "--- # mine"`},
		{"Text.\n\n---\n" + meta + "---\nMore.", 3, "move the text below it"},
		{"# Heading\n\ntitle: A\ndraft: true\n\nText.", 3, "move the heading below it"},
		{"---\ntitle: A\n---\n\n---\n" + meta + "---\nText.", 5, "once more"},
		{"---\n---\n+++\ntitle = 'A'\n+++\nText.", 3, "once more"},
		{"---\n---\n" + meta + "---\nText.", 3, "once more"},
		{"```markdown\n---\n" + meta + "---\n\nText.\n```", 1, "in a block of code"},
	}
	for _, tt := range refused {
		p, problems := Parse("a.md", []byte(tt.src))
		if p != nil || len(problems) != 1 || problems[0].Line != tt.line || !strings.Contains(problems[0].What, tt.what) {
			t.Errorf("%q: got %v, want line %d: %s", tt.src, problems, tt.line, tt.what)
		}
	}
	for _, src := range []string{
		"# Heading\n\n---\n\nText: more.\n\n---\n",
		"# How to\n\n```yaml\n" + meta + "```\n",
		"Text.\n\n----\n" + meta + "----\n",
		"# How to\n\n```\n---\n" + meta + "---\n```\n\n---\n",
		"``` go title=\"x\"\n---\n" + meta + "---\n```\n",
		"# Minutes\n\nDate: 2026-01-02\nAuthor: A\n\nText.",
		"---\ntitle: A\n---\n\n---\n\nText: more.\n\n---\n",
		"---\n---\n\nNote: text.\n---\n",
		"```go\ntype T struct {}\n```\n",
		"***\nNote: text.\n***\n",
		"<!-- never closed",
		"----\n",
		"",
	} {
		if p, problems := Parse("a.md", []byte(src)); p == nil {
			t.Errorf("%q: %v", src, problems)
		}
	}
}
