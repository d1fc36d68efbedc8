package sshd

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// exhaustedFor is how long Ready fails after descriptors were short.
const exhaustedFor = 10 * time.Second

// spareAccept is how long the descriptor held in reserve is used to turn
// clients away before it is put back.
const spareAccept = 20 * time.Millisecond

// isExhausted reports whether accepting failed for want of descriptors or of
// memory in the kernel. 10024 and 10055 are Windows's WSAEMFILE and
// WSAENOBUFS.
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

// isPassing reports whether accepting failed because of the one connection,
// which was gone before it was taken. 10054 is Windows's WSAECONNRESET.
func isPassing(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO, syscall.EINTR, 10054,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// shortOfDescriptors logs and counts that no descriptor is left for a client,
// and turns away the one that waits: unanswered it would hang until its own
// patience ends, and the kernel would report it to us over and over.
func (s *Server) shortOfDescriptors(l net.Listener, r *reserve, cause error) {
	s.exhausted.Store(int64(s.clock()))
	s.muffler.warn(s.log, Descriptors, "cannot accept connections: raise the limit of open files (ulimit -n)", "error", cause.Error())
	r.release()
	defer r.take()
	// The kernel may report the shortage when no client waits at all.
	timed, ok := l.(interface{ SetDeadline(time.Time) error })
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

// reserve is a file descriptor kept for when there is no other.
type reserve struct{ file *os.File }

func openReserve() *reserve {
	r := &reserve{}
	r.take()
	return r
}

func (r *reserve) take() {
	if r.file != nil {
		return
	}
	if f, err := os.Open(os.DevNull); err == nil {
		r.file = f
	}
}

func (r *reserve) release() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

func (r *reserve) close() { r.release() }

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
