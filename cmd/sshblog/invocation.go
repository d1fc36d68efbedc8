package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// invocation is what a reader asks for after the host's name, as in
// "ssh -t blog.example.com read what-a-queue-hides".
type invocation struct {
	plain   bool   // lines instead of a screen
	slug    string // the post to start in, or ""
	theme   string // by name, or "" for the one that fits the terminal
	noColor bool
}

// usage is the answer to what is not understood.
const usage = `leave the command away to read the blog, or use ssh -t HOST and one of:
  plain                 lines of text instead of a screen
  read SLUG             start in a post
  -- --theme NAME       with other colours
  -- --no-color         without colours`

// parseInvocation reads the words of a command. The error is for the client.
func parseInvocation(words []string) (invocation, error) {
	var inv invocation
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&inv.theme, "theme", "", "")
	flags.BoolVar(&inv.noColor, "no-color", false, "")
	if err := flags.Parse(words); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return inv, errors.New(usage)
		}
		return inv, fmt.Errorf("%w; %s", err, usage)
	}
	switch args := flags.Args(); {
	case len(args) == 0:
	case args[0] == "plain" && len(args) == 1:
		inv.plain = true
	case args[0] == "read" && len(args) == 2:
		inv.slug = args[1]
	default:
		return inv, fmt.Errorf("there is no command %q yet; %s", strings.Join(args, " "), usage)
	}
	return inv, nil
}
