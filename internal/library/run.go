package library

import (
	"context"
	"sync"
	"time"
)

// recheck is how long Run relies on a timer, which does not notice changes of the wall clock.
const recheck = time.Minute

// leastPause is the least time between two swaps that the clock causes. Authors choose the dates, and each swap
// costs a new Index: dates that are closer together take effect at once.
const leastPause = time.Second

// Run lets posts appear and disappear when their publish and expiry times
// come, and makes each Index searchable, until ctx ends, and returns its error.
// It reads no file.
func (l *Library) Run(ctx context.Context) error {
	var searching sync.WaitGroup
	defer searching.Wait()
	searching.Go(func() { l.runSearch(ctx) })
	return l.runClock(ctx)
}

// runClock sleeps until the next time that matters, and for leastPause, and looks at the clock at
// least once a minute as long as a post's date depends on it.
func (l *Library) runClock(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	earliest := time.Now()
	for {
		x := l.Current()
		var due <-chan time.Time
		if x.span != (span{}) {
			timer.Reset(max(x.wait(l.opts.Now()), time.Until(earliest)))
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.Superseded(): // its dates may be others
		case <-due:
			if l.refresh() {
				earliest = time.Now().Add(leastPause)
			}
		}
	}
}

// wait returns how long to sleep before looking at the clock again.
func (s *span) wait(now time.Time) time.Duration {
	if s.until.IsZero() {
		return recheck
	}
	return min(recheck, s.until.Sub(now))
}
