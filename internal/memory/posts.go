package memory

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"sync"
)

// posts maps the addresses of posts to numbers: those of this process, which are assigned at once and last as
// long as the process, and those in the store, which all servers share. It is safe for concurrent use.
type posts struct {
	mu      sync.Mutex
	known   map[uint64]uint32 //ledger:counted by maxPostNumber: the process's numbers by the hash of an address
	hashes  []uint64          //ledger:counted by maxPostNumber: and the other way
	numbers []uint32          //ledger:counted by maxPostNumber: in the store, 1 more than they are; 0: none
	shared  []uint32          //ledger:counted by maxPostNumber: the process's, by those in the store
	gen     uint32            // of the numbers in the store; 0: none are known
	rev     uint64            // of the record
	turn    uint64            // how often the numbers have become others
	there   *directory        // what posts there are; nil: that is not known
}

// hashOf returns the hash of an address: FNV-1a of 64 bits (Fowler, Noll, Vo).
func hashOf(address string) uint64 {
	address = strings.Trim(address, "/") // aliases are written with and without
	h := uint64(14695981039346656037)
	for i := range len(address) {
		h = (h ^ uint64(address[i])) * 1099511628211
	}
	return h
}

// find returns the process's number of an address, if it has one.
func (p *posts) find(address string) (uint32, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.known[hashOf(address)]
	return n, ok
}

// number returns the process's number of an address. It is false if there are too many posts.
func (p *posts) number(address string) (uint32, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.add(hashOf(address))
}

func (p *posts) add(hash uint64) (uint32, bool) {
	if n, ok := p.known[hash]; ok {
		return n, true
	}
	if len(p.hashes) >= maxPostNumber {
		return 0, false
	}
	n := uint32(len(p.hashes)) //nolint:gosec // below maxPostNumber
	p.known[hash] = n
	p.hashes = append(p.hashes, hash)
	p.numbers = append(p.numbers, 0)
	return n, true
}

// set sets which posts there are: the lasting address of each, then its others.
func (p *posts) set(all iter.Seq2[string, []string]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there = &directory{all: all}
}

// directory returns what posts there are.
func (p *posts) directory() *directory {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.there
}

// addresses returns the lasting addresses of those of some posts that are there.
func (p *posts) addresses(of []spot) map[uint32]string {
	found := make(map[uint32]string, len(of))
	for _, s := range of {
		found[s.post] = p.lasting(s.post)
	}
	return found
}

// lasting returns the lasting address of a post, or "" if it is not there.
func (p *posts) lasting(post uint32) string {
	p.mu.Lock()
	there, hash, ok := p.there, uint64(0), int(post) < len(p.hashes)
	if ok {
		hash = p.hashes[post]
	}
	p.mu.Unlock()
	if !ok {
		return ""
	}
	return there.lasting(hash)
}

// generation is part of numbering.
func (p *posts) generation() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gen
}

// stored is part of numbering.
func (p *posts) stored(post uint32) (uint32, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(post) >= len(p.numbers) || p.numbers[post] == 0 {
		return 0, false
	}
	return p.numbers[post] - 1, true
}

// process is part of numbering.
func (p *posts) process(stored uint32) (uint32, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(stored) >= len(p.shared) {
		return 0, false
	}
	return p.shared[stored], true
}

// lacks reports whether some posts have no number in the store.
func (p *posts) lacks(m *marks) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	lacks := func(n uint32) bool { return int(n) < len(p.numbers) && p.numbers[n] == 0 }
	for _, r := range m.reads {
		if lacks(r.post) {
			return true
		}
	}
	for _, s := range m.places {
		if lacks(s.post) {
			return true
		}
	}
	return slices.ContainsFunc(m.kept.posts, lacks)
}

// record returns the record of the numbers, after it has given one to each post of the states.
func (p *posts) record(states []*marks, generation uint32) (value []byte, last uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shared := p.shared
	given := make(map[uint32]bool)
	give := func(n uint32) {
		if int(n) < len(p.numbers) && p.numbers[n] == 0 && !given[n] && len(shared) < maxPostNumber {
			given[n] = true
			shared = append(shared, n)
		}
	}
	for _, m := range states {
		for _, r := range m.reads {
			give(r.post)
		}
		for _, s := range m.places {
			give(s.post)
		}
		for _, n := range m.kept.posts {
			give(n)
		}
	}
	if p.gen != 0 {
		generation = p.gen
	}
	value = binary.BigEndian.AppendUint32(newEncoder(postsKind).out, generation)
	for _, n := range shared {
		value = binary.BigEndian.AppendUint64(value, p.hashes[n])
	}
	return value, p.rev
}

// read takes over the numbers of a record that was asked for, or written, when those of revision known were known. A
// record that arrives after a later one is ignored.
func (p *posts) read(r Record, known uint64) error {
	d, err := newDecoder(postsKind, r.Value)
	if err != nil {
		return err
	}
	generation := binary.BigEndian.Uint32(d.bytes(4))
	if d.bad || generation == 0 || len(d.in)%8 != 0 || len(d.in)/8 > maxPostNumber {
		return errBroken
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if generation == p.gen && r.Revision < p.rev && p.rev != known {
		return nil
	}
	p.turn++
	clear(p.numbers)
	p.shared = p.shared[:0:0]
	for len(d.in) > 0 {
		n, ok := p.add(d.fixed64())
		if !ok {
			return errBroken
		}
		p.shared = append(p.shared, n)
		p.numbers[n] = uint32(len(p.shared)) //nolint:gosec // below maxPostNumber
	}
	p.gen, p.rev = generation, r.Revision
	return nil
}

// revision returns that of the record whose numbers are known.
func (p *posts) revision() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rev
}

// turns returns how often the numbers have become others: what was encoded between two equal answers has those of
// one record.
func (p *posts) turns() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn
}

func newPosts() *posts { return &posts{known: make(map[uint64]uint32)} }

// full reports whether no further post gets a number in the store.
func (p *posts) full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.shared) >= maxPostNumber
}

// lost records that the record of the numbers is missing, or damaged and must be overwritten: numbering begins anew.
// It does nothing if the numbers have changed since the record was asked for, when those of revision known were known.
func (p *posts) lost(revision, known uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rev != known {
		return
	}
	p.turn++
	clear(p.numbers)
	p.gen, p.rev, p.shared = 0, revision, nil
}
