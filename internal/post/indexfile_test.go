package post

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseIndex(t *testing.T) {
	tests := []struct {
		name, src string
		want      IndexFile
	}{
		{"a blog", "---\ntitle: Notes &amp; *Queries*\ntagline: On systems\ndescription: More of it\n---\n", IndexFile{Title: "Notes & Queries", Tagline: "On systems", Description: "More of it"}},
		{"a subtitle", "+++\ntitle = 'A'\nsubtitle = 'S'\ndescription = 'D'\n+++\n", IndexFile{Title: "A", Tagline: "S", Description: "D"}},
		{"a category", "---\ntitle: CI/CD\ncategory: ci\ndescription: |\n  Builds and\n  deploys.\n---\nText.", IndexFile{Title: "CI/CD", Tagline: "Builds and deploys.", Description: "Builds and deploys.", Category: "ci"}},
		{"its body describes it", "---\ntitle: Ops\n---\n\nFirst *paragraph*.\n", IndexFile{Title: "Ops", Description: "First paragraph."}},
		{"no front matter", "# Ops\n\nText.", IndexFile{Description: "Text."}},
		{"empty", "", IndexFile{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := ParseIndex("_index.md", []byte(tt.src))
			if got == nil || len(problems) > 0 {
				t.Fatalf("got %v with problems %v", got, problems)
			}
			if !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got %+v\nwant %+v", *got, tt.want)
			}
		})
	}
}

func TestParseIndexProblems(t *testing.T) {
	if got, problems := ParseIndex("_index.md", []byte("---\ntitle: a: b\n---\n")); got != nil || len(problems) != 1 || problems[0].Line != 2 {
		t.Errorf("got %v and %v, want an error on line 2", got, problems)
	}
	got, problems := ParseIndex("_index.md", []byte("---\n\ntitle: [a]\n---\n"))
	if got == nil || len(problems) != 1 || problems[0].Severity != Warning || problems[0].Line != 3 {
		t.Errorf("got %v and %v, want a warning on line 3", got, problems)
	}
}

func TestCascadesAreCapped(t *testing.T) {
	got, problems := ParseIndex("_index.md", []byte("---\ncascade:\n"+strings.Repeat("- draft: true\n", maxCascades+9)+"---\n"))
	if got == nil || len(got.Cascades) != maxCascades || len(problems) != 1 || problems[0].Line != 3+maxCascades {
		t.Errorf("got %v and %v, want %d cascades and a warning", got, problems, maxCascades)
	}
}
