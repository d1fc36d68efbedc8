package memory

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// The fields of a record of marks.
const (
	visitedField = iota + 1
	floorField
	oldReadsField
	recentField
	placesField
	keptField
	settingsField
	keysField
	movedField
	renewedField
	generationField
	droppedField
)

const (
	ageBits = 9 // of the days since the last one that was read; older ones are stored as that old
	maxAge  = 1<<ageBits - 1
)

// numbering maps posts' numbers in this process to those in the store, and back.
type numbering interface {
	generation() uint32                     // of the numbers in the store; in another generation they mean other posts
	stored(post uint32) (n uint32, ok bool) // the number in the store of one of the process's
	process(stored uint32) (n uint32, ok bool)
}

// encodeMarks returns the record of a state, of at most [MaxMarks] bytes. If the oldest read marks do not fit,
// they are removed from the state as well, and counted.
func encodeMarks(m *marks, posts numbering) []byte {
	m.forgetMarkers()
	for {
		value := marksRecord(m, posts)
		over := len(value) - MaxMarks
		if over <= 0 && len(m.reads) <= maxReads {
			return value
		}
		n := max(over*8/14, len(m.reads)-maxReads, 1)
		if len(m.reads) == 0 { // everything else is bounded
			m.rest, m.kept.posts = nil, nil
			continue
		}
		m.dropReads(n)
	}
}

// dropReads drops the n oldest read marks.
func (m *marks) dropReads(n int) {
	events := make([]event, len(m.reads))
	for i, r := range m.reads {
		events[i] = r.event
	}
	slices.Sort(events)
	last := events[min(n, len(events))-1]
	before := len(m.reads)
	m.reads = keepIf(m.reads, func(r readMark) bool { return r.event > last })
	m.dropped += uint32(before - len(m.reads)) //nolint:gosec // a few thousand
}

// forgetMarkers removes the markers that have lasted long enough, by the time of the last visit.
func (m *marks) forgetMarkers() {
	const kept = stamp(MarkerKept / 1e9)
	over := func(e event) bool { return !e.read() && e.at()+kept < m.visited }
	m.reads = keepIf(m.reads, func(r readMark) bool { return !over(r.event) })
	m.keys = keepIf(m.keys, func(k joinedKey) bool { return !over(k.event) })
}

func marksRecord(m *marks, posts numbering) []byte {
	e := newEncoder(marksKind)
	e.stamp(visitedField, m.visited)
	e.stamp(floorField, m.floor)
	e.stamp(renewedField, m.renewed)
	if m.dropped > 0 {
		e.field(droppedField, func(e *encoder) { e.uint(uint64(m.dropped)) })
	}
	e.field(generationField, func(e *encoder) { e.out = binary.BigEndian.AppendUint32(e.out, posts.generation()) })
	reads := renumber(m.reads, func(r *readMark) *uint32 { return &r.post }, posts.stored)
	old, late := splitReads(reads)
	e.oldReads(old)
	e.recentReads(late)
	e.places(renumber(m.places, func(s *spot) *uint32 { return &s.post }, posts.stored))
	if m.kept.at > 0 {
		e.keptPosts(m.kept.at, renumber(m.kept.posts, func(p *uint32) *uint32 { return p }, posts.stored))
	}
	if m.settings != [settingsKept]choice{} {
		e.field(settingsField, func(e *encoder) {
			for _, c := range m.settings {
				e.uint(uint64(c.at))
				e.text(c.value)
			}
		})
	}
	if len(m.keys) > 0 {
		e.field(keysField, func(e *encoder) {
			for _, k := range m.keys {
				e.raw(k.key[:])
				e.uint(uint64(k.event))
			}
		})
	}
	if m.moved.at > 0 {
		e.field(movedField, func(e *encoder) {
			e.uint(uint64(m.moved.at))
			e.text(m.moved.reader)
		})
	}
	e.rest(m.rest)
	return e.out
}

// stamp writes a field that is a stamp, unless it is zero.
func (e *encoder) stamp(tag uint64, s stamp) {
	if s != 0 {
		e.field(tag, func(e *encoder) { e.uint(uint64(s)) })
	}
}

