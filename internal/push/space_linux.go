package push

import "golang.org/x/sys/unix"

// freeSpace returns how many bytes can be written in a folder.
func freeSpace(dir string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true //nolint:gosec // no disk is that large
}
