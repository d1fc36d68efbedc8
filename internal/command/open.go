package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
)

// openCommand starts the reader at what a name leads to.
func openCommand(s *Session, r *Reading) *cobra.Command {
	return &cobra.Command{
		Use:   "open NAME",
		Short: "start at a post, a category, a tag or a series",
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return fmt.Errorf("open what? %s", usage(cmd))
			}
			return noWords(cmd, words[1:])
		},
		RunE: func(_ *cobra.Command, words []string) error {
			if !s.leads(words[0]) {
				return notFoundError(fmt.Sprintf("there is no post, category, tag or series %s; %s", clipped(words[0]), s.near(words[0]).advice("leave out the command to see what there is")))
			}
			return s.open(words[0], r)
		},
	}
}

// leads reports whether a name leads somewhere.
func (s *Session) leads(name string) bool {
	_, ok := s.Index.Named(name)
	return ok
}

// open starts the reader at what a name leads to, or prints that if there is no terminal.
func (s *Session) open(name string, r *Reading) error {
	if !s.Terminal {
		return s.Tell(name)
	}
	r.Slug = name
	return s.Read(*r)
}

// start handles a session without a command: at what its login name leads to, or else at the beginning.
func (s *Session) start(r *Reading) error {
	switch {
	case s.leads(s.User):
		return s.open(s.User, r)
	case s.Lost != "":
		return notFoundError(s.Lost)
	case s.Terminal:
		return s.Read(*r)
	}
	s.then = s.firstPage
	return nil
}

// near returns the name that is most similar to one that leads nowhere, among the addresses of posts and their
// last elements, the categories and the tags.
func (s *Session) near(name string) *nearest {
	return s.nearest(name, func(try func(string)) {
		posts := s.Index.All()
		for i := range min(posts.Len(), maxCompared) {
			p := posts.At(i)
			try(p.Address)
			try(p.Slug)
		}
		for _, lists := range [...][]*library.List{s.Index.Categories(), s.Index.Tags()} {
			for _, l := range lists[:min(len(lists), maxCompared)] {
				try(l.Slug)
			}
		}
	})
}
