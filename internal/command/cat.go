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
			ended := s.opened(p)
			s.then = func() error {
				return s.stream(func(o *output) error {
					made := int64(-1) // the front matter, which comes first; the rest is the post's own
					defer func() { s.Account.Give(max(made, 0)) }()
					for piece := range p.Source() {
						if made < 0 {
							if !s.Account.TakeExtra(int64(len(piece))) {
								return errNoMemory
							}
							made = int64(len(piece))
						}
						if !o.write(piece) {
							break
						}
					}
					o.ended(ended)
					return nil
				})
			}
			return nil
		},
	}
}
