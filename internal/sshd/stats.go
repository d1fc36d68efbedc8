package sshd

import (
	"sync/atomic"
	"time"
)

// Stats is a snapshot of the server's state and counters. No key of the maps comes from a
// client, so all can be labels of metrics.
type Stats struct {
	// Connections open now, and how many of them are still logging in.
	Connections, Handshakes int
	// Sessions running now.
	Sessions int
	// RefusedSources is how many sources are refused now, by reason (see
	// [Server.RefusedSources]), and Penalised how many of them for what they did before.
	RefusedSources map[Reason]int
	Penalised      int
	// MaxConns and MaxSessions are the limits that hold for Connections and
	// Sessions.
	MaxConns, MaxSessions int
	// MemoryBudget is the memory for sessions now, in bytes.
	MemoryBudget int64

	// CertificateExpires is when the first of the host certificates in use ends; zero: none
	// does.
	CertificateExpires time.Time

	// Accepting reports whether a listener is served, Draining whether the server has
	// begun to stop, and Exhausted whether file descriptors ran out in the last seconds.
	Accepting, Draining, Exhausted bool

	// The rest are totals since the server was made.

	// Accepted counts connections.
	Accepted uint64
	// Started counts sessions by kind.
	Started map[Kind]uint64 //ledger:counted at most kindCount
	// EndedConns and EndedSessions count by reason. A connection that ended by itself after
	// its login counts as ConnectionLost.
	EndedConns, EndedSessions map[Reason]uint64
	// Refused counts connections, channels and sessions by reason.
	Refused map[Reason]uint64
}

// Summary describes a session that has ended.
type Summary struct {
	Kind     Kind
	Duration time.Duration
	// Refused reports whether the session was never served. Duration is then that of the
	// refusal.
	Refused bool
	// FirstWrite is the time from the session's start to the handler's first write;
	// negative if there was none.
	FirstWrite time.Duration
}

// stats are the counters behind Stats.
type stats struct {
	accepted   atomic.Uint64
	started    [kindCount]atomic.Uint64
	endedConns [reasonCount]atomic.Uint64
	ended      [reasonCount]atomic.Uint64
	refused    [reasonCount]atomic.Uint64
}

func (s *stats) refuse(why Reason) { s.refused[why].Add(1) }

// Stats returns the counters.
func (s *Server) Stats() Stats {
	conns, handshakes := s.admission.counts()
	out := Stats{
		Connections:        conns,
		Handshakes:         handshakes,
		Sessions:           s.connections.sessions(),
		RefusedSources:     make(map[Reason]int),
		MaxConns:           s.cfg.MaxConns,
		MemoryBudget:       s.admission.budget.Load(),
		MaxSessions:        s.maxSessions(),
		CertificateExpires: s.identity.Load().expires,
		Accepting:          s.accepting.Load() > 0,
		Draining:           s.stopping(),
		Exhausted:          s.exhaustedNow(),
		Accepted:           s.stats.accepted.Load(),
		Started:            make(map[Kind]uint64, kindCount),
		EndedConns:         byReason(&s.stats.endedConns),
		EndedSessions:      byReason(&s.stats.ended),
		Refused:            byReason(&s.stats.refused),
	}
	for k := range kindCount {
		out.Started[k] = s.stats.started[k].Load()
	}
	s.admission.eachRefused(func(_ *source, why Reason) { out.RefusedSources[why]++ }, func() bool { return true })
	out.Penalised = out.RefusedSources[Penalty]
	return out
}

// byReason returns the counters that are not zero.
func byReason(counters *[reasonCount]atomic.Uint64) map[Reason]uint64 {
	m := make(map[Reason]uint64)
	for r := range reasonCount {
		if n := counters[r].Load(); n > 0 {
			m[r] = n
		}
	}
	return m
}

// record counts a session that has ended.
func (s *Server) record(sess *session, why Reason) {
	s.stats.ended[why].Add(1)
	first := time.Duration(sess.traffic.firstOut.Load())
	if first > 0 {
		first -= sess.since
	} else {
		first = -1
	}
	s.cfg.OnSession(Summary{
		Kind:       sess.kind,
		Refused:    sess.refused,
		Duration:   s.clock() - sess.since,
		FirstWrite: first,
	})
}
