package reader

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// Lines is the blog as a conversation: it writes lines of text and asks for
// one. Nothing on the screen is ever changed, no line is drawn and nothing is
// told by colour, so it can be read aloud as it comes, and works on a teletype.
type Lines struct {
	*Reader
	in    *bufio.Reader
	o     LinesOptions
	index *library.Index
	list  list

	mu  sync.Mutex // guards out
	out io.Writer
}

// LinesOptions describe the client of a Lines.
type LinesOptions struct {
	// Width of the lines in cells; 0 means 80.
	Width int
	// Raw tells that the client sends keys as they are pressed, as with a pty:
	// it is for us to echo them, and lines end in CR LF.
	Raw bool
	// Slug, if not empty, names a post to begin with.
	Slug string
}

// errLeave ends the conversation.
var errLeave = errors.New("the reader leaves")

// Lines returns a conversation with a client. It ends with in.
func (r *Reader) Lines(in io.Reader, out io.Writer, o LinesOptions) *Lines {
	if o.Width <= 0 {
		o.Width = measure
	}
	o.Width = max(min(o.Width, measure), minMeasure)
	l := &Lines{Reader: r, in: bufio.NewReader(in), out: out, o: o, index: r.library.Current()}
	l.list.show(l.index.All())
	return l
}

// Run talks until the reader leaves, the input ends, or ctx does. The error is
// that of the connection.
func (l *Lines) Run(ctx context.Context) error {
	l.greet()
	if err := l.begin(ctx); err != nil {
		return ended(err)
	}
	for {
		answer, err := l.ask("A number reads. n next page, p previous page, c categories, / searches, ? help, q leaves: ")
		if err == nil {
			err = l.obey(ctx, answer)
		}
		if err != nil {
			return ended(err)
		}
		l.refresh()
	}
}

// begin tells the first page, or the post that was asked for.
func (l *Lines) begin(ctx context.Context) error {
	if l.o.Slug == "" {
		l.tellPage()
		return nil
	}
	p, ok := l.index.Find(l.o.Slug)
	if !ok {
		l.write("There is no post " + strconv.Quote(l.o.Slug) + ".")
		l.tellPage()
		return nil
	}
	return l.read(ctx, p)
}

// ended tells a conversation that ended well from one that failed.
func ended(err error) error {
	if errors.Is(err, errLeave) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Say writes a line from outside of the conversation.
func (l *Lines) Say(text string) { l.write("", text) }

// write writes lines.
func (l *Lines) write(lines ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := "\n"
	if l.o.Raw {
		end = "\r\n"
	}
	_, _ = io.WriteString(l.out, strings.Join(lines, end)+end)
}

func (l *Lines) greet() {
	blog := l.index.Blog()
	l.write(blog.Title)
	if blog.Tagline != "" {
		l.write(blog.Tagline)
	}
}

// refresh takes over a newer index and says what is new in it.
func (l *Lines) refresh() {
	next := l.library.Current()
	if next == l.index {
		return
	}
	if news := next.Since(l.index).String(); news != "" {
		l.write("", "The blog has changed: "+news+".")
	}
	l.index = next
	l.list.adopt(next)
}

// tellPage lists the posts of the page.
func (l *Lines) tellPage() {
	head := fmt.Sprintf("Page %d of %d, %s.", l.list.page, max(l.list.shown.Pages(), 1), count(l.list.shown.Len(), "post", "posts"))
	if l.list.category != "" {
		head = l.list.shown.Name + ". " + head
	}
	l.write("", head)
	for i, p := range l.list.posts() {
		l.write("")
		l.write(wrap(fmt.Sprintf("%d. %s", i+1, p.Title), l.o.Width, 4)...)
		if info := strings.ReplaceAll(meta(p), " · ", ", "); info != "" {
			l.write("   " + info)
		}
	}
}

// obey does what an answer to the list's prompt says.
func (l *Lines) obey(ctx context.Context, answer string) error {
	switch answer {
	case "q", "quit", "exit":
		return errLeave
	case "n", "next", "":
		l.turnTo(l.list.page+1, "This is the last page.")
	case "p", "previous":
		l.turnTo(l.list.page-1, "This is the first page.")
	case "c", "categories":
		return l.chooseCategory()
	case "l", "list":
		l.tellPage()
	case "?", "h", "help":
		l.help()
	default:
		if query, ok := strings.CutPrefix(answer, "/"); ok {
			return l.search(ctx, query)
		}
		if page, ok := strings.CutPrefix(answer, ":"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(page)); err == nil {
				l.turnTo(n, "There is no such page.")
				return nil
			}
		}
		return l.readNumber(ctx, answer)
	}
	return nil
}

func (l *Lines) help() {
	l.write("",
		"A number reads the post with that number.",
		"n, or Enter alone: the next page. p: the previous page. :5 goes to page 5.",
		"l: this page again. c: categories. q: leave.",
		"/queue: search all posts for words. category:NAME, tag:NAME, after:2026-03 and before:2026 narrow it.",
		"After a post: n is the next post, p the previous one, Enter the list.")
}

