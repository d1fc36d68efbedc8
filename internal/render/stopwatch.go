package render

import "time"

// stopwatch ends something after a time, without the pauses.
type stopwatch struct {
	timer *time.Timer
	left  time.Duration
	since time.Time
}

func newStopwatch(d time.Duration, end func()) *stopwatch {
	return &stopwatch{timer: time.AfterFunc(d, end), left: d, since: time.Now()} //nolint:forbidigo // one of a render, which has a slot
}

// pause runs f while the time stands still, unless it is over.
func (s *stopwatch) pause(f func()) {
	if !s.timer.Stop() {
		return
	}
	s.left -= time.Since(s.since)
	f()
	s.since = time.Now()
	s.timer.Reset(max(s.left, 0))
}
