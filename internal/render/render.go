package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/sshblog/sshblog/internal/post"
)

// MinWidth is the least width of a page, in cells.
const MinWidth = 10

// Renderer renders posts. It may be used by many goroutines at once; it keeps
// nothing of what it renders.
type Renderer struct {
	parser *markdown
	visual bool
	log    *slog.Logger
}

// Option is a choice in how a Renderer renders.
type Option func(*Renderer)

// VisualOrder has right-to-left text written in the order in which it is seen,
// for terminals that do not reorder it themselves. In those that do it comes
// out backwards.
func VisualOrder() Option { return func(r *Renderer) { r.visual = true } }

// Log has a Cache log the panics of its renders.
func Log(to *slog.Logger) Option { return func(r *Renderer) { r.log = to } }

// NewRenderer returns a renderer.
func NewRenderer(options ...Option) *Renderer {
	boundLexers()
	r := &Renderer{parser: newParser(), log: slog.New(slog.DiscardHandler)}
	for _, o := range options {
		o(r)
	}
	return r
}

// Page renders a post's body at a width, in cells, of at least MinWidth. A
// first heading that repeats the post's title is left out. It calls yield again
// and again, which lets others work; nil stands for nothing to do. The error is
// that of a context that ended meanwhile, or names a failure of the renderer.
func (r *Renderer) Page(ctx context.Context, yield func(), p *post.Post, width int, theme *Theme) (*Page, error) {
	if yield == nil {
		yield = func() {}
	}
	return r.page(newBudget(yield, ctx.Err), p, width, theme)
}

func (r *Renderer) page(b *budget, p *post.Post, width int, theme *Theme) (*Page, error) {
	page, err := r.draw(b, p.Body(), p.Title, width, theme)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", p.Path, err)
	}
	return page, nil
}

// draw renders a body. If the renderer panics, the page shows the body as
// Markdown.
func (r *Renderer) draw(b *budget, body, title string, width int, theme *Theme) (page *Page, err error) {
	width = max(width, MinWidth)
	failure, stack := contained(func() {
		b.checkpoint()
		b.grow(len(body) * costOfText)
		tree := parse(r.parser, body, b)
		l := newLayout(b, tree.src, width, theme)
		l.unparsed, l.visual = tree.rest, r.visual
		l.dropTitle(tree.doc, title)
		page = l.document(tree.doc)
		if len(page.Notices) > 0 {
			from, to := newLines(body), newLines(tree.expansion.text)
			for i := range page.Notices {
				page.Notices[i].Source = tree.expansion.line(page.Notices[i].offset, from, to)
			}
		}
	})
	if failure == nil {
		return page, nil
	}
	if halted, ok := failure.(halt); ok {
		return nil, fmt.Errorf("rendering stopped: %w", halted.err)
	}
	again, _ := contained(func() {
		plain := newBudget(b.yield, b.stopped)
		plain.room = b.room
		page = asMarkdown(plain, body, width, theme)
	})
	switch again := again.(type) {
	case nil:
		page.panics = append(page.panics, failureOf(failure, stack))
		page.Panic = page.panics[0].what
		return page, nil
	case halt:
		return nil, fmt.Errorf("rendering stopped: %w", again.err)
	}
	return nil, fmt.Errorf("%w: %v", errPanic, failure)
}

// asMarkdown returns a page that shows a body as it is written.
func asMarkdown(b *budget, body string, width int, theme *Theme) *Page {
	l := newLayout(b, []byte(body), width, theme)
	l.source(body, notLaidOut, 0)
	return l.page()
}

var errPanic = errors.New("the renderer panicked")

// dropTitle removes the heading that the body starts with if it is the title
// of the post, which the reader shows above the body.
func (l *layout) dropTitle(doc ast.Node, title string) {
	h, ok := doc.FirstChild().(*ast.Heading)
	if ok && h.Level == 1 && title != "" && sameText(l.plain(h), title) {
		doc.RemoveChild(doc, h)
	}
}

// sameText compares texts without regard to case and spaces.
func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}
