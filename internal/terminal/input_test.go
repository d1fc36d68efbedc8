package terminal

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Keys that come apart are a frame each, but only as many as an eye can tell
// apart: who sends more of them waits, and with it what it sends.
func TestTurnsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{Turns: 100})
		press := func(times int) time.Duration {
			began := time.Now()
			for range times {
				_, _ = client.Write([]byte("j"))
			}
			synctest.Wait()
			return time.Since(began)
		}
		if d := press(100); d != 0 {
			t.Errorf("100 keys at once waited for %v", d)
		}
		if d := press(500); d < 4900*time.Millisecond || d > 5*time.Second {
			t.Errorf("500 more took %v", d)
		}
		time.Sleep(time.Second)
		if d := press(50); d != 0 || len(m.keys()) != 650 {
			t.Errorf("after a rest 50 keys waited for %v, and %d came", d, len(m.keys()))
		}
	})
}

// A burst is read into a large buffer if the account has the bytes, which come back
// with its end.
func TestLargeReadsAreTaken(t *testing.T) {
	for limit, want := range map[int64]int{largeRead: smallRead, 2 * largeRead: largeRead} { // a quarter is for others
		h := &Host{account: ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: limit})}
		buf := h.nextBuffer(make([]byte, smallRead), smallRead)
		taken := h.account.Taken().Bytes
		if len(buf) != want || (taken == largeRead) != (want == largeRead) {
			t.Errorf("of %d bytes: a buffer of %d, and %d are taken; want one of %d", limit, len(buf), taken, want)
		}
		if buf = h.nextBuffer(buf, 1); len(buf) != smallRead || h.account.Taken().Bytes != 0 {
			t.Errorf("of %d bytes: after the burst a buffer of %d, and %d are taken", limit, len(buf), h.account.Taken().Bytes)
		}
	}
}

// What has come when a session ends is read at once, and acted on no more: 2 MiB took
// 80 seconds, in which they were in no account.
func TestTheRestIsReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &waiting{left: 2 << 20}
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: smallRead}) // no large buffer
		m := &probe{}
		h := New(m, Options{Input: in, Output: io.Discard, Width: 80, Height: 24, Account: account, Budget: Budget{Turns: 100}})
		in.first = func() { h.Stop("") }
		h.Start()
		<-h.Done()
		synctest.Wait()
		if in.left > 0 || in.reads > 1000 {
			t.Errorf("%d bytes are left after %d reads", in.left, in.reads)
		}
		if n := len(m.keys()); n > smallRead {
			t.Errorf("%d keys were acted on after the end", n)
		}
	})
}

// waiting is input of which all has come already.
type waiting struct {
	left, reads int
	first       func() // before the first is read
}

func (w *waiting) Read(p []byte) (int, error) {
	if w.reads == 0 {
		w.first()
	}
	w.reads++
	n := min(len(p), w.left)
	w.left -= n
	for i := range n {
		p[i] = 'j'
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
