package memory

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// idle returns a Memory of which only what a test calls does something.
func idle(t *testing.T, o Options) *Memory {
	t.Helper()
	b, err := OpenBolt(filepath.Join(t.TempDir(), "readers.db"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o.Interval = time.Hour
	m := New(b, []byte("secret"), o)
	t.Cleanup(m.Close)
	return m
}

// leftAlone has a state that is not written, and that nobody reads with, be that of a reader.
func leftAlone(m *Memory, id string, key keyID) *state {
	s := newState(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id, s.loaded, s.active = id, true, true
	s.marks().setRead(1, m.now(), true)
	s.touch()
	m.byKey[key], m.byID[id] = s, s
	m.tidy(s)
	return s
}

// A key moves between two states that wait to be written, the oldest of all, though there is no room for
// either; and what somebody reads with does not count as left.
func TestMovingAKeyWithoutRoom(t *testing.T) {
	for _, room := range []int64{1, 1 << 20} {
		m := idle(t, Options{Unwritten: 1 << 20})
		from, to := leftAlone(m, "from", keyID{1}), leftAlone(m, "to", keyID{2})
		r := &Reader{memory: m, key: keyID{1}}
		m.mu.Lock()
		m.o.Unwritten = room
		if room > 1 { // somebody reads
			from.sessions = []*Reader{r}
			r.state.Store(from)
			m.returned(from)
		}
		m.mu.Unlock()
		done := make(chan struct{})
		go func() { m.split(keyID{1}, found{id: "to"}); close(done) }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("it waits for itself")
		}
		m.mu.Lock()
		var sum int64
		for _, s := range m.left {
			if sum += s.bytes; len(s.sessions) > 0 {
				t.Error("a state that somebody reads with waits to be lost")
			}
		}
		if sum != m.bytes {
			t.Errorf("%d bytes wait, and %d are counted", sum, m.bytes)
		}
		if room > 1 && r.state.Load() != to {
			t.Error("the session is not that of the other reader")
		}
		m.mu.Unlock()
	}
}

// A state that nobody read with gets the sessions of one that is a part of it now.
func TestSettlingWithSessions(t *testing.T) {
	m := idle(t, Options{})
	from, to := leftAlone(m, "from", keyID{1}), leftAlone(m, "to", keyID{2})
	r := &Reader{memory: m, key: keyID{1}}
	m.mu.Lock()
	from.sessions = []*Reader{r}
	r.state.Store(from)
	m.mu.Unlock()
	m.settle(from, found{id: "to"})
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.left) != 0 || m.bytes != 0 || r.state.Load() != to {
		t.Errorf("%d states of %d bytes wait", len(m.left), m.bytes)
	}
}

// What is forgotten elsewhere while a state is being written does not come back when that is done.
func TestForgottenWhileWriting(t *testing.T) {
	m := idle(t, Options{})
	s := leftAlone(m, keyID{1}.String(), keyID{1})
	s.sessions = []*Reader{{memory: m, key: keyID{1}}}
	shots := m.snapshots([]*state{s})
	if len(shots) != 1 {
		t.Fatal("it is not written")
	}
	s.mu.Lock()
	s.merge(&marks{floor: m.now() + 10}, 6)
	s.mu.Unlock()
	m.wrote(&shots[0], 5)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.marks().reads); n != 0 || s.marks().floor == 0 {
		t.Errorf("%d posts are read again", n)
	}
}

// A state whose keys are all those of other readers by now is written to the reader that its own has joined.
func TestLeftBehind(t *testing.T) {
	m := idle(t, Options{})
	one, two := keyID{1}.String(), keyID{2}.String()
	s := leftAlone(m, one, keyID{1})
	put := func(id string, stored marks) {
		t.Helper()
		if _, err := m.store.Put(t.Context(), marksKey(id), encodeMarks(&stored, everyPost{}), 0); err != nil {
			t.Fatal(err)
		}
	}
	put(one, marks{moved: movedTo{two, m.now()}})
	put(two, marks{visited: m.now()})
	s.keys = nil
	if err := m.reload(t.Context(), s); err != nil || s.id != two {
		t.Errorf("it is that of %s, %v", s.id, err)
	}
}

