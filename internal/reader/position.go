package reader

import (
	"slices"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// Position is where a reader is in the numbered pages of all posts or of a category.
// Pages are the blog's: only how densely they are drawn depends on the window.
type Position struct {
	Shown    *library.List
	Category string // slug of the category shown; "" shows all posts
	Page     int    // from 1
	selected int    // on the page, from 0
	top      int    // first post drawn when the page does not fit

	// The lists that were left and the posts selected there, the last one at the end.
	left []leftAt //ledger:counted at most maxLeft
}

// leftAt is where a list was left.
type leftAt struct {
	category, post string // slug of the list, address of the post that was selected
	page, selected int
}

// maxLeft is how many lists keep their selection when they are left.
const maxLeft = 16

// Show shows a list where it was left, or else from its first page.
func (l *Position) Show(of *library.List) {
	left := l.left
	if l.Shown != nil {
		at := leftAt{category: l.Category, page: l.Page, selected: l.selected}
		if p := l.current(); p != nil {
			at.post = p.Address
		}
		left = slices.DeleteFunc(left, func(other leftAt) bool { return other.category == at.category })
		left = append(left, at)
		left = left[max(len(left)-maxLeft, 0):]
	}
	*l = Position{Shown: of, Category: of.Slug, Page: 1, left: left}
	if i := slices.IndexFunc(left, func(at leftAt) bool { return at.category == of.Slug }); i >= 0 {
		l.stand(left[i].post, left[i].page, left[i].selected)
	}
}

// stand selects a post, or if it is not there, the one at its place.
func (l *Position) stand(address string, page, selected int) {
	if !l.selectPost(address) {
		l.Page = max(min(page, l.Shown.Pages()), 1)
		l.selected = max(min(selected, len(l.Posts())-1), 0)
	}
}

// Posts returns the posts of the page.
func (l *Position) Posts() []*post.Post { return l.Shown.Page(l.Page) }

// current returns the selected post, or nil if there is none.
func (l *Position) current() *post.Post {
	if posts := l.Posts(); l.selected < len(posts) {
		return posts[l.selected]
	}
	return nil
}

// Turn goes to another page, if it exists.
func (l *Position) Turn(page int) {
	page = max(min(page, l.Shown.Pages()), 1)
	if page != l.Page {
		l.Page, l.selected, l.top = page, 0, 0
	}
}

// move selects the post n posts on, over the end of the page too.
func (l *Position) move(n int) {
	switch to := l.selected + n; {
	case to < 0 && l.Page > 1:
		l.Turn(l.Page - 1)
		l.selected = len(l.Posts()) - 1
	case to >= len(l.Posts()) && l.Page < l.Shown.Pages():
		l.Turn(l.Page + 1)
	default:
		l.selected = max(min(to, len(l.Posts())-1), 0)
	}
}

// selectPost selects a post on whichever page it is, and reports whether it is in the list.
func (l *Position) selectPost(address string) bool {
	i := l.Shown.Index(address)
	if i < 0 {
		return false
	}
	l.Page = l.Shown.PageOf(i)
	l.selected = slices.IndexFunc(l.Posts(), func(p *post.Post) bool { return p.Address == address })
	return true
}

// Follow finds the same position in a newer index: the same post if it is still there, else the same page and
// row as far as they exist. If looking is true and the reader has not moved from the top of the list, it stays
// at the top and shows what is new there.
func (l *Position) Follow(index *library.Index, looking bool) {
	var address string
	if p := l.current(); p != nil {
		address = p.Address
	}
	l.Shown = index.All()
	if section, ok := index.Category(l.Category); ok && l.Category != "" {
		l.Shown = section
	} else {
		l.Category = ""
	}
	if looking && l.Page == 1 && l.selected == 0 {
		address = ""
	}
	l.stand(address, l.Page, l.selected)
}
