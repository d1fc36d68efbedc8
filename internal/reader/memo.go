package reader

import (
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
)

// memo holds parts of the last frame that are laid out anew only if what they
// were made from has changed: most keys change a line or two of a frame, and
// these cost more than all the rest of it.
type memo struct {
	hints made[hintsOf]
	tabs  made[tabsOf]
}

// made is a text, and what it was made from.
type made[T comparable] struct {
	from T
	text [2]string
	ok   bool
}

// get returns the texts, and makes them if they were made from something else.
func (m *made[T]) get(from T, lay func() [2]string) [2]string {
	if !m.ok || m.from != from {
		*m = made[T]{from: from, text: lay(), ok: true}
	}
	return m.text
}

// hintsOf is what the keys in the foot depend on.
type hintsOf struct {
	keys  *keymap
	theme *render.Theme
	room  int
}

// tabsOf is what the row of tabs depends on.
type tabsOf struct {
	index    *library.Index
	theme    *render.Theme
	category string
	width    int
	brackets bool
}
