//go:build unix

package main

import (
	"os"
	"syscall"
)

// upgradeSignal asks for an upgrade.
const upgradeSignal = syscall.SIGUSR2

// requests are the signals that ask a server for something, and do not end it.
func requests() []os.Signal { return []os.Signal{syscall.SIGHUP, upgradeSignal} }
