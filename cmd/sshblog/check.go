package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

func checkCommand() *cobra.Command {
	var draw, strict, translations bool
	format := formatText
	var folder folderFlags
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check a folder of posts and report every problem",
		Long: `check reads a folder of posts (by default ./posts) as the server would, drafts
and expired posts too, and prints what it finds, one line each:

  file:line: what             a problem: something in the front matter is wrong,
                              or a post cannot be shown as it should be
  file:line: warning: what    something to look at: a shortcode that is not
                              known here, a broken link, an image without
                              a text, code or HTML that is not closed,
                              a misspelt key

With --format json it prints one JSON document instead, and with --format github
the annotations of a workflow on GitHub.

It exits with 1 if there is a problem. Warnings alone do not change the exit
status, unless --strict is given.

With --render every post is also rendered at 40, 80 and 120 columns, and it is
a problem if a line is wider than that, a control character or a shortcode is
left on the screen, the renderer fails or does not end in time, or the post
takes more than 250 ms at 80 columns.`,
		Example: `sshblog check posts
sshblog check --render --strict posts`,
		Args: oneWord,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "posts"
			if len(args) > 0 {
				dir = args[0]
			}
			o, err := folder.options(dir)
			if err == nil {
				if file := folder.site.found.File; file != "" {
					cmd.PrintErrf("the website is that of %s: %s\n", plaintext.Clean(file), cmp.Or(plaintext.Clean(o.Site.URL), "without an address"))
				}
				err = checkPosts(cmd, dir, o, format, draw, strict, translations)
			}
			return err
		},
	}
	yes(cmd.Flags().VarPF(check(&draw, boolean), "render", "", "render every post, too: true or false (`bool`)"))
	yes(cmd.Flags().VarPF(check(&strict, boolean), "strict", "", "exit with 1 if there are only warnings: true or false (`bool`)"))
	yes(cmd.Flags().VarPF(check(&translations, boolean), "translations", "", "warn of posts that are not in all languages, too: true or false (`bool`)"))
	cmd.Flags().Var(check(&format, oneOf(formatText, formatJSON, formatGitHub)), "format", "text, json or github: lines, one JSON document, or annotations of GitHub's workflows (`format`)")
	yes(cmd.Flags().VarPF(check(&format, func(text string) (string, error) {
		on, err := boolean(text)
		return map[bool]string{true: formatJSON, false: formatText}[on], err
	}), "json", "", "the same as --format json: true or false (`bool`)"))
	folder.flags(cmd.Flags())
	return cmd
}

// checkPosts prints what it finds to standard output, where editors and
// scripts look for it, and the sum to standard error.
func checkPosts(cmd *cobra.Command, dir string, options library.Options, format string, draw, strict, translations bool) error {
	fsys := library.Dir(dir)
	lib, err := library.Open(fsys, options)
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	c := newChecker(lib.Current(), fsys)
	if empty(c.index) && len(c.problems) == 0 && hasFiles(fsys) {
		c.problems = append(c.problems, post.Problem{Path: ".", What: "no post is here: a post is a file whose name ends in .md or .markdown, or HTML with front matter"})
	}
	c.copies()
	c.review(func() {})
	c.forgetPlaces()
	if c.outside > 0 {
		c.warnings = append(c.warnings, post.Problem{Path: ".", What: plaintext.Count(c.outside, "link") +
			" to other pages of the website: readers cannot open them; name it with site, as in --site https://example.com"})
	}
	c.undated()
	if translations {
		c.untranslated()
	}
	sum := ""
	if draw {
		if sum, err = c.draw(cmd.Context()); err != nil {
			return err
		}
	}
	if err := c.print(cmd, format, strings.TrimSuffix(dir, "/")+"/"); err != nil {
		return err
	}
	cmd.PrintErrf("%s listed, %d held back, %s, %s%s\n", plaintext.Count(c.index.All().Len(), "post"),
		len(c.index.Excluded()), plaintext.Count(len(c.problems), "problem"), plaintext.Count(len(c.warnings), "warning"), sum)
	if len(c.problems) > 0 || strict && len(c.warnings) > 0 {
		return errReported
	}
	return nil
}

// hasFiles reports whether there is any file in a folder that can be read.
func hasFiles(fsys fs.FS) bool {
	found := errors.New("a file")
	return errors.Is(fs.WalkDir(fsys, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			return found
		}
		return nil
	}), found)
}

// checker looks at the posts of a folder.
type checker struct {
	fsys     fs.FS
	index    *library.Index
	held     map[*post.Post]string // posts that are not listed, and why
	never    map[*post.Post]bool   // posts that their engine does not make a page of; their text is not reviewed
	all      []*post.Post
	resolver *library.Resolver         // of all
	ids      map[*post.Post]render.IDs // of the posts that links name a place in
	outside  int                       // links to other parts of a website that is not known
	problems []post.Problem
	warnings []post.Problem
}

