package memory

import (
	"cmp"
	"iter"
	"slices"
	"sync"
)

// directory is which posts there are, by all of their addresses. It is read once, by who needs it first, and under no
// lock that others need. A nil directory has none.
type directory struct {
	all   iter.Seq2[string, []string] // the lasting address of each post, then its others
	once  sync.Once
	names []postName //ledger:counted the addresses of the posts of the blog: sorted by hash, lasting ones last
}

// postName is one of the addresses of a post.
type postName struct {
	hash uint64
	post string // its lasting address
}

func (d *directory) read() {
	if d != nil {
		d.once.Do(d.readAll)
	}
}

func (d *directory) readAll() {
	for address, names := range d.all {
		d.names = append(d.names, postName{hashOf(address), address})
		for _, name := range names {
			if hash := hashOf(name); hash != hashOf(address) {
				d.names = append(d.names, postName{hash, address})
			}
		}
	}
	lasts := func(n postName) int {
		if hashOf(n.post) == n.hash {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(d.names, func(a, b postName) int { return cmp.Or(cmp.Compare(a.hash, b.hash), lasts(a)-lasts(b)) })
	d.names, d.all = slices.Clip(d.names), nil
}

// of returns the posts that have an address with a hash, or had.
func (d *directory) of(hash uint64) []postName {
	if d.read(); d == nil {
		return nil
	}
	compare := func(n postName, hash uint64) int { return cmp.Compare(n.hash, hash) }
	from, _ := slices.BinarySearchFunc(d.names, hash, compare)
	to := from
	for to < len(d.names) && d.names[to].hash == hash {
		to++
	}
	return d.names[from:to]
}

// lasting returns the lasting address of the post that has an address with a hash, or else of one that had, or "".
func (d *directory) lasting(hash uint64) string {
	if of := d.of(hash); len(of) > 0 {
		return of[len(of)-1].post
	}
	return ""
}

// has reports whether the post with a lasting address has an address with a hash, or had.
func (d *directory) has(hash uint64, address string) bool {
	return slices.ContainsFunc(d.of(hash), func(n postName) bool { return n.post == address })
}
