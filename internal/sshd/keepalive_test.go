package sshd

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who has vanished without closing the connection is found; who only reads, or
// only types, stays.
func TestVanishedClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := serveInBubble(t, Config{KeepAlive: time.Minute, Handler: echo})
		defer stop()
		reads, types, vanishes := b.enter(t), b.enter(t), b.enter(t)
		vanishes.line.shut.Store(true)
		for m := 1; m <= 4; m++ {
			time.Sleep(time.Minute / 2)
			types.types(t, "x")
			time.Sleep(time.Minute / 2)
			synctest.Wait()
			// A goroutine waits for the one that does not answer, and none for
			// those who do.
			if n := goroutinesIn("(*conn).ask"); n != min(m-1, 1) {
				t.Errorf("%d goroutines ask after %d min", n, m)
			}
			if n := b.Stats().Connections; m < 4 && n != 3 {
				t.Errorf("%d connections after %d min, want all 3", n, m)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stats := b.Stats()
		if stats.Connections != 2 || stats.EndedConns[Unanswered] != 1 || stats.EndedSessions[Unanswered] != 1 {
			t.Errorf("after 5 min: %d connections, ended for %v", stats.Connections, stats.EndedConns)
		}
		if lines := b.log.lines("session ended", "reason=unanswered"); len(lines) != 1 {
			t.Errorf("logged %d times: %s", len(lines), b.log)
		}
		if stats.Penalised != 0 {
			t.Error("vanishing is held against a source")
		}
		time.Sleep(15 * time.Minute)
		reads.types(t, "still here")
		if n := reads.asked.Load(); n < 18 || n > 20 {
			t.Errorf("a silent client was asked %d times in 20 min, want once a minute", n)
		}
		if n, most := types.asked.Load(), reads.asked.Load(); n > most-2 {
			t.Errorf("one that typed for 4 min was asked %d times in 20, and the silent one %d", n, most)
		}
	})
}

// goroutinesIn counts the goroutines that are in a function.
func goroutinesIn(function string) int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "sshd."+function+"(")
}

// Keepalives are no input: they do not keep an idle session open.
func TestKeepaliveIsNoInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := serveInBubble(t, Config{KeepAlive: time.Minute, IdleTimeout: 10 * time.Minute, Handler: waits})
		defer stop()
		b.enter(t)
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if stats := b.Stats(); stats.Sessions != 0 || stats.EndedSessions[Idle] != 1 {
			t.Errorf("%d sessions, ended for %v", stats.Sessions, stats.EndedSessions)
		}
	})
}

func TestKeepaliveOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := serveInBubble(t, Config{KeepAlive: -1, IdleTimeout: -1, SessionTimeout: -1, Handler: echo})
		defer stop()
		g := b.enter(t)
		time.Sleep(24 * time.Hour)
		g.types(t, "x")
		if n := g.asked.Load(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

// The timer runs only while there is a session, and a second one changes nothing.
func TestKeepaliveStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{KeepAlive: time.Minute})
		s.conn.timer = time.AfterFunc(time.Hour, func() {})
		for round := range 2 { // a timer that was stopped starts again
			s.conn.start()
			time.Sleep(50 * time.Second)
			s.conn.start()
			time.Sleep(11 * time.Second)
			synctest.Wait()
			if s.conn.silences != round+1 {
				t.Errorf("after a minute there were %d looks, want %d", s.conn.silences, round+1)
			}
			s.conn.stop()
			time.Sleep(10 * time.Second)
			s.conn.stop()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if s.conn.silences != round+1 || s.conn.keepalive.Stop() {
				t.Errorf("there were %d looks, want %d, and then the timer runs on", s.conn.silences, round+1)
			}
		}
		s.conn.timer.Stop()
	})
}
