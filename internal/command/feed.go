package command

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// feedCommand writes the newest posts for programs that follow blogs.
func feedCommand(s *Session) *cobra.Command {
	category := ""
	cmd := &cobra.Command{
		Use:   "feed [FORMAT]",
		Short: "the newest posts as atom, rss or json; --category C",
		Args: func(cmd *cobra.Command, words []string) error {
			return noWords(cmd, words[min(1, len(words)):])
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			format := "atom"
			if len(words) > 0 {
				format = words[0]
			}
			if category != "" {
				if _, ok := s.Index.Category(category); !ok {
					return s.noGroup("category", category, "categories", s.Index.Categories())
				}
			}
			ctx, out := cmd.Context(), s.Stdout
			if s.Terminal {
				out = rawLines{out}
			}
			s.then = func() error {
				err := s.Feed(ctx, out, format, category)
				if errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
					return nil // the client has gone, which is nothing to tell it
				}
				return err
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&category, "category", "", "of the category `C`")
	return cmd
}

// rawLines ends lines as a terminal in raw mode needs it.
type rawLines struct{ w io.Writer }

func (r rawLines) Write(p []byte) (int, error) {
	_, err := io.WriteString(r.w, strings.ReplaceAll(string(p), "\n", "\r\n"))
	return len(p), err
}
