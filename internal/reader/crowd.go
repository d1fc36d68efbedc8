package reader

import (
	"strconv"
	"sync"
	"sync/atomic"
)

// Crowd counts who reads what now. What readers are told is as of the last Tell, so that frames stay the same until
// then, and sessions share them. No method waits for another; nil counts nothing and tells nothing.
type Crowd struct {
	sessions atomic.Int64
	posts    sync.Map //ledger:counted the posts that were opened: of addresses, each to an *atomic.Int64
	told     atomic.Pointer[Reading]
}

// Reading is who reads: how many, and how many each post, by its address.
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

// Tell has readers told of r, which must not change any more, until the next time.
func (c *Crowd) Tell(r Reading) { c.told.Store(&r) }

// All says how many read ("12 reading"), if there are more than one, and else "".
func (c *Crowd) All() string {
	if n := c.all(); n > 1 {
		return strconv.Itoa(n) + " reading"
	}
	return ""
}

func (c *Crowd) all() int {
	if c == nil || c.told.Load() == nil {
		return 0
	}
	return c.told.Load().All
}

// Others says how many read a post beside one ("3 others"), or "".
func (c *Crowd) Others(address string) string {
	if n := c.others(address); n > 0 {
		return Count(n, "other", "others")
	}
	return ""
}

func (c *Crowd) others(address string) int {
	if c == nil || c.told.Load() == nil {
		return 0
	}
	return max(c.told.Load().Posts[address]-1, 0)
}

// Seat is a session in a Crowd. Its methods are called by one goroutine at a time.
type Seat struct {
	crowd   *Crowd
	address string
	count   *atomic.Int64 // of the post that is open; nil: none is
}

// Enter adds a session, which must Leave.
func (c *Crowd) Enter() Seat {
	if c != nil {
		c.sessions.Add(1)
	}
	return Seat{crowd: c}
}

// Move says which post is open now, by its address; "": none.
func (s *Seat) Move(address string) {
	if s.crowd == nil || s.address == address {
		return
	}
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

// Leave says that the session is over.
func (s *Seat) Leave() {
	if s.crowd != nil {
		s.Move("")
		s.crowd.sessions.Add(-1)
		s.crowd = nil
	}
}

// Showing has readers told how many read now.
func Showing(c *Crowd) Option { return func(r *Reader) { r.crowd = c } }

// seated says in the Crowd where the session is.
func (m *Model) seated() {
	address := ""
	if a, ok := m.top().(*article); ok && m.crowd != nil {
		if _, held := m.index.Held(a.post); !held {
			address = a.post.Address
		}
	}
	m.seat.Move(address)
}
