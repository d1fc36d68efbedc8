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

// The timer runs only while somebody is looked after.
func TestPulseSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{KeepAlive: time.Minute})
		s.conn.timer = time.AfterFunc(time.Hour, func() {})
		p := s.server.pulse
		for range 2 { // a timer that was stopped starts again
			s.conn.start()
			s.conn.start() // a second session is not watched apart
			if n := p.queue.Len(); n != 1 {
				t.Errorf("%d connections are watched, want 1", n)
			}
			time.Sleep(90 * time.Second)
			synctest.Wait()
			if s.conn.lookAt != p.clock()+30*time.Second {
				t.Errorf("looks again at %v, and it is %v", s.conn.lookAt, p.clock())
			}
			s.conn.stop()
			s.conn.stop()
			if n := p.queue.Len(); n != 0 || p.timer.Stop() {
				t.Errorf("%d connections are watched, and the timer runs on", n)
			}
			s.conn.timer.Stop()
		}
	})
}
