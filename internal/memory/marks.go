package memory

import (
	"cmp"
	"slices"
)

// marks is the state of a reader, except for bookmarks and highlights. States are merged: of each item the
// newer version wins, so merging gives the same result in any order, and repeatedly.
//
// Posts are identified by their number in the process's table of posts.
type marks struct {
	floor    stamp // what is not newer than this was forgotten
	visited  stamp // when the reader was here last
	renewed  stamp // when all records of the reader were written
	dropped  uint32
	reads    []readMark //ledger:counted by MaxMarks and the session's account: sorted by post
	places   []spot     //ledger:counted by MaxBegun: sorted by post
	kept     keptPosts
	settings [settingsKept]choice
	keys     []joinedKey //ledger:counted by MaxKeys: sorted by key; none: the one that the reader is named after
	moved    movedTo
	rest     []field // of a newer version, sorted by tag
}

// readMark is a post that was read, or is unread again.
type readMark struct {
	post uint32
	event
}

// spot is a place in a post.
type spot struct {
	post        uint32
	block, line int32
	lines       int32
	sum         uint64
	at          stamp
	percent     uint8
}

// keptPosts are the posts that have bookmarks, according to the record of bookmarks at a time.
type keptPosts struct {
	at    stamp
	posts []uint32 //ledger:counted by MaxKept: sorted
}

// choice is a setting that a reader has made.
type choice struct {
	at    stamp
	value string
}

// The settings that are kept.
const (
	themeKept = iota
	columnKept
	languageKept
	settingsKept
)

// keyID identifies a key in the store: it is the beginning of the key's HMAC.
type keyID [16]byte

// joinedKey is a key that belongs to the reader, or does not any more.
type joinedKey struct {
	key keyID
	event
}

// movedTo names the reader that this one was joined to.
type movedTo struct {
	reader string
	at     stamp
}

// field is a part of a record that this version does not know. New fields begin with a stamp in big endian, so
// the larger of two is the newer.
type field struct {
	tag  uint64
	data string //ledger:counted by MaxMarks: as read from a record
}

// mergeMarks merges two states. It changes neither, and shares slices with them.
func mergeMarks(a, b *marks) marks {
	m := marks{
		floor: max(a.floor, b.floor), visited: max(a.visited, b.visited), renewed: max(a.renewed, b.renewed), dropped: max(a.dropped, b.dropped),
		reads:  mergeSorted(a.reads, b.reads, func(r readMark) uint32 { return r.post }, func(x, y readMark) int { return cmp.Compare(x.event, y.event) }),
		places: mergeSorted(a.places, b.places, func(s spot) uint32 { return s.post }, compareSpots),
		keys:   mergeSorted(a.keys, b.keys, func(k joinedKey) string { return string(k.key[:]) }, func(x, y joinedKey) int { return cmp.Compare(x.event, y.event) }),
		rest:   mergeFields(a.rest, b.rest),
		kept:   a.kept, moved: a.moved,
	}
	if compareKept(b.kept, m.kept) > 0 {
		m.kept = b.kept
	}
	if cmp.Or(cmp.Compare(b.moved.at, m.moved.at), cmp.Compare(b.moved.reader, m.moved.reader)) > 0 {
		m.moved = b.moved
	}
	for i := range m.settings {
		m.settings[i] = a.settings[i]
		if c := b.settings[i]; cmp.Or(cmp.Compare(c.at, m.settings[i].at), cmp.Compare(c.value, m.settings[i].value)) > 0 {
			m.settings[i] = c
		}
	}
	m.forget(m.floor)
	m.trimPlaces()
	return m
}

// mergeFields is that of fields of a newer version.
func mergeFields(a, b []field) []field {
	return mergeSorted(a, b, func(f field) uint64 { return f.tag }, func(x, y field) int { return cmp.Compare(x.data, y.data) })
}

func compareSpots(x, y spot) int {
	return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.percent, y.percent), cmp.Compare(x.block, y.block),
		cmp.Compare(x.line, y.line), cmp.Compare(x.lines, y.lines), cmp.Compare(x.sum, y.sum))
}

func compareKept(x, y keptPosts) int {
	return cmp.Or(cmp.Compare(x.at, y.at), slices.Compare(x.posts, y.posts))
}

// mergeSorted merges lists that are sorted by a unique key; of two elements with one key it takes the newer.
func mergeSorted[T any, K cmp.Ordered](a, b []T, key func(T) K, newer func(x, y T) int) []T {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]T, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch c := cmp.Compare(key(a[0]), key(b[0])); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			one := a[0]
			if newer(b[0], one) > 0 {
				one = b[0]
			}
			out, a, b = append(out, one), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// forget removes what is not newer than a time. The slices that it had stay as they are.
