package render

import (
	"bytes"
	"errors"
	"math"
	"runtime/debug"
	"unsafe"

	"github.com/alecthomas/chroma/v2"
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
	maxLines  = 40_000   // lines of the page
	maxKept   = 7 << 18  // bytes that the page keeps: see MaxPage
	maxCells  = 12_000   // cells of all tables, those the parser adds included
	maxMarks  = 10_000   // headings, footnotes and elements of HTML with an id
	maxTokens = 16_000   // tokens of coloured code
	maxNames  = 512      // bytes of names of languages that are looked up
	maxParsed = 32 << 20 // bytes that the parser allocates, as estimated below
	maxLaid   = 24 << 20 // bytes that the layout allocates, as estimated below
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
	keptFull     = int(unsafe.Sizeof("")) + int(unsafe.Sizeof(0)) // for a line of code
	keptCell     = int(unsafe.Sizeof(Cell{}))
	keptCellLine = int(unsafe.Sizeof(CellLine{}))
)

// What a render holds at its worst, in bytes, the page included: one of a large post,
// of which there is one at a time, and a small one, of which there are
// ledger.SmallSlots for each processor.
const (
	LargeLive = 16 << 20
	SmallLive = 9 << 19
)

// smallRender is what a small render allocates at most, in bytes as counted below:
// for some 50 KB of text and code. A quarter of that is what it holds. A render that
// has begun as a small one and needs more gives up, and begins anew when it is its
// turn among the large ones.
const smallRender = 8 << 20

// What is allocated, in bytes, as measured and rounded up.
const (
	costOfText = 16 // for a byte of the post: as it is parsed, painted and written

	costOfExpanded = 6   // for a byte of an expansion, as it grows and is copied
	costOfTag      = 500 // of another engine: its arguments, and what it becomes
	costOfName     = 64  // of such a tag, where it ends

	costOfLine   = 2000 // by the parser and the layout for a line that is not blank
	costOfMark   = 1000 // by the parser for each mark of a quote, list or footnote before it
	costOfOpener = 600  // by the parser for each byte that may open something
	costOfLook   = 80   // by the parser for each look at a line

	costOfPaint     = 1000 // by glamour for a run of text
	costOfTokenizer = 5000 // of HTML
	costOfLink      = 300  // without its text and target
	costOfWritten   = 150  // for a line of the page
	costOfSpan      = 100  // for a span of it
	escapes         = 32   // for the escape sequences around a span
)

// budget is what one render may still make. It also lets others work, and gives
// up when it has to. Every use of it is a checkpoint.
type budget struct {
	yield   func()       // lets others work first
	stopped func() error // reports why to give up, or nil

	lines, kept, cells, marks, tokens, names, memory int

	room int // bytes that all of these may take together

	uses   int                     // until the next checkpoint
	large  map[any]bool            // paragraphs that are tables with more cells than are left
	lexers map[string]chroma.Lexer // nil for what is no language
}

// usesToCheck is how many uses of a budget lie between checkpoints: some
// microseconds each.
const usesToCheck = 32

// spent is the panic of a render that needs more than its budget. The layout
// recovers it and shows the rest of the post as its source.
type spent struct{}

// halt is the panic of a render that has to give up.
type halt struct{ err error }

// errLarge is why a render gives up that has turned out to be a large one.
var errLarge = errors.New("the page is larger than small ones are")

func newBudget(yield func(), stopped func() error) *budget {
	return &budget{
		yield: yield, stopped: stopped,
		lines: maxLines, kept: maxKept, cells: maxCells, marks: maxMarks,
		tokens: maxTokens, names: maxNames, memory: maxLaid, room: math.MaxInt,
		large: make(map[any]bool), lexers: make(map[string]chroma.Lexer),
	}
}

// unlimited returns a budget that only bounds what is parsed and is never told
// to stop.
func unlimited() *budget { return newBudget(func() {}, func() error { return nil }) }

// checkpoint lets others work, and ends the render if it has to end.
func (b *budget) checkpoint() {
	b.uses = usesToCheck
	b.yield()
	if err := b.stopped(); err != nil {
		panic(halt{err})
	}
}

// tick is a checkpoint once in a while.
func (b *budget) tick() {
	if b.uses--; b.uses < 0 {
		b.checkpoint()
	}
}

// has takes n from a part of the budget, and reports whether it was left.
func (b *budget) has(part *int, n int) bool {
	b.tick()
	if *part < n {
		return false
	}
	*part -= n
	switch part {
	case &b.cells, &b.marks:
		n *= costOfOpener
	case &b.tokens:
		n *= costOfSpan
	case &b.lines, &b.names: // they are counted by what is in them
		n = 0
	}
	b.grow(n)
	return true
}

// grow takes n bytes of the room, or ends the render.
func (b *budget) grow(n int) {
	if b.room -= n; b.room < 0 {
		panic(halt{errLarge})
	}
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

// parsed returns how many bytes of src, in whole lines, the parser may be
// given: all of it, unless what it would allocate is more than maxParsed.
func (b *budget) parsed(src []byte) int {
	left, end, paragraph := maxParsed, 0, 0
	for line := range bytes.Lines(src) {
		cost, blank := 0, len(bytes.TrimLeft(line, " \t>")) <= 1
		if !blank {
			cost = parseCost(line)
		}
		if cost > left {
			if end-paragraph < 4<<10 {
				return paragraph
			}
			return end
		}
		left -= cost
		b.grow(cost)
		end += len(line)
		if blank {
			paragraph = end
		}
	}
	return end
}

// parseCost returns what the parser allocates for a line. In a block that has
// had maxOpeners bytes that may open something, bracketLimit makes them text;
// but each cell of a table is a block.
func parseCost(line []byte) int {
	openers, cell := 0, false
	for _, c := range line {
		if bytes.IndexByte([]byte(openerBytes), c) >= 0 {
			openers++
		}
		cell = cell || c == '|'
	}
	if !cell {
		openers = min(openers, maxOpeners)
	}
	openers += 3 * (bytes.Count(line, []byte("www.")) + bytes.Count(line, []byte("@"))) // addresses that are links
	marks := 0
	for n := marker(line); n > 0 && marks < maxMarkers; n = marker(line) {
		line = line[n:]
		marks++
	}
	return costOfLine + marks*costOfMark + openers*costOfOpener
}

// startsLarge reports whether a body is too much for a small render as it stands.
func startsLarge(body string) bool {
	b := unlimited()
	b.room = smallRender
	failure, _ := contained(func() {
		b.grow(len(body) * costOfText)
		b.parsed([]byte(body))
	})
	return failure != nil
}

// contained runs f and returns what it panicked with, and where, or nil.
func contained(f func()) (failure any, stack []byte) {
	defer func() {
		switch failure = recover(); failure.(type) {
		case nil, spent, halt:
		default:
			stack = debug.Stack()
		}
	}()
	f()
	return nil, nil
}
