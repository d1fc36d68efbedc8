package reader

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// A session reads in its language, L shows a post in another, and whoever reads in which, pages and
// addresses are the same.
func TestLanguages(t *testing.T) {
	posts := fstest.MapFS{}
	write := func(path, front, text string) {
		posts[path] = &fstest.MapFile{Data: []byte("---\n" + front + "\n---\n\n" + text + "\n"), ModTime: time.Unix(int64(len(posts)+1), 0)}
	}
	write("alpha/index.md", "title: Alpha\ndate: 2026-01-02\ncategories: [Greek]", "Read [beta](../beta.md).")
	write("alpha/index.es.md", "title: Alfa\ndate: 2026-01-02", "Lee [beta](../beta.md).")
	write("alpha/index.fr.md", "title: Alpha en français\ndate: 2026-01-02", "Lisez.")
	write("beta.md", "title: Beta\ndate: 2026-01-01\ncategories: [Greek]", "Of beta.")
	write("beta.es.md", "title: Beta en español\ndate: 2026-01-01", "De beta.")
	synctest.Test(t, func(t *testing.T) {
		u := sit(t, posts, 80, 24)
		defer func() {
			u.cancel()
			time.Sleep(time.Minute) // until the lexers' clock has stopped
		}()
		u.sees("▌ January 2, 2026 · Greek · 1 min read · also in es, fr", "▌ Alpha", "  Beta", "2 POSTS", "Greek 2")
		u.press("enter")
		u.sees("1 min read · also in es, fr", "Read beta")
		u.press("L")
		u.sees("Alfa", "Lee beta", "es · also in the original, fr")
		u.press("n")
		u.sees("Of beta.")
		u.press("p L L")
		u.sees("Alpha en français")
		u.press("L")
		u.sees("Read beta")
		u.press("tab enter L")
		u.sees("De beta.")
		u.press("L L esc esc esc")
		u.sees("2 POSTS")

		es := u.in("es", New(u.lib, render.NewCache(1<<20, 0), theme.NewSet()))
		es.sees("Alfa", "Beta en español", "2 POSTS", "Greek 2", "also in the original, fr")
		es.press("enter tab enter")
		es.sees("De beta.")
		es.press("y")
		es.sees("ssh beta@blog.example.com")
		es.press("esc esc esc esc / l i s e z")
		es.sees("1 post", "Alpha en français")
		es.press("esc / b e t a")
		es.sees("2 posts", "▌ Beta en español", "Alfa")
		es.press("esc down enter")
		es.sees("De beta.")
		write("beta.es.md", "title: Beta en español\ndate: 2026-01-01", "De beta, revisado.")
		es.reload()
		es.sees("De beta, revisado.", "this post has just been revised")
	})
}

func TestOneLanguage(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.press("enter L")
		u.sees("this post is in one language only")
		u.seesNot("also in")
	})
}

// A link to another page of the website leads there, if the website is known.
func TestLinksToTheWebsite(t *testing.T) {
	posts := fstest.MapFS{"a.md": {Data: []byte("---\ntitle: A\n---\nSee [the docs](/docs/install/), [b](/b/), [a paper](x/Paper%201.pdf?a#b), ![](../pic.png).\n")}, "b.md": {Data: []byte("---\ntitle: B\n---\nOf b.\n")}}
	for site, want := range map[string]string{"https://example.com/blog": "https://example.com/docs/install/", "": "/docs/install/"} {
		base := func(p *post.Post) string { return strings.Replace(site, "blog", "blog/"+p.Slug+"/", 1) }
		synctest.Test(t, func(t *testing.T) {
			u := sit(t, posts, 80, 24)
			defer func() {
				u.cancel()
				time.Sleep(time.Minute)
			}()
			u = u.another(New(u.lib, render.NewCache(1<<20, 0, render.Site(site, base)), theme.NewSet()))
			u.press("enter")
			u.sees("[1] " + want)
			if site != "" {
				u.sees("[3] https://example.com/blog/a/x/Paper%201.pdf?a#b", "[4] https://example.com/blog/pic.png")
			}
			u.press("tab y")
			if site != "" && u.clipboard != want {
				t.Errorf("%q is copied", u.clipboard)
			}
			u.press("tab enter")
			u.sees("Of b.")
		})
	}
}
