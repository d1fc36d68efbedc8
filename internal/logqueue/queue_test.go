package logqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sink is a reader of the log that can be paused, as long as gate is held, and
// can fail.
type sink struct {
	gate  sync.Mutex
	err   error // held by gate, too
	short int   // bytes that a failing write takes all the same
	bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.err != nil {
		n, _ := s.Buffer.Write(p[:min(s.short, len(p))])
		return n, s.err
	}
	return s.Buffer.Write(p)
}

func note(n uint64) []byte { return fmt.Appendf(nil, "missing %d\n", n) }

func say(q *Queue, format string, args ...any) { _, _ = fmt.Fprintf(q, format+"\n", args...) }

// paused returns a queue whose first line, which has been queued, is not taken
// until resume is called.
func paused(t *testing.T) (q *Queue, out func() string, resume func()) {
	t.Helper()
	r, w := io.Pipe()
	var got bytes.Buffer
	q = New(w, note)
	say(q, "first")
	synctest.Wait()
	resume = func() {
		go func() { _, _ = io.Copy(&got, r) }()
		synctest.Wait()
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return q, got.String, resume
}

func TestLinesComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		q := New(&s, note)
		var want strings.Builder
		for i := range 1000 {
			say(q, "line %d", i)
			fmt.Fprintf(&want, "line %d\n", i)
		}
		q.Close(time.Minute)
		if s.String() != want.String() || q.Dropped() != 0 {
			t.Errorf("%d dropped, and the log is\n%s", q.Dropped(), s.String())
		}
	})
}

// Whoever logs may use the bytes again.
func TestLinesAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, out, resume := paused(t)
		line := []byte("mine\n")
		_, _ = q.Write(nil) // no line at all
		_, _ = q.Write(line)
		copy(line, "XXXX")
		resume()
		if out() != "first\nmine\n" {
			t.Errorf("the log is %q", out())
		}
		q.Close(time.Minute)
	})
}

// At each limit one line more is dropped, and all after it until the queue is
// empty. The note stands in their place.
func TestWhatDoesNotFitIsCounted(t *testing.T) {
	for name, test := range map[string]struct{ size, fit int }{
		"lines": {8, maxLines - 1},
		"bytes": {4096, maxBytes/4096 - 1}, // beside the first line
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, out, resume := paused(t)
				line := strings.Repeat("x", test.size-1)
				for range test.fit + 3 {
					say(q, "%s", line)
				}
				say(q, "s") // it would fit
				if q.Dropped() != 4 {
					t.Fatalf("%d of 4 lines are dropped", q.Dropped())
				}
				resume()
				say(q, "afterwards")
				synctest.Wait()
				want := "first\n" + strings.Repeat(line+"\n", test.fit) + "missing 4\nafterwards\n"
				if out() != want {
					t.Errorf("the log has %d bytes, want %d; it ends\n%s", len(out()), len(want), out()[max(0, len(out())-100):])
				}
				q.Close(time.Minute)
			})
		})
	}
}

func TestALineLongerThanTheQueueIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		q := New(&s, note)
		say(q, "%s", strings.Repeat("x", maxBytes))
		say(q, "next")
		q.Close(time.Minute)
		// The second is queued after the note or counted by it.
		if got := s.String(); got != "missing 1\nnext\n" && got != "missing 2\n" {
			t.Errorf("the log is %q", got)
		}
	})
}

// What cannot be written waits, up to the limit, for a reader that comes back;
// what was written of a line is not written twice.
func TestAReaderThatFailsMayComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{err: errors.New("broken pipe"), short: 2}
		q := New(&s, note)
		say(q, "one")
		for range 5 {
			time.Sleep(retryAfter)
		}
		say(q, "two")
		s.gate.Lock()
		s.err = nil
		s.gate.Unlock()
		time.Sleep(2 * retryAfter)
		q.Close(time.Minute)
		if s.String() != "one\ntwo\n" {
			t.Errorf("the log is %q", s.String())
		}
	})
}

// Closing waits for a slow reader, but not for one that takes nothing or fails.
func TestCloseWaitsNoLongerThanTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _, resume := paused(t)
		say(q, "second")
		start := time.Now()
		q.Close(time.Second)
		if d := time.Since(start); d != time.Second {
			t.Errorf("it waited for %v", d)
		}
		resume()

		broken := sink{err: errors.New("broken pipe")}
		q = New(&broken, note)
		say(q, "line")
		synctest.Wait()
		start = time.Now()
		q.Close(time.Second)
		if d := time.Since(start); d != 0 {
			t.Errorf("it waited for %v, though writing fails", d)
		}
	})
}
