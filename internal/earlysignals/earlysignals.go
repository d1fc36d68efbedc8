// Package earlysignals keeps a server alive through signals that come before its main
// function has begun.
//
// A process that has just been started is one that a supervisor may already tell
// to reload (SIGHUP) or to upgrade (SIGUSR2), or whose log's reader may already be gone (SIGPIPE). All
// end a Go program that has not said otherwise, also one that is process 1 of a
// container. Until main begins, the packages that highlight code and the like
// take tens of milliseconds to initialise. This package is initialised before
// them: it needs little, so its turn comes early, and the tests of cmd/sshblog
// hold it there.
//
// The milliseconds in which the Go runtime starts, before any package does, are out
// of its reach. In them only whoever starts the process can ignore SIGHUP for it:
// the runtime leaves it so, and a server reloads at it all the same.
package earlysignals

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Serving is the subcommand whose process is a server.
const Serving = "serve"

// serves reports whether the subcommand is that of a server. Flags may stand before it, with a word each
// that may be their value.
func serves(args []string) bool {
	for i, arg := range args {
		switch {
		case arg == Serving:
			return true
		case !strings.HasPrefix(arg, "-") && (i == 0 || !strings.HasPrefix(args[i-1], "-") || strings.Contains(args[i-1], "=")):
			return false
		}
	}
	return false
}

func init() { //nolint:gochecknoinits // main would be too late, see above
	if serves(os.Args[1:]) {
		// A server asks to be told of the first two once it can do what they ask for. A write to a log
		// that nobody reads fails, and that is all.
		signal.Ignore(append(upgrades(), syscall.SIGHUP, syscall.SIGPIPE)...)
	}
}
