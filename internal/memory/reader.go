package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Client is who opens a [Reader].
type Client struct {
	Account Account // memory for what is known of the reader is taken from it; nil: it is not counted
	Source  string  // where the client comes from, for limits
	Passing bool    // a command, which is no visit
}

// Reader is what is known of one reader, for one session. Sessions of one reader share it. All methods
// are safe for concurrent use, and none waits for the store unless it has a context.
type Reader struct {
	memory *Memory
	client Client
	key    keyID
	state  atomic.Pointer[state]

	// Under the state's lock.
	taken    int64 // from the account
	closed   bool
	reading  bool         // a post is open
	post     uint32       // which
	finished bool         // to its end, since it was opened
	seen     uint64       // hash of the last saved place
	where    func() Place // returns where the session is in it; nil: unknown
}

// sessionCost is the size of a Reader itself, in bytes.
const sessionCost = 512

// Open is OpenFor for a client of whom nothing is known but the key.
func (m *Memory) Open(key []byte) *Reader { return m.OpenFor(key, Client{}) }

// OpenFor returns what is known of the reader with a public key in its wire form (of a certificate: the
// key that it certifies). It waits no longer than Options.Wait for the store: what is not there by then
// comes later, see Changed. Close must be called.
func (m *Memory) OpenFor(key []byte, c Client) *Reader {
	r := &Reader{memory: m, client: c, key: m.idOf(key)}
	if !r.take(sessionCost) {
		r.detach()
		return r
	}
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		r.detach()
		return r
	}
	s := m.byKey[r.key]
	if s == nil {
		s = newState(r.key)
		m.byKey[r.key] = s
	}
	s.mu.Lock()
	r.state.Store(s)
	if len(s.sessions) == 0 {
		m.returned(s)
		s.source = c.Source
		if s.loaded { // by a visit that is over, and is not written yet
			s.since, s.first = s.marks().visited, s.marks().empty()
		}
	}
	s.sessions = append(s.sessions, r)
	if s.loaded && !r.charge(s) {
		s.remove(r)
		r.detach()
	} else {
		m.queue(s)
	}
	ready, loaded := s.whenChanged(), s.loaded
	s.mu.Unlock()
	m.mu.Unlock()
	if !loaded && !m.health.failing() {
		await(ready, m.o.Wait)
	}
	return r
}

// await waits for a channel to be closed, at most for a time.
func await(ready <-chan struct{}, wait time.Duration) {
	select {
	case <-ready:
		return
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ready:
	case <-timer.C:
	}
}

// take takes memory from the session's account.
func (r *Reader) take(bytes int64) bool {
	if r.client.Account != nil && !r.client.Account.Take(bytes) {
		return false
	}
	r.taken += bytes
	return true
}

// charge takes the memory of the state from the account. Its lock is held.
func (r *Reader) charge(s *state) bool {
	more := sessionCost + s.size() - r.taken
	return more <= 0 || r.take(more)
}

// detach replaces the session's state by one of which nothing is kept.
func (r *Reader) detach() {
	s := newState(r.key)
	s.loaded, s.leave = true, true
	s.sessions = []*Reader{r}
	r.state.Store(s)
}

// remove removes a session. The lock is held.
func (s *state) remove(r *Reader) {
	s.sessions = slices.DeleteFunc(s.sessions, func(other *Reader) bool { return other == r })
}

// with calls f under the lock of the state.
func (r *Reader) with(f func(s *state)) {
	for {
		s := r.state.Load()
		s.mu.Lock()
		same := r.state.Load() == s // or the session has got another one meanwhile
		if same {
			f(s)
		}
		s.mu.Unlock()
		if same {
			return
		}
	}
}

// change calls f, which changes the marks, under the lock of the state. With soon they are written soon.
func (r *Reader) change(soon bool, f func(s *state)) {
	var s *state
	r.with(func(at *state) {
		if !r.closed {
			f(at)
			s = at
		}
	})
	if s != nil {
		r.memory.changes(s, soon)
	}
}

// Close ends the session.
func (r *Reader) Close() {
	r.with(func(s *state) {
		if r.closed {
			return
		}
		s.look(r, r.memory.o.Now())
		r.closed, r.reading, r.where = true, false, nil
		if !r.client.Passing && (s.active || s.known) {
			s.marks().visited = max(s.marks().visited, r.memory.now())
			s.touch()
		}
		s.remove(r)
		if r.client.Account != nil {
			r.client.Account.Give(r.taken)
		}
		r.taken = 0
	})
	r.memory.release(r.state.Load())
}

// Changed returns a channel that is closed when the state was changed from outside: loaded late, merged or
// forgotten.
func (r *Reader) Changed() (changed <-chan struct{}) {
	r.with(func(s *state) { changed = s.whenChanged() })
	return changed
}

// Loaded reports whether the state is loaded from the store.
func (r *Reader) Loaded() (loaded bool) {
	r.with(func(s *state) { loaded = s.loaded })
	return loaded
}

// First reports whether the reader was unknown when the session began, and is remembered from now on.
func (r *Reader) First() (first bool) {
	r.with(func(s *state) {
		first = s.loaded && s.first && !s.leave && (!s.stranger() || r.memory.wouldAdmit(s.source))
	})
	return first
}

// Since returns when the last visit before this one ended; zero: there was none.
func (r *Reader) Since() (since time.Time) {
	r.with(func(s *state) { since = s.since.time() })
	return since
}

