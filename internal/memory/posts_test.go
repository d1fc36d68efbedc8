package memory

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// numbersOf is the record of numbers of some posts.
func numbersOf(t *testing.T, generation uint32, revision uint64, addresses ...string) Record {
	t.Helper()
	p := newPosts()
	var m marks
	for _, a := range addresses {
		n, _ := p.number(a)
		m.setRead(n, 1, true)
	}
	value, _ := p.record([]*marks{&m}, generation)
	return Record{Value: value, Revision: revision}
}

// Numbers that were asked for before others were known, and come after them, take nothing away; those of a store that
// was put back, or has begun anew, count.
func TestNumbersThatComeLate(t *testing.T) {
	has := func(p *posts, address string) bool {
		n, _ := p.number(address)
		_, ok := p.stored(n)
		return ok
	}
	p := newPosts()
	read := func(r Record, known uint64, b bool) {
		t.Helper()
		if err := p.read(r, known); err != nil || !has(p, "a") || has(p, "b") != b {
			t.Errorf("%v; the posts have numbers: %t, %t", err, has(p, "a"), has(p, "b"))
		}
	}
	read(numbersOf(t, 1, 5, "a"), 0, false)
	read(numbersOf(t, 1, 6, "a", "b"), 5, true)
	read(numbersOf(t, 1, 5, "a"), 0, true) // asked for at the same time as the first
	p.lost(0, 5)
	read(numbersOf(t, 1, 6, "a", "b"), 6, true)
	read(numbersOf(t, 1, 5, "a"), 6, false) // a backup
	read(numbersOf(t, 2, 3, "a", "b"), 0, true)
}

// What counts as written is what the record says, also if the posts' numbers become others while it is made.
func TestNumbersChangeWhileWriting(t *testing.T) {
	m := idle(t, Options{})
	const readers, posts, rounds = 64, 50, 40
	var states []*state
	for i := range byte(readers) {
		s := leftAlone(m, keyID{i}.String(), keyID{i})
		s.admitted = true
		states = append(states, s)
	}
	for round := range rounds {
		for _, s := range states {
			s.mu.Lock()
			for i := range posts {
				n, _ := m.posts.number(fmt.Sprintf("%d of round %d", i, round%4))
				s.marks().setRead(n, m.now(), true)
			}
			s.touch()
			s.mu.Unlock()
		}
		var others sync.WaitGroup
		others.Go(func() {
			for range 3 {
				time.Sleep(rand.N(2 * time.Millisecond))
				m.posts.lost(0, m.posts.revision())
				if err := m.readPosts(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		again, err := m.writeBatch(t.Context(), states)
		others.Wait()
		if err != nil || again {
			continue // it is tried again, and not counted
		}
		if err := m.readPosts(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			stored, err := m.fetch(t.Context(), s.id)
			if err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			if has, written := len(stored.marks.reads), len(s.marks().reads); s.version == s.written && has != written {
				t.Fatalf("round %d: %d posts count as written, and the record has %d", round, written, has)
			}
			s.mu.Unlock()
		}
	}
}
