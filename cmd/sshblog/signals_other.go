//go:build !unix

package main

import (
	"os"
	"syscall"
)

// upgradeSignal is none here.
const upgradeSignal = syscall.Signal(-1)

// requests are the signals that ask a server for something, and do not end it.
func requests() []os.Signal { return []os.Signal{syscall.SIGHUP} }