func (m *marks) forget(floor stamp) {
	if floor == 0 {
		return
	}
	m.floor = max(m.floor, floor)
	if m.visited <= floor {
		m.visited, m.dropped = 0, 0
	}
	if m.renewed <= floor {
		m.renewed = 0
	}
	m.reads = keepIf(m.reads, func(r readMark) bool { return r.at() > floor })
	m.places = keepIf(m.places, func(s spot) bool { return s.at > floor })
	m.keys = keepIf(m.keys, func(k joinedKey) bool { return k.at() > floor })
	m.rest = keepIf(m.rest, func(f field) bool { return f.at() > floor })
	if m.kept.at <= floor {
		m.kept = keptPosts{}
	}
	if m.moved.at <= floor {
		m.moved = movedTo{}
	}
	for i := range m.settings {
		if m.settings[i].at <= floor {
			m.settings[i] = choice{}
		}
	}
}

// at returns the stamp that a field of a newer version begins with.
func (f field) at() stamp {
	var at stamp
	for i := range min(4, len(f.data)) {
		at = at<<8 | stamp(f.data[i])
	}
	return at
}

// keepIf returns the elements for which keep is true; the list itself if that is all of them.
func keepIf[T any](list []T, keep func(T) bool) []T {
	if !slices.ContainsFunc(list, func(t T) bool { return !keep(t) }) {
		return list
	}
	var out []T
	for _, t := range list {
		if keep(t) {
			out = append(out, t)
		}
	}
	return out
}

// empty reports whether nothing is known but what was forgotten.
func (m *marks) empty() bool {
	return m.visited == 0 && len(m.reads) == 0 && len(m.places) == 0 && m.settings == [settingsKept]choice{} &&
		m.kept.at == 0 && len(m.keys) == 0 && m.moved.at == 0
}

// read returns what is known of a post's having been read.
func (m *marks) read(post uint32) event {
	if i, ok := slices.BinarySearchFunc(m.reads, post, func(r readMark, post uint32) int { return cmp.Compare(r.post, post) }); ok {
		return m.reads[i].event
	}
	return 0
}

// setRead notes that a post was read now, or is unread.
func (m *marks) setRead(post uint32, now stamp, read bool) {
	i, there := slices.BinarySearchFunc(m.reads, post, func(r readMark, post uint32) int { return cmp.Compare(r.post, post) })
	if !there {
		m.reads = slices.Insert(slices.Clip(m.reads), i, readMark{post: post})
	} else {
		m.reads = slices.Clone(m.reads)
	}
	m.reads[i].event = eventOf(after(now, max(m.reads[i].at(), m.floor)), read)
}

// place returns where a post was left.
func (m *marks) place(post uint32) (spot, bool) {
	if i, ok := slices.BinarySearchFunc(m.places, post, func(s spot, post uint32) int { return cmp.Compare(s.post, post) }); ok {
		return m.places[i], true
	}
	return spot{}, false
}

// setPlace notes where a post was left. Of more posts than are kept, the oldest place goes.
func (m *marks) setPlace(s spot) {
	i, there := slices.BinarySearchFunc(m.places, s.post, func(s spot, post uint32) int { return cmp.Compare(s.post, post) })
	if there {
		s.at = after(s.at, max(m.places[i].at, m.floor))
		m.places = slices.Clone(m.places)
		m.places[i] = s
		return
	}
	s.at = after(s.at, m.floor)
	m.places = slices.Insert(slices.Clip(m.places), i, s)
	m.trimPlaces()
}

// trimPlaces drops the oldest places beyond those that are kept.
func (m *marks) trimPlaces() {
	for len(m.places) > MaxBegun {
		oldest := 0
		for i, s := range m.places {
			if compareSpots(s, m.places[oldest]) < 0 {
				oldest = i
			}
		}
		m.places = slices.Delete(slices.Clone(m.places), oldest, oldest+1)
	}
}

// begun reports whether a place is that of a post which was begun, and since then neither read to its end nor
// marked as unread.
func (m *marks) begun(s spot) bool { return s.percent < 100 && s.at > m.read(s.post).at() }

// readAt returns when a post was read; 0 if it was not, or is unread again.
func (e event) readAt() stamp {
	if e.read() {
		return e.at()
	}
	return 0
}

// size is about what the state takes in memory, in bytes.
func (m *marks) size() int64 {
	const self, perRead, perSpot, perPost, perKey = 320, 8, 40, 4, 20
	n := self + perRead*cap(m.reads) + perSpot*cap(m.places) + perPost*cap(m.kept.posts) + perKey*cap(m.keys)
	for _, c := range m.settings {
		n += len(c.value)
	}
	for _, f := range m.rest {
		n += len(f.data) + 32
	}
	return int64(n)
}
