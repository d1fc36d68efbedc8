package reader

import (
	"context"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// read tells a post and stays at its end.
func (l *Lines) read(ctx context.Context, p *post.Post) error {
	l.post = p
	return l.tell(ctx, p)
}

// obeyAtEnd does what an answer means at the end of a post.
func (l *Lines) obeyAtEnd(ctx context.Context, answer string) error {
	switch answer {
	case "n", "next":
		return l.readNext(ctx, l.among().Older, "This is the oldest post.")
	case "p", "previous":
		return l.readNext(ctx, l.among().Newer, "This is the newest post.")
	case "":
		l.back()
	default:
		l.say("Type n, p or Enter, or ? for help.")
	}
	return nil
}

// among returns the posts that n and p walk, as Model.among does.
func (l *Lines) among() *library.List {
	if l.results == nil && l.list.shown.Index(l.post.Slug) >= 0 {
		return l.list.shown
	}
	return l.index.All()
}

// readNext reads the post that is a step away; none says that there is none.
func (l *Lines) readNext(ctx context.Context, step func(*post.Post) (*post.Post, bool), none string) error {
	p, ok := step(l.post)
	if !ok {
		l.say(none)
		return nil
	}
	return l.read(ctx, p)
}

// tell writes a post as a whole: a terminal scrolls back, and who listens
// does not want to be stopped.
func (l *Lines) tell(ctx context.Context, p *post.Post) error {
	page, err := l.pages.Page(ctx, p, l.o.Width, l.themes.Linear())
	if err != nil {
		if ctx.Err() != nil {
			return errLeave
		}
		l.say("", "This post cannot be shown: "+err.Error())
		return nil
	}
	l.say("")
	l.say(p.Title)
	if info := strings.ReplaceAll(meta(p), " · ", ", "); info != "" {
		l.say(info)
	}
	if len(p.Authors()) > 0 {
		l.say("by " + strings.Join(p.Authors(), ", "))
	}
	l.say("")
	l.write(wholeCode(page)...)
	l.say("")
	return nil
}

// wholeCode returns the lines of a page with its code in full, however wide:
// nobody can scroll sideways here.
func wholeCode(page *render.Page) []string {
	lines := make([]string, 0, len(page.Lines))
	from := 0
	for i := range page.Code {
		c := &page.Code[i]
		if c.Overflow() == 0 || c.First < from {
			continue
		}
		lines = append(lines, page.Lines[from:c.First]...)
		for source := range strings.SplitSeq(c.Source, "\n") {
			lines = append(lines, "    "+strings.ReplaceAll(source, "\t", "    "))
		}
		from = c.Last + 1
	}
	return append(lines, page.Lines[from:]...)
}
