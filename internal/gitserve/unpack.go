package gitserve

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/zlib"
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	githash "github.com/go-git/go-git/v5/plumbing/hash"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/push"
)

// Limits of a pack.
const (
	// maxObjects is how many it has.
	maxObjects = 10000
	// objectBytes is what each takes from the account, in bytes.
	objectBytes = 160
	// unpackBytes is what unpacking takes: buffers, and what inflates.
	unpackBytes = inBytes + spoolBytes + 2*deltaBytes + 44<<10
	spoolBytes  = 32 << 10
	deltaBytes  = 4 << 10
)

// errBroken is the error for a malformed pack.
var errBroken = errors.New("the pack is not well-formed: look at your repository with git fsck, and push again")

// errMemory says that the account does not have more.
var errMemory = errors.New("the server has no memory for this push now: push fewer commits, or try again in a moment")

// unpacked are the objects of a pack, in their order, and those of the repository that served as bases. It
// implements [push.Objects].
type unpacked struct {
	spool  *push.Spool
	all    []packed              //ledger:counted taken from the account
	byHash map[plumbing.Hash]int //ledger:counted likewise; indexes of all
}

// packed is an object, inflated and without deltas.
type packed struct {
	kind   plumbing.ObjectType
	offset int64 // in the pack; or -1 for one of the repository's
	at     int64 // in the spool
	size   int64
}

// Object implements [push.Objects].
func (u *unpacked) Object(h plumbing.Hash) (*push.Object, error) {
	i, ok := u.byHash[h]
	if !ok {
		return nil, plumbing.ErrObjectNotFound
	}
	o := u.all[i]
	return &push.Object{Kind: o.kind, Size: o.size, ReadCloser: io.NopCloser(u.spool.Section(o.at, o.size))}, nil
}

// unpacker reads a pack (gitformat-pack).
type unpacker struct {
	unpacked
	in         *input
	account    *ledger.Account
	taken      *int64 // from the account
	repository push.Objects
	file, most int64 // bytes: of an object, and of what is inflated in all
	inflated   int64
	offsets    []int         //ledger:counted taken from the account; indexes of what is in the pack
	inflate    io.ReadCloser // of zlib, once there was an object
	out        *bufio.Writer // of the spool
}

// unpack reads the whole pack.
func (u *unpacker) unpack(ctx context.Context) error {
	if !u.account.TakeExtra(unpackBytes) {
		return errMemory
	}
	*u.taken += unpackBytes
	u.byHash, u.out = make(map[plumbing.Hash]int), bufio.NewWriterSize(u.spool, spoolBytes)
	u.in.sum, u.in.summed = githash.New(crypto.SHA1), u.in.at
	var head [12]byte
	if _, err := io.ReadFull(u.in, head[:]); err != nil {
		return err
	}
	if version := binary.BigEndian.Uint32(head[4:]); string(head[:4]) != "PACK" || version != 2 && version != 3 {
		return errBroken
	}
	n := binary.BigEndian.Uint32(head[8:])
	if n > maxObjects {
		return fmt.Errorf("the pack has %d objects, and %d are the most: push fewer commits at once", n, maxObjects)
	}
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		u.in.turn.Yield()
		if err := u.object(); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
	}
	u.in.digest()
	sum := u.in.sum.Sum(nil)
	u.in.sum = nil
	var trailer [20]byte
	if _, err := io.ReadFull(u.in, trailer[:]); err != nil {
		return err
	}
	if !bytes.Equal(sum, trailer[:]) {
		return errBroken
	}
	return nil
}

// mostShift is the last at which seven bits of a size are read.
const mostShift = 56

// object reads one.
func (u *unpacker) object() error {
	offset := u.in.offset()
	c, err := u.in.ReadByte()
	if err != nil {
		return err
	}
	kind := plumbing.ObjectType(c >> 4 & 7)
	size, shift := int64(c&15), 4
	for c&0x80 != 0 {
		if c, err = u.in.ReadByte(); err != nil {
			return err
		}
		if shift > mostShift {
			return errBroken
		}
		size |= int64(c&0x7f) << shift
		shift += 7
	}
	if size < 0 || size > u.file {
		return fmt.Errorf("an object has more than %s: make the file smaller", digitsOf(u.file))
	}
	if u.inflated += size; u.inflated > u.most {
		return fmt.Errorf("the pack has more than %s: push fewer commits at once", digitsOf(u.most))
	}
	if !u.account.TakeExtra(objectBytes) {
		return errMemory
	}
	*u.taken += objectBytes
	switch kind {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
		return u.whole(kind, offset, size)
	case plumbing.OFSDeltaObject, plumbing.REFDeltaObject:
		base, err := u.base(kind, offset)
		if err != nil {
			return err
		}
		return u.delta(base, offset, size)
	}
	return errBroken
}

