package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func configCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings in force, and where each comes from",
		Long: `config prints the settings that "sshblog serve" would have with the same flags,
environment and file, one a line, with where each comes from. The output can be
used as a configuration file. What follows from other settings, or is none, is a
comment; "sshblog serve --check" checks that a server could start with them.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := complete(all, os.Environ()); err != nil {
				return err
			}
			if err := s.agree(); err != nil {
				return err
			}
			return printSettings(cmd.OutOrStdout(), all)
		},
	}
	s, all = withSettings(cmd)
	return cmd
}

// printSettings writes every setting as a line of a configuration file.
func printSettings(w io.Writer, settings *pflag.FlagSet) (err error) {
	bare := regexp.MustCompile(`^[A-Za-z0-9./][A-Za-z0-9./_-]*$`)
	follows := regexp.MustCompile(`\((default: .*?)\)`)
	settings.VisitAll(func(f *pflag.Flag) {
		value, origin, comment := f.Value.String(), originOf(f), ""
		if f.Name == "config" || value == "" && origin == "default" {
			comment = "# " // the file cannot name itself
		}
		if said := follows.FindStringSubmatch(f.Usage); said != nil && value == "" && origin == "default" {
			origin = said[1]
		}
		if value != "" && !bare.MatchString(value) || value == "" && comment == "" {
			value = strconv.Quote(value)
		}
		if _, failed := fmt.Fprintf(w, "%s%s: %s  # %s\n", comment, f.Name, value, origin); err == nil {
			err = failed
		}
	})
	return err
}
