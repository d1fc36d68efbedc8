package render

import (
	"runtime/debug"
	"unsafe"

	"github.com/alecthomas/chroma/v2"

	"github.com/sshblog/sshblog/internal/markdown"
)

// What one render may make. A post has at most post.MaxSize bytes, but a byte of
// Markdown can become a node of the tree, a cell of a table or a line of the
// page, each of which takes hundreds. Whatever a post can multiply is taken
// from a budget before it is made; when one is used up, the rest of the post is
// shown as its source, below a line that says so: see source.go.
//
// Posts of the greatest size that are written for readers, with a line of code
// every 30 bytes and a link every 50, stay below each limit.
const (
	maxLines   = 40_000   // lines of the page
	maxKept    = 7 << 18  // bytes that the page keeps: see MaxPage
	maxAnchors = 10_000   // headings, footnotes and elements of HTML with an id
	maxTokens  = 16_000   // tokens of coloured code
	maxNames   = 512      // bytes of names of languages that are looked up
	maxLaid    = 24 << 20 // bytes that the layout allocates, as estimated below
)

// MaxPage is the most memory that a page takes, in bytes, with what a session keeps
// beside an open one (its links, for Tab). No session is refused a page for good: this
// is less than what a connection may take for things of this kind.
const MaxPage = maxKept + keptSource + 2*keptNotice

const (
	keptSource = 3 << 18  // bytes that the source keeps that stands for the rest
	keptNotice = 64 << 10 // bytes that what comes behind it keeps
)

// What is kept of a page beside its text, in bytes.
const (
	keptLine     = 4
	keptTorn     = int(unsafe.Sizeof(0))
	keptLink     = int(unsafe.Sizeof(Link{})) + 80 // and what a session walks with Tab
	keptPlace    = 2 * int(unsafe.Sizeof(Place{}))
	keptHeading  = int(unsafe.Sizeof(Heading{}))
	keptAnchor   = int(unsafe.Sizeof(Anchor{}))
	keptCode     = int(unsafe.Sizeof(Code{}))
	keptFull     = 4 + int(unsafe.Sizeof(0)) // for a line of code
	keptRun      = int(unsafe.Sizeof(run{}))
	keptCell     = int(unsafe.Sizeof(Cell{}))
	keptCellLine = int(unsafe.Sizeof(CellLine{}))
)

// What a render holds at its worst, in bytes, the page included: one of a large post,
// of which there is one at a time, and a small one, of which there are
// ledger.SmallSlots for each processor.
const (
	LargeLive = 16 << 20
	SmallLive = 17 << 18
)

// smallRender is what a small render allocates at most, in bytes as counted below:
// for some 50 KB of text and code. A quarter of that is what it holds. A render that
// has begun as a small one and needs more gives up, and begins anew when it is its
// turn among the large ones.
const smallRender = 8 << 20

// What is allocated, in bytes, as measured and rounded up.
const (
	costOfText = 16 // for a byte of the post: as it is parsed, painted and written

	costOfCell    = 600 // of a table, and for an element with an id
	costOfPaint   = 800 // for a run of text
	costOfLink    = 300 // without its text and target
	costOfWritten = 150 // for a line of the page
	costOfSpan    = 100 // for a span of it
	escapes       = 32  // for the escape sequences around a span
)

// budget is what one render may still make, besides what reading the text takes.
type budget struct {
	markdown.Budget

	lines, kept, anchors, tokens, names, memory int
	base                                        string                                     // URL of the page of the post, or ""
	section                                     func(target string) (page string, ok bool) // see Sections; or nil

	lexers map[string]chroma.Lexer // nil for what is no language
}

// spent is the panic of a render that needs more than its budget. The layout
// recovers it and shows the rest of the post as its source.
type spent struct{}

// errLarge is why a render gives up that has turned out to be a large one.
var errLarge = markdown.ErrTooLarge

func newBudget(yield func(), stopped func() error) *budget {
	return &budget{
		Budget: *markdown.NewBudget(yield, stopped),
		lines:  maxLines, kept: maxKept, anchors: maxAnchors,
		tokens: maxTokens, names: maxNames, memory: maxLaid,
		lexers: make(map[string]chroma.Lexer),
	}
}

// has takes n from a part of the budget, and reports whether it was left.
func (b *budget) has(part *int, n int) bool {
	b.Tick()
	if *part < n {
		return false
	}
	*part -= n
	switch part {
	case &b.Cells, &b.anchors:
		n *= costOfCell
	case &b.tokens:
		n *= costOfSpan
	case &b.lines, &b.names: // they are counted by what is in them
		n = 0
	}
	b.Grow(n)
	return true
}

// take takes n from a part of the budget, or panics with spent.
func (b *budget) take(part *int, n int) {
	if !b.has(part, n) {
		panic(spent{})
	}
}

// need panics with spent unless n is left of a part.
func (b *budget) need(part *int, n int) {
	b.take(part, n)
	*part += n
}

// startsLarge reports whether a body is too much for a small render as it stands.
func startsLarge(body string) bool {
	b := markdown.Unlimited()
	b.Room = smallRender
	failure, _ := contained(func() {
		b.Grow(len(body) * costOfText)
		b.Parsed([]byte(body))
	})
	return failure != nil
}

// affords runs f, and reports whether its budget sufficed.
func affords(f func()) bool {
	failure, _ := contained(f)
	if _, ok := failure.(spent); failure != nil && !ok {
		panic(failure)
	}
	return failure == nil
}

// contained runs f and returns what it panicked with, and where, or nil.
func contained(f func()) (failure any, stack []byte) {
	defer func() {
		switch failure = recover(); failure.(type) {
		case nil, spent, markdown.Halt:
		default:
			stack = debug.Stack()
		}
	}()
	f()
	return nil, nil
}
