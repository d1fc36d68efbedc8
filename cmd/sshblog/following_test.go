package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/push"
)

// A server that hears nothing of the others looks at their newest version each second, and at all else each half
// minute; what cannot be taken over is tried ever less often, and at once when it is told of.
func TestFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		f := newFollowing()
		var mu sync.Mutex // of all below: the test has it, but while it waits
		mu.Lock()
		defer mu.Unlock()
		var aheads, follows, restores, asks int
		some, fails := false, error(nil)
		var away error
		f.ahead = func(ctx context.Context) (bool, error) {
			mu.Lock()
			aheads++
			some, away := some, away
			mu.Unlock()
			if away != nil { // no leader answers
				<-ctx.Done()
			}
			return some, away
		}
		f.follow = func(context.Context, bool) error {
			mu.Lock()
			defer mu.Unlock()
			follows++
			if fails == nil {
				some = false
			}
			return fails
		}
		f.restore = func(_ context.Context, asked bool) error {
			mu.Lock()
			defer mu.Unlock()
			restores++
			if asked {
				asks++
			}
			return nil
		}
		after := func(d time.Duration, what string, a, f, r int) {
			t.Helper()
			aheads, follows, restores = 0, 0, 0
			mu.Unlock()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			if aheads != a || follows != f || restores != r {
				t.Errorf("%s: after %s it has looked %d times, followed %d times, restored %d times, and should have %d, %d, %d", what, d, aheads, follows, restores, a, f, r)
			}
		}
		go f.run(ctx)
		after(500*time.Millisecond, "a start", 1, 1, 1)
		after(10*time.Second, "nothing is told", 10, 0, 0)
		some = true
		after(time.Second, "an announcement is lost", 1, 1, 0)
		after(19*time.Second, "half a minute is over", 19, 1, 1)
		some, fails = true, push.ErrApart
		after(2*time.Second, "the others are away", 4, 4, 0)
		fails = nil
		after(500*time.Millisecond, "they are back", 1, 1, 0)
		away = push.ErrApart
		f.soon()
		after(2900*time.Millisecond, "there is no leader", 2, 0, 0)
		away = nil
		after(1500*time.Millisecond, "there is one again, and what was told is followed", 2, 1, 0)
		some, fails = true, errors.New("it is spoiled")
		after(25*time.Second, "it cannot be taken over", 4, 4, 0) // after 1, 3, 7 and 15 seconds
		fails = nil
		f.soon()
		after(time.Millisecond, "it is told", 1, 1, 1)
		after(30*time.Second, "half a minute later", 30, 1, 1)
		for range 3 {
			f.lacks.Store(true)
			f.soon()
			after(time.Millisecond, "another lacks something, at once", 1, 1, 0)
		}
		after(30*time.Second, "another lacks something", 30, 1, 1)
		if asks != 1 {
			t.Errorf("what another lacks was brought %d times", asks)
		}
	})
}
