package push

import (
	"sync"

	"github.com/sshblog/sshblog/internal/ledger"
)

// maxOpen is how many files all transfers together may have open: each takes a descriptor.
const maxOpen = 256

// ofAll is the part of what is staged, and of files that are open, that the transfers of one source may take.
const ofAll = 2

// shares count what the transfers of each source take. They are safe for concurrent use.
type shares struct {
	disk     *ledger.Ledger // bytes that are staged
	mu       sync.Mutex
	open     int               // files
	bySource map[string]*share //ledger:counted those of transfers, and of files that are open
}

// share is what one source takes.
type share struct {
	all    *shares
	source string
	disk   *ledger.Account
	open   int // files
	uses   int // transfers and open files
}

// enter returns the share of a source. Call leave afterwards.
func (s *shares) enter(source string, limits Limits) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.bySource[source]
	if one == nil {
		// A transfer may be of the largest size, and have a spool of that size beside it.
		most := max(limits.All/ofAll, 2*limits.Transfer)
		one = &share{all: s, source: source, disk: s.disk.Open(ledger.Limits{Bytes: most})}
		s.bySource[source] = one
	}
	one.uses++
	return one
}

func (s *share) leave() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.left()
}

// left counts one use less. The lock is held.
func (s *share) left() {
	if s.uses--; s.uses == 0 {
		s.disk.Close()
		delete(s.all.bySource, s.source)
	}
}

// takeOpen takes a descriptor, and reports whether there was one. giveOpen gives it back.
func (s *share) takeOpen() bool {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	if s.all.open == maxOpen || s.open == maxOpen/ofAll {
		return false
	}
	s.all.open++
	s.open++
	s.uses++
	return true
}

func (s *share) giveOpen() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.all.open--
	s.open--
	s.left()
}
