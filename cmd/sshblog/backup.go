package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/memory"
)

func backupCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	cmd := &cobra.Command{
		Use:   "backup-readers FILE",
		Short: "Copy what is kept of readers, also while the server runs",
		Long: `backup-readers copies readers.db of the state folder into a new file, as it is at one
moment, while the server may write to it. To put it back, stop the server and give the
file its name again. Without the secret, readers.secret or the setting readers-secret,
a copy is of no use: copy that as well, once, to another place.`,
		Args: oneWord,
		RunE: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return misusedError("which file is the copy to be? sshblog backup-readers FILE")
			}
			if err := complete(all, os.Environ()); err != nil {
				return err
			}
			s.findState()
			if s.State == "" {
				return errors.New("setting state: there is no folder in which anything is kept")
			}
			from := filepath.Join(s.State, readersFile)
			if err := memory.CopyBolt(from, words[0]); err != nil {
				return fmt.Errorf("not copied: %w", err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Copied %s to %s.\n", from, words[0])
			return err
		},
	}
	s, all = withSettings(cmd, "config", "state")
	return cmd
}
