package sshd

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A client that waits for answers may ask for ever: it is slowed down, but never more than half of
// what it may send at once is taken, so it is neither held up nor ended.
func TestWhoWaitsForAnswersIsNoFlood(t *testing.T) {
	for name, c := range map[string]struct{ bytes, overhead, least int }{
		"small requests": {90, 50, 20_000 * 50 / (64 << 10)},
		"large requests": {4000, 40, 20_000 * 4000 / (256 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := bare(t, Config{})
				began := time.Now()
				const requests, together = 20_000, 64
				for range requests / together {
					for range together {
						if bytes, packets := s.conn.input.reserve(time.Now(), c.bytes, c.overhead); bytes+packets > 0 {
							t.Fatalf("held up for %s and %s", bytes, packets)
						}
					}
					for range together {
						if err := s.Pace(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
				}
				took := time.Since(began)
				most := time.Duration(c.least) * time.Second
				if took < most/2 || took > most {
					t.Errorf("%d requests take %s, and should take some %s", requests, took, most)
				}
			})
		})
	}
}

// So it is with what they get: the rest of it waits.
func TestAnswersArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{})
		began := time.Now()
		for range 1000 {
			s.traffic.out.Add(64 << 10)
			if err := s.Pace(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		const most = (1000*64<<10 - answersBurst) / answersRate
		if took := time.Since(began).Seconds(); took < most-1 || took > most+1 {
			t.Errorf("64 MB are sent in %.1f s, and should take %d", took, most)
		}
	})
}

// The connections of one source share a budget, and waiting ends with the session.
func TestAnswersAwaitWhatTheSourceMaySend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{})
		s.server.admission.input(s.conn.admitted).reserve(time.Now(), 1, 2*packetBurst*9/10)
		began := time.Now()
		if err := s.Pace(t.Context()); err != nil || time.Since(began) < time.Second {
			t.Errorf("it waits for %s: %v", time.Since(began), err)
		}
		s.conn.input.reserve(time.Now(), inputBurst, packetBurst)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := s.Pace(ctx); err == nil {
			t.Error("the session has ended, and it is answered")
		}
	})
}
