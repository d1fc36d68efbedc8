// Package lines is the blog as a conversation, over the same parts as the screens of
// package reader. It knows nothing of SSH or files.
package lines

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// Lines is the blog as a conversation: it writes lines of text and asks for one. It never changes what was
// written, draws no lines, and uses no colours, so it can be read aloud as it comes, and works on a teletype.
type Lines struct {
	Blog
	in    *bufio.Reader
	o     Options
	index *library.Index
	at    reader.Position
	read  reader.History

	// Where the reader is: at the end of a post, or else before the results of
	// a search, or else before the list. Going back goes through them in turn.
	post    *post.Post
	results *results
	links   []render.Link // of the post, by their numbers
	held    int64         // what they take from the account, in bytes
	// The posts that the numbers after those lead to.
	further []*post.Post //ledger:counted a series and related posts, anew for each article

	// The page of the list that was printed last; its numbers refer to it.
	told []*post.Post
	// The posts that the numbers of keep and unread refer to: those that were listed last; none after a post,
	// whose numbers are links.
	listed []*post.Post //ledger:counted at most maxUnread, a page, a search's results or a History
	// Changes to be reported with the next answer.
	news    []string //ledger:counted at most maxNews
	adopted int      // counts newer indexes

	greeted bool         // by what is kept of the reader
	from    memory.Place // where to begin in the next post; zero: at its beginning

	presence reader.Presence

	turn ledger.Turn // output is made in it; it is given up while waiting
	// state guards all that mu does not. It is held except while waiting for an answer.
	state sync.Mutex

	mu  sync.Mutex // guards the following
	out io.Writer
	// Typed, and not written yet.
	echoed []byte //ledger:counted at most a buffer of input, which is written before the next is read
}

// Options describe the client of a Lines.
type Options struct {
	// Width of the lines in cells; 0 means 80.
	Width int
	// Raw means that the client sends keys as they are pressed, as with a pty: then we echo them, and lines end
	// in CR LF.
	Raw bool
	// Name, if not empty, is a name of what to begin with; see library.Index.Named.
	Name string
	// Once ends the conversation after that.
	Once bool
	// Share, for authors, returns the command by which somebody without a key reads an unpublished post, by its
	// address, and a remark about it; else it is nil.
	Share func(address string) (command, about string, err error)
	// Do, for authors, runs one of their commands and returns its output, or reports that the words are no
	// command; else it is nil.
	Do func(ctx context.Context, words []string) (said string, ok bool)
	// Language is the language for posts that have translations; see library.Index.In.
	Language string
	// Account is what the conversation takes its turns from; nil sets no bound.
	Account *ledger.Account
	// Memory, Forget and Unkept are as those of reader.Options.
	Memory         reader.Memory
	Forget, Unkept string
}

// errLeave ends the conversation.
var errLeave = errors.New("the reader leaves")

// The narrowest and the widest lines, in cells.
const narrowest, widest = 20, 80

// Blog is what conversations are about.
type Blog struct {
	Library reader.Library
	Pages   reader.Pages
	Themes  *theme.Set
	// OnOpen, if set, is called with the address of each post that is opened.
	OnOpen func(address string)
	// OnEnd, if set, is called with the address of each of them that was written to its end.
	OnEnd func(address string)
	// Crowd, if not nil, shows how many read now.
	Crowd *reader.Crowd
}

// Talk returns a conversation with a client. It ends with in.
func (b Blog) Talk(in io.Reader, out io.Writer, o Options) *Lines {
	if o.Width <= 0 {
		o.Width = widest
	}
	o.Width = max(min(o.Width, widest), narrowest)
	l := &Lines{Blog: b, in: bufio.NewReader(in), out: out, o: o, index: b.Library.Current().In(o.Language)}
	l.at.Show(l.index.All())
	return l
}

// Run talks until the reader leaves, the input ends, or ctx does. The error is
// that of the connection.
func (l *Lines) Run(ctx context.Context) error {
	l.state.Lock()
	defer l.state.Unlock()
	l.o.Account.Begin(&l.turn)
	defer l.turn.End()
	l.presence = l.Crowd.Enter()
	defer l.presence.Leave()
	if !l.o.Once {
		l.greet()
	}
	err := l.begin(ctx)
	for err == nil && !l.o.Once {
		var answer string
		if answer, err = l.ask(l.question()); err != nil {
			break
		}
		if err = l.obey(ctx, answer); err == nil {
			l.updatePresence()
			l.refresh()
		}
	}
	return ended(err)
}

// outside gives up the turn while a function waits.
func (l *Lines) outside(wait func()) {
	l.turn.End()
	defer l.o.Account.Begin(&l.turn)
	wait()
}

// question lists the answers that matter at this point.
func (l *Lines) question() string {
	switch {
	case l.post != nil && l.results != nil:
		return "n next post, p previous post, Enter for the results, ? help, q leaves: "
	case l.post != nil:
		return "n next post, p previous post, Enter for the list, ? help, q leaves: "
	case l.results != nil:
		return "A number reads, Enter for the list, q leaves: "
	}
	return "A number reads. n next page, p previous page, c categories, / searches, ? help, q leaves: "
}

