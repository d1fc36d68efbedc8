// Package logqueue puts a bounded queue before a writer of log lines, so that
// whoever logs never waits for whoever reads the log.
//
// The reader of standard error is another program: one that is paused, hangs or
// has died must not stop a server. Such a log loses lines; it says how many, as
// soon as it can.
package logqueue

import (
	"io"
	"sync"
	"time"
)

// What a queue holds at most.
const (
	maxLines = 4096
	maxBytes = 1 << 20
)

// retryAfter is how long a line waits that could not be written: the log's
// reader may be restarting, or its disk full.
const retryAfter = time.Second

// Queue is an [io.Writer] of whole lines that never blocks. Lines are written to
// the writer behind it in their order, one call a line, by one goroutine. What
// does not fit is dropped and counted, and what comes then, too, until the queue
// is empty: there a note of the number is written, so it stands where the lines
// are missing.
type Queue struct {
	to   io.Writer
	note func(lines uint64) []byte

	wake    chan struct{} // told of every line, holds one
	closing chan struct{} // closed by Close
	done    chan struct{} // closed when nothing more is written

	mu      sync.Mutex
	lines   [][]byte // the first is being written
	held    int      // bytes of lines
	missing uint64   // lines dropped since the last note
	dropped uint64   // lines dropped in all
}

// New returns a queue before the writer to. note makes the line that says how
// many lines are missing. Close ends the goroutine that this starts.
func New(to io.Writer, note func(lines uint64) []byte) *Queue {
	q := &Queue{to: to, note: note, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	go q.run()
	return q
}

// Write queues a copy of one line, or drops it. It always succeeds.
func (q *Queue) Write(line []byte) (int, error) {
	if len(line) == 0 {
		return 0, nil
	}
	q.mu.Lock()
	if q.missing > 0 || len(q.lines) == maxLines || len(line) > maxBytes-q.held {
		q.missing++
		q.dropped++
	} else {
		q.lines = append(q.lines, append([]byte(nil), line...))
		q.held += len(line)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return len(line), nil
}

// Dropped returns how many lines have been dropped so far.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Close writes what is queued, for the given time at most, and may be called
// once. A write that hangs is left behind: it ends with the process.
func (q *Queue) Close(limit time.Duration) {
	close(q.closing)
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-q.done:
	case <-late.C:
	}
}

func (q *Queue) run() {
	defer close(q.done)
	for {
		if line := q.first(); line != nil {
			if !q.put(line) {
				return
			}
			q.written()
			continue
		}
		select {
		case <-q.wake:
		case <-q.closing:
			if q.first() == nil {
				return
			}
		}
	}
}

// first returns the line to be written next, or nil. It stays in the queue.
func (q *Queue) first() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lines) == 0 && q.missing > 0 {
		note := q.note(q.missing)
		q.lines, q.held, q.missing = append(q.lines, note), len(note), 0
	}
	if len(q.lines) == 0 {
		return nil
	}
	return q.lines[0]
}

// written removes the first line.
func (q *Queue) written() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held -= len(q.lines[0])
	q.lines[0] = nil
	q.lines = q.lines[1:]
}

// put writes a line, and does not give up until the queue is closed. It reports
// whether the line was written.
func (q *Queue) put(line []byte) bool {
	for {
		n, err := q.to.Write(line)
		if err == nil {
			return true
		}
		line = line[n:]
		select {
		case <-q.closing:
			return false
		case <-time.After(retryAfter):
		}
	}
}
