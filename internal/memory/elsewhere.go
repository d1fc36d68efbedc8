package memory

import "time"

// elsewhereFor is how long a place from another server is where a session is now.
const elsewhereFor = 2 * time.Minute

// Elsewhere returns where another session of the reader is now: the one that moved last.
func (r *Reader) Elsewhere() (Begun, bool) {
	var at spot
	now := r.memory.o.Now()
	r.with(func(s *state) {
		if s.elsewhere.at.time().After(now.Add(-elsewhereFor)) {
			at = s.elsewhere
		}
		for _, other := range s.sessions {
			if other == r || !other.reading || other.where == nil {
				continue
			}
			s.look(other, now)
			if p, ok := s.marks().place(other.post); ok && compareSpots(p, at) > 0 {
				at = p
			} else if !ok || other.finished {
				p := other.where()
				at = spot{post: other.post, block: small(int64(p.Block)), line: small(int64(p.Line)), lines: small(int64(p.Lines)), sum: p.Sum, at: stampOf(now), percent: uint8(min(max(p.Percent, 0), 100))}
			}
		}
	})
	if at.at == 0 {
		return Begun{}, false
	}
	address := r.memory.posts.addresses([]spot{at})[at.post]
	return Begun{address, at.place()}, address != ""
}
