package memory

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// A record begins with its kind and the version of its form. Fields follow, each a tag, a length and so many
// bytes. A new field gets a tag that was never used, begins with a stamp, and leaves the form's version as it
// is: older versions keep fields that they do not know. A new form's version is for records that an older
// version must not touch.
const formVersion = 1

// The kinds of records.
const (
	marksKind   = 'm'
	keptKind    = 'h'
	pointerKind = 'k'
	codeKind    = 'j'
	postsKind   = 'p'
)

var (
	// errNewer is for a record of a form that only a newer version knows. It is never overwritten.
	errNewer = errors.New("it was written by a newer version of sshblog, and is left as it is: bring this server up to that version")
	// errBroken is for a malformed record.
	errBroken = errors.New("the record is damaged")
)

// encoder appends to a record.
type encoder struct {
	out []byte //ledger:counted what is encoded has at most a few KiB; the posts' numbers 1 MiB
}

func newEncoder(kind byte) *encoder { return &encoder{[]byte{kind, formVersion}} }

func (e *encoder) uint(v uint64)    { e.out = binary.AppendUvarint(e.out, v) }
func (e *encoder) int(v int64)      { e.out = binary.AppendVarint(e.out, v) }
func (e *encoder) fixed64(v uint64) { e.out = binary.BigEndian.AppendUint64(e.out, v) }
func (e *encoder) raw(b []byte)     { e.out = append(e.out, b...) }
func (e *encoder) text(s string)    { e.uint(uint64(len(s))); e.out = append(e.out, s...) }
func (e *encoder) field(tag uint64, f func(*encoder)) {
	var inner encoder
	f(&inner)
	e.uint(tag)
	e.uint(uint64(len(inner.out)))
	e.raw(inner.out)
}

// rest writes the fields that this version does not know.
func (e *encoder) rest(fields []field) {
	for _, f := range fields {
		e.uint(f.tag)
		e.text(f.data)
	}
}

// decoder reads a record. Beyond the end it reads zeros, and sets bad.
type decoder struct {
	in  []byte
	bad bool
}

// newDecoder returns a decoder that has read a record's header.
func newDecoder(kind byte, value []byte) (*decoder, error) {
	switch {
	case len(value) < 2 || value[0] != kind || value[1] == 0:
		return nil, errBroken
	case value[1] > formVersion:
		return nil, errNewer
	}
	return &decoder{in: value[2:]}, nil
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.in)
	return advance(d, v, n)
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.in)
	return advance(d, v, n)
}

func advance[V uint64 | int64](d *decoder, v V, n int) V {
	if n <= 0 {
		d.in, d.bad = nil, true
		return 0
	}
	d.in = d.in[n:]
	return v
}

// count returns a number of things that take at least a byte each.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(8*len(d.in)) {
		d.in, d.bad = nil, true
		return 0
	}
	return int(n) //nolint:gosec // no more than there are bits
}

func (d *decoder) stamp() stamp { return stamp(min(d.uint(), lastStamp)) }

func (d *decoder) bytes(n int) []byte {
	if n < 0 || n > len(d.in) {
		d.in, d.bad = nil, true
		return make([]byte, max(0, min(n, 16))) // what is read of a fixed size
	}
	b := d.in[:n]
	d.in = d.in[n:]
	return b
}

func (d *decoder) fixed64() uint64 { return binary.BigEndian.Uint64(d.bytes(8)) }
func (d *decoder) text() string {
	n := d.uint()
	if n > uint64(len(d.in)) {
		d.in, d.bad = nil, true
		return ""
	}
	return string(d.bytes(int(n))) //nolint:gosec // there are as many
}

// fields calls known with each field until the end; those that it does not know are returned, sorted.
func (d *decoder) fields(known func(tag uint64, d *decoder) bool) (rest []field, err error) {
	for len(d.in) > 0 && !d.bad {
		tag := d.uint()
		data := d.text()
		if d.bad {
			break
		}
		inner := decoder{in: []byte(data)}
		if known(tag, &inner) {
			if inner.bad {
				return nil, errBroken
			}
		} else if i, there := slices.BinarySearchFunc(rest, tag, func(f field, tag uint64) int { return cmp.Compare(f.tag, tag) }); !there {
			rest = slices.Insert(rest, i, field{tag, data})
		}
	}
	if d.bad {
		return nil, errBroken
	}
	return rest, nil
}
