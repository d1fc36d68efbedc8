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
	tellings atomic.Int64
	told     atomic.Pointer[telling]
}

// telling is what readers are told, with a number that no other has. Seats remember that instead of
// a Reading, which they would keep.
type telling struct {
	Reading
	number int64
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
func (c *Crowd) Tell(r Reading) { c.told.Store(&telling{r, c.tellings.Add(1)}) }

// last returns what was told last.
func (c *Crowd) last() telling {
	if c == nil {
		return telling{}
	}
	if t := c.told.Load(); t != nil {
		return *t
	}
	return telling{}
}

// All says how many read ("12 reading"), if there are more than one, and else "".
func (c *Crowd) All() string {
	if n := c.last().All; n > 1 {
		return strconv.Itoa(n) + " reading"
	}
	return ""
}

// Seat is a session in a Crowd. Its methods are called by one goroutine at a time.
type Seat struct {
	crowd   *Crowd
	address string
	count   *atomic.Int64 // of the post that is open; nil: none is
	// The number of what had been told at the last move, and the post that was open when that was counted.
	told    int64
	counted string
}

// Enter adds a session, which must Leave.
func (c *Crowd) Enter() Seat {
	if c != nil {
		c.sessions.Add(1)
	}
	return Seat{crowd: c, told: c.last().number}
}

// Others returns how many others read the post that is open. What was told may have been counted before
// one opened it: then one is not among them.
func (s *Seat) Others() int {
	last := s.crowd.last()
	n := last.Posts[s.address]
	if s.countedIn(last) == s.address {
		n--
	}
	return max(n, 0)
}

// countedIn returns the post that was open when t was counted.
func (s *Seat) countedIn(t telling) string {
	if t.number == s.told {
		return s.counted
	}
	return s.address
}

// Move says which post is open now, by its address; "": none.
func (s *Seat) Move(address string) {
	if s.crowd == nil || s.address == address {
		return
	}
	last := s.crowd.last()
	s.told, s.counted = last.number, s.countedIn(last)
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
