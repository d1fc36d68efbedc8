package render

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/post"
)

// Review tells what the author of a post may want to mend in its text: what
// other engines would do with a shortcode and this one does not, links that
// lead nowhere, images without a text for those who cannot see them. The
// problems come in the order of their lines. An Error is a shortcode that
// readers would see as it is written.
//
// wrong says of a link of the kinds ToPost and ToPath what is wrong with it,
// "leads nowhere" and why, or "" if it finds what it names.
func (r *Renderer) Review(p *post.Post, wrong func(*Link) string) (problems []post.Problem) {
	v := &review{path: p.Path, first: p.BodyLine(), body: newLines(p.Body()), wrong: wrong, known: make(map[post.Problem]bool)}
	defer func() {
		if e := recover(); e != nil {
			v.add(post.Error, v.first, fmt.Sprintf("the text cannot be read: %v", e))
		}
		problems = v.all()
	}()
	doc := v.parse(r.parser, p, func(at int, what string) {
		v.add(post.Warning, v.first+v.body.at(at), what)
	})
	v.written = newLines(v.text)
	if v.cut {
		v.add(post.Error, v.line(len(v.src)), "readers see the Markdown from here on: the post has more markup than one page may have; split it")
	}
	_ = ast.Walk(doc, v.visit) // which returns no error
	return v.problems
}

// IDs are what links to a place in a post may name: those that Page.Find finds,
// in lower case.
type IDs map[string]bool

// Has tells whether a link to "#id" leads to a place: that of the id, or the
// beginning, which is "top" as in HTML.
func (ids IDs) Has(id string) bool { return id == "" || id == "top" || ids[strings.ToLower(id)] }

// IDs returns what links to places in a post may name, without a page of it.
func (r *Renderer) IDs(p *post.Post) (ids IDs) {
	var v review
	defer func() {
		if recover() != nil { // which Review tells
			ids = nil
		}
	}()
	v.parse(r.parser, p, nil)
	return v.ids
}

// review is one pass over a post.
type review struct {
	*expansion
	path   string
	first  int // line of the file on which the body starts
	body   lines
	wrong  func(*Link) string
	src    []byte
	layout *layout
	large  map[any]bool // paragraphs that are tables with too many cells
	cut    bool         // src is not all

	written  lines
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
	problem := post.Problem{Path: v.path, Line: line, Severity: s, What: post.Clean(what)}
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

// offset returns where a node is in the expanded text, or the nearest one
// around it that knows.
func (v *review) offset(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if at := n.Pos(); at >= 0 {
			return at
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start
		}
	}
	return 0
}

// line returns the line of the file that an offset of the expanded text is on.
// What a shortcode has become is on the shortcode's lines.
func (v *review) line(offset int) int { return v.first + v.expansion.line(offset, v.body, v.written) }

// line returns the line of a body, from 0, that an offset of its expansion is
// on, with the lines of both.
func (e *expansion) line(offset int, body, written lines) int {
	offset = min(offset, len(e.text))
	i := sort.Search(len(e.marks), func(i int) bool { return e.marks[i].out > offset }) - 1
	m := e.marks[max(i, 0)]
	line := body.at(m.at) + written.at(offset) - written.at(m.out)
	if i+1 < len(e.marks) {
		line = min(line, body.at(e.marks[i+1].at))
	}
	return line
}

// parse reads a post's text as a page shows it, and collects what a link within
// it may name. tell is as in expand.
func (v *review) parse(md *markdown, p *post.Post, tell func(at int, what string)) ast.Node {
	b := unlimited()
	v.expansion = expand(p.Body(), b, tell)
	var rest string
	v.src, rest = parseable(v.expansion, p.Body(), b)
	doc, end := md.parse(v.src, b)
	v.src, rest = v.src[:end:end], string(v.src[end:])+rest
	v.layout = &layout{src: v.src, ids: make(map[string]int)}
	v.large = b.large
	v.cut = rest != ""
	v.layout.dropTitle(doc, p.Title)
	v.ids = make(IDs)
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			v.ids[strings.ToLower(v.layout.id(n, strings.TrimSpace(v.layout.plain(n))))] = true
		case *extast.Footnote:
			note := Note{Number: n.Index}
			v.ids[note.ID()] = true
		}
		v.tags(n, func(t html.Token) { v.ids[strings.ToLower(idOf(t))] = true })
		return ast.WalkContinue, nil
	})
	return doc
}

