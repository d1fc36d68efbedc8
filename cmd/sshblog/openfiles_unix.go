//go:build unix

package main

import (
	"log/slog"
	"syscall"
)

// spareFiles is how many files the program opens beside connections: the log, the posts while
// they are read, and the like.
const spareFiles = 32

// warnOfFiles logs a warning if fewer files may be open than it takes to hold all connections.
func warnOfFiles(logger *slog.Logger, connections int) {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return
	}
	if files := uint64(limit.Cur); files < uint64(connections)+spareFiles { //nolint:gosec,unconvert // both are positive; FreeBSD's is signed
		logger.Warn("fewer files may be open than connections are allowed, so readers are refused before max-connections is reached: raise the limit (ulimit -n, LimitNOFILE), or lower max-connections",
			"files", files, "max_connections", connections)
	}
}
