// Package command answers what follows the host's name, as in "ssh -t
// blog.example.com read what-a-queue-hides": a tree of cobra commands that is made
// for one session, with all that a command may use handed in.
//
// A new command is a function like those beside this one that returns a
// cobra.Command, and its name in tree. This package knows no Bubble Tea: what shows
// the reader on a terminal, or in lines, comes from the caller.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// Session is what a command may use of the session that it runs in.
type Session struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal reports whether the client has a terminal; Width and Height are its
	// size in cells, or zero. It is in raw mode: lines end in \r\n.
	Terminal      bool
	Width, Height int
	// User is the login name. Clients choose it, and nothing proves it. If it leads to a post or a list, the
	// reader starts there.
	User string
	// Lost, if not "", is the answer to a client without a command whose login name leads nowhere.
	Lost string
	// Shares, if not nil, are for authors.
	Shares Shares
	// Author is the name of the author whose key the client has signed with, or "" if it is nobody's
	// who is an author.
	Author string
	// Remembered returns what is kept of the session's reader, or why nothing is, for the client; nil if no
	// readers are remembered.
	Remembered func() (Remembered, error)
	// Publishing is what the commands of authors use; nil if there are no authors.
	Publishing *Publishing
	// Index has the posts.
	Index *library.Index
	// Version is what "version" prints.
	Version string
	// Source lets "cat" print the Markdown of posts.
	Source bool
	// OnOpen, if set, is called with the address of each post that is printed.
	OnOpen func(address string)
	// OnEnd, if set, is called with the address of each of them that the client has taken to its end.
	OnEnd func(address string)
	// Account is what the session takes memory and turns of the processor from; nil sets no
	// bound.
	Account *ledger.Account
	// URL, if set, returns where others find a post.
	URL func(*post.Post) string
	// Page lays a post out at a width in cells, in the colours of a Reading.
	Page func(ctx context.Context, p *post.Post, width int, r Reading) (*render.Page, error)
	// Feed writes a feed: "atom", "rss" or "json", of all posts or of those in a category, by its
	// name or slug. Its errors are for the client.
	Feed func(ctx context.Context, w io.Writer, format, category string) error
	// Read starts the reader on the terminal, and Plain in lines of text; Tell prints what a name
	// leads to. Their errors
	// are for the client. A caller should only prepare what runs for as long as the
	// session lasts, and start it when Run has returned: until then all commands are
	// in memory.
	Read  func(Reading) error
	Plain func(Reading) error
	Tell  func(name string) error

	// Work that a command leaves to be done after the command tree is freed, since it may take as long as its
	// client does.
	then func() error
}

// opened counts a post that is printed. The function that it returns counts that it was printed to its end.
func (s *Session) opened(p *post.Post) (ended func()) {
	if _, held := s.Index.Held(p); held {
		return func() {}
	}
	if s.OnOpen != nil {
		s.OnOpen(p.Address)
	}
	return func() {
		if s.OnEnd != nil {
			s.OnEnd(p.Address)
		}
	}
}

// Reading says how the reader starts.
type Reading struct {
	Slug    string // a name of what to start at (library.Index.Named), or ""
	Theme   string // by name, or "" for the one that fits the terminal
	NoColor bool
	Private bool // nothing is to be kept of the session
}

// Exit statuses of Run.
const (
	// Answered stands for a failure (1) that the client was informed of in a protocol of its own. The client
	// may read that answer only while the session lasts, so the session waits for it to end its input.
	Answered       = -1
	statusNotFound = 1 // there is no post or list of the name that was asked for, or no page
	statusFailed   = 1 // an author's command could not do what it was asked for
	statusRefused  = 2 // what was asked for cannot be done, and the client has been told why
)

// errAnswered means that the client knows of the failure already.
var errAnswered = errors.New("answered")

