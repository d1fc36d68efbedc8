// Command sshblog serves a folder of Markdown posts as a blog that is read
// with ssh.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones, where there is no file of them, as in the image

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/earlysignals"
	"github.com/sshblog/sshblog/internal/plaintext"
)

func main() {
	time.Local = localByTZ(os.Getenv("TZ"), time.Local) //nolint:gosmopolitan // as TZ says
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		os.Exit(statusOf(err))
	}
}

// misusedError is the error for a word that is no subcommand, or that a subcommand does not
// take.
type misusedError string

func (e misusedError) Error() string { return string(e) }

// unknownCommand returns the error for a word that is no subcommand.
func unknownCommand(root *cobra.Command, word string) error {
	likely := ""
	root.InitDefaultHelpCmd()
	root.SetHelpCommand(nil) // or it is not among those that may be meant
	if names := root.SuggestionsFor(word); len(names) > 0 {
		slices.Sort(names)
		likely = "did you mean " + strings.Join(names, " or ") + "? "
	}
	return misusedError(fmt.Sprintf("there is no command %q; %ssshblog --help lists those there are", word, likely))
}

// noWords refuses all words after a subcommand.
func noWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	advice := ""
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" { // its value is not the next word
			advice += fmt.Sprintf("it is --%s=%s if that is meant for the flag; ", f.Name, words[0])
		}
	})
	return misusedError(fmt.Sprintf("%s does not take %q; %s%s --help lists what it takes", cmd.CommandPath(), words[0], advice, cmd.CommandPath()))
}

// oneWord refuses all words after a subcommand but one.
func oneWord(cmd *cobra.Command, words []string) error {
	if len(words) < 2 {
		return nil
	}
	return misusedError(fmt.Sprintf("%s takes one word, and %q is another; %s --help lists what it takes", cmd.CommandPath(), words[1], cmd.CommandPath()))
}

// statusOf is the exit status for an error: 2 for an unknown subcommand or a superfluous word, so that a
// misspelt check differs from a failed one.
func statusOf(err error) int {
	if _, misused := errors.AsType[misusedError](err); misused {
		return 2
	}
	return 1
}

// misnamed returns the word of the arguments for help or completion that names nothing.
// cobra shows its help for these, and exits with 0.
func misnamed(root *cobra.Command, args []string) (word string, ok bool) {
	if len(args) < 2 || args[0] != "help" && args[0] != "completion" {
		return "", false
	}
	at := root
	if args[0] == "completion" {
		root.InitDefaultCompletionCmd(args...)
		at = named(root, args[0])
	}
	for _, word := range args[1:] {
		if strings.HasPrefix(word, "-") {
			return "", false
		}
		if at = named(at, word); at == nil {
			return word, true
		}
	}
	return "", false
}

// named returns the subcommand with a name, or nil.
func named(cmd *cobra.Command, name string) *cobra.Command {
	if cmd == nil {
		return nil
	}
	for _, sub := range cmd.Commands() {
		if sub.Name() == name || sub.HasAlias(name) {
			return sub
		}
	}
	return nil
}

// errReported means that the error was printed already; only the exit status is left to set.
var errReported = errors.New("reported")

// run is the program, with its environment as arguments. It has printed the error that it returns.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if word, ok := misnamed(root, args); ok {
		err := unknownCommand(root, word)
		oneLine(stderr, fang.Styles{}, err)
		return err
	}
	report, command := oneLine, ""
	if found, _, err := root.Find(args); err == nil { // flags may stand before its name
		command = found.Name()
	}
	if command == earlysignals.Serving {
		report = func(_ io.Writer, _ fang.Styles, err error) {
			s := settings{LogFormat: formatText, journal: isJournal(stderr, os.Getenv)}
			if wantsJSON(args, os.Getenv) {
				s.LogFormat = formatJSON
			}
			if !errors.Is(err, errReported) {
				lastLine(s, stderr, err)
			}
		}
	}
	if document := failureDocument(command, args); document != nil {
		report = func(w io.Writer, style fang.Styles, err error) {
			if _, printed := errors.AsType[printedError](err); !printed && !errors.Is(err, errReported) {
				_ = printJSON(stdout, document(plaintext.Clean(err.Error()))) // the line is printed too
			}
			oneLine(w, style, err)
		}
	}
	v := buildVersion()
	return fang.Execute(ctx, root, fang.WithVersion(v.Version), fang.WithCommit(v.Commit), fang.WithErrorHandler(report), fang.WithoutManpage())
}

// printedError is an error that is in the JSON that was printed.
type printedError struct{ error }

func (e printedError) Unwrap() error { return e.error }

// failureDocument returns the function that makes the JSON for an error of a subcommand, if the arguments ask
// for JSON, even if others of them are wrong. Otherwise it returns nil.
func failureDocument(command string, args []string) (document func(why string) any) {
	if !asksJSON(args) {
		return nil
	}
	switch command {
	case "check":
		return func(why string) any { return checked{HeldBack: []heldBack{}, Found: []result{}, Error: why} }
	case "reload":
		return func(why string) any {
			r := reloadResult{Error: why}
			r.trim()
			return r
		}
	case "upgrade", "list":
		return func(why string) any { return failure{why} }
	default:
		return nil
	}
}

// asksJSON reports whether the last --json or --format of the arguments asks for JSON.
func asksJSON(args []string) (asks bool) {
	for i, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case arg == "--":
			return asks
		case name == "--json":
			on, err := boolean(value)
			asks = !given || err != nil || on
		case name == "--format":
			asks = value == formatJSON
		}
	}
	return asks
}

// oneLine reports an error as one line that a log or a script can take.
func oneLine(w io.Writer, _ fang.Styles, err error) {
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintln(w, "sshblog: "+err.Error())
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "sshblog",
		Short: "A blog that is read with ssh",
		Long:  "sshblog serves a folder of Markdown posts as a blog that is read with ssh.",
		Example: `# serve ./posts on port 2222
sshblog serve

# begin a post, and check all of them
sshblog new "What a queue hides"
sshblog check ./posts

# read them here, without a server
sshblog read`,
		// Without a function of its own, cobra treats any word as a request for help.
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists those there are", err, cmd.CommandPath())
	})
	root.AddCommand(
		serveCommand(), configCommand(), checkCommand(), newCommand(), listCommand(), readCommand(), reloadCommand(), upgradeCommand(), healthcheckCommand(), backupCommand(),
		keysCommand(), versionCommand(), manCommand(),
	)
	return root
}
