// Command sshload puts a blog that is read with ssh under load, and tells how
// long readers wait and what the server spends on them.
//
// It knows the SSH wire and nothing of the server: any blog that draws a list
// and opens posts with the usual keys can be measured. It believes no answer:
// every session has to show the blog's first screen, and some of them are
// followed key by key on a terminal emulator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// run is the program, with its surroundings as arguments. It has told the
// user of the error that it returns.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return fang.Execute(ctx, root, fang.WithoutVersion(), fang.WithErrorHandler(oneLine))
}

// oneLine reports an error as one line that a log or a script can take.
func oneLine(w io.Writer, _ fang.Styles, err error) {
	_, _ = fmt.Fprintln(w, "sshload: "+err.Error())
}

func rootCommand() *cobra.Command {
	s := defaultSettings()
	cmd := &cobra.Command{
		Use:   "sshload [host:port]",
		Short: "Put a blog that is read with ssh under load",
		Long: `sshload connects many readers to a blog, lets them read for a while, and prints
how long they waited for the first screen and for the answer to a key, and what
the server spent on them.

Keys are sent on a schedule that does not wait for answers, and their answers
are timed from when the key was due: a server that stalls cannot hide it. A key
without an answer counts as one that took as long as --patience. The exit status
is 1 if anything was not answered, or answered wrongly.

It only loads servers on this machine unless told that the server is yours.`,
		Example: `# a hundred readers at a server on this machine
sshload localhost:2222

# a thousand, half of them scrolling, and what the server spends on them
sshload --sessions 1000 --mix idle=50,scrolling=50 --rate 400 --pid $(pidof sshblog)`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				s.Target = args[0]
			}
			return load(cmd.Context(), s, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	s.flags(cmd.Flags())
	return cmd
}

// load runs the load that the settings describe and reports it. All that can
// be wrong with the settings is found before the first connection.
func load(ctx context.Context, s *settings, stdout, stderr io.Writer) error {
	if err := s.validate(); err != nil {
		return err
	}
	l, err := newLoader(ctx, *s, stderr)
	if err != nil {
		return err
	}
	if s.Command != "" {
		return l.runCommands(ctx, stdout)
	}
	if s.Return {
		return l.runReturning(ctx, stdout, stderr)
	}
	report, err := l.run(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		err = report.writeJSON(stdout)
	} else {
		err = report.writeTable(stdout)
	}
	return errors.Join(err, report.verdict())
}
