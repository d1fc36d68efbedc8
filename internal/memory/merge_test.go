package memory

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// everyPost is a numbering in which all posts have the same number everywhere.
type everyPost struct{}

func (everyPost) generation() uint32              { return 7 }
func (everyPost) stored(p uint32) (uint32, bool)  { return p, true }
func (everyPost) process(p uint32) (uint32, bool) { return p, true }

// history does things at random to a state, and then to a copy of it, and so on.
func history(rng *rand.Rand, m marks, now stamp) (marks, stamp) {
	for range rng.IntN(30) {
		now += stamp(rng.IntN(3))
		post := uint32(rng.IntN(40))
		switch rng.IntN(9) {
		case 0, 1:
			m.setRead(post, now, true)
		case 2:
			m.setRead(post, now, false)
		case 3, 4:
			m.setPlace(spot{post: post, block: int32(rng.IntN(9)) - 1, line: int32(rng.IntN(5)), lines: 5, sum: rng.Uint64(), at: now, percent: uint8(rng.IntN(101))})
		case 5:
			i := rng.IntN(settingsKept)
			m.settings[i] = choice{after(now, m.settings[i].at), fmt.Sprint(rng.IntN(5))}
		case 6:
			m.visited = max(m.visited, now)
			m.rest = []field{{40, string([]byte{0, 0, 0, byte(now)}) + "of a newer version"}}
		case 7:
			m.setKey(keyID{byte(rng.IntN(4))}, now, rng.IntN(2) == 0)
			m.kept = keptPosts{after(now, m.kept.at), []uint32{post}}
		case 8:
			if rng.IntN(4) == 0 {
				m.forget(now)
			}
		}
	}
	return m, now
}

func sameAs(t *testing.T, what string, a, b marks) {
	t.Helper()
	for _, m := range []*marks{&a, &b} {
		for _, list := range []any{&m.reads, &m.places, &m.keys, &m.rest, &m.kept.posts} {
			if v := reflect.ValueOf(list).Elem(); v.Len() == 0 {
				v.SetZero()
			}
		}
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("%s:\n%+v\n%+v", what, a, b)
	}
}

// In whichever order states are merged, and however often, all come to the same; and what is newer wins.
func TestMergeMarks(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		base, now := history(rng, marks{}, 100)
		var states [3]marks
		for i := range states {
			states[i], _ = history(rng, base, now)
		}
		a, b, c := &states[0], &states[1], &states[2]
		ab, ba := mergeMarks(a, b), mergeMarks(b, a)
		sameAs(t, "a+b, b+a", ab, ba)
		bc := mergeMarks(b, c)
		sameAs(t, "(a+b)+c, a+(b+c)", mergeMarks(&ab, c), mergeMarks(a, &bc))
		sameAs(t, "a+b+b", mergeMarks(&ab, b), ab)
		for _, r := range ab.reads {
			if newest := max(a.read(r.post), b.read(r.post)); r.event != newest {
				t.Fatalf("post %d is %d, and the newest is %d", r.post, r.event, newest)
			}
		}
		for _, side := range []*marks{a, b} {
			for _, r := range side.reads {
				if r.at() > ab.floor && ab.read(r.post) < r.event {
					t.Fatalf("%+v is lost", r)
				}
			}
		}
	}
}

func keptHistory(rng *rand.Rand, k kept, now stamp) (kept, stamp) {
	for range rng.IntN(12) {
		now += stamp(rng.IntN(3))
		switch rng.IntN(5) {
		case 0, 1:
			k.setBookmark(fmt.Sprint("post-", rng.IntN(6)), now, rng.IntN(2) == 0)
		case 2:
			k.setHighlight(highlight{id: rng.Uint64N(8), passage: passage{text: fmt.Sprint(rng.IntN(9)), address: "p"}}, now)
		case 3:
			k.setHighlight(highlight{id: rng.Uint64N(8)}, now)
		case 4:
			if rng.IntN(6) == 0 {
				k.forget(now)
			}
		}
	}
	return k, now
}

// Bookmarks and highlights as well; what was removed later stays removed.
func TestMergeKept(t *testing.T) {
	plain := func(k kept) string { return fmt.Sprintf("%+v", k) }
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		base, now := keptHistory(rng, kept{}, 100)
		a, _ := keptHistory(rng, base, now)
		b, _ := keptHistory(rng, base, now)
		c, _ := keptHistory(rng, base, now)
		ab, ba, bc := mergeKept(&a, &b), mergeKept(&b, &a), mergeKept(&b, &c)
		if plain(ab) != plain(ba) || plain(mergeKept(&ab, &c)) != plain(mergeKept(&a, &bc)) || plain(mergeKept(&ab, &b)) != plain(ab) {
			t.Fatalf("seed %d:\n%+v\n%+v", seed, a, b)
		}
		for _, h := range a.highlights {
			if i := slices.IndexFunc(ab.highlights, func(other highlight) bool { return other.id == h.id }); h.at() > ab.floor && (i < 0 || ab.highlights[i].event < h.event) {
				t.Fatalf("%+v is lost", h)
			}
		}
	}
	first, second := kept{}, kept{}
	first.setBookmark("a", 10, true)
	second = mergeKept(&first, &second)
	second.setBookmark("a", 11, false)
	if m := mergeKept(&first, &second); m.bookmarks[0].read() {
		t.Error("what was removed has come back")
	}
}

