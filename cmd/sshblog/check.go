package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

func checkCommand() *cobra.Command {
	var draw, strict bool
	var zone *time.Location
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Tell everything that is wrong with a folder of posts",
		Long: `check reads a folder of posts (by default ./posts) as the server would, drafts
and expired posts too, and prints what it finds, one line each:

  file:line: what             a problem: something in the front matter is wrong,
                              or a post cannot be shown as it should be
  file:line: warning: what    something to look at: a shortcode that is not
                              known here, a link that leads nowhere, an image
                              without a text

It exits with 1 if there is a problem. Warnings alone do not change the exit
status, unless --strict is given.

With --render every post is also rendered at 40, 80 and 120 columns, and it is
a problem if a line is wider than that, a control character or a shortcode is
left on the screen, the renderer fails or does not end in time, or the post
takes more than 250 ms at 80 columns.`,
		Example: `sshblog check posts
sshblog check --render --strict posts`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "posts"
			if len(args) > 0 {
				dir = args[0]
			}
			return checkPosts(cmd, dir, library.Options{Calendar: calendar(zone)}, draw, strict)
		},
	}
	yes(cmd.Flags().VarPF(check(&draw, boolean), "render", "", "render every post, too: true or false (`bool`)"))
	yes(cmd.Flags().VarPF(check(&strict, boolean), "strict", "", "exit with 1 if there are only warnings: true or false (`bool`)"))
	cmd.Flags().Var(check(&zone, timezone), "timezone", "`name` of the time zone by which dates without a time of day count (default: that of TZ)")
	return cmd
}

// checkPosts prints what it finds to standard output, where editors and
// scripts look for it, and the sum to standard error.
func checkPosts(cmd *cobra.Command, dir string, options library.Options, draw, strict bool) error {
	fsys := library.Dir(dir)
	lib, err := library.Open(fsys, options)
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	c := newChecker(lib.Current(), fsys)
	c.review()
	sum := ""
	if draw {
		if sum, err = c.draw(cmd.Context()); err != nil {
			return err
		}
	}
	c.print(cmd, strings.TrimSuffix(dir, "/")+"/")
	cmd.PrintErrf("%s listed, %d held back, %s, %s%s\n", count(c.index.All().Len(), "post"),
		len(c.index.Excluded()), count(len(c.problems), "problem"), count(len(c.warnings), "warning"), sum)
	if len(c.problems) > 0 || strict && len(c.warnings) > 0 {
		return errReported
	}
	return nil
}

// checker looks at the posts of a folder.
type checker struct {
	index    *library.Index
	held     map[*post.Post]string // posts that are not listed, and why
	all      []*post.Post
	resolver *library.Resolver         // of all
	ids      map[*post.Post]render.IDs // of the posts that links name a place in
	problems []post.Problem
	warnings []post.Problem
}

func newChecker(index *library.Index, fsys fs.FS) *checker {
	c := &checker{index: index, held: make(map[*post.Post]string), ids: make(map[*post.Post]render.IDs), problems: slices.Clone(index.Problems())}
	for i := range index.All().Len() {
		c.all = append(c.all, index.All().At(i))
	}
	for _, x := range index.Excluded() {
		text, err := fs.ReadFile(fsys, x.Path)
		if err != nil {
			c.problems = append(c.problems, post.Problem{Path: x.Path, What: err.Error()})
			continue
		}
		if p, _ := post.Parse(x.Path, text); p != nil { // its problems are known
			c.held[p] = x.Reason
			c.all = append(c.all, p)
		}
	}
	c.resolver = library.NewResolver(c.all)
	return c
}

// review looks at the text of every post.
func (c *checker) review() {
	r := render.NewRenderer()
	for _, p := range c.all {
		for _, problem := range r.Review(p, func(l *render.Link) string { return c.wrong(r, p, l) }) {
			if problem.Severity == post.Error {
				c.problems = append(c.problems, problem)
			} else {
				c.warnings = append(c.warnings, problem)
			}
		}
	}
}

// wrong says what is wrong with a link in p, or "" if it leads to what it names.
// A post that is not listed itself may link to others of its kind.
func (c *checker) wrong(r *render.Renderer, p *post.Post, l *render.Link) string {
	to, ok := c.index.Resolve(p, l.Target)
	if !ok {
		if to, ok = c.resolver.Resolve(p, l.Target); ok && c.held[p] == "" {
			return fmt.Sprintf("leads nowhere: %s is held back (%s)", to.Path, c.held[to])
		}
	}
	switch {
	case ok && !c.idsOf(r, to, l.Fragment()).Has(l.Fragment()):
		return "leads to the top of that post: no heading there has that name"
	case ok:
		return ""
	case l.Kind == render.ToPath:
		return "leads nowhere: readers have no website around the blog; write its whole address"
	}
	return "leads nowhere: there is no such post"
}

// idsOf returns what links to a post may name. Those that name nothing cost
// nothing, and a post is read once.
func (c *checker) idsOf(r *render.Renderer, p *post.Post, id string) render.IDs {
	ids, known := c.ids[p]
	if !known && id != "" {
		ids = r.IDs(p)
		c.ids[p] = ids
	}
	return ids
}

// print writes what was found, by file and line. From where one stands the
// paths must lead to the files, so they get a prefix.
func (c *checker) print(cmd *cobra.Command, prefix string) {
	type line struct {
		post.Problem
		kind string
	}
	found := make([]line, 0, len(c.problems)+len(c.warnings))
	for _, p := range c.problems {
		found = append(found, line{p, ""})
	}
	for _, p := range c.warnings {
		found = append(found, line{p, "warning: "})
	}
	slices.SortStableFunc(found, func(a, b line) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	for _, f := range found {
		f.What = f.kind + f.What
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), prefix+f.String())
	}
	for _, x := range c.index.Excluded() {
		cmd.PrintErrf("%s%s: not listed: %s\n", prefix, post.Clean(x.Path), x.Reason)
	}
}
