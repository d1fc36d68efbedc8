package command

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
)

// Remembered is what is kept of the reader whose key the client has signed with; memory.Reader is one.
// What has a context may wait for a store, and its errors are for the client.
type Remembered interface {
	Ready(ctx context.Context) error
	Since() time.Time
	Full() bool
	Mark(names ...string) memory.Mark
	Begun() []memory.Begun
	Known() (read, begun int)
	Settings() memory.Settings
	Bookmarks(ctx context.Context) ([]memory.Bookmark, error)
	Highlights(ctx context.Context) ([]memory.Highlight, error)
	Export(ctx context.Context) (iter.Seq[[]byte], error)
	Forget(ctx context.Context) error
	Link(ctx context.Context) (code string, until time.Time, err error)
	Join(ctx context.Context, code string) error
	Keys(ctx context.Context) (int, error)
	Part(ctx context.Context) error
}

// NotRemembered is the answer where readers are not remembered.
const NotRemembered = "this blog remembers no readers, so nothing is kept of you"

// readerNames are the commands of readers who come with a key.
func readerNames() []string { return []string{"unread", "bookmarks", "highlights", "me"} }

// ForReaders reports whether a word is a command of readers who come with a key.
func ForReaders(word string) bool { return slices.Contains(readerNames(), word) }

// readerCommands are those commands.
func readerCommands(s *Session) []*cobra.Command {
	return []*cobra.Command{unreadCommand(s), bookmarksCommand(s), highlightsCommand(s), meCommand(s)}
}

// reader does work with what is kept of the reader, after the command tree is freed.
func (s *Session) reader(ctx context.Context, work func(Remembered) error) error {
	return s.later(func() error {
		of, err := s.Remembered()
		if err != nil {
			return err
		}
		if err := of.Ready(ctx); err != nil {
			return err
		}
		return work(of)
	})
}

// markOf is what is known of a post.
func markOf(of Remembered, p *post.Post) memory.Mark {
	return of.Mark(p.Names()...)
}

// unreadPost is a post in what "unread --json" prints.
type unreadPost struct {
	*jsonPost

	Percent int `json:"percent"` // how far it was read
}

