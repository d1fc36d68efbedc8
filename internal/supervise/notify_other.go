//go:build !linux

package supervise

// Reloading returns the state that a reload begins.
func Reloading() []string { return []string{reloading} }
