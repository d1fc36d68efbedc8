package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker for releases.
var version = ""

// build says what this program is.
type build struct {
	Version, Commit, Go, Platform string
}

func buildVersion() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what this program is",
		Args:  noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := buildVersion()
			commit := ""
			if b.Commit != "" {
				commit = " (" + b.Commit[:min(len(b.Commit), 12)] + ")"
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "sshblog %s%s %s %s\n", b.Version, commit, b.Go, b.Platform)
			return err
		},
	}
}