func unreadCommand(s *Session) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "unread",
		Short: "list the posts that you have not read",
		Long: "You are known by your key. A line has the date, the slug and the title, and how far you have come in a post that you have\n" +
			`begun. With --json it is one object: {"posts":[…]} with the fields of ls --json and percent.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.reader(cmd.Context(), func(of Remembered) error {
				return s.stream(func(o *output) error { return s.unread(o, of, asJSON) })
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (s *Session) unread(o *output, of Remembered, asJSON bool) error {
	if asJSON {
		o.write(`{"posts":[`)
	}
	n := 0
	for i := range s.Index.All().Len() {
		o.turn.Yield()
		p := s.Index.All().At(i)
		mark := markOf(of, p)
		if !mark.Read.IsZero() {
			continue
		}
		n++
		row := s.rowOf(p)
		if mark.Percent > 0 {
			row = fmt.Sprintf("%s\t%d%%\n", strings.TrimSuffix(row, "\n"), mark.Percent)
		}
		var more bool
		if asJSON {
			more = o.write(comma(n > 1)) && o.json(unreadPost{s.asJSON(p), mark.Percent})
		} else {
			more = o.write(row)
		}
		if !more {
			return nil
		}
	}
	if asJSON {
		o.write("\n]}\n")
	} else if n == 0 {
		o.write("You have read all posts.\n")
	}
	return nil
}

// keptPost is a bookmark or a highlight as JSON.
type keptPost struct {
	Slug  string    `json:"slug"`
	Title string    `json:"title,omitempty"` // "": the post is not in the blog any more
	URL   string    `json:"url,omitempty"`
	When  time.Time `json:"when"`
	Text  string    `json:"text,omitempty"`
}

// keptPost says what a bookmark or a highlight at an address is of.
func (s *Session) keptPost(address, text string, when time.Time) keptPost {
	k := keptPost{Slug: address, When: when, Text: text}
	if p, ok := s.Index.Find(address); ok {
		k.Slug, k.Title = p.Address, p.Title()
		if s.URL != nil {
			k.URL = s.URL(p)
		}
	}
	return k
}

const goneTitle = "(not in the blog any more)"

func bookmarksCommand(s *Session) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "bookmarks",
		Short: "list the posts that you have kept with s",
		Long: "You are known by your key. A line has the day, the slug and the title, with tabs between them. With --json it is one\n" +
			`object: {"bookmarks":[{"slug","title","url","when"}]}.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				if !s.Account.TakeExtra(memory.MaxKeptList) {
					return errNoMemory
				}
				defer s.Account.Give(memory.MaxKeptList)
				list, err := of.Bookmarks(ctx)
				if err != nil {
					return err
				}
				return s.stream(func(o *output) error {
					at := func(i int) keptPost { return s.keptPost(list[i].Address, "", list[i].When) }
					o.kept(len(list), at, asJSON, "bookmarks", func(k keptPost) string {
						return k.When.Format(time.DateOnly) + "\t" + k.Slug + "\t" + orGone(k.Title) + "\n"
					})
					if len(list) == 0 && !asJSON {
						o.write("You have no bookmarks; s keeps one.\n")
					}
					return nil
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func orGone(title string) string {
	if title == "" {
		return goneTitle
	}
	return title
}

// kept prints a list, as JSON or by rows.
func (o *output) kept(n int, at func(i int) keptPost, asJSON bool, name string, row func(keptPost) string) {
	if asJSON {
		o.write(`{"` + name + `":[`)
	}
	for i := range n {
		o.turn.Yield()
		k := at(i)
		if !asJSON {
			o.write(row(k))
		} else if !o.write(comma(i > 0)) || !o.json(k) {
			return
		}
	}
	if asJSON {
		o.write("\n]}\n")
	}
}

func highlightsCommand(s *Session) *cobra.Command {
	asJSON, asMarkdown := false, false
	cmd := &cobra.Command{
		Use:   "highlights",
		Short: "print the passages that you have kept with v",
		Long: "You are known by your key. With --markdown they are quotes below the titles of their posts; with --json one object:\n" +
			`{"highlights":[{"slug","title","url","when","text"}]}.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && asMarkdown {
				return errors.New("--json or --markdown, not both; use ssh HOST highlights")
			}
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				if !s.Account.TakeExtra(memory.MaxKeptList) {
					return errNoMemory
				}
				defer s.Account.Give(memory.MaxKeptList)
				list, err := of.Highlights(ctx)
				if err != nil {
					return err
				}
				return s.stream(func(o *output) error {
					at := func(i int) keptPost { return s.keptPost(list[i].Address, list[i].Text, list[i].When) }
					for i := range list {
						list[i].Address = at(i).Slug
					}
					slices.SortStableFunc(list, func(a, b memory.Highlight) int { return strings.Compare(a.Address, b.Address) })
					o.highlights(len(list), at, asJSON, asMarkdown)
					return nil
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asMarkdown, "markdown", false, "as Markdown")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (o *output) highlights(n int, at func(i int) keptPost, asJSON, asMarkdown bool) {
	head, quote := "", "  "
	if asMarkdown {
		head, quote = "## ", "> "
	}
	last := ""
	o.kept(n, at, asJSON, "highlights", func(k keptPost) string {
		var b strings.Builder
		if k.Slug != last {
			if last != "" {
				b.WriteByte('\n')
			}
			last = k.Slug
			b.WriteString(head + orGone(k.Title) + " (" + k.Slug + ")\n")
		}
		b.WriteByte('\n')
		for line := range strings.SplitSeq(strings.TrimSpace(k.Text), "\n") {
			b.WriteString(strings.TrimRight(quote+line, " ") + "\n")
		}
		return b.String()
	})
	if n == 0 && !asJSON && !asMarkdown {
		o.write("You have no highlights; v selects a passage and keeps it.\n")
	}
}