// tags calls visit for the tags in HTML that a node holds itself.
func (v *review) tags(n ast.Node, visit func(html.Token)) {
	var raw []byte
	switch n := n.(type) {
	case *ast.RawHTML:
		raw = n.Segments.Value(v.src)
	case *ast.HTMLBlock:
		raw = n.Lines().Value(v.src)
	default:
		return
	}
	z := html.NewTokenizer(bytes.NewReader(raw))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			visit(z.Token())
		}
	}
}

// visit looks at one node.
func (v *review) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	if v.large[n] {
		v.add(post.Error, v.line(v.offset(n)), "readers see this table as Markdown: the tables of the post have more cells than one page may have; split it")
	}
	switch n := n.(type) {
	case *ast.Link:
		v.link(n, newLink(v.layout.plain(n), n.Destination))
	case *ast.Image:
		if strings.TrimSpace(v.layout.plain(n)) == "" {
			v.warn(n, "the image %s has no text for those who cannot see it; write ![what it shows](…)", quoteTag(string(n.Destination)))
		}
	case *ast.CodeSpan, *ast.FencedCodeBlock, *ast.CodeBlock:
		return ast.WalkSkipChildren, nil
	case *ast.HTMLBlock:
		v.leftOver(n, string(n.Lines().Value(v.src)), v.offset(n))
	case *ast.Paragraph, *ast.TextBlock, *ast.Heading, *extast.TableCell:
		v.prose(n)
	}
	v.tags(n, func(t html.Token) {
		switch {
		case t.Data == "a" && attr(t, "href") != "":
			v.link(n, newLink("", attr(t, "href")))
		case t.Data == "img" && !slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "alt" }):
			v.warn(n, `the image %s has no text for those who cannot see it; write alt="what it shows"`, quoteTag(attr(t, "src")))
		}
	})
	return ast.WalkContinue, nil
}

// link checks that a link leads somewhere.
func (v *review) link(n ast.Node, to Link) {
	switch {
	case to.Kind == ToHeading && !v.ids.Has(to.Fragment()):
		v.warn(n, "the link %s leads nowhere: no heading here has that name", quoteTag(to.Target))
	case to.Target == "" && to.Kind != ToHeading:
		v.warn(n, "the link %s has no target", quoteTag(to.Text))
	case to.Kind == ToPost || to.Kind == ToPath:
		if what := v.wrong(&to); what != "" {
			v.warn(n, "the link %s %s", quoteTag(to.Target), what)
		}
	}
}

// prose looks for shortcodes in the text of a block, without its code.
func (v *review) prose(n ast.Node) {
	var b strings.Builder
	at := -1
	var gather func(ast.Node)
	gather = func(n ast.Node) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			switch c := c.(type) {
			case *ast.Text:
				if at < 0 {
					at = c.Segment.Start
				}
				if !v.isSpared(c.Segment.Start) {
					b.Write(c.Segment.Value(v.src))
				}
			case *ast.CodeSpan:
				b.WriteByte('`')
			default:
				if c.Type() == ast.TypeInline {
					gather(c)
				}
			}
		}
	}
	gather(n)
	v.leftOver(n, b.String(), max(at, 0))
}

// leftOver reports the first shortcode in a text.
func (v *review) leftOver(n ast.Node, s string, at int) {
	if !strings.Contains(s, "{{") && !strings.Contains(s, "{%") || n.Type() == ast.TypeBlock && v.isSpared(at) {
		return
	}
	if tag := rawTag(s); tag != "" {
		v.add(post.Error, v.line(at), "readers would see "+quoteTag(tag)+" as it is written; write it as code, or without the braces")
	}
}

// rawTag returns the first shortcode or tag in a text, or "".
func rawTag(s string) string {
	for _, ends := range [...][2]string{{"{{<", ">}}"}, {"{{%", "%}}"}, {"{%", "%}"}} {
		if from := strings.Index(s, ends[0]); from >= 0 {
			if to := strings.Index(s[from+len(ends[0]):], ends[1]); to >= 0 {
				return s[from : from+len(ends[0])+to+len(ends[1])]
			}
		}
	}
	return ""
}

// isSpared tells whether a tag at an offset is meant to be read.
func (v *review) isSpared(at int) bool {
	return slices.ContainsFunc(v.spared, func(e extent) bool { return e.from <= at && at < e.to })
}

// lines are the offsets at which the lines of a text start, but for the first.
type lines []int

func newLines(s string) lines {
	var l lines
	for i := range len(s) {
		if s[i] == '\n' {
			l = append(l, i+1)
		}
	}
	return l
}

// at returns the number of the line, from 0, that an offset is on.
func (l lines) at(offset int) int { return sort.SearchInts(l, offset+1) }
