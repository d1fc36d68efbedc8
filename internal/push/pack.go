package push

import (
	"bufio"
	"compress/zlib"
	"crypto/sha1" //nolint:gosec // it is git's
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
)

// packed is the number of objects from which a pack is written: thousands of single files take a minute on a
// slow disk.
const packed = 64

// pack is a pack that is being written, see gitformat-pack(5). It is not read before it is complete.
type pack struct {
	f       *os.File
	out     *bufio.Writer
	deflate *zlib.Writer
	crc     hash.Hash32 // of the object that is written
	size    int64       // bytes by now
	objects uint32
	index   idxfile.Writer
	kept    func(plumbing.Hash) bool // reports whether the repository has an object without the pack; nil: it has none
	has     map[plumbing.Hash]bool   //ledger:counted files and folders of the posts folder, as the library has them, or of a transfer
}

// headerBytes are those of the header of a pack: "PACK", the version and the number of objects.
const headerBytes = 12

// newPack begins a pack in a folder, where one of the same name that was cut may be left.
func newPack(dir, name string) (*pack, error) {
	f, err := os.OpenFile(filepath.Join(dir, "tmp_pack_"+name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // in the state folder
	if err != nil {
		return nil, err
	}
	p := &pack{f: f, crc: crc32.NewIEEE(), has: make(map[plumbing.Hash]bool)}
	p.out = bufio.NewWriter(f)
	p.deflate, err = zlib.NewWriterLevel(io.Discard, zlib.BestSpeed) // the operator's git gc makes it smaller
	if err == nil {
		err = p.write(make([]byte, headerBytes)) // the number is not known yet
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// Write implements [io.Writer]: what is an object's is in its checksum.
func (p *pack) Write(b []byte) (int, error) {
	_, _ = p.crc.Write(b) // it never fails
	return len(b), p.write(b)
}

func (p *pack) write(b []byte) error {
	p.size += int64(len(b))
	_, err := p.out.Write(b)
	return err
}

// add writes an object, if neither the pack nor the repository has got it.
func (p *pack) add(kind plumbing.ObjectType, size int64, content io.Reader) (plumbing.Hash, error) {
	at := p.size
	p.crc.Reset()
	if _, err := p.Write(entryHeader(kind, size)); err != nil {
		return plumbing.ZeroHash, err
	}
	p.deflate.Reset(p)
	hasher := plumbing.NewHasher(kind, size)
	n, err := io.Copy(io.MultiWriter(p.deflate, hasher), content)
	if err = errors.Join(err, p.deflate.Close()); err == nil && n != size {
		err = errChanging
	}
	h := hasher.Sum()
	if err != nil || p.has[h] || p.kept != nil && p.kept(h) {
		return h, errors.Join(err, p.rewind(at))
	}
	p.has[h] = true
	p.objects++
	p.index.Add(h, uint64(at), p.crc.Sum32()) //nolint:gosec // not negative
	return h, nil
}

// entryHeader is the type and the size of an object in seven bits a byte, of which the first has four of the size.
func entryHeader(kind plumbing.ObjectType, size int64) []byte {
	const first, more, bits = 4, 0x80, 7
	b := []byte{byte(kind)<<first | byte(size&(1<<first-1))} //nolint:gosec // the type has three bits
	for size >>= first; size > 0; size >>= bits {
		b[len(b)-1] |= more
		b = append(b, byte(size&(more-1)))
	}
	return b
}

// rewind removes what was written after an offset.
func (p *pack) rewind(at int64) error {
	err := p.out.Flush()
	p.size = at
	_, failed := p.f.Seek(at, io.SeekStart)
	return errors.Join(err, failed)
}

// finish flushes the pack and adds it to the repository.
func (p *pack) finish() (err error) {
	defer p.discard()
	if p.objects == 0 {
		return nil
	}
	sum, err := p.sum()
	if err != nil {
		return err
	}
	index := filepath.Join(filepath.Dir(p.f.Name()), strings.Replace(filepath.Base(p.f.Name()), "_pack_", "_idx_", 1))
	defer func() { _ = os.Remove(index) }()
	if err := p.writeIndex(index, sum); err != nil {
		return err
	}
	// git looks for the index: a pack without one is none.
	name := filepath.Join(filepath.Dir(p.f.Name()), fmt.Sprintf("pack-%s", sum))
	if err := os.Rename(p.f.Name(), name+".pack"); err != nil {
		return err
	}
	if err := os.Rename(index, name+".idx"); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// sum writes the number of objects and the checksum of all, and flushes the file.
func (p *pack) sum() (sum plumbing.Hash, err error) {
	const version = 2
	header := append(make([]byte, 0, headerBytes), "PACK"...)
	header = binary.BigEndian.AppendUint32(header, version)
	header = binary.BigEndian.AppendUint32(header, p.objects)
	if err := p.out.Flush(); err != nil {
		return sum, err
	}
	if err := p.f.Truncate(p.size); err != nil { // behind that is what was taken back
		return sum, err
	}
	if _, err := p.f.WriteAt(header, 0); err != nil {
		return sum, err
	}
	all := sha1.New() //nolint:gosec // it is git's
	if _, err := io.Copy(all, io.NewSectionReader(p.f, 0, p.size)); err != nil {
		return sum, err
	}
	copy(sum[:], all.Sum(nil))
	_, err = p.f.WriteAt(sum[:], p.size)
	return sum, errors.Join(err, p.f.Chmod(0o444), p.f.Sync())
}

func (p *pack) writeIndex(name string, sum plumbing.Hash) error {
	if err := p.index.OnFooter(sum); err != nil {
		return err
	}
	index, err := p.index.Index()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // in the state folder
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	_, err = idxfile.NewEncoder(out).Encode(index)
	return errors.Join(err, out.Flush(), f.Chmod(0o444), f.Sync(), f.Close())
}

// discard closes the file, and removes it where finish has not renamed it.
func (p *pack) discard() {
	_ = p.f.Close() // what was to be kept is flushed
	_ = os.Remove(p.f.Name())
}

// Together implements [Store]: what f puts is written into one pack.
func (g *git) Together(f func() error) (err error) {
	g.pack, err = newPack(filepath.Join(g.dir, "objects", "pack"), "sshblog")
	if err != nil {
		return err
	}
	g.pack.kept = g.view().Has // objects of an earlier attempt that lost against another server
	if err = f(); err != nil {
		if g.pack != nil {
			g.pack.discard()
			g.pack = nil
		}
		return err
	}
	return g.finishPack()
}

// finishPack ends the pack that is written, if one is.
func (g *git) finishPack() error {
	if g.pack == nil {
		return nil
	}
	p := g.pack
	g.pack = nil
	return p.finish()
}
