package markdown

import (
	"bytes"
	"errors"
	"math"
)

// MaxSize is the length of the longest text that is read, in bytes.
const MaxSize = 256 << 10

// What the parser may make of one text: each byte of Markdown can become a node of
// the tree or a cell of a table, each of which takes hundreds.
const (
	maxCells  = 12_000   // cells of all tables, those the parser adds included
	maxParsed = 32 << 20 // bytes that the parser allocates, as estimated below
)

// What is allocated, in bytes, as measured and rounded up.
const (
	costOfExpanded = 6   // for a byte of an expansion, as it grows and is copied
	costOfTag      = 500 // of another engine: its arguments, and what it becomes
	costOfName     = 64  // of such a tag, where it ends

	costOfLine   = 2000 // for a line that is not blank
	costOfMark   = 1000 // for each mark of a quote, list or footnote before it
	costOfOpener = 600  // for each byte that may open something
	costOfLook   = 80   // for each look at a line
	costOfByte   = 2000 // at most, for each byte
)

// Budget is what the reading of one text may still make. It also lets others work,
// and gives up when it has to. Every use of it is a checkpoint.
type Budget struct {
	Yield   func()       // lets others work first
	Stopped func() error // reports why to give up, or nil

	Cells int // of tables
	Room  int // bytes that all may take together

	Page  func(name string) string // what Liquid's page.name says, or ""; may be nil
	Large map[any]bool             // paragraphs that are tables with more cells than are left

	uses int // until the next checkpoint
}

// unlimited is room that nobody has counted.
const unlimited = math.MaxInt / 2

// usesToCheck is how many uses of a budget lie between checkpoints: some
// microseconds each.
const usesToCheck = 32

// Halt is the panic of a reading that has to give up.
type Halt struct{ Err error }

// ErrTooLarge is why a reading gives up that needs more than its Room.
var ErrTooLarge = errors.New("it takes more memory than it may")

// NewBudget returns a budget with all the room there is.
func NewBudget(yield func(), stopped func() error) *Budget {
	return &Budget{Yield: yield, Stopped: stopped, Cells: maxCells, Room: math.MaxInt, Large: make(map[any]bool)}
}

// Unlimited returns a budget that only bounds what is parsed and is never told
// to stop.
func Unlimited() *Budget { return NewBudget(func() {}, func() error { return nil }) }

// Checkpoint lets others work, and panics with a Halt if the reading has to end.
func (b *Budget) Checkpoint() {
	b.uses = usesToCheck
	b.Yield()
	if err := b.Stopped(); err != nil {
		panic(Halt{err})
	}
}

// Tick is a checkpoint once in a while.
func (b *Budget) Tick() {
	if b.uses--; b.uses < 0 {
		b.Checkpoint()
	}
}

// Grow takes n bytes of the room, or panics with a Halt.
func (b *Budget) Grow(n int) {
	if b.Room -= n; b.Room < 0 {
		panic(Halt{ErrTooLarge})
	}
}

// takeCells takes the cells of a table, and reports whether they were left.
func (b *Budget) takeCells(n int) bool {
	b.Tick()
	if b.Cells < n {
		return false
	}
	b.Cells -= n
	b.Grow(n * costOfOpener)
	return true
}

// Parsed returns how many bytes of src, in whole lines, the parser may be
// given: all of it, unless what it would allocate is more than maxParsed.
func (b *Budget) Parsed(src []byte) int {
	if len(src) <= maxParsed/costOfByte && b.Room >= unlimited {
		return len(src)
	}
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
		b.Grow(cost)
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
	openers, addresses, cell := 0, 0, false
	for i, c := range line {
		switch c {
		case '[', ']', '!', '*', '_', '~', '`', '<', ':', '$': // openerBytes
			openers++
		case '|':
			cell = true
		case '@':
			addresses++
		case 'w':
			if bytes.HasPrefix(line[i:], []byte("www.")) {
				addresses++
			}
		}
	}
	if !cell {
		openers = min(openers, maxOpeners)
	}
	openers += 3 * addresses // they are links
	marks := 0
	for n := marker(line); n > 0 && marks < maxMarkers; n = marker(line) {
		line = line[n:]
		marks++
	}
	return costOfLine + marks*costOfMark + openers*costOfOpener
}
