package feed

import (
	"container/list"
	"sync"

	"github.com/sshblog/sshblog/internal/library"
)

// key identifies an entry.
type key struct {
	format, host string
	path         string
	sum          [16]byte
	full         bool // with its text, unless that is too large
}

// keptEntry is what an entry takes beside its text and key, in bytes.
const keptEntry = 400

// cache has the entries of an index that all feeds share, the least recently used of which give way.
type cache struct {
	limit int // bytes

	mu      sync.Mutex
	edition <-chan struct{}       // of the index whose entries they are; to hold the index itself would keep its posts in memory
	entries map[key]*list.Element //ledger:counted by bytes, up to limit
	recent  list.List             //ledger:counted by bytes, up to limit: cached, the least recently used last
	bytes   int                   // that they take
}

type cached struct {
	key   key
	entry string
}

func (s *cached) size() int {
	return keptEntry + len(s.entry) + len(s.key.host) + len(s.key.path)
}

// find returns an entry that was made for an index.
func (s *cache) find(index *library.Index, k key) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edition != index.Superseded() {
		return "", false
	}
	e, ok := s.entries[k]
	if !ok {
		return "", false
	}
	s.recent.MoveToFront(e)
	return e.Value.(*cached).entry, true //nolint:errcheck,forcetypeassert // nothing else is in it
}

// put keeps an entry that was made for an index. The entries of an earlier index are dropped when the first of
// the current one comes.
func (s *cache) put(index *library.Index, current bool, k key, entry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edition != index.Superseded() {
		if !current {
			return
		}
		s.edition, s.entries, s.bytes = index.Superseded(), make(map[key]*list.Element), 0
		s.recent.Init()
	}
	if _, ok := s.entries[k]; ok {
		return
	}
	n := &cached{k, entry}
	s.entries[k] = s.recent.PushFront(n)
	for s.bytes += n.size(); s.bytes > s.limit; {
		last := s.recent.Back()
		old := s.recent.Remove(last).(*cached) //nolint:errcheck,forcetypeassert // nothing else is in it
		delete(s.entries, old.key)
		s.bytes -= old.size()
	}
}
