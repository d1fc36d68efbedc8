package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// FuzzRender promises, whatever the Markdown and the width: a page comes out;
// no line is wider than asked; nothing in it is a control character, a
// bidirectional override, or an escape sequence other than a colour or a
// hyperlink to http, https or mailto; every line is self-contained; and the
// page's size is bounded by that of the source, and with it the time.
func FuzzRender(f *testing.F) {
	for name, src := range hostile() {
		if len(name)%4 == 0 {
			f.Add(src[:min(len(src), 2000)], uint8(len(name)))
		}
	}
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		f.Fatalf("no pages in testdata: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src), uint8(40))
	}
	f.Add("a&#27;[2Jb&#x9b;1m [x](javascript:a) [y](http://a\"\x1b\\) \u202e", uint8(20))
	r := NewRenderer()
	themes := []*theme.Theme{
		Dark(colorprofile.TrueColor), Light(colorprofile.ANSI256), Dark(colorprofile.ANSI),
		Light(colorprofile.ASCII), Dark(colorprofile.NoTTY),
	}
	f.Fuzz(func(t *testing.T, src string, width uint8) {
		if len(src) > post.MaxSize {
			t.Skip()
		}
		page, err := r.draw(newBudget(func() {}, t.Context().Err), src, "", int(width), themes[int(width)%len(themes)])
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
		if most := int64(1<<17 + 100*len(src)); page.Size() > most {
			t.Errorf("%d bytes of source became %d, want at most %d", len(src), page.Size(), most)
		}
	})
}

// FuzzReview promises that whatever the text, what is said of it is bounded,
// fit for a terminal, and about lines that the file has.
func FuzzReview(f *testing.F) {
	f.Add("{{< a >}}\n[b](c.md)\n{{< /a >}} ![](d) {% e %}\n\n<img src=f>")
	f.Add("{{< note >}}\n> {{< b\n{{% /note %}}[c](#d){: .e}")
	r := NewRenderer()
	f.Fuzz(func(t *testing.T, src string) {
		p, _ := post.Parse("a.md", []byte("---\ntitle: A\n---\n"+src))
		if p == nil {
			t.Skip()
		}
		last := p.BodyLine() + strings.Count(p.Body(), "\n")
		problems := r.Review(p, func(*Link) string { return "no" })
		if len(problems) > maxProblems {
			t.Errorf("%d problems", len(problems))
		}
		for _, problem := range problems {
			if problem.Line < p.BodyLine() || problem.Line > last {
				t.Errorf("line %d is none of %d to %d: %s", problem.Line, p.BodyLine(), last, problem.What)
			}
			if plaintext.Clean(problem.What) != problem.What {
				t.Errorf("%q is not clean", problem.What)
			}
		}
	})
}
