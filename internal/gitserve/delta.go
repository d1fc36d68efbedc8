package gitserve

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
)

// delta reads a deltified object, of size bytes, and reconstructs it from its base.
func (u *unpacker) delta(base packed, offset, size int64) error {
	if err := u.open(); err != nil {
		return err
	}
	steps := bufio.NewReaderSize(io.LimitReader(u.inflate, size), deltaBytes)
	from, err := varint(steps)
	if err != nil || from != base.size {
		return cmp.Or(short(err), errBroken)
	}
	to, err := varint(steps)
	if err != nil {
		return short(err)
	}
	if to > u.file {
		return fmt.Errorf("an object has more than %s: make the file smaller", digitsOf(u.file))
	}
	if u.inflated += to; u.inflated > u.most {
		return fmt.Errorf("the pack has more than %s: push fewer commits at once", digitsOf(u.most))
	}
	h, at := plumbing.NewHasher(base.kind, to), u.spool.Size()
	out := io.MultiWriter(h, u.out)
	for left := to; ; {
		op, err := steps.ReadByte()
		if errors.Is(err, io.EOF) && left == 0 {
			break
		}
		if err != nil {
			return short(err)
		}
		u.in.turn.Yield()
		n, err := u.step(steps, out, op, base, left)
		if err != nil {
			return short(err)
		}
		left -= n
	}
	if err := errors.Join(u.ended(), u.out.Flush()); err != nil {
		return err
	}
	u.add(h.Sum(), packed{base.kind, offset, at, to})
	return nil
}

// short is the error for a delta that ends too soon, or does not inflate.
func short(err error) error {
	if errors.Is(err, io.EOF) {
		return errBroken
	}
	return notZlib(err)
}

// step executes an instruction, which writes n bytes, of left at most.
func (u *unpacker) step(steps *bufio.Reader, out io.Writer, op byte, base packed, left int64) (n int64, err error) {
	var from io.Reader = steps
	n = int64(op)
	if op&0x80 != 0 {
		var at int64
		if at, n, err = copied(steps, op); err != nil {
			return 0, err
		}
		if at+n > base.size {
			return 0, errBroken
		}
		from = u.spool.Section(base.at+at, n)
	}
	if n == 0 || n > left {
		return 0, errBroken
	}
	_, err = io.CopyN(out, from, n)
	return n, err
}

// copied reads which part of the base is copied.
func copied(steps io.ByteReader, op byte) (at, n int64, err error) {
	for bit := range 7 {
		if op>>bit&1 == 0 {
			continue
		}
		c, err := steps.ReadByte()
		if err != nil {
			return 0, 0, err
		}
		if bit < 4 {
			at |= int64(c) << (8 * bit)
		} else {
			n |= int64(c) << (8 * (bit - 4))
		}
	}
	if n == 0 {
		n = 0x10000
	}
	return at, n, nil
}

// varint reads a size of a delta.
func varint(from io.ByteReader) (n int64, err error) {
	for shift := 0; shift <= mostShift; shift += 7 {
		c, err := from.ReadByte()
		if err != nil {
			return 0, err
		}
		n |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			return n, nil
		}
	}
	return 0, errBroken
}
