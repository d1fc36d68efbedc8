package sshd

import (
	"maps"
	"testing"
	"time"
)

// What a readiness check asks: each fact stands for itself.
func TestReadiness(t *testing.T) {
	server := serve(t, Config{Handler: waits, MaxConns: 7, MaxSessions: 5, Drain: time.Hour})
	eventually(t, "the server accepts", func() bool { return server.Stats().Accepting })
	stats := server.Stats()
	if !stats.Accepting || stats.Draining || stats.Exhausted {
		t.Errorf("a server that is well says %+v", stats)
	}
	if stats.MaxConns != 7 || stats.MaxSessions != 5 {
		t.Errorf("its limits are %d and %d", stats.MaxConns, stats.MaxSessions)
	}
	if err := server.session(t).Shell(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a session served", func() bool { return server.Stats().Started[Text] == 1 })

	server.exhausted.Store(int64(server.clock()))
	if stats := server.Stats(); !stats.Exhausted || !stats.Accepting {
		t.Errorf("out of descriptors it says %+v", stats)
	}
	server.stop()
	eventually(t, "the drain begun", func() bool { return server.Stats().Draining })
	if stats := server.Stats(); stats.Accepting || stats.Sessions != 1 {
		t.Errorf("while it drains it says %+v", stats)
	}
	server.Close()
}

func TestKinds(t *testing.T) {
	server := serve(t, Config{Handler: who})
	onTerminal := server.session(t)
	if err := onTerminal.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	for _, start := range []func() error{
		onTerminal.Shell,
		server.session(t).Shell,
		func() error { return server.session(t).Start("") }, // as good as a shell
		func() error { return server.session(t).Start("ls") },
	} {
		if err := start(); err != nil {
			t.Fatal(err)
		}
	}
	want := map[Kind]uint64{Shell: 1, Text: 2, Command: 1, Subsystem: 0}
	eventually(t, "one session of each kind", func() bool { return maps.Equal(server.Stats().Started, want) })
	eventually(t, "their lines", func() bool {
		return len(server.log.lines("session ended", "kind=tui")) == 1 && len(server.log.lines("session ended", "kind=text")) == 2 &&
			len(server.log.lines("session ended", "kind=command")) == 1
	})
}

// The duration of a session that was never served is no session's.
func TestRefusedSummary(t *testing.T) {
	ended := make(chan Summary, 2)
	server := serve(t, Config{
		SessionRate: 1e-9, SessionBurst: 1, Handler: who,
		OnSession: func(s Summary) { ended <- s },
	})
	if err := server.session(t).Run("ls"); err != nil {
		t.Fatal(err)
	}
	if s := <-ended; s.Refused || s.Kind != Command || s.FirstWrite < 0 {
		t.Errorf("a session that was served: %+v", s)
	}
	refusedWith(t, server.session(t), SessionRate)
	if s := <-ended; !s.Refused {
		t.Errorf("a session that was refused: %+v", s)
	}
}
