package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
)

// maxFound is how many posts a search prints: the best.
const maxFound = 50

// searchCommand searches all posts for words.
func searchCommand(s *Session) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "search WORDS",
		Aliases: []string{"find", "grep"},
		Short:   "search all posts, the best first",
		Long: fmt.Sprintf("It prints the %d best, as ls does; in JSON a post has an excerpt as well, and page and pages are 1.\n", maxFound) +
			"category:NAME, tag:NAME, after:2026-03 and before:2026 narrow it.",
		Args: func(cmd *cobra.Command, words []string) error {
			if strings.TrimSpace(strings.Join(words, "")) == "" {
				return errors.New("search for what? " + usage(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			ctx, query := cmd.Context(), strings.Join(words, " ")
			s.then = func() error { return s.search(ctx, query, asJSON) }
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// search prints what a search finds. It looks for whole words first, and if they find nothing for beginnings of
// words.
func (s *Session) search(ctx context.Context, query string, asJSON bool) error {
	select {
	case <-s.Index.Searchable():
	case <-s.Index.Superseded():
		return errors.New("the blog has just changed: search again")
	case <-ctx.Done():
		return nil // and the client has been told why
	}
	return s.stream(func(o *output) error {
		yield := func() { o.turn.Yield() }
		found := s.Index.SearchAmongOthers(query+" ", maxFound, yield)
		if found.Total == 0 {
			found = s.Index.SearchAmongOthers(query, maxFound, yield)
		}
		if asJSON {
			o.write(fmt.Sprintf(`{"page":1,"pages":%d,"total":%d,"posts":[`, min(found.Total, 1), found.Total))
		}
		for i := range found.Hits {
			h := &found.Hits[i]
			if !asJSON {
				if !o.write(s.rowOf(h.Post)) {
					return nil
				}
				continue
			}
			found.ExcerptOf(h, yield)
			j := s.asJSON(h.Post)
			j.Excerpt = h.Excerpt
			if !o.write(comma(i > 0)) || !o.json(j) {
				return nil
			}
		}
		if asJSON {
			o.write("\n]}\n")
		}
		if len(found.Hits) == 0 {
			return notFoundError(strings.Join(append([]string{"nothing found for " + clipped(query)}, found.Notes...), "; "))
		}
		s.tellOf(o, &found)
		return nil
	})
}

// tellOf prints remarks on a search's results to standard error.
func (s *Session) tellOf(o *output, found *library.Found) {
	notes := found.Notes
	if found.Partial {
		notes = append(notes, "no post has all of the words")
	}
	if found.Total > len(found.Hits) {
		notes = append(notes, fmt.Sprintf("these are the best %d of %d posts", len(found.Hits), found.Total))
	}
	o.flush()
	for _, note := range notes {
		o.outside(func() { _, _ = io.WriteString(s.Stderr, Refusal(note, s.width())) }) // who has asked may be gone
	}
}
