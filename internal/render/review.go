package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// Review returns what the author of a post may want to correct in its text: what
// other engines would do with a shortcode and this one does not, links that
// lead nowhere, images without a text for those who cannot see them. The
// problems come in the order of their lines. An Error is a shortcode that
// readers would see as it is written.
//
// wrong says of a link or an image of the kinds ToPost and ToPath what is wrong with it,
// "leads nowhere" and why, or "" if it finds what it names.
func (r *Renderer) Review(p *post.Post, wrong func(*Link) string) (problems []post.Problem) {
	v := &review{path: p.Path, first: p.BodyLine(), wrong: wrong, known: make(map[post.Problem]bool)}
	defer func() {
		if e := recover(); e != nil {
			v.add(post.Error, v.first, fmt.Sprintf("the text cannot be read: %v", e))
		}
		problems = v.all()
	}()
	var told []post.Problem
	v.parse(p, func(line int, severe bool, what string) {
		severity := post.Warning
		if severe {
			severity = post.Error
		}
		told = append(told, post.Problem{Line: line, Severity: severity, What: what})
	})
	hidden := v.tree.HiddenLines(p.Body())
	for _, t := range told {
		if !hidden(t.Line) {
			v.add(t.Severity, v.first+t.Line, t.What)
		}
	}
	if v.tree.Rest != "" {
		v.add(post.Error, v.line(len(v.tree.Source)), "readers see the Markdown from here on: the post has more markup than one page may have; split it")
	}
	for _, block := range v.tree.HTMLBlocks {
		v.unclosed(block)
	}
	for _, tag := range v.tree.Unclosed {
		v.warn(tag, "<%[1]s> is not closed by </%[1]s> in its paragraph; what follows it there is not shown", tag.Token.Data)
	}
	_ = ast.Walk(v.tree.Doc, v.visit) // which returns no error
	return v.problems
}

// IDs returns what links to places in a post may name, without a page of it.
func (r *Renderer) IDs(p *post.Post) (ids IDs) {
	var v review
	defer func() {
		if recover() != nil { // which Review tells
			ids = nil
		}
	}()
	v.parse(p, nil)
	return v.ids
}

// NoHeading is what Review says of a link to a place that the post has not.
const NoHeading = "leads nowhere: no heading here has that name"

// review is one pass over a post.
type review struct {
	path  string
	first int // line of the file on which the body starts
	wrong func(*Link) string
	tree  *markdown.Tree
	large map[any]bool // paragraphs that are tables with too many cells

	ids      IDs
	problems []post.Problem
	known    map[post.Problem]bool // those in problems, and more
	worst    post.Severity         // of those that are only known
}

// maxProblems bounds what is told of one post: of a hostile one there are
// thousands, and nobody reads them all.
const maxProblems = 100

// add adds a problem, once for a line.
func (v *review) add(s post.Severity, line int, what string) {
	problem := post.Problem{Path: v.path, Line: line, Severity: s, What: plaintext.Clean(what)}
	if v.known[problem] {
		return
	}
	v.known[problem] = true
	if len(v.problems) < maxProblems-1 {
		v.problems = append(v.problems, problem)
	} else {
		v.worst = max(v.worst, s)
	}
}

// all returns the problems by their lines, and at last how many more there are.
func (v *review) all() []post.Problem {
	slices.SortStableFunc(v.problems, func(a, b post.Problem) int { return a.Line - b.Line })
	if more := len(v.known) - len(v.problems); more > 0 {
		v.problems = append(v.problems, post.Problem{
			Path: v.path, Line: v.problems[len(v.problems)-1].Line, Severity: v.worst,
			What: fmt.Sprintf("and %d more in this post, on any of its lines; mend these first", more),
		})
	}
	return v.problems
}

// warn adds a problem with a node.
func (v *review) warn(n ast.Node, format string, args ...any) {
	v.add(post.Warning, v.line(v.offset(n)), fmt.Sprintf(format, args...))
}

func (v *review) offset(n ast.Node) int { return v.tree.Offset(n) }

// line returns the line of the file that an offset of the tree's source is on.
func (v *review) line(offset int) int { return v.first + v.tree.Line(offset) }

