package render

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"

	"github.com/sshblog/sshblog/internal/post"
)

// MinWidth is the least width of a page, in cells.
const MinWidth = 10

// Renderer renders posts. It may be used by many goroutines at once; it keeps
// nothing of what it renders.
type Renderer struct {
	parser parser.Parser
	visual bool
}

// Option is a choice in how a Renderer renders.
type Option func(*Renderer)

// VisualOrder has right-to-left text written in the order in which it is seen,
// for terminals that do not reorder it themselves. In those that do it comes
// out backwards.
func VisualOrder() Option { return func(r *Renderer) { r.visual = true } }

// NewRenderer returns a renderer.
func NewRenderer(options ...Option) *Renderer {
	r := &Renderer{parser: newParser()}
	for _, o := range options {
		o(r)
	}
	return r
}

// Page renders a post's body at a width, in cells, of at least MinWidth. A
// first heading that repeats the post's title is left out. The error is that
// of a context that ended meanwhile, or names a failure inside the parser.
func (r *Renderer) Page(ctx context.Context, p *post.Post, width int, theme *Theme) (*Page, error) {
	page, err := r.body(ctx, p.Body(), p.Title, width, theme)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", p.Path, err)
	}
	return page, nil
}

func (r *Renderer) body(ctx context.Context, body, title string, width int, theme *Theme) (page *Page, err error) {
	defer func() {
		if e := recover(); e != nil {
			page, err = nil, fmt.Errorf("%w: %v", errPanic, e)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	doc, src := parse(r.parser, body)
	l := newLayout(ctx, src, max(width, MinWidth), theme)
	l.visual = r.visual
	l.dropTitle(doc, title)
	return l.document(doc)
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