func newChecker(index *library.Index, fsys fs.FS) *checker {
	c := &checker{fsys: fsys, index: index, held: make(map[*post.Post]string), never: make(map[*post.Post]bool), ids: make(map[*post.Post]render.IDs)}
	for _, p := range index.Problems() {
		if p.Severity == post.Notice {
			c.warnings = append(c.warnings, p)
		} else {
			c.problems = append(c.problems, p)
		}
	}
	c.all = index.Everything()
	for _, x := range index.Excluded() {
		c.held[x.Post], c.never[x.Post] = x.String(), x.Reason == library.Hidden && !x.Post.Hold().Withheld() // which may be mended
		c.all = append(c.all, x.Post)
	}
	c.resolver = index.ResolverOf(c.all)
	return c
}

// copies warns of posts that look like copies of others: with the same title and text, or with the title of a
// post beside it and a longer form of its name. Translations that are still to be made are none, nor are posts
// without a text, nor posts with the same path in several folders, such as versions.
func (c *checker) copies() {
	name := regexp.MustCompile(`^(.+?)(?: \d+| ?\(\d+\)| copy(?: \d+)?| - Copy(?: \(\d+\))?)(\.\w+)$`)
	titles, texts := make(map[string]string), make(map[[3]string]string)
	for _, p := range c.all {
		titles[p.Path] = p.Title()
		if text := [...]string{p.Title(), p.Body(), p.Language}; texts[text] == "" || len(p.Path) < len(texts[text]) { // names of copies are longer
			texts[text] = p.Path
		}
	}
	for _, p := range c.all {
		of := name.ReplaceAllString(p.Path, "$1$2")
		if of == p.Path || titles[of] != p.Title() {
			of = texts[[...]string{p.Title(), p.Body(), p.Language}]
		}
		if of != p.Path && p.Body() != "" && !c.never[p] && (path.Base(of) != path.Base(p.Path) || !versions(of, p.Path)) {
			c.warnings = append(c.warnings, post.Problem{
				Path: p.Path, What: "it may be a copy of " + of + ", which has the same title; if it is one, delete it",
			})
		}
	}
}

// versions reports whether two paths differ in one folder alone, which is a version: v2, 1.10.x, latest.
func versions(a, b string) bool {
	version := regexp.MustCompile(`(?i)^((v\d+([._-][\dx]+)*|\d+([._][\dx]+)+)([-_.]?(alpha|beta|rc|dev|lts)[\d.]*)?|latest|stable|next|current|main|master|dev|nightly|unreleased)$`)
	before, after := strings.Split(a, "/"), strings.Split(b, "/")
	differ := 0
	for i := range min(len(before), len(after)) {
		if before[i] != after[i] {
			if differ++; !version.MatchString(before[i]) || !version.MatchString(after[i]) {
				return false
			}
		}
	}
	return len(before) == len(after) && differ == 1
}

// review reviews the text of every post, and calls next before each.
func (c *checker) review(next func()) {
	r := render.NewRenderer()
	for _, p := range c.all {
		next()
		if c.never[p] {
			continue
		}
		for _, problem := range r.Review(p, func(l *render.Link) string { return c.wrong(r, p, l) }) {
			if problem.Severity == post.Error {
				c.problems = append(c.problems, problem)
			} else {
				c.warnings = append(c.warnings, problem)
			}
		}
	}
}

// fewPosts is in how many posts a link to a missing id is reported. If it is in more, the website's theme has
// the element on every page.
const fewPosts = 3

// forgetPlaces drops the problems of links to elements of the theme.
func (c *checker) forgetPlaces() {
	addresses := make(map[string]string) // by paths: translations have one
	for _, p := range c.all {
		addresses[p.Path] = p.Address
	}
	posts := make(map[string]map[string]bool) // with a link, by what is told of it
	for _, w := range c.warnings {
		if strings.HasSuffix(w.What, render.NoHeading) {
			if posts[w.What] == nil {
				posts[w.What] = make(map[string]bool)
			}
			posts[w.What][addresses[w.Path]] = true
		}
	}
	c.warnings = slices.DeleteFunc(c.warnings, func(w post.Problem) bool { return len(posts[w.What]) > fewPosts })
}

// untranslated warns of posts that are not in all the languages that others are in.
func (c *checker) untranslated() {
	for i := range c.index.All().Len() {
		p := c.index.All().At(i)
		var missing []string
		for _, language := range c.index.Languages() {
			if p.Language != language && !slices.ContainsFunc(c.index.Translations(p), func(q *post.Post) bool { return q.Language == language }) {
				missing = append(missing, language)
			}
		}
		if len(missing) > 0 {
			c.warnings = append(c.warnings, post.Problem{Path: p.Path, What: "there is no translation of this post into " + strings.Join(missing, ", ")})
		}
	}
}

