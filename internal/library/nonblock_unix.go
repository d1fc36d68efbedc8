//go:build unix

package library

import "syscall"

// nonblock has opening a pipe return at once, instead of waiting for a writer.
const nonblock = syscall.O_NONBLOCK
