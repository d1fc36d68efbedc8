package reader

import "github.com/sshblog/sshblog/internal/render"

// sideways is how far the code of an article is scrolled to the right. It is
// one offset for all of its blocks, so that what is aligned stays aligned.
type sideways struct {
	offset int              // in cells
	views  map[int][]string // of the blocks that have been shown at offset
}

// slideBy is how far a key scrolls, in cells: a tab stop of code.
const slideBy = 8

// line returns a line of the page with its code scrolled.
func (s *sideways) line(page *render.Page, line int) string {
	if s.offset > 0 {
		if i := codeAt(page, line); i >= 0 {
			view, ok := s.views[i]
			if !ok {
				view = page.Code[i].View(s.offset)
				if s.views == nil {
					s.views = make(map[int][]string)
				}
				s.views[i] = view
			}
			if at := line - page.Code[i].First; at < len(view) {
				return view[at]
			}
		}
	}
	return page.Lines[line]
}

// codeAt returns the code block that a line belongs to, or -1.
func codeAt(page *render.Page, line int) int {
	for i := range page.Code {
		if c := &page.Code[i]; c.First <= line && line <= c.Last {
			return i
		}
	}
	return -1
}

// slide scrolls the code on the screen by n steps.
func (m *Model) slide(n int) {
	a := &m.article
	if a.page == nil {
		return
	}
	wide, top := 0, a.top-len(a.head)
	for i := range a.page.Code {
		if c := &a.page.Code[i]; c.Last >= top && c.First < top+m.articleRows() {
			wide = max(wide, c.Overflow())
		}
	}
	if wide == 0 && a.code.offset == 0 {
		m.notice = "the code on this screen is shown whole"
		return
	}
	a.code = sideways{offset: max(min(a.code.offset+n*slideBy, wide), 0)}
}