// What is kept after something was forgotten elsewhere is written, though that is heard of in between.
func TestKeptAfterForgottenElsewhere(t *testing.T) {
	m := idle(t, Options{})
	id := keyID{1}.String()
	s := leftAlone(m, id, keyID{1})
	s.mu.Lock()
	now := m.now()
	s.kept = &kept{}
	s.kept.setHighlight(highlight{id: 1, passage: passage{address: "a", text: "old"}}, now-20)
	s.kept.setHighlight(highlight{id: 2, passage: passage{address: "a", text: "new"}}, now)
	s.keptVersion++
	s.merge(&marks{floor: now - 10}, 6)
	s.mu.Unlock()
	if err := m.writeKept(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	stored, _, err := m.fetchKept(t.Context(), id)
	if err != nil || len(stored.highlights) != 1 || stored.highlights[0].text != "new" {
		t.Errorf("the store has %+v, %v", stored.highlights, err)
	}
}

// A record of a newer form stays as it is when its reader is joined to another one, and when it is left behind.
func TestJoiningWhatIsNewer(t *testing.T) {
	m := idle(t, Options{})
	one, two := keyID{1}.String(), keyID{2}.String()
	s := leftAlone(m, one, keyID{1})
	newer := func(kind byte) []byte { return append([]byte{kind, formVersion + 1}, "whatever"...) }
	put := func(key string, value []byte, last uint64) uint64 {
		t.Helper()
		revision, err := m.store.Put(t.Context(), key, value, last)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	stays := func(key string, value []byte) {
		t.Helper()
		if r, err := m.store.Get(t.Context(), key); err != nil || !slices.Equal(r.Value, value) {
			t.Errorf("%s is %q, %v", key, r.Value, err)
		}
	}
	revision := put(marksKey(one), newer(marksKind), 0)
	if err := m.join(t.Context(), s, one, two, []keyID{{1}}); !errors.Is(err, errNewer) {
		t.Errorf("it is joined: %v", err)
	}
	stays(marksKey(one), newer(marksKind))

	put(marksKey(one), encodeMarks(&marks{moved: movedTo{two, m.now()}}, everyPost{}), revision)
	put(keptKey(one), newer(keptKind), 0)
	if err := m.reload(t.Context(), s); err != nil || s.id != two {
		t.Errorf("it is that of %s, %v", s.id, err)
	}
	stays(keptKey(one), newer(keptKind))
}

// Whose forgetting there is no time for now is not forgotten about, nor has the store failed by that.
func TestNoTimeToForget(t *testing.T) {
	m := idle(t, Options{})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	before := m.Stats().Failures
	for i := range byte(3) {
		key := keyID{i}
		m.again.add(unforgotten{leftAlone(m, key.String(), key), key.String(), []keyID{key}, marks{floor: m.now()}})
	}
	m.forgetAgain(over)
	if n, failures := len(m.again.forget), m.Stats().Failures-before; n != 3 || failures != 0 {
		t.Errorf("%d are tried again, after %d failures", n, failures)
	}
	m.forgetAgain(t.Context())
	if n := len(m.again.forget); n != 0 {
		t.Errorf("%d are tried again", n)
	}
}

// What a newer version has added to the record of a key survives joining and parting, and is forgotten with the rest.
func TestNewerFieldsOfAKeySurvive(t *testing.T) {
	m := idle(t, Options{})
	key := keyID{1}
	one, two := key.String(), keyID{2}.String()
	s := leftAlone(m, one, key)
	added := func(at stamp) string { return string(binary.BigEndian.AppendUint32(nil, uint32(at))) + "added" }
	newer := pointer{reader: one, at: m.now(), rest: []field{{77, added(m.now())}}}
	if _, err := m.store.Put(t.Context(), pointerKey(key), newer.encode(), 0); err != nil {
		t.Fatal(err)
	}
	has := func(after string, want bool) {
		t.Helper()
		if r, err := m.store.Get(t.Context(), pointerKey(key)); err != nil || bytes.Contains(r.Value, []byte("added")) != want {
			t.Errorf("after %s the record is %q, %v", after, r.Value, err)
		}
	}
	if err := m.join(t.Context(), s, one, two, []keyID{key}); err != nil {
		t.Fatal(err)
	}
	has("joining", true)
	if _, err := m.begin(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	has("parting", true)
	if err := m.setPointer(t.Context(), key, pointer{floor: m.now()}); err != nil {
		t.Fatal(err)
	}
	has("forgetting", false)
}
