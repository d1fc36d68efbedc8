package main

import (
	"syscall"
	"time"
)

// pause sleeps, more exactly than a timer; it may wake early.
func pause(d time.Duration) {
	span := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&span, nil) // a signal ends it early
}
