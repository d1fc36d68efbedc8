package reader

import (
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
)

// anchor is a position in an article that is valid at any width: a line of a block of the body. Lines of the
// title block have block -1.
type anchor struct {
	block int
	line  int  // inside the block
	lines int  // how many the block had
	end   bool // the last line was on the screen, and is to be again

	sum uint64 // of the block, to find it again in a revised post; see sumOf

	heading string // the id of a heading to scroll to instead
}

// anchor returns which line of which block is the first on the screen.
func (a *article) anchor() anchor { return a.anchorOf(a.top) }

func (a *article) anchorOf(line int) anchor { return anchorOf(a.page, line-len(a.head), len(a.head)) }

// anchorOf returns the anchor of a line of a page; lines before the page belong to the title block, which has
// head lines.
func anchorOf(page *render.Page, line, head int) anchor {
	if line < 0 || len(page.Blocks) == 0 {
		return anchor{block: -1, line: line + head}
	}
	block := 0
	for block+1 < len(page.Blocks) && page.Blocks[block+1] <= line {
		block++
	}
	start, end := blockLines(page, block)
	return anchor{block: block, line: line - start, lines: end - start, sum: sumOf(page, block)}
}

// lineOf returns the line of an anchor in the present layout.
func (a *article) lineOf(at anchor) int {
	if at.block < 0 {
		return at.line
	}
	if len(a.page.Blocks) == 0 {
		return len(a.head)
	}
	start, end := blockLines(a.page, blockOf(a.page, at.block, at.sum))
	line := at.line
	if now := end - start; at.lines > 0 && now != at.lines {
		line = at.line * now / at.lines
	}
	return len(a.head) + start + line
}

// How the sum of a block is made. Blocks may have the same content, such as rules, so the sum has bits of the
// neighbours' sums, too; 0 is no sum.
const (
	sumSaid   = 0xffffffff_00000000
	sumBefore = 0x00000000_ffff0000
	sumAfter  = 0x00000000_0000ffff
)

// sumOf returns the sum by which a block of a page is found again.
func sumOf(page *render.Page, block int) uint64 {
	sum := page.Sums[block] & sumSaid
	if block > 0 {
		sum |= page.Sums[block-1] >> 32 & sumBefore
	}
	if block+1 < len(page.Sums) {
		sum |= page.Sums[block+1] >> 32 & sumAfter
	}
	return sum
}

// blockOf returns the block of a page that corresponds to a block of another version, with this number and sum:
// of the blocks with the same content the one with the same neighbours, and of these the nearest. If there is
// none, it is the block between the same neighbours, or beside one of them, or else the one with the number.
func blockOf(page *render.Page, number int, sum uint64) int {
	best, found, far := 0, min(number, len(page.Blocks)-1), 0
	for i := range page.Sums {
		if sum == 0 {
			break
		}
		alike := 0
		differs := sumOf(page, i) ^ sum
		if differs&sumSaid == 0 {
			alike += 4
		}
		if differs&sumBefore == 0 && i > 0 {
			alike++
		}
		if differs&sumAfter == 0 && i+1 < len(page.Sums) {
			alike++
		}
		if off := max(i-number, number-i); alike > best || alike == best && alike > 0 && off < far {
			best, found, far = alike, i, off
		}
	}
	return found
}

// blockLines returns the lines of a page that a block takes.
func blockLines(page *render.Page, i int) (start, end int) {
	end = page.Lines.Len()
	if i+1 < len(page.Blocks) {
		end = page.Blocks[i+1]
	}
	return page.Blocks[i], end
}

// anchorAt returns the anchor of a place that was kept.
func anchorAt(p memory.Place) anchor {
	return anchor{block: p.Block, line: p.Line, lines: p.Lines, sum: p.Sum}
}

// resumeAt opens the article at a saved position, and says so, unless that is the beginning.
func (a *article) resumeAt(m *Model, p memory.Place) {
	if p.Percent == 0 {
		return
	}
	a.resume = anchorAt(p)
	m.notice = "where you left it · g goes to the top"
}

// anew opens the article at its beginning and ignores the saved position.
func (a *article) anew(m *Model) { a.resume, m.notice = anchor{block: -1}, "" }

// spot is where a session is in an article, for whoever saves that. It is read by other
// goroutines, so nothing but top ever changes.
type spot struct {
	page       *render.Page
	head, tail int // lines above and below those of the page
	rows       int // of the window
	top        atomic.Int64
}

// place returns where the session is.
func (s *spot) place() memory.Place {
	top := int(s.top.Load())
	if top <= 0 {
		return memory.Place{Block: -1}
	}
	at, length := anchorOf(s.page, top-s.head, s.head), s.head+s.page.Lines.Len()+s.tail
	return memory.Place{
		Block: at.block, Sum: at.sum, Line: at.line, Lines: at.lines,
		Percent: max(min(min(top+s.rows, length)*100/length, 99), 1),
	}
}

// notePlace saves where the reader is, if that has changed.
func (a *article) notePlace(m *Model) {
	s := a.spot
	if s == nil || s.page != a.page || s.head != len(a.head) || s.rows != a.rows {
		s = &spot{page: a.page, head: len(a.head), tail: len(a.tail), rows: a.rows}
		s.top.Store(-1)
		a.spot, a.where = s, s.place
	}
	if s.top.Load() == int64(a.top) {
		return
	}
	s.top.Store(int64(a.top))
	m.memory.At(a.post.Address, a.where)
}

// left saves that the reader has left the article, and where.
func (a *article) left(m *Model) {
	if a.spot == nil {
		return
	}
	m.memory.Left(a.post.Address, a.spot.place())
	a.spot, a.where = nil, nil
	m.marksOf++
}

// Close ends the session's reading in the memory. The model must not be used afterwards.
func (m *Model) Close() {
	m.presence.Leave()
	for _, s := range m.stack {
		if a, ok := s.(*article); ok {
			a.left(m)
		}
	}
}

// LineAt returns the line of a page that a place stands for.
func LineAt(page *render.Page, p memory.Place) int {
	a := article{laid: laid{page: page}}
	if p.Block < 0 || p.Percent == 0 {
		return 0
	}
	return a.lineOf(anchorAt(p))
}
