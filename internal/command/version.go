package command

import "github.com/spf13/cobra"

// versionCommand prints what program serves the blog.
func versionCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "what program serves this blog",
		Args:  noWords,
		Run:   func(*cobra.Command, []string) { s.print(s.Version + "\n") },
	}
}
