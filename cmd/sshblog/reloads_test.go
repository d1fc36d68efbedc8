package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sshblog/sshblog/internal/library"
)

// A reload that is about some files alone is about all if anybody asks for that.
func TestReloadsOfStillFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all reloads
		about, end := make(chan *library.Still, 1), make(chan struct{})
		all.start(func(still *library.Still) (reloadReport, error) {
			about <- still
			<-end
			return reloadReport{}, nil
		})
		some := new(library.Still)
		_, _, _ = all.ask(some)
		if still := <-about; still != some {
			t.Error("it is about other files")
		}
		for _, who := range [][]*library.Still{{some, some}, {nil, some}, {some, nil}} {
			for _, still := range who {
				_, _, _ = all.ask(still)
			}
			end <- struct{}{}
			if still := <-about; (still == nil) != (who[0] == nil || who[1] == nil) {
				t.Errorf("%v: it is about %v", who, still)
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
		if _, err := all.wait(t.Context(), nil); !errors.Is(err, errStarting) {
			t.Fatalf("before the start: %v", err)
		}
		begun, end := 0, make(chan error)
		all.start(func(*library.Still) (reloadReport, error) {
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
				report, err := all.wait(t.Context(), nil)
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
		if _, err := all.wait(gone, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left got %v", err)
		}
		all.stop(errStopping)
		all.stop(errStopping)
		if got := <-results; !errors.Is(got.err, errStopping) {
			t.Errorf("at the stop: %+v", got)
		}
		end <- nil // of the one under way; the next does not begin
		synctest.Wait()
		if _, err := all.wait(t.Context(), nil); !errors.Is(err, errStopping) || begun != 4 || all.running {
			t.Errorf("after the stop: %v; %d reloads", err, begun)
		}
	})
}
