package command

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
)

// errNoSource is the answer where posts' Markdown is not published.
var errNoSource = errors.New("this blog does not give out the Markdown of its posts; read one with ssh HOST read SLUG")

// catCommand prints the Markdown of a post.
func catCommand(s *Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cat SLUG",
		Aliases: []string{"source", "raw", "download", "get"},
		Short:   "print a post's Markdown",
		Hidden:  !s.Source,
		Args:    onePost,
		RunE: func(_ *cobra.Command, words []string) error {
			if s.Author != "" && s.Publishing != nil && !s.Terminal {
				return s.later(func() error { return s.file(words[0]) })
			}
			if !s.Source {
				return errNoSource
			}
			p, err := s.post(words[0])
			if err != nil {
				return err
			}
			s.then = func() error { return s.give(p) }
			return nil
		},
	}
	if s.Author != "" {
		cmd.Long = "Authors get the file as it is, unless they ask for a terminal."
	}
	return cmd
}

// give prints what readers may have of a post.
func (s *Session) give(p *post.Post) error {
	ended := s.opened(p)
	return s.stream(func(o *output) error {
		made := int64(-1) // the front matter, which comes first; the rest is the post's own
		defer func() { s.Account.Give(max(made, 0)) }()
		for piece := range p.Source() {
			if made < 0 {
				if !s.Account.TakeExtra(int64(len(piece))) {
					return errNoMemory
				}
				made = int64(len(piece))
			}
			if !o.write(piece) {
				break
			}
		}
		o.ended(ended)
		return nil
	})
}

// file prints the file of a post unchanged, so that an author can edit it and publish it again. If the file cannot be
// read, the author is told so and gets what readers get.
func (s *Session) file(name string) error {
	found, err := s.authored(name)
	if err != nil {
		return err
	}
	if !s.Account.TakeExtra(copyBytes) {
		return errNoMemory
	}
	defer s.Account.Give(copyBytes)
	r, err := s.Publishing.Open(found.path)
	if err != nil {
		err = fmt.Errorf("%s cannot be read: %w", found.path, err)
		if p, ok := s.Index.Find(name); ok && s.Source && !errors.Is(err, ErrBusy) {
			s.warn("sshblog: " + err.Error() + "; this is what readers have of it\n")
			return s.give(p)
		}
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	buf := make([]byte, copyBytes)
	for {
		n, err := r.Read(buf)
		if _, gone := s.Stdout.Write(buf[:n]); gone != nil || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s cannot be read to its end: %w", found.path, err)
		}
	}
}
