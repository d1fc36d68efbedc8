package render

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// MinWidth is the least width of a page, in cells.
const MinWidth = 10

// Renderer renders posts. It may be used by many goroutines at once; it keeps
// nothing of what it renders.
type Renderer struct {
	visual bool
	site   string
	base   func(*post.Post) string // from which URL relative links count
	log    *slog.Logger

	section func(p *post.Post, target string) (string, bool)
}

// Option is a choice in how a Renderer renders.
type Option func(*Renderer)

// VisualOrder has right-to-left text written in the order in which it is seen,
// for terminals that do not reorder it themselves. In those that do it comes
// out backwards.
func VisualOrder() Option { return func(r *Renderer) { r.visual = true } }

// Site has paths on the website for which the posts were written lead there, given the URL of its
// home page and those from which relative links in posts count, which may be "".
func Site(home string, base func(*post.Post) string) Option {
	return func(r *Renderer) {
		r.base = base
		r.site = root(home)
	}
}

// root returns the URL of the root of a page's website, or "".
func root(page string) string {
	if u, err := url.Parse(page); err == nil && u.Host != "" {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	}
	return ""
}

// Sections has references lead to the pages of the website that hold others, given the URL of the one that
// a reference in a post names, or "", and whether it names one.
func Sections(section func(p *post.Post, target string) (page string, ok bool)) Option {
	return func(r *Renderer) { r.section = section }
}

// Log has a Cache log the panics of its renders.
func Log(to *slog.Logger) Option { return func(r *Renderer) { r.log = to } }

// NewRenderer returns a renderer.
func NewRenderer(options ...Option) *Renderer {
	boundLexers()
	r := &Renderer{log: slog.New(slog.DiscardHandler)}
	for _, o := range options {
		o(r)
	}
	return r
}

// page renders a post's body at a width, in cells, of at least MinWidth. A
// first heading that repeats the post's title is left out. The error is that with
// which the budget has stopped it, or names a failure of the renderer.
func (r *Renderer) page(b *budget, p *post.Post, width int, look *theme.Theme) (*Page, error) {
	b.Page = p.Variable
	if r.base != nil {
		b.base = r.base(p)
	}
	if r.section != nil {
		b.section = func(target string) (string, bool) { return r.section(p, target) }
	}
	page, err := r.draw(b, p.Body(), p.Title(), width, look)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", p.Path, err)
	}
	return page, nil
}

// draw renders a body. If the renderer panics, the page shows the body as
// Markdown.
func (r *Renderer) draw(b *budget, body, title string, width int, look *theme.Theme) (page *Page, err error) {
	width = max(width, MinWidth)
	failure, stack := contained(func() {
		b.Checkpoint()
		b.Grow(len(body) * costOfText)
		tree := markdown.Parse(body, &b.Budget, nil)
		l := newLayout(b, tree, width, look)
		l.unparsed, l.visual, l.site = tree.Rest, r.visual, cmp.Or(root(b.base), r.site) // a language may have a host
		DropTitle(tree, title)
		page = l.document(tree.Doc)
		for i := range page.Notices {
			page.Notices[i].Source = tree.Line(page.Notices[i].offset)
		}
	})
	if failure == nil {
		return page, nil
	}
	if halted, ok := failure.(markdown.Halt); ok {
		return nil, fmt.Errorf("rendering stopped: %w", halted.Err)
	}
	again, _ := contained(func() {
		rest := newBudget(b.Yield, b.Stopped)
		rest.Room = b.Room
		page = asMarkdown(rest, body, width, look)
	})
	switch again := again.(type) {
	case nil:
		page.panics = append(page.panics, failureOf(failure, stack))
		page.Panic = page.panics[0].what
		return page, nil
	case markdown.Halt:
		return nil, fmt.Errorf("rendering stopped: %w", again.Err)
	}
	return nil, fmt.Errorf("%w: %v", errPanic, failure)
}

// asMarkdown returns a page that shows a body as it is written.
func asMarkdown(b *budget, body string, width int, look *theme.Theme) *Page {
	l := newLayout(b, markdown.Verbatim(body), width, look)
	l.source(body, notLaidOut, 0)
	return l.page()
}

var errPanic = errors.New("the renderer panicked")

// DropTitle removes the heading that the body starts with, of whatever level, if it is the title
// of the post, which the reader shows above the body. The pictures in it stay.
func DropTitle(tree *markdown.Tree, title string) {
	h, ok := tree.Doc.FirstChild().(*ast.Heading)
	if !ok || title == "" {
		return
	}
	var text strings.Builder
	var pictures []ast.Node
	_ = ast.Walk(h, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // which returns no error
		tag, ok := n.(*markdown.HTMLTag)
		switch {
		case !entering:
		case n.Kind() == ast.KindImage || ok && tag.Token.Data == "img":
			pictures = append(pictures, n)
			return ast.WalkSkipChildren, nil
		case !n.HasChildren():
			text.WriteString(tree.Plain(n))
		}
		return ast.WalkContinue, nil
	})
	if !sameText(text.String(), title) {
		return
	}
	if len(pictures) > 0 {
		p := ast.NewParagraph()
		for _, picture := range pictures {
			p.AppendChild(p, picture)
		}
		tree.Doc.InsertBefore(tree.Doc, h, p)
	}
	tree.Doc.RemoveChild(tree.Doc, h)
}

// sameText compares texts without regard to case and spaces.
func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}
