package command

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// heldAs returns the reason for which the post in a file is not published, or "".
func heldAs(excluded []library.Excluded, file string) string {
	for _, e := range excluded {
		if e.Path == file {
			return e.Reason
		}
	}
	return ""
}

// jsonFlag adds the option --json.
func jsonFlag(cmd *cobra.Command) *bool { return cmd.Flags().Bool("json", false, "as JSON") }

// rows prints a list, each element of which is a line, or an element of the array of a name.
func (s *Session) rows(asJSON bool, head string, each func(o *output, row func(line string, value any) bool)) error {
	return s.stream(func(o *output) error {
		n := 0
		if asJSON {
			o.write("{" + head + ":[")
		}
		each(o, func(line string, value any) bool {
			n++
			if asJSON {
				return o.write(comma(n > 1)) && o.json(value)
			}
			return o.write(line + "\n")
		})
		if asJSON {
			o.write("\n]}\n")
		}
		return nil
	})
}

// logCommand prints what was published.
func logCommand(s *Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "log",
		Aliases: []string{"history"},
		Short:   "who has published what, the newest first",
		Long:    "A line has the time (UTC), the author and what has changed, with tabs between them.",
		Args:    noWords,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return s.later(func() (err error) {
			type entry struct {
				Time    time.Time `json:"time"`
				Author  string    `json:"author"`
				What    string    `json:"what"`
				Version string    `json:"version"`
			}
			printing := s.rows(*asJSON, `"log"`, func(_ *output, row func(string, any) bool) {
				err = s.Publishing.Log(func(e push.Entry) bool {
					j := entry{e.When.UTC(), plaintext.Line(e.Author), plaintext.Line(e.Message), e.Version}
					return row(j.Time.Format("2006-01-02 15:04")+"\t"+j.Author+"\t"+j.What, j)
				})
			})
			if printing != nil {
				return printing
			}
			return err
		})
	}
	return cmd
}

// held is a post that readers do not see, as JSON.
type held struct {
	Slug   string     `json:"slug"`
	Title  string     `json:"title"`
	Path   string     `json:"path"`
	State  string     `json:"state"`
	Detail string     `json:"detail,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // when it appears
}

// draftsCommand lists the posts that readers do not see.
func draftsCommand(s *Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drafts",
		Short: "the posts that readers do not see: drafts, and those that are scheduled or expired",
		Long:  "A line has the state, the slug, the title and the file, with tabs between them.",
		Args:  noWords,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return s.later(func() error {
			return s.rows(*asJSON, `"posts"`, func(o *output, row func(string, any) bool) {
				for _, e := range s.Index.Base().Excluded() {
					o.turn.Yield()
					j := held{Slug: e.Address, Title: e.Post.Title(), Path: plaintext.Clean(e.Path), State: e.Reason, Detail: e.Detail}
					if !e.Until.IsZero() {
						j.Until = &e.Until
					}
					if !row(stateOf(e)+"\t"+j.Slug+"\t"+j.Title+"\t"+j.Path, j) {
						return
					}
				}
			})
		})
	}
	return cmd
}

// stateOf says why readers do not see a post.
func stateOf(e library.Excluded) string {
	if e.Detail != "" {
		return e.String()
	}
	return e.State()
}

// whyCommand says why a post is not seen, or that it is.
func whyCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "why SLUG",
		Short: "why readers do not see a post",
		Args:  onePost,
		RunE: func(_ *cobra.Command, words []string) error {
			return s.later(func() error {
				found, err := s.authored(words[0])
				if err != nil {
					return err
				}
				s.print(s.why(found.path))
				return nil
			})
		},
	}
}

// why returns the reason why the post in a file is not seen.
func (s *Session) why(file string) string {
	x, name := s.Index.Base(), plaintext.Clean(file)
	p, there := x.InFile(file)
	e, out := x.Withheld(file)
	var said string
	switch {
	case out:
		said = name + ": " + stateOf(e) + remedy(e) + "\n"
	case there:
		said = name + ": readers see it: " + s.Publishing.Link(p.Address) + "\n"
	default:
		said = name + ": readers do not see it, for what is wrong with it:\n"
	}
	for _, problem := range x.Problems() {
		if problem.Path != file {
			continue
		}
		if there && problem.Severity == post.Error {
			said += "readers see an earlier version, for what is wrong with this one:\n"
		}
		said += problem.String() + "\n"
	}
	return said
}

// remedy says how readers come to see a post.
func remedy(e library.Excluded) string {
	switch e.Reason {
	case library.Draft:
		if e.Detail == "" {
			return "; readers see it once its front matter says draft: false"
		}
	case library.Expired:
		return "; readers see it once its front matter has a later expiryDate, or none"
	}
	return ""
}

// statsCommand prints how often posts were opened and read to their ends.
func statsCommand(s *Session) *cobra.Command {
	const most = 1000
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "how often posts were opened and read to the end, those that were opened the most first",
		Long: "A line has how often a post was opened, how often it was read to the end, the slug and the title, with tabs\n" +
			"between them; at most " + strconv.Itoa(most) + " posts. The end is read when it has been on the screen, or was sent.",
		Args: noWords,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return s.later(func() error {
			const each = 128 // bytes
			if !s.Account.TakeExtra(most * each) {
				return errNoMemory
			}
			defer s.Account.Give(most * each)
			posts, since := s.Publishing.Opened(most)
			head := fmt.Sprintf(`"since":%q,"posts"`, since.UTC().Format(time.RFC3339))
			return s.rows(*asJSON, head, func(_ *output, row func(string, any) bool) {
				for _, opened := range posts {
					j := struct {
						Slug   string `json:"slug"`
						Title  string `json:"title"`
						Opened uint64 `json:"opened"`
						Read   uint64 `json:"read"`
					}{Slug: plaintext.Clean(opened.Address), Opened: opened.Times, Read: opened.Ends}
					if i := s.Index.All().Index(opened.Address); i >= 0 {
						j.Title = s.Index.All().At(i).Title()
					}
					if !row(fmt.Sprintf("%d\t%d\t%s\t%s", j.Opened, j.Read, j.Slug, j.Title), j) {
						return
					}
				}
			})
		})
	}
	return cmd
}
