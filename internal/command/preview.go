package command

import "github.com/spf13/cobra"

// previewCommand starts the reader at a post that readers do not see yet, for authors.
func previewCommand(s *Session, r *Reading) *cobra.Command {
	return &cobra.Command{
		Use:   "preview SLUG",
		Short: "a draft or a scheduled post as readers will see it",
		Args:  onePost,
		RunE: func(_ *cobra.Command, words []string) error {
			p, err := s.post(words[0])
			if err != nil {
				return err
			}
			return s.open(p.Address, r)
		},
	}
}