// assignment is a variable that a shell would set for the command behind it. A "--" is
// for a shell's options as well.
var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*=|--$)`)

// Run runs the command that the words are. Without words it starts the reader or, without a terminal, lists the
// newest posts. It returns the exit status.
//
// The words often come from a program, such as mosh, scp or a wrapper of ssh, and not from the person who reads
// the answer.
func Run(ctx context.Context, words []string, s *Session) (status int) {
	for len(words) > 1 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	err := execute(ctx, words, s)
	if then := s.then; err == nil && then != nil {
		err = then()
	}
	var none notFoundError
	var failed failedError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errAnswered):
		return Answered
	case errors.Is(err, errTold):
		return statusFailed
	case errors.As(err, &none):
		status = statusNotFound
	case errors.As(err, &failed):
		status = statusFailed
	default:
		status = statusRefused
	}
	_, _ = io.WriteString(s.Stderr, Refusal(err.Error(), s.width())) // who is refused may be gone
	return status
}

// execute runs the command that the words are, as far as it needs the tree of commands.
func execute(ctx context.Context, words []string, s *Session) error {
	root := tree(s)
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	root.SetArgs(append([]string{}, words...)) // not nil: cobra would take the program's own
	if i := slices.IndexFunc(words, cobrasOwn); i >= 0 {
		return unknown(root, s, words[i:])
	}
	return root.ExecuteContext(ctx)
}

// cobrasOwn reports whether a word is a command that cobra adds to every tree, to
// complete what is typed in a shell. It may write to the program's own standard error.
func cobrasOwn(word string) bool {
	return word == cobra.ShellCompRequestCmd || word == cobra.ShellCompNoDescRequestCmd
}

// tree returns the commands of a session.
func tree(s *Session) *cobra.Command {
	r := &Reading{}
	root := &cobra.Command{
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableSuggestions: true,
		RunE: func(root *cobra.Command, words []string) error {
			switch {
			case len(words) == 1 && s.leads(words[0]):
				return s.open(words[0], r)
			case len(words) > 0:
				return unknown(root, s, words)
			}
			return s.start(r)
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(wrongOption)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(cmd, s) })
	root.PersistentFlags().StringVar(&r.Theme, "theme", "", "with other colours, of the theme `NAME`")
	root.PersistentFlags().BoolVar(&r.NoColor, "no-color", false, "without colours")
	root.Flags().SetInterspersed(false) // what stands behind a command is its own
	root.SetHelpCommand(helpCommand(s))
	root.AddCommand(catCommand(s), feedCommand(s), lsCommand(s), openCommand(s, r), plainCommand(s, r), readCommand(s, r), searchCommand(s), versionCommand(s))
	root.AddCommand(groupCommands(s)...)
	root.PersistentFlags().BoolVar(&r.Private, "private", false, "keep nothing of this session, though you have a key")
	if s.Remembered != nil {
		root.AddCommand(readerCommands(s)...)
	} else {
		root.PersistentFlags().Lookup("private").Hidden = true
	}
	if s.Author != "" {
		root.AddCommand(previewCommand(s, r), shareCommand(s))
		if s.Publishing != nil {
			root.AddCommand(authorCommands(s)...)
		}
	}
	return root
}

// width returns that of lines on standard error, in cells, or 0 without a terminal.
func (s *Session) width() int {
	if !s.Terminal {
		return 0
	}
	return cmp.Or(max(s.Width, 0), unknownWidth)
}

// unknownWidth is the width of a terminal that does not report one.
const unknownWidth = 80

// print writes lines to the client.
func (s *Session) print(text string) {
	if s.Terminal {
		text = strings.ReplaceAll(broken(text, s.Width), "\n", "\r\n")
	}
	_, _ = io.WriteString(s.Stdout, text) // who has asked may be gone
}

// noWords refuses all words behind a command.
func noWords(cmd *cobra.Command, words []string) error {
	if len(words) > 0 {
		return fmt.Errorf("%s takes no %s; %s", cmd.Name(), clipped(words[len(words)-1]), usage(cmd))
	}
	return nil
}

// wrongOption says what is wrong with an option.
func wrongOption(cmd *cobra.Command, err error) error {
	var none *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &none):
		return fmt.Errorf("there is no option %s; %s", clipped(dashed(none.GetSpecifiedName())), usage(cmd))
	case errors.As(err, &missing):
		return fmt.Errorf("the option %s lacks its value; %s", dashed(missing.GetSpecifiedName()), usage(cmd))
	case errors.As(err, &wrong):
		return fmt.Errorf("%s is no value of the option %s; %s", clipped(wrong.GetValue()), dashed(wrong.GetFlag().Name), usage(cmd))
	default:
		return fmt.Errorf("an option is not as it should be; %s", usage(cmd))
	}
}

// dashed returns an option's name as it is typed.
func dashed(name string) string {
	if len([]rune(name)) == 1 {
		return "-" + name
	}
	return "--" + name
}

// maxQuoted is how much of a client's word is quoted in an answer, in runes: enough to recognise it. A wrapper
// of ssh may send a script of kilobytes.
const maxQuoted = 40

func clipped(word string) string {
	if runes := []rune(word); len(runes) > maxQuoted {
		word = string(runes[:maxQuoted]) + "…"
	}
	return word
}

// unknown returns the error for words that are no command.
func unknown(root *cobra.Command, s *Session, words []string) error {
	if !s.Terminal && speaksSCP(words) {
		_, _ = io.WriteString(s.Stdout, scpRefusal) // who is refused may be gone
		return errAnswered
	}
	if err := s.forAuthors(words[0]); err != nil {
		return err
	}
	if s.Remembered == nil && ForReaders(words[0]) {
		return failedError{errors.New(NotRemembered)}
	}
	name, advice := words[0], adviceFor(words[0], s.Source, s.Publishing != nil)
	if advice == "" {
		var near nearest
		for _, cmd := range root.Commands() {
			for _, other := range append([]string{cmd.Name()}, cmd.Aliases...) {
				near.try(name, other)
			}
		}
		if near.name == "" && len(words) == 1 {
			near = *s.near(name)
		}
		if near.name != "" {
			advice = near.advice("") + " "
		}
	}
	return fmt.Errorf("there is no command %s; %s%s", clipped(name), advice, usage(root))
}