func (l *Lines) turnTo(page int, none string) {
	if page < 1 || page > l.list.shown.Pages() {
		l.write(none)
		return
	}
	l.list.turn(page)
	l.tellPage()
}

func (l *Lines) readNumber(ctx context.Context, answer string) error {
	n, err := strconv.Atoi(answer)
	posts := l.list.posts()
	if err != nil || n < 1 || n > len(posts) {
		l.write(fmt.Sprintf("Type a number from 1 to %d, or ? for help.", len(posts)))
		return nil //nolint:nilerr // what is no number is answered, and asked again
	}
	return l.read(ctx, posts[n-1])
}

func (l *Lines) chooseCategory() error {
	categories := l.index.Categories()
	l.write("", "Categories.")
	for i, c := range categories {
		text := fmt.Sprintf("%d. %s, %s.", i+1, c.Name, count(c.Len(), "article", "articles"))
		if c.Description != "" {
			text += " " + c.Description
		}
		l.write(wrap(text, l.o.Width, 4)...)
	}
	answer, err := l.ask("Number of a category, or Enter for all posts: ")
	if err != nil {
		return err
	}
	l.list.show(l.index.All())
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(categories) {
		l.list.show(categories[n-1])
	}
	l.tellPage()
	return nil
}

// read writes a post, and those that the reader goes on to.
func (l *Lines) read(ctx context.Context, p *post.Post) error {
	for {
		if err := l.tell(ctx, p); err != nil {
			return err
		}
		answer, err := l.ask("The end. n next post, p previous post, Enter for the list, q leaves: ")
		if err != nil {
			return err
		}
		among := l.index.All()
		if l.list.shown.Index(p.Slug) >= 0 {
			among = l.list.shown
		}
		step, none := among.Older, "This is the oldest post."
		switch answer {
		case "q", "quit", "exit":
			return errLeave
		case "n", "next":
		case "p", "previous":
			step, none = among.Newer, "This is the newest post."
		default:
			l.tellPage()
			return nil
		}
		next, ok := step(p)
		if !ok {
			l.write(none)
			l.tellPage()
			return nil
		}
		p = next
	}
}

// tell writes a post as a whole: a terminal scrolls back, and who listens
// does not want to be stopped.
func (l *Lines) tell(ctx context.Context, p *post.Post) error {
	page, err := l.pages.Page(ctx, p, l.o.Width, l.themes.Linear())
	if err != nil {
		if ctx.Err() != nil {
			return errLeave
		}
		l.write("", "This post cannot be shown: "+err.Error())
		return nil
	}
	l.write("")
	l.write(wrap(p.Title, l.o.Width, 8)...)
	if info := strings.ReplaceAll(meta(p), " · ", ", "); info != "" {
		l.write(info)
	}
	if len(p.Authors()) > 0 {
		l.write("by " + strings.Join(p.Authors(), ", "))
	}
	l.write("")
	l.write(wholeCode(page)...)
	l.write("")
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

// maxAnswer is the longest answer, in bytes.
const maxAnswer = 200

// ask writes a question and returns the line that answers it.
func (l *Lines) ask(question string) (string, error) {
	l.mu.Lock()
	_, err := io.WriteString(l.out, question)
	l.mu.Unlock()
	if err != nil {
		return "", err
	}
	var answer []byte
	for {
		r, _, err := l.in.ReadRune()
		if err != nil {
			return "", err
		}
		switch {
		case r == '\r' || r == '\n':
			if next, err := l.in.Peek(min(l.in.Buffered(), 1)); err == nil && r == '\r' && string(next) == "\n" {
				_, _ = l.in.Discard(1)
			}
			if l.o.Raw {
				l.echo("\r\n")
			}
			return strings.TrimSpace(string(answer)), nil
		case r == 0x03 || r == 0x04: // ctrl+c, ctrl+d
			return "", errLeave
		case r == 0x1b:
			err = l.skipSequence()
		case r == 0x08 || r == 0x7f:
			if len(answer) > 0 {
				_, n := utf8.DecodeLastRune(answer)
				answer = answer[:len(answer)-n]
				l.echo("\b \b")
			}
		case printable(r) < 0 || r == utf8.RuneError || len(answer) >= maxAnswer:
		default:
			answer = utf8.AppendRune(answer, r)
			l.echo(string(r))
		}
		if err != nil {
			return "", err
		}
	}
}

// echo shows what was typed to a client that does not do it itself.
func (l *Lines) echo(text string) {
	if l.o.Raw {
		l.mu.Lock()
		_, _ = io.WriteString(l.out, text)
		l.mu.Unlock()
	}
}

// skipSequence reads past the rest of a key that sends an escape sequence, as
// the arrows do (ECMA-48 §5.4).
func (l *Lines) skipSequence() error {
	r, _, err := l.in.ReadRune()
	if err != nil || r != '[' && r != 'O' {
		return err
	}
	for {
		r, _, err := l.in.ReadRune()
		if err != nil || r >= 0x40 && r <= 0x7e {
			return err
		}
	}
}
