package push

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// content returns an object as it travels, behind what git hashes before it.
func (r *Repository) content(h plumbing.Hash) (Content, error) {
	o, err := r.Object(h)
	if err != nil {
		return Content{}, err
	}
	_ = o.Close() // nothing was read
	head := o.Kind.String() + " " + strconv.FormatInt(o.Size, 10) + "\x00"
	return Content{h.String(), int64(len(head)) + o.Size, func() (io.ReadCloser, error) {
		o, err := r.Object(h)
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader(head), o), o}, nil
	}}, nil
}

// maxHead is more than any such head has, in bytes.
const maxHead = 32

// fetch has the repository get a version of the other servers', with all that it names. Objects are
// written after those that they name, so what is there is whole wherever this ends. Nobody else need wait for it.
func (s *sharing) fetch(ctx context.Context, version string) error {
	f := &fetching{s: s, here: &Repository{objects: s.view()}}
	var missing []string
	for at := version; at != "" && !f.has(plumbing.NewHash(at)); {
		text, err := f.text(ctx, plumbing.CommitObject, plumbing.NewHash(at))
		if err != nil {
			return err
		}
		c, err := parseCommit(plumbing.NewHash(at), string(text))
		if err != nil {
			return err
		}
		missing = append(missing, at)
		at = ""
		if !c.Parent.IsZero() {
			at = c.Parent.String()
		}
	}
	for _, at := range slices.Backward(missing) {
		if err := f.commit(ctx, at); err != nil {
			return errors.Join(fmt.Errorf("version %.7s of the other servers: %w", at, err), f.finish()) // the next time begins behind that
		}
	}
	return f.finish()
}

// packOf is how many objects, and how many bytes, are worth a pack by themselves: so much is fetched again at most by a
// server that is stopped meanwhile.
const (
	packOf    = 4096
	packBytes = 64 << 20
)

// fetching is a fetch. It has a pack of its own, as others write to the repository meanwhile.
type fetching struct {
	s     *sharing
	here  *Repository
	loose int   // objects that were written into files of their own
	pack  *pack // nil: there were few by now
}

// has reports whether an object is there. What is written meanwhile is in files of its own.
func (f *fetching) has(h plumbing.Hash) bool {
	return f.pack != nil && f.pack.has[h] || f.s.hasLoose(h) || f.here.Has(h)
}

// write keeps an object: the first few in files of their own, as a publish has, and more in packs.
func (f *fetching) write(kind plumbing.ObjectType, size int64, content io.Reader) (plumbing.Hash, error) {
	if f.loose < packed {
		f.loose++
		return f.s.writeLoose(kind, size, content)
	}
	if f.pack != nil && (f.pack.objects >= packOf || f.pack.size >= packBytes) {
		if err := f.finish(); err != nil {
			return plumbing.ZeroHash, err
		}
		f.here = &Repository{objects: f.s.view()} // with that pack
	}
	if f.pack == nil {
		var err error
		if f.pack, err = newPack(filepath.Join(f.s.dir, filepath.FromSlash(packFolder)), "fetch_sshblog"); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return f.pack.add(kind, size, content)
}

// finish ends the pack that is written, if one is.
func (f *fetching) finish() error {
	if f.pack == nil {
		return nil
	}
	p := f.pack
	f.pack = nil
	return p.finish()
}

// commit gets one, whose parents are there.
func (f *fetching) commit(ctx context.Context, version string) error {
	h := plumbing.NewHash(version)
	text, err := f.text(ctx, plumbing.CommitObject, h)
	if err != nil {
		return err
	}
	c, err := parseCommit(h, string(text))
	if err != nil {
		return err
	}
	if err := f.tree(ctx, c.Tree, "", 0); err != nil {
		return err
	}
	after, by, ok, err := f.s.shared.Noted(ctx, version)
	if err == nil && ok {
		err = f.s.recordPush(version, after, by)
	}
	if err != nil {
		return err
	}
	_, err = f.write(plumbing.CommitObject, int64(len(text)), bytes.NewReader(text))
	return err
}

// tree gets a folder at a path, which ends in a slash, or is "" at the top, with what is in it.
func (f *fetching) tree(ctx context.Context, h plumbing.Hash, dir string, level int) error {
	if f.has(h) {
		return nil
	}
	if level > maxLevels {
		return fmt.Errorf("there are more than %d folders in each other", maxLevels)
	}
	text, err := f.text(ctx, plumbing.TreeObject, h)
	if err != nil {
		return err
	}
	t := &tree{hash: h, from: bufio.NewReaderSize(bytes.NewReader(text), treeBuffer)}
	for {
		e, err := t.next()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		switch {
		case e.folder():
			err = f.tree(ctx, e.hash, dir+e.name+"/", level+1)
		case e.mode != modeFile && e.mode != modeExec: // as a link, which is never checked out
		case unpublishable(dir+e.name) != "":
			err = fmt.Errorf("%q: %s", dir+e.name, unpublishable(dir+e.name))
		default:
			err = f.file(ctx, e.hash)
		}
		if err != nil {
			return err
		}
	}
	_, err = f.write(plumbing.TreeObject, int64(len(text)), bytes.NewReader(text))
	return err
}

// file gets the content of a file, piece by piece.
func (f *fetching) file(ctx context.Context, h plumbing.Hash) error {
	if f.has(h) {
		return nil
	}
	size, from, err := f.open(ctx, plumbing.BlobObject, h)
	if err != nil {
		return err
	}
	if size > maxObject {
		return fmt.Errorf("object %s has %d bytes", h, size)
	}
	if is, err := f.write(plumbing.BlobObject, size, from); err != nil || is != h {
		return cmp.Or(err, fmt.Errorf("object %s has come as another one", h))
	}
	return nil
}

// text returns a commit or a tree.
func (f *fetching) text(ctx context.Context, kind plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	size, from, err := f.open(ctx, kind, h)
	if err != nil {
		return nil, err
	}
	if size > maxObject {
		return nil, fmt.Errorf("%s %s has %d bytes", kind, h, size)
	}
	text := make([]byte, size) //ledger:counted at most maxObject, of the servers' own
	if _, err := io.ReadFull(from, text); err != nil {
		return nil, err
	}
	if plumbing.ComputeHash(kind, text) != h {
		return nil, fmt.Errorf("%s %s has come as another one", kind, h)
	}
	return text, nil
}

// open begins to read an object of a kind.
func (f *fetching) open(ctx context.Context, kind plumbing.ObjectType, h plumbing.Hash) (size int64, content io.Reader, err error) {
	from, err := f.s.shared.Get(ctx, h.String())
	if err != nil {
		return 0, nil, err
	}
	r := bufio.NewReaderSize(from, treeBuffer)
	head, err := r.ReadSlice(0)
	if err != nil {
		return 0, nil, err
	}
	name, digits, ok := strings.Cut(strings.TrimSuffix(string(head), "\x00"), " ")
	size, err = strconv.ParseInt(digits, 10, 64)
	if len(head) > maxHead || !ok || err != nil || name != kind.String() || size < 0 {
		return 0, nil, fmt.Errorf("object %s is no %s", h, kind)
	}
	return size, r, nil
}
