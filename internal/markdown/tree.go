package markdown

import (
	"bytes"
	"sort"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
)

// Tree is a parsed Markdown text. Who walks it may change it.
type Tree struct {
	Doc    ast.Node
	Source []byte // that the nodes refer to
	Rest   string // what comes behind Source and was not parsed
	// Blocks of HTML in the order of the text, which nodes in Doc stand for.
	HTMLBlocks []*ast.HTMLBlock
	// Tags in running text that hide what follows them in it, and are not closed there.
	Unclosed []*HTMLTag

	expansion *expansion
	lines     lines // of the body, once asked for
}

// The parsers are made once: they never change, and many goroutines may use them.
var (
	theParser  = sync.OnceValue(func() *markdown { return newParser(links{}) })            //nolint:gochecknoglobals // see there
	mailParser = sync.OnceValue(func() *markdown { return newParser(links{}, newMail()) }) //nolint:gochecknoglobals // see there
)

// Tell is called for what an author may want to know of the tags of other engines in a
// text: the line of the text, from 0, and whether readers would see a tag as it is
// written.
type Tell func(line int, severe bool, what string)

// Parse parses a Markdown text as far as the budget allows, and panics with a Halt
// where that ends it. It calls tell unless it is nil.
func Parse(body string, b *Budget, tell Tell) *Tree {
	if tell == nil {
		return parse(expand(body, b, nil), b)
	}
	from := newLines(body)
	return parse(expand(body, b, func(at int, severe bool, what string) { tell(from.at(at), severe, what) }), b)
}

// Verbatim returns a tree of a text that is shown as it is.
func Verbatim(body string) *Tree {
	return &Tree{Source: []byte(body), expansion: &expansion{body: body, text: body, marks: []mark{{}}}}
}

func parse(e *expansion, b *Budget) *Tree {
	src := []byte(e.text)
	if len(e.pieces) > 0 { // a tag may have hidden some
		src = []byte(limitMarkers(e.text))
	}
	e.text = "" // src has it
	n := b.Parsed(src)
	m := theParser()
	if hasMail(src) {
		m = mailParser()
	}
	doc, end := m.parse(src[:n:n], e, b)
	t := &Tree{Doc: doc, Source: src[:end:end], expansion: e}
	if end < len(src) || e.rest < len(e.body) {
		t.Rest = t.Written(end, len(src)) + e.body[e.rest:]
	}
	limitNesting(doc, 0)
	t.tidy(doc)
	t.resolvePieces()
	if bytes.IndexByte(src, '<') >= 0 {
		tags := maxTags
		t.treeOfHTML(doc, b, &tags)
		limitNesting(doc, 0)
		(&nester{tree: t, budget: b, left: maxInlineTags}).nest(doc)
	}
	return t
}

// Line returns the line of the body, from 0, that an offset of Source is on. What a
// tag has become is on the tag's lines.
func (t *Tree) Line(offset int) int {
	if t.lines == nil {
		t.lines = newLines(t.expansion.body)
	}
	return t.lines.at(t.expansion.origin(offset))
}

// Written returns what its author wrote for a part of Source.
func (t *Tree) Written(from, to int) string {
	from, to = t.expansion.origin(from), t.expansion.origin(to)
	return t.expansion.body[from:max(from, to)]
}

// origin returns where in the body something in an expansion comes from.
func (e *expansion) origin(offset int) int {
	i := max(sort.Search(len(e.marks), func(i int) bool { return e.marks[i].out > offset })-1, 0)
	at := e.marks[i].at + max(offset-e.marks[i].out, 0)
	if i+1 < len(e.marks) {
		at = min(at, e.marks[i+1].at)
	}
	return min(at, len(e.body))
}

// Offset returns where a node is in Source, or the nearest one around it that knows.
func (t *Tree) Offset(n ast.Node) int {
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

// lines are the offsets at which the lines of a text start, but for the first.
type lines []int

func newLines(s string) lines {
	l := make(lines, 0, strings.Count(s, "\n")) //ledger:counted at most the bytes of a text, which is there
	for i := range len(s) {
		if s[i] == '\n' {
			l = append(l, i+1)
		}
	}
	return l
}

// at returns the number of the line, from 0, that an offset is on.
func (l lines) at(offset int) int { return sort.SearchInts(l, offset+1) }
