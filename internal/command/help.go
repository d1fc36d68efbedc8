package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpCommand prints what there is.
func helpCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "help",
		Short: "this list",
		Args:  noWords,
		Run:   func(cmd *cobra.Command, _ []string) { printHelp(cmd, s) },
	}
}

func printHelp(cmd *cobra.Command, s *Session) {
	text := usage(cmd)
	s.print(strings.ToUpper(text[:1]) + text[1:] + "\n")
}

// usage lists all commands and options, as the end of a sentence.
func usage(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString("leave out the command to read the blog, or use ssh -t HOST and one of:")
	line := func(typed, does string) { fmt.Fprintf(&b, "\n  %-21s %s", typed, does) }
	for _, sub := range cmd.Root().Commands() {
		if !sub.Hidden {
			line(sub.Use, sub.Short)
		}
	}
	cmd.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		value, does := pflag.UnquoteUsage(f)
		line(strings.TrimSpace("-- --"+f.Name+" "+value), does)
	})
	return b.String()
}
