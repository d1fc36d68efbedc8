package command

import "github.com/spf13/cobra"

// plainCommand starts the reader in lines of text, with a terminal or without.
func plainCommand(s *Session, r *Reading) *cobra.Command {
	return &cobra.Command{
		Use:   "plain",
		Short: "lines of text instead of a screen",
		Args:  noWords,
		RunE:  func(*cobra.Command, []string) error { return s.Plain(*r) },
	}
}
