package lines

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
)

// open prints a post and stays at its end.
func (l *Lines) open(ctx context.Context, p *post.Post) error {
	ended := l.opened(p)
	l.post, l.listed = p, nil
	l.read.Add(p)
	l.updatePresence()
	if err := l.tell(ctx, p, ended); err != nil {
		return err
	}
	l.tellEnd(p)
	return nil
}

// updatePresence sets in the Crowd which post is being read.
func (l *Lines) updatePresence() {
	address := ""
	if l.post != nil {
		if _, held := l.index.Held(l.post); !held {
			address = l.post.Address
		}
	}
	l.presence.Move(address)
}

// opened counts a post that is printed, unless as another language of the same. The function that it returns
// counts that it was printed to its end.
func (l *Lines) opened(p *post.Post) (ended func()) {
	if _, held := l.index.Held(p); held || l.post != nil && l.post.Address == p.Address {
		return func() {}
	}
	if l.OnOpen != nil {
		l.OnOpen(p.Address)
	}
	if l.o.Memory != nil {
		l.o.Memory.Opened(p.Address)
	}
	return func() {
		if l.OnEnd != nil {
			l.OnEnd(p.Address)
		}
		if l.o.Memory != nil {
			l.o.Memory.Read(p.Address)
			l.o.Memory.Left(p.Address, memory.Place{Block: -1})
		}
	}
}

// obeyAtEnd acts on an answer at the end of a post.
func (l *Lines) obeyAtEnd(ctx context.Context, answer string) error {
	switch answer {
	case "n", "next":
		return l.readNext(ctx, l.among().Older, "This is the oldest post.")
	case "t", "translation":
		posts := l.index.Translations(l.post)
		if len(posts) == 0 {
			l.say("This post is in one language only.")
			return nil
		}
		return l.open(ctx, posts[(slices.Index(posts, l.post)+1)%len(posts)])
	case "p", "previous":
		return l.readNext(ctx, l.among().Newer, "This is the newest post.")
	case "":
		l.back()
	case "share":
		l.share()
	default:
		n, ok := l.choose(answer, len(l.links)+len(l.further))
		switch {
		case ok && n <= len(l.links):
			return l.follow(ctx, &l.links[n-1])
		case ok:
			return l.open(ctx, l.further[n-1-len(l.links)])
		}
	}
	return nil
}

// share prints for an author how somebody else can read an unpublished post.
func (l *Lines) share() {
	_, held := l.index.Held(l.post)
	switch {
	case l.o.Share == nil:
		l.say("Type ? for help.")
		return
	case !held:
		l.say("This post is published: everybody can read it.")
		return
	}
	var command, about string
	var err error
	l.outside(func() { command, about, err = l.o.Share(l.post.Address) })
	if err != nil {
		l.say("It cannot be shared: " + err.Error() + ".")
		return
	}
	l.write(command) // as a whole, to be copied
	l.say(about)
}

// follow reads the post that a link leads to, or says where else it leads.
func (l *Lines) follow(ctx context.Context, link *render.Link) error {
	p, ok := l.index.Resolve(l.post, link.Target, link.Reference)
	switch {
	case ok:
		return l.open(ctx, p)
	case link.Web != "":
		l.say("This leads out of the blog, to:")
		l.say(link.Web)
	case link.Image:
		l.say("There is no picture here: " + link.Target)
	default:
		l.say("There is no such post: " + link.Target)
	}
	return nil
}

// numbered returns the links of a page that have numbers, by their number, and their size in bytes. They are
// copies, so the page can be freed.
func numbered(page *render.Page) (links []render.Link, bytes int64) {
	for _, link := range page.Links {
		if link.Number == len(links)+1 { // those that lead to the same share one
			links = append(links, render.Link{Kind: link.Kind, Number: link.Number, Target: strings.Clone(link.Target), Web: strings.Clone(link.Web), Reference: link.Reference, Image: link.Image})
			bytes += int64(len(link.Target) + len(link.Web))
		}
	}
	links = slices.Clip(links)
	return links, bytes + int64(len(links))*int64(unsafe.Sizeof(render.Link{}))
}

// among returns the posts that n and p go through, as Model.among does.
func (l *Lines) among() *library.List {
	if l.results == nil && l.at.Shown.Index(l.post.Address) >= 0 {
		return l.at.Shown
	}
	return l.index.All()
}

