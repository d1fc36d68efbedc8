package reader

import "github.com/sshblog/sshblog/internal/render"

// sideways is how far the code of an article is scrolled to the right. All blocks have the same offset, so that
// what is aligned stays aligned.
type sideways struct {
	offset int // in cells
	// Of the blocks that have been shown at offset.
	views map[int]render.Lines //ledger:counted as the page: one for each of its blocks
}

// slideBy is how far a key scrolls, in cells: a tab stop of code.
const slideBy = 8

// line returns a line of the page with its code scrolled.
func (s *sideways) line(page *render.Page, line int) string {
	if s.offset > 0 {
		if i, ok := page.CodeAt(line); ok {
			view, ok := s.views[i]
			if !ok {
				view = page.Code[i].View(s.offset)
				if s.views == nil {
					s.views = make(map[int]render.Lines)
				}
				s.views[i] = view
			}
			if at := line - page.Code[i].First; at < view.Len() {
				return view.At(at)
			}
		}
	}
	return page.Lines.At(line)
}

// seen returns where a place in the page's text is on the screen, and false if it is scrolled out.
func (s *sideways) seen(page *render.Page, at render.Place) (render.Place, bool) {
	if i, ok := page.CodeAt(at.Line); ok {
		at = page.Code[i].Seen(at, min(s.offset, page.Code[i].Overflow()))
	}
	return at, at.Cells > 0
}

// slideTo scrolls the code so that a place in it is visible. It does not scroll if the place is.
func (a *article) slideTo(at render.Place) {
	i, ok := a.page.CodeAt(at.Line)
	if !ok {
		return
	}
	if seen, _ := a.code.seen(a.page, at); seen.Cells < at.Cells {
		a.code = sideways{offset: a.page.Code[i].Reveal(at)}
	}
}

// slide scrolls the code on the screen by n steps.
func (a *article) slide(m *Model, n int) {
	if a.page == nil {
		return
	}
	wide, top := 0, a.top-len(a.head)
	for i := range a.page.Code {
		if c := &a.page.Code[i]; c.Last >= top && c.First < top+a.rows {
			wide = max(wide, c.Overflow())
		}
	}
	if wide == 0 && a.code.offset == 0 {
		m.notice = "the code on this screen is shown whole"
		return
	}
	a.code = sideways{offset: max(min(a.code.offset+n*slideBy, wide), 0)}
}
