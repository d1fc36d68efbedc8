package sshd

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// exhaustedFor is how long Stats reports Exhausted after descriptors ran out.
const exhaustedFor = 10 * time.Second

// spareAccept is how long clients are refused with the help of the reserved descriptor
// before it is reserved again.
const spareAccept = 20 * time.Millisecond

// isExhausted reports whether accepting failed because file descriptors or the kernel's
// memory ran out. 10024 and 10055 are WSAEMFILE and WSAENOBUFS of Windows.
func isExhausted(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, 10024, 10055,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// isTemporary reports whether accepting failed because of the one connection, which was
// closed before it was accepted. 10054 is WSAECONNRESET of Windows.
func isTemporary(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO, syscall.EINTR, 10054,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// shortOfDescriptors logs and counts that no descriptor is left, and refuses the clients
// that wait. Otherwise each would hang until its own timeout, and Accept would fail for it
// again and again.
func (s *Server) shortOfDescriptors(l net.Listener, r *reserve, cause error) {
	s.exhausted.Store(int64(s.clock()))
	s.logLimiter.warn(s.log, Descriptors, "cannot accept connections: raise the limit of open files (ulimit -n)", "error", cause.Error())
	r.release()
	defer r.take()
	// Accept may fail like this even if no client waits.
	timed, ok := l.(deadlined)
	if !ok || timed.SetDeadline(time.Now().Add(spareAccept)) != nil {
		return
	}
	defer func() { _ = timed.SetDeadline(time.Time{}) }() // fails if l is closed
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		s.turnAway(nc, Descriptors)
	}
}

// reserve is a file descriptor kept for when no other is available; the file is nil if
// even that could not be opened.
type reserve struct{ file *os.File }

func (r *reserve) take() { r.file, _ = os.Open(os.DevNull) }

func (r *reserve) release() {
	_ = r.file.Close() // which a nil file takes
	r.file = nil
}

// backoff is a pause that doubles from 5 ms to a second.
type backoff time.Duration

const (
	minPause = backoff(5 * time.Millisecond)
	maxPause = backoff(time.Second)
)

func (b *backoff) reset() { *b = 0 }

func (b *backoff) wait(ctx context.Context) {
	*b = min(max(*b*2, minPause), maxPause)
	timer := time.NewTimer(time.Duration(*b))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
