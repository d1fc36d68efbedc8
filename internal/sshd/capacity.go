package sshd

import (
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// SetMemoryBudget changes what sessions may use together, in bytes, up to
// Config.MemoryBudget, and with it how many there may be. Sessions that there are
// stay; new ones are refused until there is room. The ledger must be the server's own.
func (s *Server) SetMemoryBudget(bytes int64) {
	bytes = min(bytes, s.cfg.MemoryBudget)
	s.gate.budget.Store(bytes)
	s.cfg.Ledger.Limit(ledger.Limits{Bytes: bytes})
}

// maxSessions is how many sessions there may be with the budget that there is now.
func (s *Server) maxSessions() int {
	budget := s.gate.budget.Load()
	if budget == s.cfg.MemoryBudget {
		return s.cfg.MaxSessions
	}
	return min(s.cfg.MaxSessions, int(max(1, budget/SessionCost)))
}

// capacity refuses sessions over Config.MaxSessions. Connections have a limit
// of their own, but each may carry several sessions, and it is sessions that
// take the memory. Those who have to leave for a new one need a moment for it.
func (s *Server) capacity(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		own := guarded(sess)
		if !own.fair || !s.awaitSeat(own) || !own.account.TakeWithin(roomTime, SessionCost-connCost-channelCost) {
			own.refuse(SessionsFull)
			return
		}
		next(sess)
	}
}

// awaitSeat waits for up to roomTime until no more sessions run than may, with the new
// one, and reports whether that is so.
func (s *Server) awaitSeat(own *session) bool {
	const look = 20 * time.Millisecond
	for left := roomTime; s.roster.sessions() > s.maxSessions(); left -= look {
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
