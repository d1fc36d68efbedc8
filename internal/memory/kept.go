package memory

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// kept is a reader's bookmarks and highlights. They are merged as marks are.
type kept struct {
	floor      stamp       // what is not newer than this was forgotten
	written    stamp       // of the last write; later with each
	bookmarks  []bookmark  //ledger:counted by MaxKept: sorted by hash
	highlights []highlight //ledger:counted by MaxKept: sorted by id
	rest       []field     // of a newer version, sorted by tag
}

// bookmark is a post that has one, or has none any more: then nothing of it is known but the hash of its address.
type bookmark struct {
	hash    uint64
	address string
	event          // read: there is one
	rest    string // of a newer version
}

// highlight is a passage that is kept, or is not any more: then it has nothing but its id.
type highlight struct {
	id      uint64
	event          // read: it is there
	passage        // what it is
	rest    string // of a newer version
}

// passage is a part of a block of a post.
type passage struct {
	address    string
	block      int32
	start, end int32
	sum        uint64
	when       stamp
	text       string
}

func compareBookmarks(x, y bookmark) int {
	return cmp.Or(cmp.Compare(x.event, y.event), cmp.Compare(x.address, y.address), cmp.Compare(x.rest, y.rest))
}

func compareHighlights(x, y highlight) int {
	return cmp.Or(cmp.Compare(x.event, y.event), cmp.Compare(x.text, y.text), cmp.Compare(x.address, y.address), cmp.Compare(x.block, y.block),
		cmp.Compare(x.start, y.start), cmp.Compare(x.end, y.end), cmp.Compare(x.sum, y.sum), cmp.Compare(x.when, y.when), cmp.Compare(x.rest, y.rest))
}

// mergeKept returns what two states are together. It changes neither, and shares slices with them.
func mergeKept(a, b *kept) kept {
	k := kept{
		floor: max(a.floor, b.floor), written: max(a.written, b.written),
		bookmarks:  mergeSorted(a.bookmarks, b.bookmarks, func(b bookmark) uint64 { return b.hash }, compareBookmarks),
		highlights: mergeSorted(a.highlights, b.highlights, func(h highlight) uint64 { return h.id }, compareHighlights),
		rest:       mergeFields(a.rest, b.rest),
	}
	k.forget(k.floor)
	return k
}

// forget removes what is not newer than a time. The slices that it had stay as they are.
func (k *kept) forget(floor stamp) {
	if floor == 0 {
		return
	}
	k.floor = max(k.floor, floor)
	k.bookmarks = keepIf(k.bookmarks, func(b bookmark) bool { return b.at() > floor })
	k.highlights = keepIf(k.highlights, func(h highlight) bool { return h.at() > floor })
	k.rest = keepIf(k.rest, func(f field) bool { return f.at() > floor })
}

// empty reports whether nothing is kept, not even a marker.
func (k *kept) empty() bool {
	return len(k.bookmarks) == 0 && len(k.highlights) == 0 && len(k.rest) == 0 && k.floor == 0
}

// setBookmark notes that a post has a bookmark now, or has none any more.
func (k *kept) setBookmark(address string, now stamp, on bool) {
	b := bookmark{hash: hashOf(address)}
	i, there := slices.BinarySearchFunc(k.bookmarks, b.hash, func(b bookmark, hash uint64) int { return cmp.Compare(b.hash, hash) })
	last := k.floor
	if there {
		last = max(last, k.bookmarks[i].at())
		k.bookmarks = slices.Clone(k.bookmarks)
	} else {
		k.bookmarks = slices.Insert(slices.Clip(k.bookmarks), i, b)
	}
	if on {
		b.address, b.rest = address, k.bookmarks[i].rest
	}
	b.event = eventOf(after(now, last), on)
	k.bookmarks[i] = b
}

// setHighlight adds a highlight, or removes it if there is no text.
func (k *kept) setHighlight(h highlight, now stamp) {
	i, there := slices.BinarySearchFunc(k.highlights, h.id, func(h highlight, id uint64) int { return cmp.Compare(h.id, id) })
	last := k.floor
	if there {
		last = max(last, k.highlights[i].at())
		k.highlights = slices.Clone(k.highlights)
	} else {
		k.highlights = slices.Insert(slices.Clip(k.highlights), i, h)
	}
	h.event = eventOf(after(now, last), h.text != "")
	k.highlights[i] = h
}

// The fields of a record of what is kept.
const (
	keptFloorField = iota + 1
	keptWrittenField
	bookmarksField
	highlightsField
)

// keptReserve is left of what is kept for what is added elsewhere at the same time, in bytes.
const keptReserve = MaxText + 2*maxAddress

// errFull says that there is no room.
var errFull = errors.New("there is no room")

// fullError says what to do about it.
func fullError(what string) error {
	return fmt.Errorf("%w for another %s: bookmarks and highlights have %d KiB together; remove some that you need no more", errFull, what, MaxKept>>10)
}

