package lines

import (
	"context"
	"fmt"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
)

// chooseList asks which of the lists of a kind to show.
func (l *Lines) chooseList(title, one string, lists func(*library.Index) []*library.List) error {
	if len(lists(l.index)) == 0 {
		l.say("There are no " + strings.ToLower(title) + ".")
		return nil
	}
	l.say("", title+".")
	for i, c := range lists(l.index) {
		text := fmt.Sprintf("%d. %s, %s.", i+1, c.Name, reader.Count(c.Len(), "article", "articles"))
		if c.Description != "" {
			text += " " + c.Description
		}
		l.say(text)
	}
	for adopted := l.adopted; ; {
		answer, err := l.ask("Number of a " + one + ", or Enter for all posts: ")
		if err != nil {
			return err
		}
		if answer != "" && adopted != l.adopted {
			l.say("The blog has just changed. Type " + strings.ToLower(title) + " to choose again.")
			return nil
		}
		shown, all := l.index.All(), lists(l.index)
		if answer != "" {
			n, ok := l.choose(answer, len(all))
			if !ok {
				continue
			}
			shown = all[n-1]
		}
		l.at.Show(shown)
		l.toList()
		return nil
	}
}

// chooseRecent asks which of the posts that have been read is to be read again.
func (l *Lines) chooseRecent(ctx context.Context) error {
	var posts []*post.Post
	for _, address := range l.read {
		if p, ok := l.index.Find(address); ok {
			posts = append(posts, p)
			l.say(fmt.Sprintf("%d. %s", len(posts), reader.Titled(l.index, p)))
		}
	}
	if len(posts) == 0 {
		l.say("Nothing has been read yet.")
		return nil
	}
	return l.openOne(ctx, posts)
}

// openOne asks which of the posts that were listed is to be read.
func (l *Lines) openOne(ctx context.Context, posts []*post.Post) error {
	l.listed = posts
	answer, err := l.ask("Number of a post, or Enter to go back: ")
	if err != nil || answer == "" {
		return err
	}
	if n, ok := l.choose(answer, len(posts)); ok {
		return l.open(ctx, posts[n-1])
	}
	return nil
}
