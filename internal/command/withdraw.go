package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// unpublishCommand makes a post a draft.
func unpublishCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "unpublish SLUG",
		Short: "make a post a draft: its file stays, and says draft: true",
		Args:  onePost,
		RunE: func(cmd *cobra.Command, words []string) error {
			ctx := cmd.Context()
			return s.later(func() error {
				found, err := s.authored(words[0])
				if err != nil {
					return err
				}
				if x := s.Index.Base(); heldAs(x.Excluded(), found.path) == post.Draft.String() {
					s.print(found.path + " is a draft already\n")
					return nil
				}
				return s.change(ctx, func(t *push.Transfer) error { return s.draft(ctx, t, found.path) })
			})
		},
	}
}

// draft makes a post of a transfer a draft.
func (s *Session) draft(ctx context.Context, t *push.Transfer, file string) error {
	const most = 3 * (post.MaxSize + 1) // the text, what it is parsed as, and the text with a line more
	if !s.Account.TakeExtra(most) {
		return errNoMemory
	}
	defer s.Account.Give(most)
	r, err := t.Open(file)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", file, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, post.MaxSize+1)) //nolint:forbidigo // taken from the account
	_ = r.Close()                                              // it was only read
	if err == nil && len(text) > post.MaxSize {
		err = fmt.Errorf("it has more than the %d bytes that a post may have: cut it in the posts folder", post.MaxSize)
	}
	if err == nil {
		text, err = post.AsDraft(file, text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	f, err := t.Create(file)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(text, 0); err != nil {
		f.Discard()
		return err
	}
	return s.refused(f.Keep(ctx))
}

// rmCommand removes a post.
func rmCommand(s *Session) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:     "rm SLUG",
		Aliases: []string{"remove", "delete", "del"},
		Short:   "remove a post; ssh HOST log still has it",
		Long:    "A post that is a folder is removed with what lies there beside it.",
		Args:    onePost,
		RunE: func(cmd *cobra.Command, words []string) error {
			if !yes && !s.Terminal {
				return fmt.Errorf("rm removes %s for all readers: say that you mean it, with ssh HOST rm --yes %s", clipped(words[0]), clipped(words[0]))
			}
			ctx := cmd.Context()
			return s.later(func() error {
				found, err := s.authored(words[0])
				if err != nil {
					return err
				}
				return s.change(ctx, func(t *push.Transfer) error { return s.remove(t, found.path, yes) })
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// remove removes a post and its files from a transfer, after its author has confirmed.
func (s *Session) remove(t *push.Transfer, file string, agreed bool) error {
	names := []string{file}
	if folder := path.Dir(file); folder != "." && strings.HasPrefix(path.Base(file), "index.") && only(file, t) {
		names = nil
		for name := range t.Names() {
			if strings.HasPrefix(name, folder+"/") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
	}
	what := file
	if n := len(names) - 1; n > 0 {
		what += fmt.Sprintf(" and %d more in its folder", n)
	}
	if !agreed && !s.agrees("Remove "+what+" for all readers? [y/N] ") {
		return errors.New("nothing is removed")
	}
	for _, name := range names {
		if err := t.Remove(name); err != nil {
			return fmt.Errorf("%s cannot be removed: %w", name, err)
		}
	}
	return nil
}

// only reports whether a folder's post is in one file: files beside translations belong to all of these.
func only(file string, t *push.Transfer) bool {
	index := strings.TrimSuffix(file, path.Base(file)) + "index."
	for name := range t.Names() {
		if name != file && strings.HasPrefix(name, index) {
			return false
		}
	}
	return true
}

// agrees asks for confirmation on a terminal.
func (s *Session) agrees(question string) bool {
	s.print(question)
	var key [1]byte
	_, err := io.ReadFull(s.Stdin, key[:])
	yes := err == nil && (key[0] == 'y' || key[0] == 'Y')
	s.print(map[bool]string{true: "y\n", false: "n\n"}[yes])
	return yes
}
