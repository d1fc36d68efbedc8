package push

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxObject is the largest tree or commit that is read, in bytes.
const maxObject = 64 << 20

// read returns a tree or a commit.
func (r *Repository) read(kind plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	o, err := r.Object(h)
	if err != nil {
		return nil, fmt.Errorf("the repository lacks %s %s, look at it with git fsck: %w", kind, h, err)
	}
	defer func() { _ = o.Close() }() // it was only read
	if o.Kind != kind || o.Size > maxObject {
		return nil, fmt.Errorf("the repository has a %s of %d bytes as %s %s: look at it with git fsck", o.Kind, o.Size, kind, h)
	}
	text := make([]byte, o.Size) //ledger:counted at most maxObject, of the repository's own
	_, err = io.ReadFull(o, text)
	return text, err
}

// node is a folder of a version: files by their contents, and folders.
type node struct {
	files   map[string]string //ledger:counted a version, which is of the size of the posts folder
	folders map[string]*node  //ledger:counted likewise
}

func newNode() *node { return &node{make(map[string]string), make(map[string]*node)} }

// nest makes a tree of paths.
func nest(files map[string]string) *node {
	root := newNode()
	for name, content := range files {
		at := root
		dir, base := path.Split(name)
		for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
			if part == "" {
				continue
			}
			if at.folders[part] == nil {
				at.folders[part] = newNode()
			}
			at = at.folders[part]
		}
		at.files[base] = content
	}
	return root
}

// The modes of entries that are read and written.
const (
	modeFile   = "100644"
	modeExec   = "100755"
	modeFolder = "40000"
)

// writeTree keeps a folder, as far as the repository has not got it.
func (g *git) writeTree(r *Repository, n *node) (plumbing.Hash, error) {
	type entry struct{ order, line string }
	entries := make([]entry, 0, len(n.files)+len(n.folders))
	add := func(mode, name, after string, h plumbing.Hash) {
		entries = append(entries, entry{name + after, mode + " " + name + "\x00" + string(h[:])})
	}
	for name, content := range n.files {
		add(modeFile, name, "", plumbing.NewHash(content))
	}
	for name, folder := range n.folders {
		h, err := g.writeTree(r, folder)
		if err != nil {
			return h, err
		}
		add(modeFolder, name, "/", h) // git sorts folders as if their names had a slash
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.order, b.order) })
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(e.line)
	}
	if h := plumbing.ComputeHash(plumbing.TreeObject, b.Bytes()); r.Has(h) {
		return h, nil
	}
	return g.write(plumbing.TreeObject, int64(b.Len()), &b)
}

// Files implements [Store]. What is no file, as a link that somebody has committed, is left out.
func (g *git) Files(version string) (map[string]string, error) {
	files := make(map[string]string)
	if version == "" {
		return files, nil
	}
	r := &Repository{objects: g.view()}
	c, err := r.commit(version)
	if err != nil {
		return nil, err
	}
	return files, r.walk(c.tree, "", 0, files)
}

func (r *Repository) walk(tree plumbing.Hash, dir string, level int, files map[string]string) error {
	if level > maxLevels {
		return nil
	}
	text, err := r.read(plumbing.TreeObject, tree)
	for err == nil && len(text) > 0 {
		mode, rest, _ := bytes.Cut(text, []byte(" "))
		name, rest, ok := bytes.Cut(rest, []byte{0})
		var h plumbing.Hash
		if !ok || len(rest) < len(h) {
			return fmt.Errorf("the repository has a tree that is not whole: %s; look at it with git fsck", tree)
		}
		text = rest[copy(h[:], rest):]
		switch string(mode) {
		case modeFile, modeExec:
			files[dir+string(name)] = h.String()
		case modeFolder, "0" + modeFolder:
			err = r.walk(h, dir+string(name)+"/", level+1, files)
		}
	}
	return err
}
