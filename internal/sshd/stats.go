package sshd

import (
	"sync/atomic"
	"time"
)

// Stats is what the server has counted since it was made. Labels are our own,
// never a client's, so they can be a metric's.
type Stats struct {
	// Connections held now, and of those the ones still logging in.
	Connections, Handshakes int
	// Sessions running now.
	Sessions int
	// Penalised sources: shut out now for what they did.
	Penalised int
	// MaxConns and MaxSessions are the limits that hold for Connections and
	// Sessions.
	MaxConns, MaxSessions int

	// Accepting says that a listener is served, Draining that the server has
	// begun to stop, Exhausted that descriptors were short just now.
	Accepting, Draining, Exhausted bool

	// Accepted connections, in all.
	Accepted uint64
	// Started sessions by kind, in all.
	Started map[Kind]uint64
	// Ended connections and sessions by reason, in all; a connection that
	// ended by itself after its login counts as ConnectionLost.
	EndedConns, EndedSessions map[Reason]uint64
	// Refused connections, channels and sessions by reason, in all.
	Refused map[Reason]uint64
}

// Summary is what there is to say about a session that has ended.
type Summary struct {
	Kind     Kind
	Reason   Reason
	Duration time.Duration
	// Refused says that the session was never served: its Duration is that of
	// the refusal.
	Refused bool
	// FirstWrite is how long the handler took to write something; negative if
	// it never did.
	FirstWrite time.Duration
	// BytesIn and BytesOut count data, without the protocol around it.
	BytesIn, BytesOut int64
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
	conns, handshakes, shut := s.gate.counts()
	out := Stats{
		Connections:   conns,
		Handshakes:    handshakes,
		Sessions:      s.roster.sessions(),
		Penalised:     shut,
		MaxConns:      s.cfg.MaxConns,
		MaxSessions:   s.maxSessions(),
		Accepting:     s.accepting.Load() > 0,
		Draining:      s.stopping(),
		Exhausted:     s.exhaustedNow(),
		Accepted:      s.stats.accepted.Load(),
		Started:       make(map[Kind]uint64, kindCount),
		EndedConns:    byReason(&s.stats.endedConns),
		EndedSessions: byReason(&s.stats.ended),
		Refused:       byReason(&s.stats.refused),
	}
	for k := range kindCount {
		out.Started[k] = s.stats.started[k].Load()
	}
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
	t := &sess.traffic
	first := time.Duration(t.firstOut.Load())
	if first > 0 {
		first -= sess.since
	} else {
		first = -1
	}
	s.cfg.OnSession(Summary{
		Kind:       sess.kind,
		Reason:     why,
		Refused:    sess.refused,
		Duration:   s.clock() - sess.since,
		FirstWrite: first,
		BytesIn:    t.in.Load(),
		BytesOut:   t.out.Load(),
	})
}
