package sshd

import (
	"iter"
	"net/netip"
	"time"
)

// refusedFor is how long a source counts as refused after its last refusal, unless that was for
// a penalty: it is over when the penalty is.
const refusedFor = time.Minute

// refusedChunk is how many sources are looked at while connections wait for the lock: in 50
// microseconds.
const refusedChunk = 512

// refusals are how often, and why, a source has been refused since it was last served for
// refusedFor. Times are on the server's clock.
type refusals struct {
	since, last time.Duration
	n           uint32
	why         Reason // of the last refusal
	offence     Reason // what the penalty is for, the last one
}

// count counts a refusal. shut reports whether the source has a penalty.
func (r *refusals) count(now time.Duration, why Reason, shut bool) {
	if !shut {
		r.renew(now)
	}
	if r.n < 1<<32-1 {
		r.n++
	}
	r.last, r.why = now, why
}

// penalise records that the source is refused from now on, unless it was before.
func (r *refusals) penalise(now time.Duration, offence Reason, before bool) {
	if !before {
		r.renew(now)
	}
	r.offence = offence
}

// renew forgets refusals that are long over.
func (r *refusals) renew(now time.Duration) {
	if r.n == 0 || now-r.last >= refusedFor {
		*r = refusals{since: now}
	}
}

// refusedNow returns why s is refused now, or was within refusedFor, or None.
func (s *source) refusedNow(clock time.Duration, now time.Time) Reason {
	switch r := s.refused; {
	case s.shutOut(now):
		return Penalty
	case r.n > 0 && r.why != Penalty && clock-r.last < refusedFor:
		return r.why
	default:
		return None
	}
}

// eachRefused calls f for each source that is refused now, in no order, with the lock held. After each
// refusedChunk sources it releases the lock and calls between, which may be slow, and may end the iteration by
// returning false.
func (ad *admission) eachRefused(f func(*source, Reason), between func() bool) {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	clock, now, seen := ad.clock(), time.Now(), 0
	// A map may change while it is ranged over.
	for _, s := range ad.sources.table {
		if seen++; seen%refusedChunk == 0 && !ad.unlocked(between) {
			return
		}
		if why := s.refusedNow(clock, now); why != None {
			f(s, why)
		}
	}
}

// unlocked calls f without the lock, which is held.
func (ad *admission) unlocked(f func() bool) bool {
	ad.mu.Unlock()
	defer ad.mu.Lock() // also if f panics: the caller lets go of it
	return f()
}

// RefusedSource is a source that is refused now: it has a penalty, or was refused within the last minute for
// another reason.
type RefusedSource struct {
	Source netip.Prefix
	// Reason is why it was refused last; if that is Penalty, Offence is what the last penalty is for.
	Reason, Offence Reason
	// Refusals counts connections, and sessions refused for SessionRate, from Since on: since
	// then the source has been refused without a pause of a minute.
	Refusals uint32
	Since    time.Time
	// Until is when a penalty ends; else zero.
	Until time.Time
	// Connections is how many the source has.
	Connections int
}

// RefusedSources yields the sources that are refused now, in no order. It covers those that are remembered, see
// [Config.MaxSources], and holds refusedChunk of them at a time, since the caller may be slow. Changes during
// the iteration may be seen or not.
func (s *Server) RefusedSources() iter.Seq[RefusedSource] {
	return func(yield func(RefusedSource) bool) {
		born := s.born.Round(0) // by the wall clock
		some := make([]RefusedSource, 0, refusedChunk)
		yieldSome := func() bool {
			for _, r := range some {
				if !yield(r) {
					return false
				}
			}
			some = some[:0]
			return true
		}
		ended := false
		s.admission.eachRefused(func(src *source, why Reason) {
			r := RefusedSource{
				Source: src.key, Reason: why, Refusals: src.refused.n, Since: born.Add(src.refused.since), Connections: src.conns,
			}
			if why == Penalty {
				r.Offence, r.Until = src.refused.offence, src.penalty.Round(0)
			}
			some = append(some, r)
		}, func() bool {
			ended = !yieldSome()
			return !ended
		})
		if !ended {
			yieldSome()
		}
	}
}
