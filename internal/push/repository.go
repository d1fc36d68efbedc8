package push

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// errNoRepository says that versions are not kept in a repository of git.
var errNoRepository = errors.New("this blog's posts are in no repository of git: use scp, sftp or ssh HOST publish")

// Repository is the repository as it was found, for one client that speaks git. It is read by one
// goroutine.
type Repository struct {
	// Head is the newest version, or "".
	Head    string
	objects *view
}

// Object is one of git's. Close it.
type Object struct {
	Kind plumbing.ObjectType
	Size int64 // bytes
	io.ReadCloser
}

// Objects are found by their hashes. The error for what is not there is plumbing.ErrObjectNotFound.
type Objects interface {
	Object(plumbing.Hash) (*Object, error)
}

// Repository opens the repository.
func (p *Publisher) Repository() (*Repository, error) {
	g := repositoryOf(p.store)
	if g == nil {
		return nil, errNoRepository
	}
	head, err := g.Current()
	if err != nil {
		return nil, err
	}
	return &Repository{head, g.view()}, nil
}

// Object implements [Objects].
func (r *Repository) Object(h plumbing.Hash) (*Object, error) { return r.objects.Object(h) }

// Has reports whether an object is there.
func (r *Repository) Has(h plumbing.Hash) bool { return r.objects.Has(h) }

// Commit is what matters of one to those who follow the line of versions.
type Commit struct {
	Tree   plumbing.Hash
	Parent plumbing.Hash // zero: it is the first
}

// CommitOf reads a commit, which is well-formed as git fsck has it, and no merge.
func CommitOf(from Objects, h plumbing.Hash) (*Commit, error) {
	o, err := from.Object(h)
	if err != nil {
		return nil, err
	}
	defer func() { _ = o.Close() }() // it was only read
	if o.Kind != plumbing.CommitObject {
		return nil, fmt.Errorf("%s is no commit", h)
	}
	if o.Size > maxCommit {
		return nil, fmt.Errorf("commit %.7s has more than %d bytes: shorten its message", h, maxCommit)
	}
	text := make([]byte, o.Size) //ledger:counted at most maxCommit
	if _, err := io.ReadFull(o, text); err != nil {
		return nil, err
	}
	return parseCommit(h, string(text))
}

// entry is what a tree has.
type entry struct {
	mode, name string
	hash       plumbing.Hash
}

func (e *entry) folder() bool { return e.mode == modeFolder }

// order is what entries are sorted by: folders as if their names had a slash.
func (e *entry) order() string {
	if e.folder() {
		return e.name + "/"
	}
	return e.name
}

// tree reads entries one by one.
type tree struct {
	hash plumbing.Hash
	from *bufio.Reader // nil: it is empty
	end  func() error
	last string // order of the entry before
}

// treeBuffer is how much of a tree is read at once, in bytes, and the most that an entry has.
const treeBuffer = 4 << 10

// openTree opens a tree; the zero hash is an empty one. Close it.
func openTree(from Objects, h plumbing.Hash) (*tree, error) {
	if h.IsZero() {
		return &tree{end: func() error { return nil }}, nil
	}
	o, err := from.Object(h)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", h, err)
	}
	if o.Kind != plumbing.TreeObject {
		_ = o.Close() // nothing was read
		return nil, fmt.Errorf("%s is no tree", h)
	}
	return &tree{hash: h, from: bufio.NewReaderSize(o, treeBuffer), end: o.Close}, nil
}

// next returns the next entry, or nil behind the last.
func (t *tree) next() (*entry, error) {
	if t.from == nil {
		return nil, nil //nolint:nilnil // documented
	}
	broken := fmt.Errorf("tree %s is not well-formed: look at the repository with git fsck", t.hash)
	mode, err := t.from.ReadSlice(' ')
	if errors.Is(err, io.EOF) && len(mode) == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	if err != nil {
		return nil, broken
	}
	e := &entry{mode: string(mode[:len(mode)-1])}
	name, err := t.from.ReadSlice(0)
	if err != nil {
		return nil, broken
	}
	e.name = string(name[:len(name)-1])
	if _, err := io.ReadFull(t.from, e.hash[:]); err != nil {
		return nil, broken
	}
	order := e.order()
	if order <= t.last || e.name == "" || strings.Contains(e.name, "/") || e.hash.IsZero() {
		return nil, broken
	}
	t.last = order
	return e, nil
}