// wrong returns what is wrong with a link in p, or "" if its target exists. A post that is not listed itself
// may link to others of its kind.
func (c *checker) wrong(r *render.Renderer, p *post.Post, l *render.Link) string {
	if l.Image {
		return c.missing(p, l.Target)
	}
	to, ok := c.index.Resolve(p, l.Target, l.Reference)
	if !ok {
		if to, ok = c.resolver.Resolve(p, l.Target, l.Reference); ok && c.held[p] == "" && c.held[to] != "" {
			return fmt.Sprintf("leads nowhere: %s is held back (%s)", to.Path, c.held[to])
		}
	}
	site := c.index.Site()
	switch {
	case ok && !c.idsOf(r, to, l.Fragment()).Has(l.Fragment()) && !render.OfTheme(l.Fragment()):
		return "leads to the top of that post: no heading there has that name"
	case ok:
		return ""
	case l.Reference && c.namesSection(p, l.Target):
		return ""
	case l.Outside():
		if site.URL == "" {
			c.outside++
		}
		return ""
	case l.Kind == render.ToPath && !site.Beside():
		return "leads nowhere: Jekyll publishes no file beside a post; put it in a folder such as assets, and write /assets/… or its whole address"
	case l.Kind == render.ToPath:
		what := c.missing(p, l.Target)
		if what == "" && site.URL != "" && site.Page(p) == "" {
			what = "leads nowhere: the website's configuration, which site-config names, does not say where this post is on it; write the whole address"
		}
		if what == "" && site.URL == "" {
			c.outside++
		}
		return what
	case l.ToPage() && c.elsewhere(p, l.Target):
		return ""
	}
	return "leads nowhere: there is no such post"
}

// namesSection reports whether a reference in p names a page of the website that holds others.
func (c *checker) namesSection(p *post.Post, target string) bool {
	site := c.index.Site()
	page, ok := site.Section(p, target)
	if ok && page == "" {
		c.outside++
	}
	return ok
}

// elsewhere reports whether the page that a relative link in p leads to may be a page of the website that is no
// post: one outside of what the folder has, or a folder in it.
func (c *checker) elsewhere(p *post.Post, target string) bool {
	site := c.index.Site()
	names, all, ok := site.Places(p, target)
	if !ok {
		return false
	}
	look := names
	if target, _, _ := strings.Cut(target, "#"); strings.HasPrefix(target, ".") && !site.Moved(p) { // whatever the case of its folders
		look = append(look, path.Join(post.PagePath(p.Path), target))
	}
	first := false // whether the folder has the first part of the path
	for _, name := range look {
		if info, err := fs.Stat(c.fsys, name); err == nil && info.IsDir() {
			return true
		}
		top, _, _ := strings.Cut(name, "/")
		_, err := fs.Stat(c.fsys, cmp.Or(top, "."))
		first = first || err == nil
	}
	return len(names) == 0 || all && !first // as those of its tags
}

// missing returns that no file is where a relative path in p leads to, from the post, its page or the folder,
// or "". A path out of the folder may lead to another part of the website, if the website is known.
func (c *checker) missing(p *post.Post, target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	names := [...]string{path.Join(path.Dir(p.Path), target), path.Join(post.PagePath(p.Path), target), path.Clean(target)}
	for _, name := range names {
		if path.IsAbs(target) {
			return ""
		}
		if _, err := fs.Stat(c.fsys, name); fs.ValidPath(name) && !errors.Is(err, fs.ErrNotExist) {
			return ""
		}
	}
	site := c.index.Site()
	switch placed := site.Page(p) != ""; {
	case placed && (!fs.ValidPath(names[1]) || c.besideAnother(p, target)):
		return ""
	case !placed && !fs.ValidPath(names[0]):
		return "leads out of the folder of the posts; put the file there"
	}
	return "is not in the folder"
}

// besideAnother reports whether a relative path in p leads, from its page, to a file beside another post,
// which the site has with that post's page.
func (c *checker) besideAnother(p *post.Post, target string) bool {
	folder, name := path.Split(target)
	to, ok := c.index.Resolve(p, folder, false)
	if !ok || folder == "" || !strings.HasPrefix(path.Base(to.Path), "index.") {
		return false
	}
	_, err := fs.Stat(c.fsys, path.Join(path.Dir(to.Path), name))
	return err == nil
}

// idsOf returns what links to a post may name. It reads a post once, and not at all for links without an id.
func (c *checker) idsOf(r *render.Renderer, p *post.Post, id string) render.IDs {
	ids, known := c.ids[p]
	if !known && id != "" {
		ids = r.IDs(p)
		c.ids[p] = ids
	}
	return ids
}