// parse reads a post's text as a page shows it, and collects what a link within
// it may name. tell is as in markdown.Parse.
func (v *review) parse(p *post.Post, tell markdown.Tell) {
	b := markdown.Unlimited()
	b.Page = p.Variable
	v.tree = markdown.Parse(p.Body(), b, tell)
	v.large = b.Large
	DropTitle(v.tree, p.Title())
	l := &layout{tree: v.tree, ids: make(map[string]int)}
	v.ids = make(IDs)
	_ = ast.Walk(v.tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			text := strings.TrimSpace(v.tree.Plain(n))
			v.ids.addHeading(l.id(n, text), text)
		case *extast.Footnote:
			note := Note{Number: n.Index}
			v.ids.add(note.ID())
		}
		if tag, ok := n.(*markdown.HTMLTag); ok {
			v.ids.add(idOf(tag.Token))
		}
		return ast.WalkContinue, nil
	})
}

// visit looks at one node.
func (v *review) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	if v.large[n] {
		v.add(post.Error, v.line(v.offset(n)), "readers see this table as Markdown: the tables of the post have more cells than one page may have; split it")
	}
	v.unclosed(n)
	if first := n.FirstChild(); first != nil && first.Type() == ast.TypeInline && n.Kind() != ast.KindCodeSpan {
		v.unlinked(n)
	}
	switch n := n.(type) {
	case *ast.HTMLBlock:
		v.add(post.Error, v.line(v.offset(n)), "readers see the Markdown from here on: the post has more HTML than one page may have; split it")
	case *markdown.Details:
		if n.Head != nil {
			_ = ast.Walk(n.Head, v.visit) // as above
		}
	case *ast.Link:
		v.link(n, newLink(v.tree.Plain(n), markdown.Destination(n.Destination)))
	case *ast.Image:
		if strings.TrimSpace(v.tree.Plain(n)) == "" {
			v.warn(n, "the image %s has no text for those who cannot see it; write ![what it shows](…)", markdown.QuoteTag(string(n.Destination)))
		}
		if _, tag := n.FirstChild().(*ast.String); !tag { // a tag's paths are its theme's
			v.image(n, newLink("", markdown.Destination(n.Destination)))
		}
	case *markdown.HTMLTag:
		v.tag(n)
	}
	return ast.WalkContinue, nil
}

// tag looks at an element of HTML.
func (v *review) tag(n *markdown.HTMLTag) {
	t := n.Token
	switch {
	case !n.Opens():
	case t.Data == "a" && markdown.Attr(t, "href") != "":
		v.link(n, newLink("", markdown.Attr(t, "href")))
	case t.Data == "img":
		v.image(n, newLink("", markdown.Attr(t, "src")))
		if !slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
			v.warn(n, `the image %s has no text for those who cannot see it; write alt="what it shows"`, markdown.QuoteTag(markdown.Attr(t, "src")))
		}
	}
}

// link checks that a link leads somewhere.
func (v *review) link(n ast.Node, to Link) {
	switch {
	case ofThisMachine(to.Target):
		v.warn(n, "the link %s is a file on one machine, which readers do not have; put it on the web and write its address", markdown.QuoteTag(to.Target))
	case to.Kind == ToHeading && !v.ids.Has(to.Fragment()) && !OfTheme(to.Fragment()):
		v.warn(n, "the link %s "+NoHeading, markdown.QuoteTag(to.Target))
	case to.Target == "" && to.Kind != ToHeading:
		if !v.tree.Lacks() { // which is told
			v.warn(n, "the link %s has no target", markdown.QuoteTag(to.Text))
		}
	case to.Kind == ToPost || to.Kind == ToPath:
		if what := v.wrong(&to); what != "" {
			v.warn(n, "the link %s %s", markdown.QuoteTag(to.Target), what)
		}
	}
}

// image checks that an image is somewhere.
func (v *review) image(n ast.Node, to Link) {
	to.Image = true
	switch {
	case ofThisMachine(to.Target):
		v.warn(n, "the image %s is a file on one machine, which readers do not have; put it beside the post", markdown.QuoteTag(to.Target))
	case to.Kind == ToPost || to.Kind == ToPath:
		if what := v.wrong(&to); what != "" {
			v.warn(n, "the image %s %s", markdown.QuoteTag(to.Target), what)
		}
	}
}