// encodeKept returns the record of what is kept. It may be longer than MaxKept.
func encodeKept(k *kept, now stamp) []byte {
	const lasts = stamp(MarkerKept / 1e9)
	over := func(e event) bool { return !e.read() && e.at()+lasts < now }
	k.bookmarks = keepIf(k.bookmarks, func(b bookmark) bool { return !over(b.event) })
	k.highlights = keepIf(k.highlights, func(h highlight) bool { return !over(h.event) })
	e := newEncoder(keptKind)
	e.stamp(keptFloorField, k.floor)
	e.stamp(keptWrittenField, k.written)
	if len(k.bookmarks) > 0 {
		e.field(bookmarksField, func(e *encoder) {
			for _, b := range k.bookmarks {
				e.text(string(b.encode()))
			}
		})
	}
	if len(k.highlights) > 0 {
		e.field(highlightsField, func(e *encoder) {
			for _, h := range k.highlights {
				e.text(string(h.encode()))
			}
		})
	}
	e.rest(k.rest)
	return e.out
}

// removedMark stands before a hash in the place of an address. No address begins so.
const removedMark = "\x00"

func (b *bookmark) encode() []byte {
	var e encoder
	e.uint(uint64(b.event))
	if b.read() {
		e.text(b.address)
	} else {
		e.text(string(binary.BigEndian.AppendUint64([]byte(removedMark), b.hash)))
	}
	e.raw([]byte(b.rest))
	return e.out
}

// bookmark returns one that has been written, also by versions that have kept the addresses of what was removed.
func (d *decoder) bookmark() bookmark {
	b := bookmark{event: d.event(), address: d.text()}
	b.hash, b.rest = hashOf(b.address), string(d.in)
	if b.read() {
		return b
	}
	if hash, ok := strings.CutPrefix(b.address, removedMark); ok && len(hash) == 8 {
		b.hash = binary.BigEndian.Uint64([]byte(hash))
	}
	b.address = ""
	return b
}

func (h *highlight) encode() []byte {
	var e encoder
	e.fixed64(h.id)
	e.uint(uint64(h.event))
	if h.read() {
		e.text(h.address)
		e.int(int64(h.block))
		e.int(int64(h.start))
		e.int(int64(h.end))
		e.fixed64(h.sum)
		e.uint(uint64(h.when))
		e.text(h.text)
	}
	e.raw([]byte(h.rest))
	return e.out
}

// decodeKept returns the state of a record.
func decodeKept(value []byte) (k kept, err error) {
	d, err := newDecoder(keptKind, value)
	if err != nil {
		return kept{}, err
	}
	k.rest, err = d.fields(func(tag uint64, d *decoder) bool {
		switch tag {
		case keptFloorField:
			k.floor = d.stamp()
		case keptWrittenField:
			k.written = d.stamp()
		case bookmarksField:
			d.each(func(d *decoder) { k.bookmarks = append(k.bookmarks, d.bookmark()) })
		case highlightsField:
			d.each(func(d *decoder) { k.highlights = append(k.highlights, d.highlight()) })
		default:
			return false
		}
		return true
	})
	if err != nil {
		return kept{}, err
	}
	slices.SortFunc(k.bookmarks, func(a, b bookmark) int { return cmp.Or(cmp.Compare(a.hash, b.hash), compareBookmarks(b, a)) }) // the newer first
	k.bookmarks = slices.CompactFunc(k.bookmarks, func(a, b bookmark) bool { return a.hash == b.hash })
	slices.SortStableFunc(k.highlights, func(a, b highlight) int { return cmp.Compare(a.id, b.id) })
	k.highlights = slices.CompactFunc(k.highlights, func(a, b highlight) bool { return a.id == b.id })
	return k, nil
}

func (d *decoder) event() event { return event(min(d.uint(), 1<<32-1)) }

// each calls f with each of the texts that are left.
func (d *decoder) each(f func(*decoder)) {
	for len(d.in) > 0 && !d.bad {
		inner := decoder{in: []byte(d.text())}
		f(&inner)
		d.bad = d.bad || inner.bad
	}
}

func (d *decoder) highlight() highlight {
	h := highlight{id: d.fixed64(), event: d.event()}
	if h.read() {
		h.passage = passage{address: d.text(), block: small(d.int()), start: small(d.int()), end: small(d.int()), sum: d.fixed64(), when: d.stamp(), text: d.text()}
	}
	h.rest = string(d.in)
	return h
}

// size is about what the state takes in memory, in bytes.
func (k *kept) size() int64 {
	n := 128
	for _, b := range k.bookmarks {
		n += 64 + len(b.address) + len(b.rest)
	}
	for _, h := range k.highlights {
		n += 128 + len(h.address) + len(h.text) + len(h.rest)
	}
	return int64(n)
}
