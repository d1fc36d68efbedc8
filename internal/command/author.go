package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// Publishing is what the commands of authors use.
type Publishing struct {
	// Admit returns the reason, for the client, why it may not use them; or nil.
	Admit func() error
	// Begin begins what is published together, and Finish publishes it, as those of package push.
	Begin  func(context.Context) (*push.Transfer, error)
	Finish func(context.Context, *push.Transfer) (*push.Outcome, error)
	// Open opens a file of the posts folder, whether anybody can publish or not. Its error is ErrBusy if there is
	// no room for another one.
	Open func(file string) (io.ReadCloser, error)
	// Whole reports, after the end of the input, whether the client ended it.
	Whole func() bool
	// Log calls a function for what was published, the newest first, until it returns false.
	Log func(func(push.Entry) bool) error
	// Link is the command by which others come to the post at an address.
	Link func(address string) string
	// Opened returns how often posts were opened, those that were opened the most first, at most n of
	// them, and since when that counts.
	Opened func(n int) (posts []Opened, since time.Time)
}

// ErrBusy says that too many files are open for another one.
var ErrBusy = errors.New("too many files are open at once: try again in a moment")

// Opened is how often a post was opened, and read to its end.
type Opened struct {
	Address     string
	Times, Ends uint64
}

// failedError is for a command that was used correctly, but could not do what it was asked for.
type failedError struct{ error }

func (e failedError) Unwrap() error { return e.error }

// errTold is for a failure that the client was informed of already.
var errTold = errors.New("told")

// authorNames are the commands of authors. Others get the answer that they are for authors, whether or not
// there is anything to see.
func authorNames() []string {
	return []string{"publish", "check", "unpublish", "rm", "log", "drafts", "why", "stats", "preview", "share"}
}

// ForAuthors reports whether a word is a command of authors that needs no screen.
func ForAuthors(word string) bool { return word != "preview" && slices.Contains(authorNames(), word) }

// authorCommands are for authors alone.
func authorCommands(s *Session) []*cobra.Command {
	return []*cobra.Command{publishCommand(s), checkCommand(s), unpublishCommand(s), rmCommand(s), logCommand(s), draftsCommand(s), whyCommand(s), statsCommand(s)}
}

// forAuthors returns the error for somebody who is no author and uses a command of authors; nil if the word is
// no such command, or if there are no authors.
func (s *Session) forAuthors(word string) error {
	if s.Publishing == nil || s.Author != "" || !slices.Contains(authorNames(), word) {
		return nil
	}
	if err := s.Publishing.Admit(); err != nil {
		return failedError{err}
	}
	return nil
}

// later defers the work of a command until the command tree is freed. Its errors are failures, not misuse.
func (s *Session) later(work func() error) error {
	s.then = func() error {
		err := work()
		var none notFoundError
		if err == nil || errors.As(err, &none) {
			return err
		}
		return failedError{err}
	}
	return nil
}

// change publishes what a function does to a transfer, and prints the result.
func (s *Session) change(ctx context.Context, do func(*push.Transfer) error) error {
	t, err := s.Publishing.Begin(ctx)
	if err != nil {
		return err
	}
	defer t.End()
	if err := do(t); err != nil {
		return err
	}
	out, err := s.Publishing.Finish(ctx, t)
	if err != nil {
		return err
	}
	return s.tell(out)
}

// tell prints the result of a transfer; problems go to standard error.
func (s *Session) tell(out *push.Outcome) error {
	s.warn(out.Remarks())
	if out.Refused() {
		return errTold
	}
	s.print(out.News(s.Publishing.Link))
	return nil
}

// warn writes lines to standard error.
func (s *Session) warn(text string) {
	if s.Terminal {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	_, _ = io.WriteString(s.Stderr, text) // who has asked may be gone
}

// refused prints what is wrong with a file, if anything is.
func (s *Session) refused(problems []post.Problem, err error) error {
	if err != nil || len(problems) == 0 {
		return err
	}
	return s.tell(&push.Outcome{Problems: problems})
}

// authored is the file of a post, also of one that readers do not see or that is broken.
type authored struct {
	path  string
	post  *post.Post // nil: it cannot be read
	exact bool       // it has the name that was asked for, and not just another name of the post
}

// namesOf returns the names of a post that mean it and nothing like it.
func namesOf(p *post.Post) []string {
	return []string{p.Path, p.Address, post.AddressOf(p.Path), p.Slug, post.FileSlug(p.Path)}
}

// authored returns what a name means.
func (s *Session) authored(name string) (authored, error) {
	x := s.Index.Base()
	has := func(p *post.Post) authored {
		return authored{p.Path, p, slices.Contains(namesOf(p), name)}
	}
	if p, ok := x.Find(name); ok {
		found := has(p)
		for _, other := range x.Translations(p) {
			if in := has(other); in.exact && !found.exact {
				found = in
			}
		}
		return found, nil
	}
	for _, e := range x.Excluded() {
		if found := has(e.Post); found.exact {
			return found, nil
		}
	}
	for _, p := range x.Problems() {
		if name == p.Path || name == post.AddressOf(p.Path) {
			return authored{p.Path, nil, true}, nil
		}
	}
	_, err := s.post(name) // which says what is like it
	if err == nil {
		err = notFoundError(fmt.Sprintf("there is no post %s", clipped(name)))
	}
	return authored{}, err
}
