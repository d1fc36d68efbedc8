//go:build unix

package earlysignals

import (
	"os"
	"syscall"
)

func upgrades() []os.Signal { return []os.Signal{syscall.SIGUSR2} }
