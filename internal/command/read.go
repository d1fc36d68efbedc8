package command

import "github.com/spf13/cobra"

// readCommand starts the reader in a post.
func readCommand(s *Session, r *Reading) *cobra.Command {
	return &cobra.Command{
		Use:   "read SLUG",
		Short: "start in a post",
		Args:  onePost,
		RunE: func(_ *cobra.Command, words []string) error {
			if !s.Terminal {
				return errNoTerminal
			}
			r.Slug = words[0]
			return s.Read(*r)
		},
	}
}
