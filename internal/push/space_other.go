//go:build !linux

package push

// freeSpace is not known: what a full disk refuses is refused when it is written.
func freeSpace(string) (int64, bool) { return 0, false }
