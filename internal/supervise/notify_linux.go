package supervise

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Reloading returns the states that a reload begins now, by the monotonic clock in microseconds.
func Reloading() []string {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return []string{reloading}
	}
	return []string{reloading, fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000)}
}
