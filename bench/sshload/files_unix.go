//go:build unix

package main

import (
	"fmt"
	"syscall"
)

// allowFiles makes sure that n descriptors can be open. Go has raised the soft
// limit to the hard one already; root may go beyond it.
func allowFiles(n int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("asking for the limit on open files: %w", err)
	}
	want := limit
	raise(&want.Cur, n)
	raise(&want.Max, n)
	if want == limit {
		return nil
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &want); err != nil {
		return fmt.Errorf("%d open files are needed and %d allowed: raise the limit (ulimit -n), or lower --sessions", n, limit.Cur)
	}
	return nil
}

// raise sets a limit, whose type differs between systems, to n at least.
func raise[T int64 | uint64](limit *T, n int) { *limit = max(*limit, T(n)) }
