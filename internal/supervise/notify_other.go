//go:build !linux

package supervise

import "github.com/coreos/go-systemd/v22/daemon"

// Reloading returns the state that a reload begins.
func Reloading() []string { return []string{daemon.SdNotifyReloading} }