// Full reports whether read marks had no room, of which the oldest were dropped.
func (r *Reader) Full() (full bool) {
	r.with(func(s *state) { full = s.marks().dropped > 0 })
	return full
}

// Mark returns what is known of the post with some addresses: of the newest of what is known of each.
func (r *Reader) Mark(names ...string) (mark Mark) {
	r.with(func(s *state) {
		var read event
		var last spot
		for _, name := range names {
			n, ok := r.memory.posts.find(name)
			if !ok {
				continue
			}
			read = max(read, s.marks().read(n))
			if at, ok := s.marks().place(n); ok && compareSpots(at, last) > 0 {
				last = at
			}
			_, kept := slices.BinarySearch(s.marks().kept.posts, n)
			mark.Bookmarked = mark.Bookmarked || kept
		}
		mark.Read = read.readAt().time()
		if mark.Place = last.place(); last.at > 0 && last.percent < 100 && last.at > read.at() {
			mark.Percent = int(last.percent)
		}
	})
	return mark
}

func (s spot) place() Place {
	return Place{Block: int(s.block), Sum: s.sum, Line: int(s.line), Lines: int(s.lines), Percent: int(s.percent), When: s.at.time()}
}

// Opened records that a post is being read in the session.
func (r *Reader) Opened(address string) {
	n, ok := r.memory.posts.number(address)
	r.change(false, func(s *state) {
		s.look(r, r.memory.o.Now())
		r.reading, r.post, r.finished, r.where, r.seen = ok, n, false, nil, 0
		s.active = true
	})
}

// Read records that a post has been read to its end.
func (r *Reader) Read(address string) { r.setRead(address, true) }

// Unread marks a post as unread.
func (r *Reader) Unread(address string) { r.setRead(address, false) }

func (r *Reader) setRead(address string, read bool) {
	n, ok := r.memory.posts.number(address)
	if !ok {
		return
	}
	r.change(false, func(s *state) {
		if !r.charge(s) {
			return
		}
		s.marks().setRead(n, r.memory.now(), read)
		s.active = true
		s.touch()
		if r.reading && r.post == n {
			r.finished = read
		}
	})
}

// At sets the function that returns where the session is in a post. It is called by other goroutines, every 15
// seconds at most and when the post is left, and must only read what never changes.
func (r *Reader) At(address string, where func() Place) {
	n, ok := r.memory.posts.number(address)
	r.with(func(s *state) {
		if r.closed || !ok {
			return
		}
		r.goesOn(s, n)
		r.reading, r.post, r.where = true, n, where
	})
}

// Left records where a post was left.
func (r *Reader) Left(address string, p Place) {
	n, ok := r.memory.posts.number(address)
	if !ok {
		return
	}
	p.When = r.memory.o.Now()
	r.change(true, func(s *state) {
		if !r.charge(s) {
			return
		}
		r.goesOn(s, n)
		r.post = n
		if seen := p.hash(n); seen != r.seen { // a session that has not moved must not override another one, or a forgetting
			r.seen = seen
			s.setPlace(r, p)
		}
		r.reading, r.where = false, nil
	})
}

// goesOn records which post is being read. Returning to a post that was read to its end does not begin it
// again. The lock is held.
func (r *Reader) goesOn(s *state, post uint32) {
	if !r.reading || r.post != post {
		r.finished = s.marks().read(post).read()
	}
}

// Begun returns the posts that were begun and not read to their end, as far as they are still there, the
// last one first.
func (r *Reader) Begun() []Begun {
	var spots []spot
	r.with(func(s *state) {
		for _, at := range s.marks().places {
			if s.marks().begun(at) {
				spots = append(spots, at)
			}
		}
	})
	slices.SortFunc(spots, func(a, b spot) int { return -compareSpots(a, b) })
	addresses := r.memory.posts.addresses(spots)
	var begun []Begun
	for _, at := range spots {
		address := addresses[at.post]
		if address != "" && !slices.ContainsFunc(begun, func(b Begun) bool { return b.Address == address }) {
			begun = append(begun, Begun{address, at.place()})
		}
	}
	return begun
}

// Settings returns what the reader has chosen.
func (r *Reader) Settings() (set Settings) {
	r.with(func(s *state) {
		set.Theme, set.Language = s.marks().settings[themeKept].value, s.marks().settings[languageKept].value
		set.Column, _ = strconv.Atoi(cmp.Or(s.marks().settings[columnKept].value, "0"))
	})
	return set
}

// SetSettings keeps what the reader has chosen.
func (r *Reader) SetSettings(set Settings) {
	values := [settingsKept]string{themeKept: set.Theme, languageKept: set.Language}
	if set.Column > 0 {
		values[columnKept] = strconv.Itoa(set.Column)
	}
	r.change(false, func(s *state) {
		for i, value := range values {
			last := &s.marks().settings[i]
			if last.value != value && len(value) <= maxSetting {
				*last = choice{after(r.memory.now(), max(last.at, s.marks().floor)), value}
				s.active = true
				s.touch()
			}
		}
	})
}

// Ready waits until what the store has is known. The error is for the reader.
func (r *Reader) Ready(ctx context.Context) error {
	_, _, err := r.ready(ctx)
	return err
}

// Known returns how many posts are known to be read, and how many to be begun.
func (r *Reader) Known() (read, begun int) {
	r.with(func(s *state) {
		for _, e := range s.marks().reads {
			if e.read() {
				read++
			}
		}
		for _, at := range s.marks().places {
			if s.marks().begun(at) {
				begun++
			}
		}
	})
	return read, begun
}