// renumber returns a list with its posts renumbered, sorted by the new numbers. Posts without one are left out.
func renumber[T any](list []T, post func(*T) *uint32, number func(uint32) (uint32, bool)) []T {
	out := make([]T, 0, len(list))
	for _, t := range list {
		n, ok := number(*post(&t))
		if ok {
			*post(&t) = n
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(*post(&a), *post(&b)) })
	return slices.CompactFunc(out, func(a, b T) bool { return *post(&a) == *post(&b) })
}

// splitReads separates the marks that are kept to the day from those kept to the second: the latest ones, and
// posts that are unread again.
func splitReads(reads []readMark) (old, late []readMark) {
	events := make([]event, 0, len(reads))
	for _, r := range reads {
		events = append(events, r.event)
	}
	slices.Sort(events)
	var since event
	if len(events) > recent {
		since = events[len(events)-recent]
	}
	for _, r := range reads {
		switch {
		case r.event >= since:
			late = append(late, r)
		case r.read():
			old = append(old, r)
		}
	}
	return old, late
}

// roundReads rounds marks as encoding does, so that a state equals its record.
func roundReads(reads []readMark) []readMark {
	old, late := splitReads(reads)
	var newest stamp
	for _, r := range old {
		newest = max(newest, r.at())
	}
	today := newest / day
	for i, r := range old {
		old[i].event = eventOf((today-min(today-r.at()/day, maxAge))*day, true)
	}
	all := slices.Concat(old, late)
	slices.SortFunc(all, func(a, b readMark) int { return cmp.Compare(a.post, b.post) })
	return all
}

func (e *encoder) oldReads(reads []readMark) {
	if len(reads) == 0 {
		return
	}
	numbers := make([]uint32, len(reads))
	var newest stamp
	for i, r := range reads {
		numbers[i] = r.post
		newest = max(newest, r.at())
	}
	today := newest / day
	k := riceFor(len(numbers), numbers[len(numbers)-1])
	e.field(oldReadsField, func(e *encoder) {
		e.uint(uint64(len(numbers)))
		e.uint(uint64(today))
		e.uint(uint64(k)) //nolint:gosec // 20 at most
		w := bitWriter{}
		w.writeSet(numbers, k, func(i int) { w.write(uint64(min(today-reads[i].at()/day, maxAge)), ageBits) })
		e.raw(w.out)
	})
}

func (d *decoder) oldReads(m *marks) {
	n, today, k := d.count(), d.uint(), d.uint()
	if k > 20 || today > lastStamp/day {
		d.bad = true
		return
	}
	r := bitReader{in: d.in}
	out := make([]readMark, 0, n) //ledger:counted by count, of bits that are there
	ok := r.readSet(n, int(k), func(post uint32) {
		age := r.read(ageBits)
		out = append(out, readMark{post, eventOf(stamp(max(today, age)-age)*day, true)}) //nolint:gosec // days of stamps
	})
	if !ok || r.bad {
		d.bad = true
		return
	}
	m.reads = append(m.reads, out...)
}

func (e *encoder) recentReads(reads []readMark) {
	if len(reads) == 0 {
		return
	}
	newest := slices.MaxFunc(reads, func(a, b readMark) int { return cmp.Compare(a.event, b.event) }).event
	e.field(recentField, func(e *encoder) {
		e.uint(uint64(len(reads)))
		e.uint(uint64(newest))
		for _, r := range reads {
			e.uint(uint64(r.post))
			e.uint(uint64(newest - r.event))
		}
	})
}

func (d *decoder) recentReads(m *marks) {
	n, newest := d.count(), d.uint()
	for range n {
		post, age := d.uint(), d.uint()
		if d.bad || post >= maxPostNumber || age > newest || newest >= 1<<32 {
			d.bad = true
			return
		}
		m.reads = append(m.reads, readMark{uint32(post), event(newest - age)})
	}
}

func (e *encoder) places(places []spot) {
	if len(places) == 0 {
		return
	}
	newest := slices.MaxFunc(places, func(a, b spot) int { return cmp.Compare(a.at, b.at) }).at
	e.field(placesField, func(e *encoder) {
		e.uint(uint64(len(places)))
		e.uint(uint64(newest))
		for _, s := range places {
			e.uint(uint64(s.post))
			e.uint(uint64(newest - s.at))
			e.int(int64(s.block))
			e.int(int64(s.line))
			e.int(int64(s.lines))
			e.uint(uint64(s.percent))
			e.fixed64(s.sum)
		}
	})
}

