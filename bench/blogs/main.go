// Command blogs compares what this program makes of blogs with what their engines do. It is
// given a folder that has, for each blog, a folder of posts and a file NAME.engine.jsonl in
// which the engine tells of each page in a line: its path in the folder, and its url, slug,
// title, date, draft, tags, categories and lang.
//
//	cd bench && go run ./blogs FOLDER
//
// The table counts pages that the engine publishes: those that are listed, and those among
// them that are the same in one thing or another. A link is right if it leads to the page
// at its path, dead if it leads nowhere though the engine has that page, and wrong if it leads
// to another. The last column counts those that lead to a post though the engine has no page
// at their path.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: blogs FOLDER")
		os.Exit(2) //nolint:forbidigo // this is main
	}
	if err := run(os.Stdout, os.Args[1]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "blogs: "+err.Error())
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(w io.Writer, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.engine.jsonl"))
	if err != nil || len(files) == 0 {
		return errors.Join(err, fmt.Errorf("there is no *.engine.jsonl in %s", folder))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "pages\tlisted\tby url\tby path\ttitle\tdate\tslug\ttags\tcategories\tlanguage\tstate\tlinks right\tdead\twrong\tonly here\t ") // Flush has the error
	for _, file := range files {
		name := strings.TrimSuffix(file, ".engine.jsonl")
		c, err := compare(name, file)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		_, _ = fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t %s\n", c.pages, c.listed, c.byURL, c.byPath, c.title, c.date, c.slug,
			c.tags, c.categories, c.language, c.state, c.right, c.dead, c.wrong, c.only, filepath.Base(name))
		for _, line := range c.differences {
			_, _ = fmt.Fprintln(os.Stderr, filepath.Base(name)+"/"+line)
		}
	}
	return table.Flush()
}

// page is what an engine tells of a page.
type page struct {
	Path, URL, Slug, Title, Date, Lang string
	Draft                              bool
	Tags, Categories                   []string
}

// comparison counts what is the same.
type comparison struct {
	pages, listed, byURL, byPath, title, date, slug, tags, categories, language, state int
	right, dead, wrong, only                                                           int
	differences                                                                        []string
}

// compare compares the posts in a folder with the pages in a file.
func compare(folder, file string) (*comparison, error) {
	pages, err := readPages(file)
	if err != nil {
		return nil, err
	}
	site, err := library.FindSite(folder)
	if err != nil {
		return nil, err
	}
	lib, err := library.Open(library.Dir(folder), library.Options{Site: site})
	if err != nil {
		return nil, err
	}
	index, c := lib.Current(), &comparison{}
	posts := make(map[string]*post.Post)
	for _, p := range index.Everything() {
		posts[p.Path] = p
	}
	urls := make(map[string]page)
	for _, at := range pages {
		if at.URL != "" {
			urls[strings.Trim(at.URL, "/")] = at
		}
		c.compare(index, posts[at.Path], at)
	}
	r := render.NewRenderer()
	for _, p := range posts {
		r.Review(p, func(l *render.Link) string {
			c.follow(index, p, l, urls)
			return ""
		})
	}
	return c, nil
}

func readPages(file string) ([]page, error) {
	f, err := os.Open(file) //nolint:gosec // whoever runs this names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var pages []page
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p page
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	return pages, lines.Err()
}

// compare compares a page with the post of its file, which is nil if that is not listed.
func (c *comparison) compare(index *library.Index, p *post.Post, at page) {
	state := (p == nil) == at.Draft
	c.same(&c.state, at, "state", state, true)
	if at.Draft {
		return
	}
	c.pages++
	if p == nil {
		return
	}
	c.listed++
	is := func(name string) bool {
		found, ok := index.Find(name)
		return ok && found.Address == p.Address
	}
	c.same(&c.byPath, at, "found by its path", is(at.Path), true)
	if at.URL != "" {
		c.same(&c.byURL, at, "found by "+at.URL, is(at.URL), true)
	}
	day := ""
	if !p.Date.IsZero() {
		day = p.Date.UTC().Format("2006-01-02")
	}
	c.same(&c.title, at, "title", p.Title(), at.Title)
	c.same(&c.date, at, "date", day, at.Date[:min(10, len(at.Date))])
	slug := post.FileSlug(at.Slug + ".md")
	c.same(&c.slug, at, "slug", slug == p.Slug || at.Slug == p.Slug || slices.ContainsFunc(p.Aliases(), func(alias string) bool { return slug == post.FileSlug(path.Base(alias)+".md") }), true)
	c.same(&c.tags, at, "tags", strings.Join(p.Tags, ", "), strings.Join(at.Tags, ", "))
	c.same(&c.categories, at, "categories", strings.Join(p.Categories, ", "), strings.Join(at.Categories, ", "))
	if at.Lang == "default" {
		at.Lang = ""
	}
	c.same(&c.language, at, "language", p.Language, at.Lang)
}

// same counts what is the same, and notes what is not.
func (c *comparison) same(n *int, at page, what string, got, want any) {
	if got == want {
		*n++
	} else {
		c.differences = append(c.differences, fmt.Sprintf("%s: %s: %q, not %q", at.Path, what, fmt.Sprint(got), fmt.Sprint(want)))
	}
}

// follow counts a link within the site by where it leads, as far as the engine's pages tell.
func (c *comparison) follow(index *library.Index, from *post.Post, l *render.Link, urls map[string]page) {
	to, ok := index.Resolve(from, l.Target, l.Reference)
	target, _, _ := strings.Cut(l.Target, "#")
	if !strings.HasPrefix(target, "/") {
		return
	}
	want, known := urls[strings.Trim(target, "/")]
	shown, found := index.Find(want.Path) // the original of one without a text
	switch {
	case ok && known && (to.Path == want.Path || found && to.Path == shown.Path):
		c.right++
	case ok && known:
		c.wrong++
		c.differences = append(c.differences, fmt.Sprintf("%s: the link %s leads to %s", from.Path, l.Target, to.Path))
	case ok && len(urls) > 0:
		c.only++
	case known:
		c.dead++
		c.differences = append(c.differences, fmt.Sprintf("%s: the link %s leads nowhere", from.Path, l.Target))
	}
}
