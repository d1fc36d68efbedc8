package command

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Shares let people without a key read single drafts. Their errors are for the client.
type Shares interface {
	// Share returns the command that opens a post, by its address, for a time.
	Share(address string, life time.Duration) (command string, until time.Time, err error)
	// Shared returns the addresses of the posts that are shared, and until when each is.
	Shared() (addresses []string, until []time.Time, err error)
	// Unshare ends the share with a name, or all shares of a post, and returns how many there were.
	Unshare(what string) (n int, err error)
}

// sharing is what to do with shares.
type sharing struct {
	life, revoke string
	list, json   bool
}

// shareCommand makes and ends addresses at which a draft is read without a key, for authors.
func shareCommand(s *Session) *cobra.Command {
	var o sharing
	cmd := &cobra.Command{
		Use:   "share SLUG",
		Short: "let somebody without a key read one draft",
		Long: "It prints a command that opens the draft for whoever has it, for as long as --for says: from 1m to 30d. Nobody else\n" +
			"is shown the draft, and nothing ever tells the address again. Once the post is published, it opens that.",
		Args: func(cmd *cobra.Command, words []string) error {
			if o.json && !o.list {
				return errors.New("--json goes with --list")
			}
			if o.list || o.revoke != "" {
				return noWords(cmd, words)
			}
			return onePost(cmd, words)
		},
		RunE: func(_ *cobra.Command, words []string) error {
			switch {
			case s.Shares == nil:
				return errors.New("nothing can be shared here: the server keeps no state")
			case o.list:
				return s.listShares(o.json)
			case o.revoke != "":
				return s.unshare(o.revoke)
			}
			return s.share(words[0], o.life)
		},
	}
	cmd.Flags().StringVar(&o.life, "for", "48h", "for a `TIME`, as in 90m, 48h or 7d")
	cmd.Flags().BoolVar(&o.list, "list", false, "list what is shared, and until when")
	cmd.Flags().BoolVar(&o.json, "json", false, "with --list: as JSON")
	cmd.Flags().StringVar(&o.revoke, "revoke", "", "end what a `SLUG` or an address (draft-…) opens")
	return cmd
}

// lifetime reads a time as it is typed, in days too.
func lifetime(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 8); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	life, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("--for is a time as 90m, 48h or 7d, not %s", clipped(text))
	}
	return life, nil
}

// share prints the command on standard output, so that it can be piped, and remarks on standard error.
func (s *Session) share(name, text string) error {
	p, err := s.post(name)
	if err != nil {
		return err
	}
	life, err := lifetime(text)
	if err != nil {
		return err
	}
	state := s.Index.State(p)
	if state == "" {
		return fmt.Errorf("%s is published, and everybody can read it: ssh %s@HOST", clipped(p.Address), clipped(p.Address))
	}
	command, until, err := s.Shares.Share(p.Address, life)
	if err != nil {
		return err
	}
	s.print(command + "\n")
	note := fmt.Sprintf("whoever has this reads %s (%s) until %s; ssh HOST share --revoke %s ends it", clipped(p.Address), state, until.Format(minute), clipped(p.Address))
	_, _ = io.WriteString(s.Stderr, Refusal(note, s.width())) // who has asked may be gone
	return nil
}

// minute is how the end of a share is written.
const minute = "2006-01-02 15:04 MST"

func (s *Session) listShares(asJSON bool) error {
	addresses, until, err := s.Shares.Shared()
	if err != nil {
		return err
	}
	return s.rows(asJSON, `"shares"`, func(_ *output, row func(line string, value any) bool) {
		for i, address := range addresses {
			j := struct {
				Slug  string    `json:"slug"`
				Until time.Time `json:"until"`
			}{plaintext.Clean(address), until[i].UTC()}
			if !row(until[i].Format(minute)+"\t"+j.Slug, j) {
				return
			}
		}
	})
}

func (s *Session) unshare(what string) error {
	if p, ok := s.Index.Find(what); ok {
		what = p.Address
	}
	n, err := s.Shares.Unshare(what)
	switch {
	case err != nil:
		return err
	case n == 0:
		return notFoundError("nothing of that name is shared; ssh HOST share --list lists what is")
	}
	s.print(fmt.Sprintf("ended: %d\n", n))
	return nil
}