// readNext reads the next post in a direction; none is printed if there is none.
func (l *Lines) readNext(ctx context.Context, step func(*post.Post) (*post.Post, bool), none string) error {
	p, ok := step(l.post)
	if !ok {
		l.say(none)
		return nil
	}
	return l.open(ctx, p)
}

// tell prints a post as a whole, since a terminal can scroll back, and listeners do not want to be interrupted.
// It calls ended if the client has taken all of it.
func (l *Lines) tell(ctx context.Context, p *post.Post, ended func()) error {
	l.links = nil
	l.o.Account.Give(l.held)
	l.held = 0
	var page *render.Page
	var held int64
	var err error
	l.outside(func() {
		page, err = l.Pages.Page(ctx, l.o.Account, p, l.o.Width, l.Themes.Linear())
		page, held, err = reader.Hold(l.o.Account, page, err)
	})
	defer func() { l.o.Account.Give(held) }()
	if err != nil {
		if ctx.Err() != nil {
			return errLeave
		}
		l.say("", "This post cannot be shown: "+err.Error())
		return nil
	}
	links, bytes := numbered(page)
	if bytes -= reader.FreeBytes; bytes > 0 && !l.o.Account.TakeExtra(bytes) {
		l.say("", reader.ErrNoMemory.Error())
		return nil
	}
	l.links, l.held = links, max(bytes, 0)
	l.gap()
	l.say(p.Title())
	for _, line := range aboutPost(l.index, p) {
		l.say(line)
	}
	l.say("")
	if page.Lines.Len() == 0 {
		l.say(p.Summary())
	}
	if l.writePage(page, l.skip(p, page)) {
		ended()
	}
	return nil
}

// aboutPost returns the lines below a title. They use words and no symbols, whose names a screen reader would
// speak.
func aboutPost(index *library.Index, p *post.Post) []string {
	lines := []string{reader.SeriesLine(index, p), meta(index, p)}
	if len(p.Authors()) > 0 {
		lines = append(lines, "by "+strings.Join(p.Authors(), ", "))
	}
	if len(p.Tags) > 0 {
		lines = append(lines, "Tags: "+strings.Join(p.Tags, ", "))
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// meta is the meta line of the screens without its dots.
func meta(index *library.Index, p *post.Post) string {
	return strings.ReplaceAll(reader.Meta(index, p, p.Minutes()), " · ", ", ")
}

// tellEnd prints what to read next: the posts of n and p, and, with numbers that follow those of the links, the
// series and related posts.
func (l *Lines) tellEnd(p *post.Post) {
	lines := []string{"", "The end."}
	if n := l.presence.Others(); n > 0 {
		lines = append(lines, "With you, "+reader.Count(n, "other reads", "others read")+" it.")
	}
	named := []*post.Post{p}
	if next, ok := l.among().Older(p); ok {
		lines = append(lines, "Next post: "+reader.Titled(l.index, next))
		named = append(named, next)
	}
	if previous, ok := l.among().Newer(p); ok {
		lines = append(lines, "Previous post: "+reader.Titled(l.index, previous))
		named = append(named, previous)
	}
	l.further = nil
	var numbered []string
	further := func(what string, p *post.Post) {
		l.further = append(l.further, p)
		numbered = append(numbered, fmt.Sprintf("%d. %s%s", len(l.links)+len(l.further), what, reader.Titled(l.index, p)))
	}
	parts, _ := l.index.Series(p.Address)
	part := slices.IndexFunc(parts, func(q *post.Post) bool { return q.Address == p.Address })
	if part+1 < len(parts) && part >= 0 {
		further("The next part: ", parts[part+1])
	}
	if part > 0 {
		further("The part before: ", parts[part-1])
	}
	for _, q := range reader.Related(l.index, p, append(named, l.further...)) {
		further("", q)
	}
	switch {
	case len(numbered) > 0 && len(l.links) > 0:
		lines = append(lines, fmt.Sprintf("A number up to %d follows a link, and a higher one reads one of these:", len(l.links)))
	case len(numbered) > 0:
		lines = append(lines, "A number reads one of these:")
	case len(l.links) > 0:
		lines = append(lines, "A number follows a link.")
	}
	l.say(append(lines, numbered...)...)
}
