package reader

// All sizes are in cells: columns across, rows down.

const (
	// minWidth and minHeight are the smallest window that can show anything
	// useful; below it the screen says so.
	minWidth, minHeight = 20, 5
	// listMeasure is the widest column of a list, whose lines are few.
	listMeasure = 100
	// measure is the widest column of text at first: lines longer than about
	// 80 cells are hard to follow.
	measure = 80
	// minMeasure, maxMeasure and measureStep are the limits and the step of the keys + and -. There are few
	// steps so that readers share rendered pages.
	minMeasure, maxMeasure, measureStep = 40, 120, 20
	// footerRows is a rule and the footer itself.
	footerRows = 2
)

// tooSmall reports whether the window cannot show the blog.
func tooSmall(width, height int) bool { return width < minWidth || height < minHeight }

// column puts a column of at most measure cells in the middle of the window
// and returns how far from the left it starts and how wide it is.
func column(width, measure int) (left, cells int) {
	margin := 2
	if width < 60 {
		margin = 1
	}
	cells = max(min(width-2*margin, measure), 0)
	return (width - cells) / 2, cells
}

// widen makes the column of text as wide as a line that it is to hold, if the window has room for it. It grows to
// the right, and to the left only where there is no room left there.
func (f *frame) widen(cells int) {
	margin := min(f.left, 2) // column leaves no less
	f.column = max(min(cells, f.width-2*margin), f.column)
	f.left = min(f.left, f.width-margin-f.column)
}

// listPlan says how densely a list is drawn so that a page of posts fits.
type listPlan struct {
	masthead bool   // title and tagline with air, else a single row
	rule     bool   // a rule above the footer
	shape    layout // of each post
	per      int    // rows a post, the gap below it included
	rows     int    // rows for the posts
	fits     int    // posts that these hold, at least 1
	above    int    // empty rows at the top, in a tall window
}

// layout is where a post's parts stand in the list.
type layout byte

const (
	airy   layout = iota // meta, title and summary below each other, and a gap
	beside               // the meta right of the title, the summary below them, and a gap
	bare                 // title and meta below each other
	row                  // title and date in one row
)

// gap is the empty rows between two posts.
func (l layout) gap() int {
	if l == airy || l == beside {
		return 1
	}
	return 0
}

// Rows of the list's head: title, tagline, an empty row, tabs and their rule; or title and tabs.
const fullHead, smallHead = 5, 2

// besideCells is the narrowest column in which a title stands beside its meta.
const besideCells = 72

// density is a layout, and the rows that a post takes in it, with the gap.
type density struct {
	shape layout
	per   int
}

// densities are from airy to dense. In a wide column the meta moves beside the
// title before a summary gets less than three lines.
//
//nolint:gochecknoglobals // a constant; Go has none of this type
var densities = [...]density{{airy, 6}, {beside, 5}, {airy, 5}, {beside, 4}, {airy, 4}, {beside, 3}, {airy, 3}, {bare, 2}, {row, 1}}

// planList plans a list of at most posts posts in a window of height rows, in a
// column of so many cells.
func planList(height, cells, posts int) listPlan {
	posts = max(posts, 1)
	for _, d := range densities {
		if d.shape == beside && cells < besideCells {
			continue
		}
		need := posts*d.per - d.shape.gap() // none is due below the last
		if free := height - fullHead - footerRows - need; free >= 0 {
			above := min(free/4, 3)
			p := listPlan{masthead: true, rule: true, shape: d.shape, per: d.per, rows: need + free - above, above: above}
			p.fit()
			return p
		}
	}
	rule := height >= smallHead+posts+footerRows
	p := listPlan{rule: rule, shape: row, per: 1, rows: height - smallHead - 1}
	if rule {
		p.rows--
	}
	p.fit()
	return p
}

// fit counts the posts that there is room for.
func (p *listPlan) fit() { p.fits = max((p.rows+p.shape.gap())/p.per, 1) }

// window returns the first of count rows to show in size rows so that the row
// selected is among them and as little as possible moves from top.
func window(top, selected, count, size int) int {
	if selected < top {
		top = selected
	}
	if selected >= top+size {
		top = selected - size + 1
	}
	return max(min(top, count-size), 0)
}

// stepped returns the row that a key leads to from another, without limiting it to the rows from 0 to the end;
// screen is how many rows a page has.
func stepped(does action, at, screen, end int) int {
	switch does {
	case up:
		return at - 1
	case down:
		return at + 1
	case pageUp:
		return at - screen
	case pageDown:
		return at + screen
	case halfUp:
		return at - (screen+2)/2
	case halfDown:
		return at + (screen+2)/2
	case first:
		return 0
	case last:
		return end
	}
	return at
}
