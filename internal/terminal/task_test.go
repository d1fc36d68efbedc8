package terminal

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/ledger"
)

// One client once made 156,309 goroutines with keys that each began something
// slow. A session has four tasks at once; with more of them no further key is
// acted on until one has ended.
func TestTasksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		begun := 0
		m := &probe{}
		m.on = func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); !ok {
				return nil
			}
			begun++
			return slowly(func() tea.Msg { <-gate; return nil })
		}
		_, client, _ := run(t, m, Budget{})
		before := runtime.NumGoroutine()
		go func() { _, _ = client.Write(bytes.Repeat([]byte("j"), 20_000)) }()
		synctest.Wait()
		const tasks = 4
		if n := runtime.NumGoroutine() - before; n != tasks+1 { // and the one that writes
			t.Errorf("%d goroutines were started, want %d", n, tasks+1)
		}
		if begun != tasks+1 {
			t.Errorf("%d keys were acted on while %d tasks were under way, want %d", begun, tasks, tasks+1)
		}
		close(gate)
		synctest.Wait()
		if begun != 20_000 {
			t.Errorf("%d of 20000 keys were acted on in the end", begun)
		}
	})
}

// Quick commands take no goroutine at all, however many there are.
func TestCommandsTakeNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most := 0
		m := &probe{}
		m.on = func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); !ok {
				return nil
			}
			most = max(most, runtime.NumGoroutine())
			return tea.Batch(tea.SetClipboard("copied"), tea.SetClipboard("again"))
		}
		_, client, _ := run(t, m, Budget{})
		before := runtime.NumGoroutine()
		_, _ = client.Write(bytes.Repeat([]byte("y"), 5000))
		synctest.Wait()
		if most > before {
			t.Errorf("%d goroutines while keys were acted on, %d before", most, before)
		}
		// Only the last of those that come together reaches the clipboard.
		if n := strings.Count(client.output(), "\x1b]52;"); n < 1 || n > 100 {
			t.Errorf("copied %d times", n)
		}
	})
}

// A model that asks for more without an end loses its session, and no other.
func TestTooManyTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		defer close(gate)
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if msg == "more" {
				return slowly(func() tea.Msg { <-gate; return nil })
			}
			return nil
		}}
		h, client, result := run(t, m, Budget{})
		const tasks, wait = 4, 16
		for range tasks + wait {
			h.Send("more")
		}
		synctest.Wait()
		select {
		case err := <-result:
			t.Errorf("Run, of as many as there may be: %v", err)
		default:
			h.Send("more")
		}
		if err := <-result; !errors.Is(err, ErrTasks) {
			t.Errorf("Run: %v", err)
		}
		_ = client.Close()
	})
}

// A session whose account has no goroutine left ends with an error.
func TestNoGoroutineLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Goroutines: 1})
		r, w := io.Pipe()
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); ok {
				return slowly(func() tea.Msg { return nil })
			}
			return nil
		}}
		h := New(m, Options{Input: r, Output: io.Discard, Width: 80, Height: 24, Account: account})
		h.Start() // reading takes the only one
		_, _ = w.Write([]byte("j"))
		<-h.Done()
		if !errors.Is(h.Err(), ErrTasks) {
			t.Errorf("ended with %v", h.Err())
		}
		_ = w.Close()
		synctest.Wait()
		if taken := account.Taken(); taken != (ledger.Limits{}) {
			t.Errorf("%+v are still taken", taken)
		}
	})
}

// The frame of a large window is taken from the account; a session that has not
// got it ends with a reason, and none is killed with all others for it.
func TestFramesAreTakenFromTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 256 << 10})
		r, w := io.Pipe()
		m := &probe{}
		h := New(m, Options{Input: r, Output: io.Discard, Width: 80, Height: 24, Account: account})
		h.Start()
		h.Send(strings.Repeat("x", 60<<10))
		if taken := account.Taken().Bytes; taken < 3*60<<10-freeFrames {
			t.Errorf("%d bytes are taken for a frame of 60 KiB", taken)
		}
		h.Send(strings.Repeat("x", 60<<10))
		<-h.Done()
		if !errors.Is(h.Err(), ErrMemory) {
			t.Errorf("ended with %v", h.Err())
		}
		_ = w.Close()
	})
}

// What has arrived is not acted on when the session is over: a core was once busy
// for eight seconds with the keys of a client that had left.
func TestNothingIsActedOnAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acted := 0
		m := &probe{}
		reached, gate := make(chan struct{}), make(chan struct{})
		m.on = func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); ok {
				if acted++; acted == 10 {
					close(reached)
					<-gate
				}
			}
			return nil
		}
		h, client, result := run(t, m, Budget{})
		_, _ = client.Write(bytes.Repeat([]byte("j"), 1))
		synctest.Wait()
		_, _ = client.Write(bytes.Repeat([]byte("j"), 200))
		<-reached
		go h.Stop("bye")
		for !h.ending.Load() { // it waits for the lock, which no bubble can wait for
			runtime.Gosched()
		}
		close(gate)
		if err := <-result; err != nil {
			t.Errorf("Run: %v", err)
		}
		if acted != 10 {
			t.Errorf("%d keys were acted on, want the 10 before the end", acted)
		}
		_ = client.Close()
	})
}