// ended returns nil for the errors with which a conversation ends normally.
func ended(err error) error {
	if errors.Is(err, errLeave) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Say writes a line from outside of the conversation.
func (l *Lines) Say(text string) { _ = l.put(l.linesOf("", text)) } // a client that is gone is noticed by its input

func (l *Lines) greet() {
	blog := l.index.Blog()
	l.say(blog.Title)
	if blog.Tagline != "" {
		l.say(blog.Tagline)
	}
	l.greetKnown()
}

// maxNews is how many newer indexes are reported at once.
const maxNews = 4

// refresh takes over a newer index and says what is new since the last answer.
func (l *Lines) refresh() {
	l.adopt()
	for _, news := range l.news {
		l.say("", "The blog has changed: "+news+".")
	}
	l.news = nil
	l.greetKnown() // if what is kept has come late
}

// Adopt takes over a newer index while waiting for an answer, so that an idle session does not keep the memory
// of the old one. It returns the channel that is closed when there is yet another, or false if the conversation
// is not waiting: then it is to be tried again.
func (l *Lines) Adopt() (superseded <-chan struct{}, ok bool) {
	if !l.state.TryLock() {
		return nil, false
	}
	defer l.state.Unlock()
	l.o.Account.Begin(&l.turn)
	defer l.turn.End()
	l.adopt()
	return l.index.Superseded(), true
}

// adopt takes over a newer index. Numbers that were printed keep their meaning.
func (l *Lines) adopt() {
	next := l.Library.Current().In(l.o.Language)
	if next == l.index {
		return
	}
	if news := next.Since(l.index).String(); news != "" && len(l.news) < maxNews {
		l.news = append(l.news, news)
	}
	l.index = next
	l.adopted++
	l.at.Follow(next, l.post == nil && l.results == nil)
}

// tellPage prints the posts of the page.
func (l *Lines) tellPage() {
	head := fmt.Sprintf("Page %d of %d, %s.", l.at.Page, max(l.at.Shown.Pages(), 1), reader.Count(l.at.Shown.Len(), "post", "posts"))
	if all := l.Crowd.All(); all != "" {
		head += " " + all + "."
	}
	if l.at.Category != "" {
		head = l.at.Shown.Name + ". " + head
	}
	l.gap()
	l.say(head)
	l.told = slices.Clone(l.at.Posts()) // the rest of the list is not kept with them
	l.listed = l.told
	for i, p := range l.told {
		l.say("")
		l.say(fmt.Sprintf("%d. %s", i+1, p.Title()))
		if info := strings.TrimPrefix(meta(l.index, p)+l.mark(p), ", "); info != "" {
			l.say("   " + info)
		}
	}
}

// obey acts on an answer. Answers that lead elsewhere work everywhere.
func (l *Lines) obey(ctx context.Context, typed string) error {
	answer := reader.Narrow(typed)
	switch answer {
	case "q", "quit", "exit":
		return errLeave
	case "c", "categories":
		return l.chooseList("Categories", "category", (*library.Index).Categories)
	case "tags":
		return l.chooseList("Tags", "tag", (*library.Index).Tags)
	case "series":
		return l.chooseList("Series", "series", (*library.Index).AllSeries)
	case "r", "recent":
		return l.chooseRecent(ctx)
	case "l", "list", "ls":
		l.toList()
		return nil
	case "?", "h", "help":
		l.help()
		return nil
	}
	if words := strings.Fields(typed); len(words) > 0 {
		if done, err := l.remembered(ctx, words); done || err != nil {
			return err
		}
	}
	if words := strings.Fields(typed); len(words) > 1 || len(words) == 1 && answer != "share" {
		if done, err := l.command(ctx, words); done || err != nil {
			return err
		}
	}
	if strings.HasPrefix(answer, "/") {
		_, sign := utf8.DecodeRuneInString(typed)
		return l.search(ctx, typed[sign:])
	}
	if page, ok := strings.CutPrefix(answer, ":"); ok {
		if n, err := strconv.Atoi(strings.TrimSpace(page)); err == nil {
			l.turnTo(n, "There is no such page.")
			return nil
		}
	}
	switch {
	case l.post != nil:
		return l.obeyAtEnd(ctx, answer)
	case l.results != nil:
		return l.obeyAtResults(ctx, answer)
	}
	return l.obeyAtList(ctx, answer)
}

// obeyAtList acts on an answer at the list.
func (l *Lines) obeyAtList(ctx context.Context, answer string) error {
	switch answer {
	case "n", "next", "":
		l.turnTo(l.at.Page+1, "This is the last page.")
	case "p", "previous":
		l.turnTo(l.at.Page-1, "This is the first page.")
	default:
		if n, ok := l.choose(answer, len(l.told)); ok {
			p := l.told[n-1]
			if newer, ok := l.index.Find(p.Address); ok {
				p = newer
			}
			return l.open(ctx, p)
		}
	}
	return nil
}

// toList goes back to the list, and prints its page.
func (l *Lines) toList() {
	l.post, l.results = nil, nil
	l.tellPage()
}

// back goes from a post to where it was chosen.
func (l *Lines) back() {
	l.post = nil
	if l.results == nil {
		l.tellPage()
		return
	}
	l.tellResults()
}

func (l *Lines) turnTo(page int, none string) {
	if page < 1 || page > l.at.Shown.Pages() {
		l.say(none)
		return
	}
	l.at.Turn(page)
	l.toList()
}

// choose returns the number, from 1 to most, that an answer is. It says what is
// allowed if the answer is none.
func (l *Lines) choose(answer string, most int) (int, bool) {
	n, err := strconv.Atoi(answer)
	if err == nil && n >= 1 && n <= most {
		return n, true
	}
	switch most {
	case 0:
		l.say("Type ? for help.")
	case 1:
		l.say("Type 1, or ? for help.")
	default:
		l.say(fmt.Sprintf("Type a number from 1 to %d, or ? for help.", most))
	}
	return 0, false
}
