package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Tell everything that is wrong with a folder of posts",
		Long: `check reads a folder of posts (by default ./posts) as the server would, and prints
every problem as "file:line: what". It exits with 1 if there is one.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "posts"
			if len(args) > 0 {
				dir = args[0]
			}
			return checkPosts(cmd, dir)
		},
	}
}

// checkPosts prints the problems to standard output, where editors and
// scripts look for them, and the sum to standard error.
func checkPosts(cmd *cobra.Command, dir string) error {
	lib, err := library.Open(library.Dir(dir), library.Options{})
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	index := lib.Current()
	for _, p := range index.Problems() {
		// From here the path must lead to the file, wherever one stands.
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), strings.TrimSuffix(dir, "/")+"/"+p.String())
	}
	for _, x := range index.Excluded() {
		cmd.PrintErrf("%s/%s: not listed: %s\n", strings.TrimSuffix(dir, "/"), x.Path, x.Reason)
	}
	cmd.PrintErrf("%s listed, %d held back, %s\n",
		count(index.All().Len(), "post"), len(index.Excluded()), count(len(index.Problems()), "problem"))
	if len(index.Problems()) > 0 {
		return errReported
	}
	return nil
}
