package render

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// Page is a post's body as lines for one width and theme. It is immutable and
// shared by all sessions.
type Page struct {
	// Width that no line exceeds, in cells.
	Width int
	// Lines are self-contained: each starts and ends in the terminal's
	// default state, closes its hyperlinks, and has no trailing spaces.
	Lines Lines
	// Headings in the order of the text.
	Headings []Heading
	// Links in the order of the text, without the list of targets at the end.
	Links []Link
	// Code blocks in the order of the text.
	Code []Code
	// Notes are the footnotes, in the order of their numbers.
	Notes []Note
	// Cells are those of the rows of tables that take several lines, in the
	// order of the text: what a cell says goes on below, and not beside.
	Cells []Cell
	// Marks are where the page has what is none of its author's words among them, in the
	// order of the lines: the numbers of links and footnotes, "Image: ", the signs that
	// stand for a style.
	Marks []Mark
	// Anchors are elements of HTML with an id, in the order of the text.
	Anchors []Anchor
	// End is the number of lines of text. The footnotes and the list of link
	// targets come after them.
	End int
	// Blocks are the indexes of the lines on which the top-level blocks start,
	// the footnotes and the list of link targets being one each, and at last
	// Lines.Len(). There are as many at every width, so that a reader's place
	// can be found again at another one.
	Blocks []int
	// Sums are hashes of what the blocks say, by which one is found again in another version of
	// the post: they are the same at every width and in every theme (markdown.Tree.Sum).
	Sums []uint64
	// Failed are the indexes of the first lines of blocks that could not be
	// rendered and are shown as their source.
	Failed []int
	// Notices say what is shown as Markdown because there is no room for it as a
	// page, and where.
	Notices []Notice
	// Torn are the indexes of the lines, in order, whose text goes on in the
	// next line without a space between: inside a word that is wider than a
	// line, and in scripts that put no spaces between words.
	Torn []int

	// Panic is what the renderer panicked with, or "". The page shows what it
	// could not lay out as Markdown.
	Panic string

	panics []failure // with their stacks, for the log
	size   int64     // once it is in the cache
}

// failure is a panic of the renderer that a page survived.
type failure struct {
	what  string
	stack []byte
}

// maxWhat bounds what is kept of a panic's value, in bytes.
const maxWhat = 200

func failureOf(value any, stack []byte) failure {
	what := fmt.Sprint(value)
	return failure{what[:min(len(what), maxWhat)], stack}
}

// Heading is a section's title.
type Heading struct {
	// Line is the index of its first line.
	Line int
	// Level is 1 to 6.
	Level int
	// Text without markup, in one line.
	Text string
	// ID is what a link to "#id" names, formed as GitHub forms it.
	ID string
}

// Anchor is an element of HTML that a link within the page may lead to.
type Anchor struct {
	// ID is its id, or the name of an <a>.
	ID string
	// Line is the index of the first line of the text that it stands in.
	Line int
}

// Place is a part of a line, in cells.
type Place struct{ Line, Column, Cells int }

// Mark is a Place in little memory: a page may have thousands.
type Mark struct{ Line, Column, Cells uint16 }

// Cell is where a table's cell says something, line by line; all cells of a row
// begin on its first line.
type Cell []CellLine

// CellLine is a line of a table's cell. Torn is as in Page.
type CellLine struct {
	Place
	Torn bool
}

// Note is a footnote.
type Note struct {
	Number int
	// Line is the index of the footnote's first line.
	Line int
}

// Find returns the index of the line that a link to "#id" leads to: that of a
// heading, of a footnote, or of an element of HTML. Letters may be of either case; what
// no id is exactly may be that of a heading in another engine.
func (p *Page) Find(id string) (line int, ok bool) {
	for _, h := range p.Headings {
		if strings.EqualFold(h.ID, id) {
			return h.Line, true
		}
	}
	for _, n := range p.Notes {
		if n.ID() == id {
			return n.Line, true
		}
	}
	for _, a := range p.Anchors {
		if strings.EqualFold(a.ID, id) {
			return a.Line, true
		}
	}
	return headingAt(p.Headings, id)
}

// IDs returns all that Find finds.
func (p *Page) IDs() IDs {
	ids := make(IDs, len(p.Headings)+len(p.Notes)+len(p.Anchors))
	for _, h := range p.Headings {
		ids.addHeading(h.ID, h.Text)
	}
	for _, n := range p.Notes {
		ids.add(n.ID())
	}
	for _, a := range p.Anchors {
		ids.add(a.ID)
	}
	return ids
}

// ID is what a link to "#id" names.
func (n *Note) ID() string { return "fn:" + itoa(n.Number) }

// Size returns the memory the page holds, in bytes. Sessions ask for it with every
// key, so the cache has it measured once.
func (p *Page) Size() int64 {
	if p.size > 0 {
		return p.size
	}
	return p.measure()
}

// measure adds up what the page holds.
func (p *Page) measure() int64 {
	held := *p
	held.panics = nil // they are for the log, and then gone
	return int64(unsafe.Sizeof(held)) + behind(reflect.ValueOf(held))
}

// behind returns the memory that a value's strings and slices hold beside it, in
// bytes. What is behind a pointer is not the page's alone.
func behind(v reflect.Value) (n int64) {
	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Slice:
		n = int64(v.Cap()) * int64(v.Type().Elem().Size()) //nolint:gosec // a few hundred bytes
		if flat(v.Type().Elem()) {
			return n
		}
		for i := range v.Len() {
			n += behind(v.Index(i))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			n += behind(field)
		}
	}
	return n
}

// flat reports whether values of a type hold no memory beside them.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Slice:
		return false
	case reflect.Struct:
		for field := range t.Fields() {
			if !flat(field.Type) {
				return false
			}
		}
	}
	return true
}
