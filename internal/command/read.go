package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
)

// The narrowest and the widest column in which a post is printed, in cells, and that for a client
// without a terminal.
const narrowest, widest, usual = 20, 200, 80

// printing is how a post is printed.
type printing struct {
	width  int
	colour string // always, never or auto
}

// readCommand starts the reader in a post, or prints that where no screen is wanted.
func readCommand(s *Session, r *Reading) *cobra.Command {
	p := printing{colour: "auto"}
	cmd := &cobra.Command{
		Use:     "read SLUG",
		Aliases: []string{"show", "view", "less", "more"},
		Short:   "read a post",
		Long: "On a terminal it opens the post on the screen. Without one, and with --width or --color, it prints it.\n" +
			"auto has colours on a terminal, if --no-color is not given.",
		Args: onePost,
		RunE: func(cmd *cobra.Command, words []string) error {
			r.Slug = words[0]
			printed := cmd.Flags().Changed("width") || cmd.Flags().Changed("color")
			if s.Terminal && !printed && s.leads(r.Slug) {
				return s.Read(*r)
			}
			if !slices.Contains([]string{"always", "never", "auto"}, p.colour) {
				return fmt.Errorf("--color is always, never or auto, not %s", clipped(p.colour))
			}
			if p.width != 0 && (p.width < narrowest || p.width > widest) {
				return fmt.Errorf("--width is from %d to %d cells, not %d", narrowest, widest, p.width)
			}
			found, err := s.post(r.Slug)
			if err != nil {
				return err
			}
			ended := s.opened(found)
			ctx, reading := cmd.Context(), *r
			s.then = func() error { return s.printPost(ctx, found, p, reading, ended) }
			return nil
		},
	}
	cmd.Flags().IntVar(&p.width, "width", 0, "print it in columns of `N` cells")
	cmd.Flags().StringVar(&p.colour, "color", "auto", "print it with colours: `always, never or auto`")
	return cmd
}

// printPost prints a post as it is laid out for a width, and calls ended when that is done.
func (s *Session) printPost(ctx context.Context, p *post.Post, how printing, r Reading, ended func()) error {
	r.NoColor = how.colour == "never" || how.colour == "auto" && (r.NoColor || !s.Terminal)
	width := how.width
	if width == 0 {
		width = usual
		if s.Terminal && s.Width > 0 {
			width = max(min(s.Width, usual), narrowest)
		}
	}
	page, err := s.Page(ctx, p, width, r)
	switch {
	case ctx.Err() != nil:
		return nil // and the client has been told why
	case err != nil:
		return fmt.Errorf("this post cannot be printed: %w", err)
	}
	held := page.Size()
	if !s.Account.TakeExtra(held) {
		return errNoMemory
	}
	defer s.Account.Give(held)
	return s.stream(func(o *output) error {
		head := p.Title() + "\n"
		if about := s.aboutPost(p); about != "" {
			head += about + "\n"
		}
		o.write(broken(head, width), "\n")
		if page.Lines.Len() == 0 {
			o.write(p.Summary(), "\n")
		}
		for _, line := range page.Lines.All() {
			if !o.write(line, "\n") {
				break
			}
		}
		o.ended(ended)
		return nil
	})
}

// aboutPost is the line below a title, as far as it is known.
func (s *Session) aboutPost(p *post.Post) string {
	var known []string
	state := s.Index.State(p)
	if state != "" {
		known = append(known, state)
	}
	if !p.Date.IsZero() && !strings.Contains(state, p.Date.Format(time.DateOnly)) {
		known = append(known, p.Date.Format("January 2, 2006"))
	}
	if p.Category() != "" {
		known = append(known, p.Category())
	}
	if n := p.Minutes(); n > 0 {
		known = append(known, strconv.Itoa(n)+" min read")
	}
	if len(p.Authors()) > 0 {
		known = append(known, "by "+strings.Join(p.Authors(), ", "))
	}
	if len(p.Tags) > 0 {
		known = append(known, "tags: "+strings.Join(p.Tags, ", "))
	}
	return strings.Join(known, ", ")
}
