package opened

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxGone is how many posts that are not in the blog any more keep their sums: those that
// were opened the most.
const maxGone = 10_000

// Counter counts. It is safe for concurrent use.
type Counter struct {
	file *file // nil: the sums are in memory alone

	mu    sync.Mutex
	total uint64            // since the Counter was made
	fresh map[string]uint64 //ledger:counted not saved yet, by address: as many as there were posts
	saved sums              // never changes once it is here
	fails uint64            // how often it could not be saved

	saving  sync.Mutex // one Save at a time
	failing bool       // the last one has failed
}

// sums are how often posts were opened, by address, since a time.
type sums struct {
	since time.Time
	posts map[string]uint64
}

// Post is how often a post was opened.
type Post struct {
	Address string
	Opened  uint64
}

// New returns a Counter whose sums are in memory alone.
func New() *Counter {
	return &Counter{fresh: make(map[string]uint64), saved: sums{since: time.Now()}}
}

// Add counts the post with an address once more. It costs as much as a map's update.
func (c *Counter) Add(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	c.fresh[address]++
}

// Total returns how many posts were opened since the Counter was made.
func (c *Counter) Total() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Of returns the sum of the post with an address, as Top does.
func (c *Counter) Of(address string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saved.posts[address] + c.fresh[address]
}

// Failures returns how often Open or a Save has failed.
func (c *Counter) Failures() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fails
}

// Top returns the n posts that were opened the most, how many there are besides, and since
// when they count. What other processes have counted is from the last Save. It takes memory for
// n posts, however many there are.
func (c *Counter) Top(n int) (top []Post, besides int, since time.Time) {
	top = make([]Post, 0, n+1) //ledger:counted as many as the operator lists
	offer := func(p Post) {
		at, _ := slices.BinarySearchFunc(top, p, byOpened)
		if at == n || slices.ContainsFunc(top, func(other Post) bool { return other.Address == p.Address }) {
			return
		}
		top = slices.Insert(top, at, p)
		top = top[:min(len(top), n)]
	}
	c.mu.Lock()
	saved, all := c.saved, len(c.saved.posts)
	for address, opened := range c.fresh {
		before, known := saved.posts[address]
		if !known {
			all++
		}
		offer(Post{address, before + opened})
	}
	c.mu.Unlock()
	// Those that are in top stay, and what was left out with what is fresh is left out without it, too.
	for address, opened := range saved.posts {
		offer(Post{address, opened})
	}
	return top, all - len(top), saved.since
}

// byOpened puts posts that were opened more often first.
func byOpened(a, b Post) int {
	return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.Address, b.Address))
}

// topOf returns the n posts with the highest sums, the highest first.
func topOf(n int, posts map[string]uint64) []Post {
	all := make([]Post, 0, len(posts))
	for address, opened := range posts {
		all = append(all, Post{address, opened})
	}
	slices.SortFunc(all, byOpened)
	return slices.Clip(all[:min(n, len(all))])
}

// with returns the sums and more.
func (s sums) with(more map[string]uint64) sums {
	posts := make(map[string]uint64, len(s.posts)+len(more))
	maps.Copy(posts, s.posts)
	for address, n := range more {
		posts[address] += n
	}
	return sums{s.since, posts}
}

// prune removes the sums of posts that are not there any more, but for the most gone ones
// that were opened the most, and returns the rest.
func (s sums) prune(there func(address string) bool, most int) sums {
	gone := make(map[string]uint64)
	for address, n := range s.posts {
		if !there(address) {
			gone[address] = n
		}
	}
	for _, p := range topOf(len(gone), gone)[min(most, len(gone)):] {
		delete(s.posts, p.Address)
	}
	return s
}

// Save adds what was counted since the last one to the folder's sums, if there is a folder,
// and takes over what other processes have added. there reports whether a post is in the
// blog. If it fails nothing is lost: the next one tries again, also if nothing was counted.
func (c *Counter) Save(there func(address string) bool) (err error) {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	counted := maps.Clone(c.fresh)
	c.mu.Unlock()
	if len(counted) == 0 && !c.failing {
		return nil
	}
	if c.file == nil {
		c.saves(c.saved.with(counted).prune(there, maxGone), counted)
		return nil
	}
	err = c.file.locked(func() error {
		s, err := c.file.add(counted, c.saved.since, there)
		if s.posts != nil {
			c.saves(s, counted)
		}
		return err
	})
	if c.failing = err != nil; c.failing {
		c.mu.Lock()
		c.fails++
		c.mu.Unlock()
	}
	return err
}

// saves takes over sums to which what was counted has been added.
func (c *Counter) saves(s sums, counted map[string]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved = s
	for address, n := range counted {
		if c.fresh[address] -= n; c.fresh[address] == 0 {
			delete(c.fresh, address)
		}
	}
}
