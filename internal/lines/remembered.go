package lines

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
)

// remembered handles the commands about bookmarks, highlights and read marks. It reports whether words is
// one of them.
func (l *Lines) remembered(ctx context.Context, words []string) (done bool, err error) {
	name := strings.ToLower(words[0])
	switch name {
	case "unread":
		if len(words) > 2 || len(words) == 2 && words[1] != "this" && !isNumber(words[1]) {
			return false, nil
		}
	case "bookmarks", "highlights", "continue", "elsewhere":
		if len(words) > 1 {
			return false, nil
		}
	case "keep":
	default:
		return false, nil
	}
	if l.o.Memory == nil {
		l.say(cmp.Or(l.o.Unkept, reader.WithoutKey))
		return true, nil
	}
	switch name {
	case "unread":
		if len(words) == 2 {
			l.toggleRead(words[1])
			return true, nil
		}
		err = l.chooseUnread(ctx)
	case "bookmarks":
		err = l.chooseBookmark(ctx)
	case "highlights":
		err = l.chooseHighlight(ctx)
	case "continue":
		if p, at, ok := reader.LastBegun(l.index, l.o.Memory); ok {
			return true, l.goOn(ctx, p, at)
		}
		l.say("Nothing was begun and left in the middle.")
	case "elsewhere":
		return true, l.goElsewhere(ctx)
	default:
		l.keep(ctx, words[1:])
	}
	return true, err
}

func isNumber(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil
}

// chooseListed returns the post with a number in the list that was printed last.
func (l *Lines) chooseListed(word string) (*post.Post, bool) {
	n, ok := l.choose(word, len(l.listed))
	if !ok {
		return nil, false
	}
	return l.listed[n-1], true
}

// toggleRead marks the post with a number as read, or as unread if it was; "this" is the last post that was
// printed.
func (l *Lines) toggleRead(word string) {
	p, ok := l.post, l.post != nil
	switch {
	case word == "this" && !ok:
		l.say("unread this, after a post, marks it as unread; here unread and a number do.")
	case word == "this":
	case l.post != nil && l.listed == nil:
		l.say("After a post, unread this marks it; its numbers are those of links.")
		ok = false
	default:
		p, ok = l.chooseListed(word)
	}
	if ok {
		said := reader.ToggleRead(l.o.Memory, p)
		l.say(strings.ToUpper(said[:1]) + said[1:] + ": " + p.Title() + ".")
	}
}

// greetKnown says what is new since the last visit, or at the first that the key is remembered.
func (l *Lines) greetKnown() {
	if l.o.Memory == nil || l.greeted || !l.o.Memory.Loaded() {
		return
	}
	l.greeted = true
	const whole = 1000 // cells: it is broken where it is too long
	if said := reader.Greeting(l.index, l.o.Memory, l.o.Forget, "continue goes on", whole); said != "" {
		said = strings.ReplaceAll(said, " · ", "; ")
		l.say(sentence(strings.TrimSuffix(said, ".")))
	}
}

// mark returns what is known of a post: ", you have read it", ", with a bookmark", or "".
func (l *Lines) mark(p *post.Post) string {
	if l.o.Memory == nil {
		return ""
	}
	mark, said := reader.MarkOf(l.o.Memory, p), ""
	switch {
	case !mark.Read.IsZero():
		said = ", you have read it"
	case mark.Begun():
		said = fmt.Sprintf(", you have read %d percent of it", mark.Percent)
	}
	if mark.Bookmarked {
		said += ", with a bookmark"
	}
	return said
}

// goElsewhere continues what is open in another session of the reader.
func (l *Lines) goElsewhere(ctx context.Context) error {
	there, ok := l.o.Memory.Elsewhere()
	p, here := l.index.Find(there.Address)
	if !ok || !here {
		l.say("Nothing is open elsewhere.")
		return nil
	}
	return l.goOn(ctx, p, there.Place)
}

// goOn prints a post from the place where it was left.
func (l *Lines) goOn(ctx context.Context, p *post.Post, at memory.Place) error {
	l.from = at
	defer func() { l.from = memory.Place{} }()
	return l.open(ctx, p)
}

// skip returns the first line of a page to print, and says which part is skipped.
func (l *Lines) skip(p *post.Post, page *render.Page) int {
	line := min(reader.LineAt(page, l.from), max(page.Lines.Len()-1, 0))
	if line > 0 {
		l.say(fmt.Sprintf("From where you left it, at %d percent; open %s tells all of it.", l.from.Percent, p.Address), "")
	}
	return line
}

// maxUnread is how many unread posts are listed; for more the reader asks again.
const maxUnread = 20

// chooseUnread asks which of the posts that were not read is to be read.
func (l *Lines) chooseUnread(ctx context.Context) error {
	all := l.index.All()
	var posts []*post.Post
	more := 0
	for i := range all.Len() {
		l.turn.Yield()
		p := all.At(i)
		if !reader.MarkOf(l.o.Memory, p).Read.IsZero() {
			continue
		}
		if len(posts) == maxUnread {
			more++
			continue
		}
		posts = append(posts, p)
		l.say(fmt.Sprintf("%d. %s%s", len(posts), reader.Titled(l.index, p), l.mark(p)))
	}
	if more > 0 {
		l.say("And " + reader.Count(more, "older one", "older ones") + ".")
	}
	if len(posts) == 0 {
		l.say("You have read all there is.")
		return nil
	}
	return l.openOne(ctx, posts)
}

