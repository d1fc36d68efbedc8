package memory

import (
	"bytes"
	"testing"
)

// keptRecord is a record with texts of bookmarks, as all versions have written it.
func keptRecord(bookmarks ...[]byte) []byte {
	e := newEncoder(keptKind)
	e.field(bookmarksField, func(e *encoder) {
		for _, b := range bookmarks {
			e.text(string(b))
		}
	})
	return e.out
}

// named is a bookmark as versions have written it that kept the address of one that was removed, and what else a
// version has there.
func named(address string, at stamp, on bool) []byte {
	var e encoder
	e.uint(uint64(eventOf(at, on)))
	e.text(address)
	e.raw([]byte("more"))
	return e.out
}

// Of a bookmark that was removed nothing is written but a hash, whichever version has removed it; and versions that know
// the hash and others that do not read what the other has written.
func TestRemovedBookmarks(t *testing.T) {
	const kept, gone = "2026/kept", "2026/gone"
	stored, err := decodeKept(keptRecord(named(gone, 5, false), named(kept, 5, true)))
	if err != nil || len(stored.bookmarks) != 2 {
		t.Fatalf("%+v, %v", stored, err)
	}
	earlier := bookmarkOf(gone, 4, true)
	merged := mergeKept(&stored, &earlier)
	for _, b := range merged.bookmarks {
		if on := b.hash == hashOf(kept); b.read() != on || b.address != map[bool]string{true: kept}[on] || b.rest != "more" {
			t.Errorf("%+v", b)
		}
	}
	value := encodeKept(&merged, 6)
	if bytes.Contains(value, []byte(gone)) || !bytes.Contains(value, []byte(kept)) {
		t.Errorf("%q", value)
	}

	// One that does not know the hash takes it for an address, and writes it beside that which it has itself.
	removed := bookmarkOf(gone, 5, false)
	for at, on := range map[stamp]bool{4: false, 6: true} {
		both, err := decodeKept(keptRecord(named(gone, at, true), removed.bookmarks[0].encode()))
		if err != nil || len(both.bookmarks) != 1 || both.bookmarks[0].read() != on {
			t.Errorf("of %d: %+v, %v", at, both.bookmarks, err)
		}
	}
}

// bookmarkOf has one bookmark.
func bookmarkOf(address string, at stamp, on bool) (k kept) {
	k.setBookmark(address, at, on)
	return k
}
