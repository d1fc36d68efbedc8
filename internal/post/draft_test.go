package post

import "testing"

func TestAsDraft(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"---\ntitle: A\ndraft: false # yet\ntags: [a]\n---\nText with draft: false\n", "---\ntitle: A\ndraft: true\ntags: [a]\n---\nText with draft: false\n"},
		{"---\r\ntitle: A\r\n---\r\nText\r\n", "---\r\ndraft: true\r\ntitle: A\r\n---\r\nText\r\n"},
		{"+++\ntitle = \"A\"\n[params]\ndraft = 1\n+++\nText\n", "+++\ndraft = true\ntitle = \"A\"\n[params]\ndraft = 1\n+++\nText\n"},
		{"+++\ntitle = \"A\"\ndraft = false\n+++\nText\n", "+++\ntitle = \"A\"\ndraft = true\n+++\nText\n"},
		{"# A\n\nText\n", "---\ndraft: true\n---\n# A\n\nText\n"},
		{"---\ntitle: A\nparams:\n  draft: false\n---\nText\n", "---\ndraft: true\ntitle: A\nparams:\n  draft: false\n---\nText\n"},
		{"---\ntitle: A\ntittle: B\n---\nText\n", "---\ndraft: true\ntitle: A\ntittle: B\n---\nText\n"},
		{"---\ntitle: A #1 of\n---\nText\n", "---\ndraft: true\ntitle: A #1 of\n---\nText\n"},
		{"---\ntitle: A\n---\n", "---\ndraft: true\ntitle: A\n---\n"},
		{"{\"title\": \"A\"}\nText\n", ""},
		{"Title: A\nDate: 2026-01-02\n\nText\n", ""},
		{"---\ntitle: [\n---\nText\n", ""},
	} {
		got, err := AsDraft("a.md", []byte(test.text))
		if string(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q becomes %q, %v", test.text, got, err)
		}
	}
}
