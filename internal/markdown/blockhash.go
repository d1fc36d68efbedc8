package markdown

import (
	"hash/fnv"
	"io"

	"github.com/yuin/goldmark/ast"
)

// Sum returns a hash of what a block says: the same for the same words, wherever they stand in a
// text, however their author broke the lines, and at whatever width they are shown. What says
// nothing, such as a rule, has the hash of its kind.
func (t *Tree) Sum(n ast.Node) uint64 {
	hash, said := fnv.New64a(), false
	w := words{t: t, yield: func(p Passage) bool {
		said = said || p.Full != ""
		_, _ = io.WriteString(hash, p.Full) // it never fails
		_, _ = hash.Write([]byte{byte(p.Kind)})
		return true
	}}
	w.block(n)
	w.flush()
	if !said {
		_, _ = io.WriteString(hash, n.Kind().String())
	}
	return hash.Sum64()
}
