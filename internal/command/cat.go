package command

import (
	"errors"

	"github.com/spf13/cobra"
)

// errNoSource is the answer where the Markdown of posts is not given out.
var errNoSource = errors.New("this blog does not give out the Markdown of its posts; read one with ssh HOST read SLUG")

// catCommand prints the Markdown of a post.
func catCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:     "cat SLUG",
		Aliases: []string{"source", "raw", "download", "get"},
		Short:   "print a post's Markdown",
		Hidden:  !s.Source,
		Args:    onePost,
		RunE: func(_ *cobra.Command, words []string) error {
			if !s.Source {
				return errNoSource
			}
			p, err := s.post(words[0])
			if err != nil {
				return err
			}
			s.opened(p)
			s.then = func() error {
				return s.stream(func(o *output) error {
					first := true
					for piece := range p.Source() {
						if first { // the front matter, which was made for this; the rest is the post's own
							first = false
							n := int64(len(piece))
							if !s.Account.TakeExtra(n) {
								return errNoMemory
							}
							defer s.Account.Give(n)
						}
						if !o.write(piece) {
							break
						}
					}
					return nil
				})
			}
			return nil
		},
	}
}
