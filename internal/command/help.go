package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpCommand prints what there is, or what one command does.
func helpCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Aliases: []string{"?", "man", "usage"},
		Short:   "this list, or what a command does",
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return nil
			}
			return noWords(cmd, words[1:])
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			about := cmd.Root()
			if len(words) > 0 {
				found, rest, err := about.Find(words)
				if err != nil || found == about || len(rest) > 0 {
					return unknown(about, s, words)
				}
				about = found
			}
			printHelp(about, s)
			return nil
		},
	}
}

func printHelp(cmd *cobra.Command, s *Session) {
	var b strings.Builder
	line := func(typed, does string) { fmt.Fprintf(&b, "  %-21s %s\n", typed, does) }
	option := func(before string) func(f *pflag.Flag) {
		return func(f *pflag.Flag) {
			value, does := pflag.UnquoteUsage(f)
			if value == "always, never or auto" {
				value = "WHEN"
			}
			if f.Name != "help" && !f.Hidden {
				line(strings.TrimSpace(before+"--"+f.Name+" "+value), does)
			}
		}
	}
	if cmd == cmd.Root() {
		b.WriteString("Leave out the command to read the blog, or use ssh -t HOST and one of:\n")
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				line(sub.Use, sub.Short)
			}
		}
		cmd.PersistentFlags().VisitAll(option("-- "))
		s.print(b.String())
		return
	}
	fmt.Fprintf(&b, "ssh HOST %s: %s\n", cmd.Use, cmd.Short)
	if cmd.Long != "" {
		b.WriteString(cmd.Long + "\n")
	}
	if aliases := slices.DeleteFunc(slices.Clone(cmd.Aliases), func(a string) bool { return a == "?" }); len(aliases) > 0 {
		b.WriteString("Also: " + strings.Join(aliases, ", ") + "\n")
	}
	cmd.LocalNonPersistentFlags().VisitAll(option(""))
	s.print(b.String())
}

// usage says how a command is used, as the end of a sentence.
func usage(cmd *cobra.Command) string {
	if cmd == cmd.Root() {
		return "leave out the command to read the blog, or use ssh HOST help to see what there is"
	}
	return "use ssh HOST " + cmd.Use + "; ssh HOST help " + cmd.Name() + " says more"
}
