package reader

import (
	"strconv"
	"sync"
	"sync/atomic"
)

// Crowd counts who reads what now. Readers see the counts of the last Publish, so that frames stay the same until
// the next one, and sessions share them. No method blocks; a nil Crowd counts nothing and shows nothing.
type Crowd struct {
	sessions atomic.Int64
	posts    sync.Map     //ledger:counted the posts that were opened: of addresses, each to an *atomic.Int64
	numbers  atomic.Int64 // of snapshots
	latest   atomic.Pointer[snapshot]
}

// snapshot is a published Reading with a number of its own. A Presence remembers the number, so that it does not
// keep the Reading in memory.
type snapshot struct {
	Reading
	number int64
}

// Reading is how many read: in all, and each post, by its address.
type Reading struct {
	All   int
	Posts map[string]int //ledger:counted the posts that somebody reads, which are sessions
}

// Here returns who reads here now.
func (c *Crowd) Here() Reading {
	here := Reading{int(c.sessions.Load()), make(map[string]int)}
	c.posts.Range(func(address, n any) bool {
		name, _ := address.(string)
		if count, ok := n.(*atomic.Int64); ok && count.Load() > 0 {
			here.Posts[name] = int(count.Load())
		}
		return true
	})
	return here
}

// Publish makes r what readers see until the next call. The caller must not change it afterwards.
func (c *Crowd) Publish(r Reading) { c.latest.Store(&snapshot{r, c.numbers.Add(1)}) }

// last returns what was published last.
func (c *Crowd) last() snapshot {
	if c == nil {
		return snapshot{}
	}
	if s := c.latest.Load(); s != nil {
		return *s
	}
	return snapshot{}
}

// All says how many read ("12 reading"), if there are more than one, and else "".
func (c *Crowd) All() string {
	if n := c.last().All; n > 1 {
		return strconv.Itoa(n) + " reading"
	}
	return ""
}

// Presence is a session in a Crowd. Its methods are called by one goroutine at a time.
type Presence struct {
	crowd   *Crowd
	address string
	count   *atomic.Int64 // of the post that is open; nil: none is
	// The number of the latest snapshot at the last move, and the post that was open when it was taken.
	number  int64
	counted string
}

// Enter adds a session, which must Leave.
func (c *Crowd) Enter() Presence {
	if c != nil {
		c.sessions.Add(1)
	}
	return Presence{crowd: c, number: c.last().number}
}

// Others returns how many others read the post that is open. The snapshot may be older than the session's
// opening of the post: then the session is not in the count, and is not subtracted.
func (s *Presence) Others() int {
	last := s.crowd.last()
	n := last.Posts[s.address]
	if s.countedIn(last) == s.address {
		n--
	}
	return max(n, 0)
}

// countedIn returns the post that was open when the snapshot was taken.
func (s *Presence) countedIn(t snapshot) string {
	if t.number == s.number {
		return s.counted
	}
	return s.address
}

// Move sets which post is open now, by its address; "" stands for none.
func (s *Presence) Move(address string) {
	if s.crowd == nil || s.address == address {
		return
	}
	last := s.crowd.last()
	s.number, s.counted = last.number, s.countedIn(last)
	if s.count != nil {
		s.count.Add(-1)
	}
	s.address, s.count = address, nil
	if address == "" {
		return
	}
	count, there := s.crowd.posts.Load(address)
	if !there {
		count, _ = s.crowd.posts.LoadOrStore(address, new(atomic.Int64))
	}
	s.count, _ = count.(*atomic.Int64)
	s.count.Add(1)
}

// Leave removes the session.
func (s *Presence) Leave() {
	if s.crowd != nil {
		s.Move("")
		s.crowd.sessions.Add(-1)
		s.crowd = nil
	}
}

// Showing shows readers how many read now.
func Showing(c *Crowd) Option { return func(r *Reader) { r.crowd = c } }

// updatePresence sets in the Crowd which post the session reads.
func (m *Model) updatePresence() {
	address := ""
	if a, ok := m.top().(*article); ok && m.crowd != nil {
		if _, held := m.index.Held(a.post); !held {
			address = a.post.Address
		}
	}
	m.presence.Move(address)
}