// keptList is a list of what is kept.
type keptList struct {
	n      int
	bytes  int64 // that it takes in memory
	at     func(i int) (address, quote string)
	remove func(i int) error
}

// chooseBookmark asks which of the posts with bookmarks is to be read.
func (l *Lines) chooseBookmark(ctx context.Context) error {
	return l.chooseKept(ctx, "There are no bookmarks: keep, after a post, makes one.", func() (keptList, error) {
		all, err := l.o.Memory.Bookmarks(ctx)
		return keptList{
			n: len(all), bytes: memory.SizeOfBookmarks(all),
			at:     func(i int) (address, quote string) { return all[i].Address, "" },
			remove: func(i int) error { return l.o.Memory.Bookmark(ctx, all[i].Address, false) },
		}, err
	})
}

// chooseHighlight asks which of the kept passages to read.
func (l *Lines) chooseHighlight(ctx context.Context) error {
	return l.chooseKept(ctx, "No passages are kept: keep and some words of the post, after it, keep one.", func() (keptList, error) {
		all, err := l.o.Memory.Highlights(ctx)
		return keptList{
			n: len(all), bytes: memory.SizeOfHighlights(all),
			at:     func(i int) (address, quote string) { return all[i].Address, all[i].Text },
			remove: func(i int) error { return l.o.Memory.RemoveHighlight(ctx, all[i].ID) },
		}, err
	})
}

// chooseKept tells things that are kept and asks what to do with one.
func (l *Lines) chooseKept(ctx context.Context, none string, get func() (keptList, error)) error {
	p, err := l.askKept(none, get)
	if err != nil || p == nil {
		return err
	}
	return l.open(ctx, p)
}

// askKept is chooseKept up to the post that is to be read, if any. The list is in the account until the answer.
func (l *Lines) askKept(none string, get func() (keptList, error)) (*post.Post, error) {
	held := int64(memory.MaxKeptList)
	if !l.o.Account.TakeExtra(held) {
		l.say("What is kept cannot be had now: " + reader.ErrNoMemory.Error() + ".")
		return nil, nil
	}
	defer func() { l.o.Account.Give(held) }()
	var list keptList
	var err error
	l.outside(func() { list, err = get() })
	if err != nil {
		none = "What is kept cannot be had now: " + err.Error() + "."
	}
	if list.n == 0 {
		l.say(none)
		return nil, nil
	}
	l.o.Account.Give(held - list.bytes)
	held = list.bytes
	for i := range list.n {
		l.turn.Yield()
		address, quote := list.at(i)
		title := address + ", which is gone"
		if p, ok := l.index.Find(address); ok {
			title = reader.Titled(l.index, p) + l.mark(p)
		}
		l.say(fmt.Sprintf("%d. %s", i+1, title))
		if quote != "" {
			l.say("   " + strconv.Quote(quote))
		}
	}
	answer, err := l.ask("A number reads, remove and a number removes, Enter goes back: ")
	if err != nil || answer == "" {
		return nil, err
	}
	number, removes := strings.CutPrefix(answer, "remove ")
	n, ok := l.choose(strings.TrimSpace(number), list.n)
	switch {
	case !ok:
	case removes:
		l.outside(func() { err = list.remove(n - 1) })
		l.sayKept(err, "Removed.")
	default:
		address, _ := list.at(n - 1)
		if p, ok := l.index.Find(address); ok {
			return p, nil
		}
		l.say("This post is gone.")
	}
	return nil, nil
}

// sayKept says what has been done, or why not.
func (l *Lines) sayKept(err error, what string) {
	if err != nil {
		what = "That cannot be kept now: " + err.Error() + "."
	}
	l.say(what)
}

// keep adds a bookmark of the post that was printed, or of the one with a number, or removes it; or keeps a
// passage of the post that was printed, by its words.
func (l *Lines) keep(ctx context.Context, words []string) {
	p := l.post
	if len(words) == 1 && (p == nil || l.listed != nil && isNumber(words[0])) {
		var ok bool
		if p, ok = l.chooseListed(words[0]); !ok {
			return
		}
		words = nil
	}
	switch {
	case p == nil:
		l.say("keep after a post keeps a bookmark of it; here keep and a number do.")
		return
	case len(words) > 0:
		l.keepPassage(ctx, p, strings.Join(words, " "))
		return
	}
	on, err := !reader.MarkOf(l.o.Memory, p).Bookmarked, error(nil)
	l.outside(func() { err = l.o.Memory.Bookmark(ctx, p.Address, on) })
	if on {
		l.sayKept(err, "Kept a bookmark of "+p.Title()+". bookmarks tells all of them.")
	} else {
		l.sayKept(err, "Removed the bookmark of "+p.Title()+".")
	}
}

// keepPassage keeps words of a post.
func (l *Lines) keepPassage(ctx context.Context, p *post.Post, words string) {
	var h memory.Highlight
	var there bool
	var err error
	l.outside(func() {
		page, failed := l.Pages.Page(ctx, l.o.Account, p, l.o.Width, l.Themes.Linear())
		page, held, failed := reader.Hold(l.o.Account, page, failed)
		defer l.o.Account.Give(held)
		if err = failed; err != nil {
			return
		}
		h, there, err = reader.PassageOf(ctx, l.o.Account, page, words)
		if h.Address = p.Address; there && err == nil {
			err = l.o.Memory.AddHighlight(ctx, h)
		}
	})
	if err == nil && !there {
		l.say("These words are not in the post, in this order.")
		return
	}
	l.sayKept(err, "Kept: "+strconv.Quote(h.Text))
}