// A record says what its state does: of old read marks to the day, of all else to the second.
func TestMarksRecord(t *testing.T) {
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 3))
		m, now := history(rng, marks{}, 5000*day)
		for range 8 {
			m, now = history(rng, m, now)
		}
		value := encodeMarks(&m, everyPost{})
		got, unknown, err := decodeMarks(value, everyPost{})
		if err != nil || unknown {
			t.Fatal(err, unknown)
		}
		want := m
		old, late := splitReads(m.reads)
		for i := range old {
			old[i].event = eventOf(old[i].at()/day*day, true)
		}
		want.reads = mergeSorted(old, late, func(r readMark) uint32 { return r.post }, func(_, _ readMark) int { return 0 })
		sameAs(t, "written and read", want, got)
		if again := encodeMarks(&got, everyPost{}); !bytes.Equal(again, value) && len(m.reads) <= recent {
			t.Fatal("it is another record the second time")
		}
	}
}

// There is room for 2,000 posts of 10,000, with the day on which each was read, beside what else a reader
// may have; beyond that the oldest are dropped, and it says so.
func TestRoomForMarks(t *testing.T) {
	full := func(reads, of int) marks {
		rng := rand.New(rand.NewPCG(1, 4))
		m := marks{visited: 900 * day, renewed: 899 * day}
		for n, post := range rng.Perm(of)[:reads] {
			m.setRead(uint32(post), stamp(500*day+n*400*day/reads), true)
		}
		for i := range MaxBegun {
			m.setPlace(spot{post: uint32(rng.IntN(of)), block: int32(i * 7), line: 3, lines: 12, sum: rng.Uint64(), at: stamp(899*day + i*1000), percent: 40})
		}
		m.kept.at = 890 * day
		for i := range 50 {
			m.kept.posts = append(m.kept.posts, uint32(i*of/50))
		}
		m.settings = [settingsKept]choice{{890 * day, "solarized-light"}, {890 * day, "72"}, {890 * day, "pt-br"}}
		for i := range 3 {
			m.setKey(keyID{byte(i)}, 800*day, true)
		}
		return m
	}
	m := full(2000, 10_000)
	value := encodeMarks(&m, everyPost{})
	t.Logf("2,000 of 10,000: %d bytes", len(value))
	if len(value) > MaxMarks || m.dropped != 0 || len(m.reads) != 2000 {
		t.Errorf("%d bytes, %d dropped", len(value), m.dropped)
	}
	m = full(5000, 10_000)
	newest := m.reads[0]
	for _, r := range m.reads {
		if r.event > newest.event {
			newest = r
		}
	}
	if value = encodeMarks(&m, everyPost{}); len(value) > MaxMarks || m.dropped == 0 || m.read(newest.post) != newest.event || len(m.reads) < 2000 {
		t.Errorf("%d bytes, %d dropped, %d left", len(value), m.dropped, len(m.reads))
	}
	got, _, err := decodeMarks(value, everyPost{})
	if err != nil || len(got.reads) != len(m.reads) || got.dropped != m.dropped {
		t.Errorf("%d of %d are read again, %v", len(got.reads), len(m.reads), err)
	}
}

// What a newer version has added survives, in a record as a whole and in single highlights.
func TestNewerFieldsSurvive(t *testing.T) {
	e := newEncoder(marksKind)
	e.stamp(visitedField, 9)
	e.field(77, func(e *encoder) { e.raw([]byte{0, 0, 0, 9}); e.raw([]byte("new")) })
	m, _, err := decodeMarks(e.out, everyPost{})
	if err != nil {
		t.Fatal(err)
	}
	m.setRead(3, 10, true)
	if value := string(encodeMarks(&m, everyPost{})); !strings.Contains(value, "\x00\x00\x00\x09new") {
		t.Errorf("%q", value)
	}
	k := kept{highlights: []highlight{{id: 1, event: eventOf(5, true), passage: passage{text: "t"}, rest: "new"}}, rest: []field{{9, "\x00\x00\x00\x05more"}}}
	k, err = decodeKept(encodeKept(&k, 10))
	if err != nil || k.highlights[0].rest != "new" || k.rest[0].data != "\x00\x00\x00\x05more" {
		t.Errorf("%+v %v", k, err)
	}
	newer := append([]byte{marksKind, formVersion + 1}, "whatever"...)
	if _, _, err := decodeMarks(newer, everyPost{}); !errors.Is(err, errNewer) {
		t.Error(err)
	}
}

// Whatever lies in the store is read without a panic, in bounds, and what was read can be written.
func FuzzDecode(f *testing.F) {
	m := marks{visited: 10}
	m.setRead(3, 9, true)
	m.setPlace(spot{post: 4, at: 9, percent: 5})
	f.Add(encodeMarks(&m, everyPost{}))
	k := kept{}
	k.setBookmark("a", 3, true)
	k.setHighlight(highlight{id: 1, passage: passage{text: "t"}}, 4)
	f.Add(encodeKept(&k, 5))
	f.Add((&pointer{reader: strings.Repeat("0", 32), at: 5}).encode())
	f.Fuzz(func(t *testing.T, value []byte) {
		if m, _, err := decodeMarks(value, everyPost{}); err == nil {
			if out := encodeMarks(&m, everyPost{}); len(out) > MaxMarks {
				t.Errorf("%d bytes", len(out))
			}
		}
		if k, err := decodeKept(value); err == nil {
			encodeKept(&k, 5)
		}
		_, _ = decodePointer(Record{Value: value})
		_ = newPosts().read(Record{Value: value}, 0)
	})
}
