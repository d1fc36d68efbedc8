package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
)

// plainCommand starts the reader in lines of text, with a terminal or without.
func plainCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "plain",
		Short: "lines of text instead of a screen",
		Args:  noWords,
		RunE:  func(*cobra.Command, []string) error { return s.Plain() },
	}
}

// newest lists the first page of posts for a client without a terminal, in lines that
// a pipe, a log or a screen reader can take.
func newest(index *library.Index) string {
	blog, number := index.Blog(), "1 post"
	if n := index.All().Len(); n != 1 {
		number = fmt.Sprintf("%d posts", n)
	}
	var b strings.Builder
	fmt.Fprintln(&b, blog.Title)
	if blog.Tagline != "" {
		fmt.Fprintln(&b, blog.Tagline)
	}
	fmt.Fprintf(&b, "%s. The newest:\n\n", number)
	for _, p := range index.All().Page(1) {
		day := "undated   "
		if !p.Date.IsZero() {
			day = p.Date.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "%s  %s (%s)\n", day, p.Title(), p.Address)
	}
	fmt.Fprintln(&b, "\nTo read them, connect with a terminal: ssh -t and this host's name.")
	return b.String()
}
