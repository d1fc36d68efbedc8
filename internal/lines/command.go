package lines

import (
	"context"
	"strings"
)

func (l *Lines) help() {
	l.say("",
		"A number reads the post with that number.",
		"n, or Enter alone: the next page. p: the previous page. :5 goes to page 5.",
		"l: this page again. c: categories; tags and series as well. r: what you have read. q: leave.",
		"/queue: search all posts for words. category:NAME, tag:NAME, after:2026-03 and before:2026 narrow it.",
		"After a post: n is the next post, p the previous one, a number follows a link of its text or reads one of the posts that are named, t tells it in another of its languages, Enter leads back to where it was chosen.")
	l.say("open and the last word of a post's address: that post.")
	l.say("With a key: keep, after a post or with its number, keeps a bookmark of it or removes that; keep and some words of the post that you are at the end of, as in keep a queue hides, keep that passage. bookmarks and highlights tell what is kept, unread what you have not read; unread this, after a post, or unread and its number mark it as unread, or as read. continue goes on with the post that you read last, elsewhere where another session of yours is.")
	if l.o.Share != nil {
		l.say("For authors: drafts, why, log, stats, unpublish, rm --yes, share; log --help tells what a command does. publish and check take a post from a pipe, outside of this.")
		l.say("share: how somebody without a key reads the draft that you are at the end of, for two days.")
	}
}

// command does what is asked for by a name, and reports whether the words are that.
func (l *Lines) command(ctx context.Context, words []string) (done bool, err error) {
	switch name := strings.ToLower(words[0]); {
	case len(words) == 2 && (name == "open" || name == "read" || name == "preview"):
		p, ok := l.index.Find(words[1])
		if !ok {
			l.say("There is no such post.")
			return true, nil
		}
		return true, l.open(ctx, p)
	case l.o.Do == nil:
		return false, nil
	}
	var said string
	l.outside(func() { said, done = l.o.Do(ctx, words) })
	for line := range strings.Lines(said) { // columns are read as a list
		l.say(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", ", "))
	}
	return done, nil
}
