package push

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/objfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// packFolder is where git has packs.
const packFolder = "objects/pack"

// packIndexes are those of the repository's packs. All that read the repository share them: each takes about 80
// bytes for an object, and go-git reads them anew for each of its storages. It is safe for concurrent use.
type packIndexes struct {
	mu     sync.Mutex
	byName map[string]*idxfile.MemoryIndex //ledger:counted the repository's packs, a few which the operator's git gc makes one of
}

// packIndex is one of them, and the path of its pack.
type packIndex struct {
	pack  string
	index *idxfile.MemoryIndex
}

// list returns the indexes of the packs that are in a repository now.
func (x *packIndexes) list(dir string) ([]packIndex, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(packFolder)))
	if err != nil {
		return nil, err
	}
	known := x.byName
	x.byName = make(map[string]*idxfile.MemoryIndex)
	var all []packIndex
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".idx")
		if !ok || !strings.HasPrefix(name, "pack-") {
			continue
		}
		index := known[name]
		if index == nil {
			index, err = readIndex(filepath.Join(dir, filepath.FromSlash(packFolder), e.Name()))
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, plumbing.ErrObjectNotFound) { // git gc has removed it just now
			continue
		}
		if err != nil {
			return nil, err
		}
		x.byName[name] = index
		all = append(all, packIndex{path.Join(packFolder, name+".pack"), index})
	}
	return all, nil
}

func readIndex(name string) (*idxfile.MemoryIndex, error) {
	f, err := os.Open(name) //nolint:gosec // in the state folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	index := idxfile.NewMemoryIndex()
	if err := idxfile.NewDecoder(f).Decode(index); err != nil {
		return nil, fmt.Errorf("the index of a pack cannot be read, look at the repository with git fsck: %w", err)
	}
	return index, nil
}

// view reads the objects of a repository, for one goroutine.
type view struct {
	g     *git
	packs []packIndex  // nil: it has not looked yet
	bases cache.Object // of deltas
}

// inMemory is the size, in bytes, up to which an object of a pack is read at once and not piece by piece, and of
// what is kept of others that it is made of.
const inMemory = 32 << 10

func (g *git) view() *view { return &view{g: g, bases: cache.NewObjectLRU(inMemory)} }

// look finds the packs.
func (v *view) look() (err error) {
	v.packs, err = v.g.indexes.list(v.g.dir)
	return err
}

// find returns the pack that has an object, and false if none has.
func (v *view) find(h plumbing.Hash) (packIndex, bool, error) {
	if v.packs == nil {
		if err := v.look(); err != nil {
			return packIndex{}, false, err
		}
	}
	for _, p := range v.packs {
		if has, err := p.index.Contains(h); err != nil || has {
			return p, has, err
		}
	}
	return packIndex{}, false, nil
}

// Object implements [Objects].
func (v *view) Object(h plumbing.Hash) (*Object, error) {
	o, err := v.g.openLoose(h)
	if !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	o, err = v.packed(h)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, plumbing.ErrObjectNotFound) { // git gc has made other packs meanwhile
		if err = v.look(); err == nil {
			o, err = v.packed(h)
		}
	}
	return o, err
}

// Has reports whether an object is there.
func (v *view) Has(h plumbing.Hash) bool {
	if v.g.hasLoose(h) {
		return true
	}
	_, has, err := v.find(h)
	return has && err == nil
}

// packed opens an object that is in a pack.
func (v *view) packed(h plumbing.Hash) (*Object, error) {
	in, has, err := v.find(h)
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, plumbing.ErrObjectNotFound
	}
	dir := osfs.New(v.g.dir)
	f, err := dir.Open(in.pack)
	if err != nil {
		return nil, err
	}
	p := packfile.NewPackfileWithCache(in.index, dir, f, v.bases, inMemory)
	o, err := p.Get(h)
	_ = p.Close() // it was only read, and is opened again for what it has
	if err != nil {
		return nil, err
	}
	from, err := o.Reader()
	if err != nil {
		return nil, err
	}
	return &Object{o.Type(), o.Size(), from}, nil
}

// looseFile is the path of the file that an object has of its own.
func (g *git) looseFile(h plumbing.Hash) string {
	hex := h.String()
	return filepath.Join(g.dir, "objects", hex[:2], hex[2:])
}

// openLoose opens an object that is in a file of its own.
func (g *git) openLoose(h plumbing.Hash) (*Object, error) {
	f, err := os.Open(g.looseFile(h)) //nolint:gosec // in the state folder
	if err != nil {
		return nil, err
	}
	r, err := objfile.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	o := &Object{ReadCloser: &loose{r, f}}
	if o.Kind, o.Size, err = r.Header(); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// loose is an object in a file of its own.
type loose struct {
	io.ReadCloser
	file *os.File
}

// Close implements [io.Closer].
func (l *loose) Close() error { return errors.Join(l.ReadCloser.Close(), l.file.Close()) }
