package command

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// listing says which posts are listed, and how.
type listing struct {
	category, tag, series, language string

	page      int
	all, json bool
}

// lsCommand lists posts.
func lsCommand(s *Session) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list", "posts", "dir", "ll"},
		Short:   "list the posts, the newest first",
		Long: "A line has the date, the slug and the title, with tabs between them. With --json it is one object:\n" +
			`{"page":1,"pages":6,"total":41,"posts":[{"slug","title","date","category","tags","lang","reading_time","summary","url"}]}` + "\n" +
			"date is in RFC 3339, or null if the post has none; reading_time is in minutes. With --all there is one page.",
		Args: noWords,
		RunE: func(*cobra.Command, []string) error {
			posts, err := l.selection(s)
			if err != nil {
				return err
			}
			s.then = func() error { return s.list(posts, &l) }
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&l.category, "category", "", "only posts of the category `NAME`")
	f.StringVar(&l.tag, "tag", "", "only posts with the tag `NAME`")
	f.StringVar(&l.series, "series", "", "only posts of the series `NAME`")
	f.StringVar(&l.language, "lang", "", "only posts in the language `CODE`, as in en")
	f.IntVar(&l.page, "page", 1, "page `N`, from 1")
	f.BoolVar(&l.all, "all", false, "all pages")
	f.BoolVar(&l.json, "json", false, "as JSON")
	return cmd
}

// selection are the posts of a list that are in others as well, and in a language.
type selection struct {
	index    *library.Index
	list     *library.List
	others   []*library.List
	language string // or ""
}

// selection finds what is to be listed.
func (l *listing) selection(s *Session) (*selection, error) {
	x := s.Index
	sel := &selection{index: x}
	if l.language != "" {
		if sel.language = post.Language(l.language); sel.language == "" {
			return nil, fmt.Errorf("there is no language %s: use its code, as in en or pt-br", clipped(l.language))
		}
		x = x.In(sel.language)
		sel.index = x
	}
	if l.page < 1 {
		return nil, fmt.Errorf("there is no page %d; the first is 1", l.page)
	}
	var lists []*library.List
	for _, g := range []struct {
		name, what, command string
		find                func(string) (*library.List, bool)
		all                 func() []*library.List
	}{
		{l.category, "category", "categories", x.Category, x.Categories},
		{l.tag, "tag", "tags", x.Tag, x.Tags},
		{l.series, "series", "series", x.FindSeries, x.AllSeries},
	} {
		if g.name == "" {
			continue
		}
		found, ok := g.find(g.name)
		if !ok {
			return nil, s.noGroup(g.what, g.name, g.command, g.all())
		}
		lists = append(lists, found)
	}
	if len(lists) == 0 {
		lists = append(lists, x.All())
	}
	slices.SortStableFunc(lists, func(a, b *library.List) int { return a.Len() - b.Len() })
	sel.list, sel.others = lists[0], lists[1:]
	return sel, nil
}

// noGroup returns the error for a category, a tag or a series that does not exist.
func (s *Session) noGroup(what, name, command string, all []*library.List) error {
	near := s.nearest(name, func(try func(string)) {
		for _, l := range all[:min(len(all), maxCompared)] {
			try(l.Slug)
		}
	})
	return notFoundError(fmt.Sprintf("there is no %s %s; %s", what, clipped(name), near.advice("ssh HOST "+command+" lists them")))
}

// each calls f for the posts, until it returns false.
func (sel *selection) each(o *output, f func(*post.Post) bool) {
	for i := range sel.list.Len() {
		o.turn.Yield()
		if p := sel.list.At(i); sel.has(p) && !f(p) {
			return
		}
	}
}

func (sel *selection) has(p *post.Post) bool {
	if sel.language != "" {
		language := sel.index.LanguageOf(p)
		if base, _, _ := strings.Cut(language, "-"); language != sel.language && base != sel.language {
			return false
		}
	}
	return !slices.ContainsFunc(sel.others, func(l *library.List) bool { return l.Index(p.Address) < 0 })
}

// count returns how many posts there are.
func (sel *selection) count(o *output) (n int) {
	if sel.language == "" && len(sel.others) == 0 {
		return sel.list.Len()
	}
	sel.each(o, func(*post.Post) bool { n++; return true })
	return n
}

// list prints the posts that are on a page, or all of them.
func (s *Session) list(sel *selection, l *listing) error {
	return s.stream(func(o *output) error {
		total, size := sel.count(o), sel.list.PageSize()
		pages := (total + size - 1) / size
		from, to := (l.page-1)*size, l.page*size
		if l.all {
			l.page, pages, from, to = 1, min(total, 1), 0, total
		}
		if total == 0 && sel.language != "" {
			return notFoundError("there is no post in " + sel.language)
		}
		if l.page > max(pages, 1) {
			return notFoundError(fmt.Sprintf("there is no page %d; the last is %d", l.page, max(pages, 1)))
		}
		if l.json {
			o.write(fmt.Sprintf(`{"page":%d,"pages":%d,"total":%d,"posts":[`, l.page, pages, total))
		}
		at := 0
		sel.each(o, func(p *post.Post) bool {
			at++
			switch {
			case at <= from:
				return true
			case at > to:
				return false
			case l.json:
				return o.write(comma(at > from+1)) && o.json(s.asJSON(p))
			}
			return o.write(s.rowOf(p))
		})
		if l.json {
			o.write("\n]}\n")
		}
		return nil
	})
}

// rowOf is a post as a line: its date, its address and its title, and why readers do not see it, if
// they do not.
func (s *Session) rowOf(p *post.Post) string {
	day := "undated   " // as wide as a date
	if !p.Date.IsZero() {
		day = p.Date.Format(time.DateOnly)
	}
	row := day + "\t" + p.Address + "\t" + p.Title()
	if state := s.Index.State(p); state != "" {
		row += "\t" + state
	}
	return row + "\n"
}

// firstPage lists the first page of posts for a client without a terminal, in lines that
// a pipe, a log or a screen reader can take, and says how to go on.
func (s *Session) firstPage() error {
	return s.stream(func(o *output) error {
		blog, all := s.Index.Blog(), s.Index.All()
		o.write(blog.Title, "\n")
		if blog.Tagline != "" {
			o.write(blog.Tagline, "\n")
		}
		number := "1 post"
		if n := all.Len(); n != 1 {
			number = fmt.Sprintf("%d posts", n)
		}
		o.write(number, ". The newest:\n\n")
		for _, p := range all.Page(1) {
			o.write(s.rowOf(p))
		}
		o.write("\nTo read them on a screen, connect with a terminal: ssh -t HOST. To read one here: ssh HOST read SLUG.\n")
		if all.Pages() > 1 {
			o.write("The next page: ssh HOST ls --page 2. ")
		}
		o.write("All commands: ssh HOST help.\n")
		return nil
	})
}
