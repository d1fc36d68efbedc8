package sshd

import (
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// SetMemoryBudget changes the memory, in bytes, that sessions may take together, and with it
// their number. Config.MemoryBudget is the most. Running sessions stay; new ones are refused
// while there is no room. Config.Ledger must not be shared with anything else.
func (s *Server) SetMemoryBudget(bytes int64) {
	bytes = min(bytes, s.cfg.MemoryBudget)
	s.admission.budget.Store(bytes)
	s.cfg.Ledger.Limit(ledger.Limits{Bytes: bytes})
}

// MemoryTaken returns how much memory, in bytes, connections and sessions have taken of the
// budget, and those will take that have been accepted and may be about to start a session.
func (s *Server) MemoryTaken() int64 {
	conns, _ := s.admission.counts()
	starting := max(0, int64(conns-s.connections.sessions())) + s.front.Taken().Goroutines
	return s.cfg.Ledger.Taken().Bytes + starting*SessionCost
}

// OpenAccount returns an account for something that is not a connection, and takes its memory from
// what sessions may have. Close it.
func (s *Server) OpenAccount(limits ledger.Limits) *ledger.Account { return s.cfg.Ledger.Open(limits) }

// MakeRoom closes connections for something that is not a connection, so that at least so many
// bytes of their memory come free within about a second, and returns how many do. It closes those
// that it would close for new ones: of the source or network that has taken the most, and never
// one whose reader is active and has no more than a fair share.
func (s *Server) MakeRoom(bytes int64) int64 { return s.admission.makeRoom(bytes) }

// maxSessions returns how many sessions the current memory budget allows.
func (s *Server) maxSessions() int {
	budget := s.admission.budget.Load()
	if budget == s.cfg.MemoryBudget {
		return s.cfg.MaxSessions
	}
	return min(s.cfg.MaxSessions, int(max(1, budget/SessionCost)))
}

// capacity refuses sessions over Config.MaxSessions, or for which there is no memory. The
// limit of connections is not enough: each may carry several sessions. It waits for up to
// roomTime, since connections that are closed for the new session still count for a moment.
func (s *Server) capacity(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		own := sessionOf(sess)
		if !own.fair || !s.awaitCapacity(own) || !own.account.TakeWithin(own.ctx, roomTime, SessionCost-connCost-channelCost) {
			own.refuse(SessionsFull)
			return
		}
		next(sess)
	}
}

// awaitCapacity waits for up to roomTime until the running sessions, with the new one, are
// within the limit, and reports whether they are.
func (s *Server) awaitCapacity(own *session) bool {
	const look = 20 * time.Millisecond
	for left := roomTime; s.connections.sessions() > s.maxSessions(); left -= look {
		if left <= 0 {
			return false
		}
		timer := time.NewTimer(look)
		select {
		case <-own.ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
	return true
}
