package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A reload that is about some files alone, or about posts alone, is about all if anybody asks for that.
func TestScopesOfReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all reloads
		about, end := make(chan scope, 1), make(chan struct{})
		all.start(func(what scope) (reloadReport, error) {
			about <- what
			<-end
			return reloadReport{}, nil
		})
		watched, published := scope{posts: true, still: new(library.Still)}, scope{posts: true}
		_, _, _ = all.ask(watched)
		if what := <-about; what != watched {
			t.Error("it is about something else")
		}
		for _, test := range []struct{ one, other, want scope }{
			{watched, watched, watched},
			{watched, published, published},
			{published, watched, published},
			{watched, scope{}, scope{}},
			{scope{}, published, scope{}},
		} {
			_, _, _ = all.ask(test.one)
			_, _, _ = all.ask(test.other)
			end <- struct{}{}
			if what := <-about; what != test.want {
				t.Errorf("%v and %v: it is about %v", test.one, test.other, what)
			}
		}
		end <- struct{}{}
		synctest.Wait()
	})
}

// A reload that was under way when one asks may have passed what was changed: who asks gets
// the next one, with all others who ask meanwhile.
func TestReloadsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all reloads
		if _, err := all.wait(t.Context(), scope{}); !errors.Is(err, errStarting) {
			t.Fatalf("before the start: %v", err)
		}
		begun, end := 0, make(chan error)
		all.start(func(scope) (reloadReport, error) {
			begun++
			report := reloadReport{Report: library.Report{Read: begun}}
			return report, <-end
		})
		type result struct {
			number int
			err    error
		}
		results := make(chan result, 10)
		ask := func() {
			go func() {
				report, err := all.wait(t.Context(), scope{})
				results <- result{report.Read, err}
			}()
			synctest.Wait()
		}
		ask()
		for range 3 {
			ask()
		}
		if begun != 1 {
			t.Fatalf("%d reloads have begun, and the first has not ended", begun)
		}
		end <- nil
		if got := <-results; got != (result{1, nil}) {
			t.Errorf("who asked first got %+v", got)
		}
		synctest.Wait()
		ask() // while the second is under way
		wrong := errors.New("wrong")
		end <- wrong
		for range 3 {
			if got := <-results; got != (result{2, wrong}) {
				t.Errorf("who asked during the first got %+v", got)
			}
		}
		end <- nil
		if got := <-results; got != (result{3, nil}) {
			t.Errorf("who asked during the second got %+v", got)
		}
		synctest.Wait()
		if begun != 3 || all.running {
			t.Errorf("%d reloads; one is under way: %t", begun, all.running)
		}

		ask() // once more, now that none is
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := all.wait(gone, scope{}); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left got %v", err)
		}
		all.stop(errStopping)
		all.stop(errStopping)
		if got := <-results; !errors.Is(got.err, errStopping) {
			t.Errorf("at the stop: %+v", got)
		}
		end <- nil // of the one under way; the next does not begin
		synctest.Wait()
		if _, err := all.wait(t.Context(), scope{}); !errors.Is(err, errStopping) || begun != 4 || all.running {
			t.Errorf("after the stop: %v; %d reloads", err, begun)
		}
	})
}

// Those who ask over and over have reloads take half of the time, and no request for one waits
// for longer than for what takes seconds.
func TestReloadsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all reloads
		var number atomic.Int64
		lasts := 3 * time.Second
		all.start(func(scope) (reloadReport, error) {
			report := reloadReport{Report: library.Report{Read: int(number.Add(1))}}
			time.Sleep(lasts)
			return report, nil
		})
		began := time.Now()
		expect := func(want int, after time.Duration) {
			t.Helper()
			report, err := all.wait(t.Context(), scope{})
			if waited := time.Since(began); err != nil || report.Read != want || waited != after {
				t.Errorf("the result of reload %d, %v after %s; want that of %d after %s", report.Read, err, waited, want, after)
			}
		}
		expect(1, 3*time.Second)
		var others sync.WaitGroup
		for asks := range 4 { // in the pause, and once the second has begun
			others.Go(func() {
				time.Sleep(time.Duration(asks)*time.Second + time.Second/2)
				expect(2+asks/3, 9*time.Second+time.Duration(asks/3)*6*time.Second)
			})
		}
		time.Sleep(3500 * time.Millisecond)
		if number.Load() != 2 {
			t.Errorf("%d have begun after a pause of three seconds", number.Load())
		}
		others.Wait()
		time.Sleep(time.Hour)
		began, lasts = time.Now(), time.Minute
		expect(4, time.Minute)
		expect(5, 2*time.Minute+10*time.Second)

		time.AfterFunc(time.Second, func() { all.stop(errStopping) })
		if _, err := all.wait(t.Context(), scope{}); !errors.Is(err, errStopping) || time.Since(began) != 2*time.Minute+11*time.Second {
			t.Errorf("%v after %s, in a pause in which the server stops", err, time.Since(began))
		}
		synctest.Wait()
		if all.running || number.Load() != 5 {
			t.Errorf("after the stop: %d reloads; one is under way: %t", number.Load(), all.running)
		}
	})
}

// An upgrade that fails is asked for again by whoever has asked over and over: it pauses for as
// long as it took, and all who ask meanwhile share the next one.
func TestUpgradesPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all upgrades
		var number atomic.Int64
		all.serve(func(context.Context) (upgradeResult, error) {
			number.Add(1)
			time.Sleep(2 * time.Second)
			return upgradeResult{}, errors.New("wrong")
		}, func(error) {})
		first, err := all.ask()
		if err != nil {
			t.Fatal(err)
		}
		<-first.done
		second, err := all.ask()
		if err != nil || second == first {
			t.Fatalf("one that is over is joined: %v", err)
		}
		time.Sleep(2*time.Second - time.Nanosecond)
		if third, err := all.ask(); err != nil || third != second || number.Load() != 1 {
			t.Errorf("in the pause there are %d, and another request does not join: %v", number.Load(), err)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if number.Load() != 2 {
			t.Errorf("%d after the pause", number.Load())
		}
		<-second.done
		third, err := all.ask()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		all.end(errEnding)
		if <-third.done; number.Load() != 2 || third.err != errEnding || time.Since(began) != 0 { //nolint:errorlint // the very one
			t.Errorf("%d, and %v after %s, though the server stops", number.Load(), third.err, time.Since(began))
		}
	})
}
