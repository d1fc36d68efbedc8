package lines

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
)

// linesFound is how many results are told at once.
const linesFound = 10

// results are those of a search, to be listed again after one was read.
type results struct {
	query string
	library.Found
}

// search prints what a search over all posts finds. One that finds nothing leaves
// the reader where the question was.
func (l *Lines) search(ctx context.Context, query string) error {
	if strings.TrimSpace(query) == "" {
		var err error
		if query, err = l.ask("Search for: "); err != nil || query == "" {
			return err
		}
	}
	l.refresh() // there may be a newer one since the last answer
	changed := false
	l.outside(func() {
		select {
		case <-l.index.Searchable():
		case <-l.index.Superseded():
			changed = true
		case <-ctx.Done():
		}
	})
	switch {
	case ctx.Err() != nil:
		return errLeave
	case changed:
		l.refresh()
		l.say("The blog has just changed. Search again.")
		return nil
	}
	yield := func() { l.turn.Yield() }
	found := l.index.SearchAmongOthers(query+" ", linesFound, yield) // the words are whole: nobody is typing any more
	if found.Total == 0 {
		found = l.index.SearchAmongOthers(query, linesFound, yield)
	}
	if len(found.Hits) == 0 {
		l.say("", "Nothing found for "+strconv.Quote(strings.TrimSpace(query))+".")
		l.tellNotes(found.Notes)
		return nil
	}
	l.post, l.results = nil, &results{query, found}
	l.tellResults()
	return nil
}

// obeyAtResults acts on an answer at the results of a search.
func (l *Lines) obeyAtResults(ctx context.Context, answer string) error {
	if answer == "" {
		l.toList()
		return nil
	}
	if n, ok := l.choose(answer, len(l.results.Hits)); ok {
		return l.open(ctx, l.results.Hits[n-1].Post)
	}
	return nil
}

// tellResults lists the results.
func (l *Lines) tellResults() {
	found := l.results
	query := strconv.Quote(strings.TrimSpace(found.query))
	head := reader.Count(found.Total, "post", "posts") + " with " + query
	if found.Partial {
		head = "No post has all of " + query + ", " + reader.Count(found.Total, "has", "have") + " most"
	}
	if found.Total > len(found.Hits) {
		head += fmt.Sprintf(", the best %d", len(found.Hits))
	}
	l.gap()
	l.say(head + ".")
	l.tellNotes(found.Notes)
	l.listed = make([]*post.Post, 0, len(found.Hits))
	for i := range found.Hits {
		h := &found.Hits[i]
		l.listed = append(l.listed, h.Post)
		found.ExcerptOf(h, func() { l.turn.Yield() })
		l.say("", fmt.Sprintf("%d. %s", i+1, reader.Titled(l.index, h.Post)))
		l.write(reader.Wrap(h.Excerpt, l.o.Width, 3)...)
	}
}

// tellNotes prints what is wrong with a query.
func (l *Lines) tellNotes(notes []string) {
	for _, note := range notes {
		l.say(sentence(note))
	}
}

// sentence writes a note as one.
func sentence(note string) string {
	if note == "" {
		return ""
	}
	note = strings.ToUpper(note[:1]) + note[1:]
	if strings.HasSuffix(note, "?") {
		return note
	}
	return note + "."
}