// open begins to inflate what follows.
func (u *unpacker) open() (err error) {
	if u.inflate == nil {
		u.inflate, err = zlib.NewReader(u.in)
		return notZlib(err)
	}
	r, ok := u.inflate.(zlib.Resetter)
	if !ok {
		return errBroken
	}
	return notZlib(r.Reset(u.in, nil))
}

// notZlib is the error for what does not inflate.
func notZlib(err error) error {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok || errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) {
		return errBroken
	}
	return err
}

// ended checks that the compressed data has ended.
func (u *unpacker) ended() error {
	var more [1]byte
	switch n, err := u.inflate.Read(more[:]); {
	case n > 0 || err == nil:
		return errBroken
	case !errors.Is(err, io.EOF):
		return notZlib(err)
	}
	return nil
}

// whole reads an object that is not deltified.
func (u *unpacker) whole(kind plumbing.ObjectType, offset, size int64) error {
	if err := u.open(); err != nil {
		return err
	}
	h, at := plumbing.NewHasher(kind, size), u.spool.Size()
	n, err := io.Copy(io.MultiWriter(h, u.out), io.LimitReader(u.inflate, size))
	if err == nil && n != size {
		err = errBroken
	}
	if err == nil {
		err = u.ended()
	}
	if err = errors.Join(err, u.out.Flush()); err != nil {
		return err
	}
	u.add(h.Sum(), packed{kind, offset, at, size})
	return nil
}

// add records an object. If it comes twice the first counts.
func (u *unpacker) add(h plumbing.Hash, o packed) {
	if o.offset >= 0 {
		u.offsets = append(u.offsets, len(u.all))
	}
	u.all = append(u.all, o)
	if _, ok := u.byHash[h]; !ok {
		u.byHash[h] = len(u.all) - 1
	}
}

// base reads which object a delta is based on: an earlier one of the pack, or one of the repository.
func (u *unpacker) base(kind plumbing.ObjectType, offset int64) (packed, error) {
	if kind == plumbing.OFSDeltaObject {
		c, err := u.in.ReadByte()
		back := int64(c & 0x7f)
		for err == nil && c&0x80 != 0 {
			if back > offset {
				return packed{}, errBroken
			}
			c, err = u.in.ReadByte()
			back = (back+1)<<7 | int64(c&0x7f)
		}
		if err != nil {
			return packed{}, err
		}
		return u.at(offset - back)
	}
	var h plumbing.Hash
	if _, err := io.ReadFull(u.in, h[:]); err != nil {
		return packed{}, err
	}
	if i, ok := u.byHash[h]; ok {
		return u.all[i], nil
	}
	return u.fetch(h)
}

// at returns the object at an offset of the pack.
func (u *unpacker) at(offset int64) (packed, error) {
	i, ok := slices.BinarySearchFunc(u.offsets, offset, func(i int, offset int64) int { return cmp.Compare(u.all[i].offset, offset) })
	if !ok {
		return packed{}, errBroken
	}
	return u.all[u.offsets[i]], nil
}

// fetch copies an object of the repository into the spool, as a base for deltas.
func (u *unpacker) fetch(h plumbing.Hash) (packed, error) {
	o, err := u.repository.Object(h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return packed{}, fmt.Errorf("an object is made of %s, which has not come before it: push again", h)
	}
	if err != nil {
		return packed{}, err
	}
	defer func() { _ = o.Close() }() // it was only read
	if u.inflated += o.Size; o.Size > u.file || u.inflated > u.most {
		return packed{}, fmt.Errorf("the pack is made of more than %s: push fewer commits at once", digitsOf(u.most))
	}
	if !u.account.TakeExtra(objectBytes) {
		return packed{}, errMemory
	}
	*u.taken += objectBytes
	base := packed{o.Kind, -1, u.spool.Size(), o.Size}
	n, err := io.Copy(u.spool, io.LimitReader(o, o.Size+1))
	if err == nil && n != o.Size {
		err = errBroken
	}
	if err != nil {
		return packed{}, err
	}
	u.add(h, base)
	return base, nil
}
