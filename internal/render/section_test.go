package render

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
)

// A reference to a section leads to its page on the website, also in a feed, and other references to posts.
func TestReferencesToSections(t *testing.T) {
	p, problems := post.Parse("a.md", []byte("---\ntitle: A\ndate: 2024-01-02\n---\n[all]({{< ref \"/blog\" >}}) [other]({{< ref \"b\" >}})\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	section := func(from *post.Post, target string) (string, bool) {
		return "https://x.example/blog/", from == p && target == "/blog"
	}
	r := NewRenderer(Site("https://x.example", func(*post.Post) string { return "" }), Sections(section))
	page, err := r.page(newBudget(func() {}, t.Context().Err), p, 60, Dark(colorprofile.ASCII))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plainLines(page), "\n")
	if got := page.Links[0]; got.Web != "https://x.example/blog/" || !strings.Contains(text, "[1] https://x.example/blog/") || !strings.Contains(text, "[2] post: b") {
		t.Errorf("the section is %+v of\n%s", got, text)
	}
	if got := page.Links[1]; got.Kind != ToPost || got.Web != "" {
		t.Errorf("the post is %+v", got)
	}
	if got := LinkTo("post:/blog", false, "", "", func(string) (string, bool) { return "https://x.example/blog/", true }); got.Web != "https://x.example/blog/" {
		t.Errorf("a feed has %+v", got)
	}
}