func (d *decoder) places(m *marks) {
	n, newest := d.count(), d.stamp()
	for range n {
		post, age := d.uint(), d.stamp()
		s := spot{block: small(d.int()), line: small(d.int()), lines: small(d.int()), percent: uint8(min(d.uint(), 100)), sum: d.fixed64()}
		if d.bad || post >= maxPostNumber || age > newest {
			d.bad = true
			return
		}
		s.post, s.at = uint32(post), newest-age
		m.places = append(m.places, s)
	}
}

// small bounds a number.
func small(v int64) int32 { return int32(min(max(v, -1), 1<<30)) }

func (e *encoder) keptPosts(at stamp, posts []uint32) {
	e.field(keptField, func(e *encoder) {
		e.uint(uint64(at))
		e.uint(uint64(len(posts)))
		k := 0
		if len(posts) > 0 {
			k = riceFor(len(posts), posts[len(posts)-1])
		}
		e.uint(uint64(k))
		w := bitWriter{}
		w.writeSet(posts, k, nil)
		e.raw(w.out)
	})
}

func (d *decoder) keptPosts(m *marks) {
	m.kept.at = d.stamp()
	n, k := d.count(), d.uint()
	if k > 20 {
		d.bad = true
		return
	}
	r := bitReader{in: d.in}
	if !r.readSet(n, int(k), func(post uint32) { m.kept.posts = append(m.kept.posts, post) }) {
		d.bad = true
	}
}

// decodeMarks returns the state of a record. unknown reports whether posts were left out whose numbers the
// process does not know.
func decodeMarks(value []byte, posts numbering) (m marks, unknown bool, err error) {
	d, err := newDecoder(marksKind, value)
	if err != nil {
		return marks{}, false, err
	}
	generation := posts.generation()
	rest, err := d.fields(func(tag uint64, d *decoder) bool { return m.decodeField(tag, d, &generation) })
	if err != nil {
		return marks{}, false, err
	}
	m.rest = rest
	known := func(n uint32) (uint32, bool) {
		if g := posts.generation(); g != 0 && generation != g {
			return 0, false
		}
		at, ok := posts.process(n)
		unknown = unknown || !ok
		return at, ok
	}
	m.reads = renumber(m.reads, func(r *readMark) *uint32 { return &r.post }, known)
	m.places = renumber(m.places, func(s *spot) *uint32 { return &s.post }, known)
	m.kept.posts = renumber(m.kept.posts, func(p *uint32) *uint32 { return p }, known)
	m.trimPlaces()
	slices.SortFunc(m.keys, func(a, b joinedKey) int { return slices.Compare(a.key[:], b.key[:]) })
	return m, unknown, nil
}

func (m *marks) decodeField(tag uint64, d *decoder, generation *uint32) bool {
	switch tag {
	case visitedField:
		m.visited = d.stamp()
	case floorField:
		m.floor = d.stamp()
	case renewedField:
		m.renewed = d.stamp()
	case droppedField:
		m.dropped = uint32(min(d.uint(), lastStamp))
	case generationField:
		*generation = binary.BigEndian.Uint32(d.bytes(4))
	case oldReadsField:
		d.oldReads(m)
	case recentField:
		d.recentReads(m)
	case placesField:
		d.places(m)
	case keptField:
		d.keptPosts(m)
	case settingsField:
		for i := range m.settings {
			m.settings[i] = choice{d.stamp(), cut(d.text(), maxSetting)}
		}
	case keysField:
		for len(d.in) > 0 && !d.bad && len(m.keys) < 4*MaxKeys {
			k := joinedKey{key: keyID(d.bytes(len(keyID{})))}
			k.event = event(min(d.uint(), 1<<32-1))
			m.keys = append(m.keys, k)
		}
	case movedField:
		m.moved = movedTo{at: d.stamp(), reader: d.text()}
	default:
		return false
	}
	return true
}

// cut returns the beginning of a text.
func cut(s string, most int) string { return s[:min(len(s), most)] }
