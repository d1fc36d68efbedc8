package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// meCommand prints what is kept of the reader, and changes it.
func meCommand(s *Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "me",
		Short: "what is kept of you; export, forget, link, join, keys, leave",
		Long: "You are known by your key, of which only a keyed hash is kept.\n" +
			"  me                    what is kept, in words\n" +
			"  me export             all of it, as JSON\n" +
			"  me forget             remove all of it, for all keys that you have joined\n" +
			"  me link               a code, to be used within ten minutes\n" +
			"  me join CODE          with your other key: both are one reader from then on\n" +
			"  me keys               how many keys are joined\n" +
			"  me leave              remove this key from your other keys; it starts empty",
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error { return s.tellReader(ctx, of) })
		},
	}
	cmd.AddCommand(exportCommand(s), forgetCommand(s), linkCommand(s), joinCommand(s), countKeysCommand(s), leaveCommand(s))
	return cmd
}

// tellReader prints what is kept of a reader.
func (s *Session) tellReader(ctx context.Context, of Remembered) error {
	bookmarks, highlights, err := s.countKept(ctx, of)
	if err != nil {
		return err
	}
	keys, err := of.Keys(ctx)
	if err != nil {
		return err
	}
	read, begun := of.Known()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if since := of.Since(); since.IsZero() && read+begun+bookmarks+highlights == 0 {
		line("Nothing is kept of you yet.")
	} else {
		if !since.IsZero() {
			line("You were here last on %s.", since.Format("January 2, 2006"))
		}
		line("Kept of you: %s read, %s begun, %s, %s.", plaintext.Count(read, "post"), plaintext.Count(begun, "post"), plaintext.Count(bookmarks, "bookmark"), plaintext.Count(highlights, "highlight"))
	}
	if set := of.Settings(); set.Theme != "" || set.Column != 0 || set.Language != "" {
		var chosen []string
		if set.Theme != "" {
			chosen = append(chosen, "the theme "+set.Theme)
		}
		if set.Column != 0 {
			chosen = append(chosen, "columns of "+strconv.Itoa(set.Column))
		}
		if set.Language != "" {
			chosen = append(chosen, "the language "+set.Language)
		}
		line("You have chosen %s.", strings.Join(chosen, ", "))
	}
	if of.Full() {
		line("There was no room for all read posts: the oldest are not known any more.")
	}
	line("It belongs to %s, of which only a keyed hash is kept: no name, no address.", plaintext.Count(keys, "key"))
	line("It is forgotten after 400 days without a visit. ssh HOST me export prints all of it, ssh HOST me forget removes it,")
	line("and with ssh -t HOST -- --private nothing is kept of a session.")
	s.print(b.String())
	return nil
}

// countKept returns how much is kept of a reader.
func (s *Session) countKept(ctx context.Context, of Remembered) (bookmarks, highlights int, err error) {
	if !s.Account.TakeExtra(memory.MaxKeptList) {
		return 0, 0, errNoMemory
	}
	defer s.Account.Give(memory.MaxKeptList)
	b, err := of.Bookmarks(ctx)
	if err != nil {
		return 0, 0, err
	}
	h, err := of.Highlights(ctx)
	return len(b), len(h), err
}

func exportCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "print all that is kept of you, as JSON",
		Args:  noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				if !s.Account.TakeExtra(memory.MaxKeptList) {
					return errNoMemory
				}
				defer s.Account.Give(memory.MaxKeptList)
				all, err := of.Export(ctx)
				if err != nil {
					return err
				}
				return s.stream(func(o *output) error {
					for part := range all {
						if !o.write(string(part)) {
							return nil
						}
					}
					o.write("\n")
					return nil
				})
			})
		},
	}
}

func forgetCommand(s *Session) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:   "forget",
		Short: "remove all that is kept of you",
		Long: "It is removed for all keys that you have joined, on all servers, and what is open with them is emptied. For 30 days a dated\n" +
			"mark is left that has nothing but the keyed hash; backups of the operator's may have the rest for longer.",
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes && !s.Terminal {
				return errors.New("me forget removes all that is kept of you, for all joined keys: say that you mean it, with ssh HOST me forget --yes")
			}
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				keys, err := of.Keys(ctx)
				if err != nil {
					return err
				}
				if !yes && !s.agrees("Remove all that is kept of you, for "+plaintext.Count(keys, "key")+"? [y/N] ") {
					return errors.New("nothing is removed")
				}
				if err := of.Forget(ctx); err != nil {
					return fmt.Errorf("not everything could be removed: %w", err)
				}
				s.print("All that was kept of you is removed, for " + plaintext.Count(keys, "key") + ".\n")
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func linkCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "link",
		Short: "a code with which another key of yours joins this one",
		Args:  noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				code, until, err := of.Link(ctx)
				if err != nil {
					return err
				}
				s.print(fmt.Sprintf("%s\nUse it with your other key, once, until %s: ssh HOST me join %s\n", code, until.Format("15:04 MST"), code))
				return nil
			})
		},
	}
}

func joinCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "join CODE",
		Short: "make this key and another one, which has shown a code, one reader",
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return fmt.Errorf("which code? ssh HOST me link shows one to your other key; use ssh HOST me %s", cmd.Use)
			}
			return nil // a code may be typed with spaces
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				if err := of.Join(ctx, strings.Join(words, "")); err != nil {
					return err
				}
				keys, err := of.Keys(ctx)
				if err != nil {
					return err
				}
				s.print("Joined: what was kept of both is one, for " + plaintext.Count(keys, "key") + ".\n")
				return nil
			})
		},
	}
}

func countKeysCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "how many keys are joined",
		Args:  noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				keys, err := of.Keys(ctx)
				if err == nil {
					s.print(plaintext.Count(keys, "key") + "\n")
				}
				return err
			})
		},
	}
}

func leaveCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "leave",
		Short: "remove this key from your other keys",
		Args:  noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return s.reader(ctx, func(of Remembered) error {
				if err := of.Part(ctx); err != nil {
					return err
				}
				s.print("This key is removed from your other keys, and starts empty. What was kept stays with them.\n")
				return nil
			})
		},
	}
}
