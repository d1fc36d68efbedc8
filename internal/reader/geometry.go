package reader

// All sizes are in cells: columns across, rows down.

const (
	// minWidth and minHeight are the smallest window that can show anything
	// useful; below it the screen says so.
	minWidth, minHeight = 20, 5
	// measure is the widest column of text at first: lines longer than about
	// 80 cells are hard to follow.
	measure = 80
	// minMeasure, maxMeasure and measureStep are what + and - do to it. The
	// steps are few so that readers share rendered pages.
	minMeasure, maxMeasure, measureStep = 40, 120, 20
	// footRows is a rule and the foot itself.
	footRows = 2
)

// tooSmall tells whether the window cannot show the blog.
func tooSmall(width, height int) bool { return width < minWidth || height < minHeight }

// column places a column of at most measure cells in the middle of the window
// and returns how far from the left it starts and how wide it is.
func column(width, measure int) (left, cells int) {
	margin := 2
	if width < 60 {
		margin = 1
	}
	cells = max(min(width-2*margin, measure), 0)
	return (width - cells) / 2, cells
}

// listPlan says how dense a list is drawn so that a page of posts fits.
type listPlan struct {
	masthead bool // title and tagline with air, else a single row
	rule     bool // a rule above the foot
	per      int  // rows a post, the gap below it included
	rows     int  // rows for the posts
	fits     int  // posts that these hold, at least 1
	above    int  // empty rows at the top, in a tall window
}

// Rows of the list's head: title, tagline, air, tabs and their rule; or title
// and tabs.
const fullHead, smallHead = 5, 2

// densities are the rows a post may take, from airy to dense, with the gap:
// meta, title and two lines of summary; one line; no summary; title and meta
// without a gap; title and date in one row.
var densities = [...]int{5, 4, 3, 2, 1} //nolint:gochecknoglobals // a constant; Go has none of this type

// planList plans a list of at most posts posts in a window of height rows.
func planList(height, posts int) listPlan {
	posts = max(posts, 1)
	for _, per := range densities {
		need := posts * per
		if per > 2 {
			need-- // no gap below the last
		}
		if free := height - fullHead - footRows - need; free >= 0 {
			above := min(free/4, 3)
			p := listPlan{masthead: true, rule: true, per: per, rows: need + free - above, above: above}
			p.fit()
			return p
		}
	}
	rule := height >= smallHead+posts+footRows
	p := listPlan{rule: rule, per: 1, rows: height - smallHead - 1}
	if rule {
		p.rows--
	}
	p.fit()
	return p
}

// spare is how many rows are left over below so many posts.
func (p *listPlan) spare(posts int) int {
	need := posts * p.per
	if p.per > 2 {
		need-- // no gap below the last
	}
	return max(p.rows-need, 0)
}

// summaries tells whether the posts show theirs.
func (p *listPlan) summaries() bool { return p.per >= densities[1] }

// fit counts the posts that there is room for.
func (p *listPlan) fit() {
	gap := 0
	if p.per > 2 {
		gap = 1 // none is due below the last
	}
	p.fits = max((p.rows+gap)/p.per, 1)
}

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
