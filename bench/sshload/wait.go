package main

import (
	"context"
	"time"
)

// coarse is by how much a timer of Go's may be late in a program that has
// nothing else to do: it then waits in epoll, which counts milliseconds.
const coarse = 2 * time.Millisecond

// wait waits until a time, or until ctx ends, which is its error. It is late
// by less than a tenth of a millisecond, or keys would seem to wait for the
// server while they waited for this program.
func wait(ctx context.Context, until time.Time) error {
	if d := time.Until(until) - coarse; d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for d := time.Until(until); d > 0; d = time.Until(until) {
		pause(d)
	}
	return context.Cause(ctx)
}
