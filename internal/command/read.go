package command

import (
	"errors"

	"github.com/spf13/cobra"
)

// readCommand starts the reader in a post.
func readCommand(s *Session, r *Reading) *cobra.Command {
	return &cobra.Command{
		Use:   "read SLUG",
		Short: "start in a post",
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return errors.New("which post? " + usage(cmd))
			}
			return noWords(cmd, words[1:])
		},
		RunE: func(_ *cobra.Command, words []string) error {
			if !s.Terminal {
				return errNoTerminal
			}
			r.Slug = words[0]
			return s.Read(*r)
		},
	}
}
