package reader

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
)

// linesFound is how many results are told at once.
const linesFound = 10

// search tells what a search over all posts finds, and reads what is chosen.
func (l *Lines) search(ctx context.Context, query string) error {
	if strings.TrimSpace(query) == "" {
		var err error
		if query, err = l.ask("Search for: "); err != nil || query == "" {
			return err
		}
	}
	select {
	case <-l.index.Searchable():
	case <-l.index.Superseded():
		l.refresh()
		l.write("The blog has just changed. Search again.")
		return nil
	case <-ctx.Done():
		return errLeave
	}
	found := l.index.Search(query+" ", linesFound) // the words are whole: nobody is typing any more
	if found.Total == 0 {
		found = l.index.Search(query, linesFound)
	}
	l.tellFound(query, &found)
	if len(found.Hits) == 0 {
		return nil
	}
	answer, err := l.ask("A number reads, Enter for the list: ")
	if err != nil || answer == "" {
		return err
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(found.Hits) {
		return l.read(ctx, found.Hits[n-1].Post)
	}
	return l.obey(ctx, answer)
}

// tellFound lists the results.
func (l *Lines) tellFound(query string, found *library.Found) {
	head := count(found.Total, "post", "posts") + " with " + strconv.Quote(strings.TrimSpace(query))
	switch {
	case found.Total == 0:
		head = "Nothing found for " + strconv.Quote(strings.TrimSpace(query))
	case found.Partial:
		head = "No post has all of " + strconv.Quote(strings.TrimSpace(query)) + ", " + count(found.Total, "has", "have") + " most"
	}
	if found.Total > len(found.Hits) {
		head += fmt.Sprintf(", the best %d", len(found.Hits))
	}
	l.write("", head+".")
	for _, note := range found.Notes {
		l.write(capital(note) + ".")
	}
	for i := range found.Hits {
		h := &found.Hits[i]
		found.ExcerptOf(h)
		l.write("")
		l.write(wrap(fmt.Sprintf("%d. %s", i+1, h.Post.Title), l.o.Width, 4)...)
		l.write(wrap(h.Excerpt, l.o.Width, 3)...)
	}
}

// capital writes a note as a sentence begins.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
