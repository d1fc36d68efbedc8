package sshd

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	"charm.land/wish/v2"
	"charm.land/wish/v2/activeterm"
	gossh "golang.org/x/crypto/ssh"
)

// A session is an ssh.Session that wish's own middleware and other people's
// can use as any other.
func TestSessionContract(t *testing.T) {
	checked := make(chan struct{})
	server := serve(t, Config{Handler: func(s ssh.Session) {
		defer close(checked)
		if s.LocalAddr() == nil || s.RemoteAddr() == nil || s.LocalAddr().String() == s.RemoteAddr().String() {
			t.Errorf("addresses are %v and %v", s.LocalAddr(), s.RemoteAddr())
		}
		if s.Permissions().Permissions == nil {
			t.Error("there are no permissions to look into")
		}
		if !s.EmulatedPty() {
			t.Error("someone would look for a terminal's device")
		}
		ctx := s.Context()
		if ctx.Value(ssh.ContextKeySession) != s {
			t.Error("the context does not know the session")
		}
		if ctx.User() != "reader" || ctx.Value(ssh.ContextKeyUser) != "reader" {
			t.Errorf("the context's user is %q", ctx.User())
		}
		if _, ok := ctx.Deadline(); ok || ctx.Err() != nil {
			t.Error("the context ends by itself")
		}
		child, cancel := context.WithCancel(ctx)
		cancel()
		if child.Err() == nil || ctx.Err() != nil {
			t.Error("the context does not nest")
		}
		c := make(chan bool)
		s.Break(c)
		s.Break(nil)
		s.Signals(nil)
	}})
	if err := server.session(t).Run("check"); err != nil {
		t.Error(err)
	}
	receive(t, checked, "the checks")
}

func TestWishMiddlewareWorks(t *testing.T) {
	inner := activeterm.Middleware()(func(s ssh.Session) { wish.Print(s, "a terminal") })
	server := serve(t, Config{Handler: inner})
	session := server.session(t)
	if out, err := session.Output("ls"); exitStatus(t, err) != 1 {
		t.Errorf("without a terminal: %q, %v", out, err)
	}
	session = server.session(t)
	if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if out, err := session.Output("ls"); err != nil || string(out) != "a terminal" {
		t.Errorf("with a terminal: %q, %v", out, err)
	}
}

// A session's context tells of its connection, under the keys of charm.land/ssh too, and what
// one session sets the next one on the connection finds.
func TestContextOfAConnection(t *testing.T) {
	type mark struct{}
	server := serve(t, Config{Handler: func(s ssh.Session) {
		ctx := s.Context()
		ctx.Lock() // as anybody may who shares something among the connection's sessions
		defer ctx.Unlock()
		for name, pair := range map[string][2]any{
			"user":           {ctx.User(), ctx.Value(ssh.ContextKeyUser)},
			"session id":     {ctx.SessionID(), ctx.Value(ssh.ContextKeySessionID)},
			"client version": {ctx.ClientVersion(), ctx.Value(ssh.ContextKeyClientVersion)},
			"server version": {ctx.ServerVersion(), ctx.Value(ssh.ContextKeyServerVersion)},
			"remote address": {ctx.RemoteAddr(), ctx.Value(ssh.ContextKeyRemoteAddr)},
			"local address":  {ctx.LocalAddr(), ctx.Value(ssh.ContextKeyLocalAddr)},
			"permissions":    {*ctx.Permissions(), s.Permissions()},
			"session":        {s, ctx.Value(ssh.ContextKeySession)},
		} {
			if pair[0] != pair[1] || pair[0] == "" {
				t.Errorf("%s: %v and %v", name, pair[0], pair[1])
			}
		}
		if _, ok := ctx.Value(ssh.ContextKeyPermissions).(*ssh.Permissions); !ok {
			t.Error("no permissions under their key")
		}
		if client, ok := ctx.Value(ssh.ContextKeyConn).(*gossh.ServerConn); !ok || client.User() != "reader" {
			t.Error("no connection under its key")
		}
		_, _ = fmt.Fprint(s, ctx.Value(mark{}))
		ctx.SetValue(mark{}, "set by the first")
	}})
	client := server.dial(t)
	for _, want := range []string{"<nil>", "set by the first"} {
		if out, err := newSession(t, client).Output("ls"); string(out) != want || err != nil {
			t.Errorf("the handler finds %q, %v", out, err)
		}
	}
}

// A panic in what is called at a session's end does not lose count of it, nor
// the process.
func TestPanicAtTheEnd(t *testing.T) {
	server := serve(t, Config{
		Handler:   func(ssh.Session) {},
		OnSession: func(Summary) { panic("in the observer") },
	})
	if err := server.session(t).Run("ls"); err != nil {
		t.Error(err)
	}
	server.idle(t)
	if lines := server.log.lines("in the observer"); len(lines) != 1 {
		t.Errorf("logged %d times", len(lines))
	}
}

func TestSummary(t *testing.T) {
	got := make(chan Summary, 1)
	server := serve(t, Config{
		Handler:   func(s ssh.Session) { _, _ = io.WriteString(s, "12345") },
		OnSession: func(s Summary) { got <- s },
	})
	if err := server.session(t).Run("ls"); err != nil {
		t.Fatal(err)
	}
	s := receive(t, got, "a summary")
	if s.Kind != Command || s.Refused || s.FirstWrite < 0 || s.FirstWrite > s.Duration {
		t.Errorf("got %+v", s)
	}
}

func TestSessionsFollowFromTheMemoryBudget(t *testing.T) {
	if c := (Config{}).withDefaults(); c.MaxSessions != (1<<30)/SessionCost || c.MaxConns <= c.MaxSessions {
		t.Errorf("%d sessions and %d connections for 1 GiB", c.MaxSessions, c.MaxConns)
	}
	if c := (Config{MemoryBudget: 10 * SessionCost}).withDefaults(); c.MaxSessions != 10 {
		t.Errorf("%d sessions for the memory of ten", c.MaxSessions)
	}
}

// bare returns a session that runs nothing, on a connection without a network.
func bare(t *testing.T, cfg Config) *session {
	t.Helper()
	cfg.Handler = echo
	cfg.HostKeys = []HostKey{{Signer: newSigner(t)}}
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	ofSession, cancel := context.WithCancelCause(life)
	t.Cleanup(func() { cancel(nil) })
	here, there := net.Pipe()
	t.Cleanup(func() { _, _ = here.Close(), there.Close() })
	s := &session{
		server:  server,
		conn:    &conn{Conn: here, server: server, drained: make(chan struct{}, 1), life: life, cancel: end, input: newInput(server.cfg.InputRate, 1, 1)},
		notices: make(chan Notice, 1),
		ctx:     &sessionContext{life: ofSession, cancel: cancel},
	}
	s.conn.admitted, _ = server.admission.admit(netip.Prefix{})
	s.begin(Shell, "")
	return s
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{IdleTimeout: 30 * time.Minute, SessionTimeout: 2 * time.Hour})
		s.startWatch()
		at := func(d time.Duration) { // since the start
			time.Sleep(d - (s.server.clock() - s.since))
			synctest.Wait()
		}
		noticed := func() Notice {
			select {
			case n := <-s.notices:
				return n
			default:
				return Notice{}
			}
		}
		press := func() { s.traffic.lastInput.Store(int64(s.server.clock())) }

		at(20 * time.Minute)
		press()
		at(48 * time.Minute)
		if n := noticed(); n != (Notice{}) {
			t.Errorf("warned at 48 min of %+v", n)
		}
		at(49 * time.Minute)
		if n := noticed(); n != (Notice{Idle, time.Minute}) {
			t.Errorf("warned at 49 min of %+v", n)
		}
		press()
		for m := 50; m < 119; m += 10 {
			at(time.Duration(m) * time.Minute)
			press()
		}
		if n := noticed(); n != (Notice{}) {
			t.Errorf("warned while keys were pressed: %+v", n)
		}
		at(119 * time.Minute)
		if n := noticed(); n != (Notice{TimeLimit, time.Minute}) {
			t.Errorf("warned at 119 min of %+v", n)
		}
		if s.ctx.Err() != nil {
			t.Error("ended early")
		}
		at(120 * time.Minute)
		if s.ctx.Err() == nil || s.outcome() != TimeLimit {
			t.Errorf("at 120 min: %v", s.outcome())
		}
		s.watch.Stop() // the handler has returned
	})
}

// A key in the moment of a warning is heard, and the next silence warned of too.
func TestWatchWarnsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{IdleTimeout: 2 * time.Minute, WarnBefore: time.Minute})
		s.startWatch()
		for range 3 {
			time.Sleep(time.Minute)
			synctest.Wait()
			select {
			case n := <-s.notices:
				if n != (Notice{Idle, time.Minute}) {
					t.Errorf("warned of %+v", n)
				}
			default:
				t.Error("not warned")
			}
			s.traffic.lastInput.Store(int64(s.server.clock()))
		}
		s.watch.Stop()
	})
}

func TestNoLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{IdleTimeout: -1, SessionTimeout: -1})
		s.startWatch()
		time.Sleep(365 * 24 * time.Hour)
		synctest.Wait()
		if s.ctx.Err() != nil || len(s.notices) != 0 {
			t.Error("a session without limits was ended or warned")
		}
		s.watch.Stop()
	})
}

// Input over the burst comes in at the rate, and no faster.
func TestInputRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{InputRate: 1 << 20}).conn
		start := time.Now()
		for range inputBurst / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the burst took %v", d)
		}
		for range 4 << 20 / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d < 3900*time.Millisecond || d > 4100*time.Millisecond {
			t.Errorf("4 MiB at 1 MiB a second took %v", d)
		}
		if why := c.fate(); why != None {
			t.Errorf("it has ended for %s", why)
		}
		for range 4 << 20 / 4096 {
			c.meter(4096)
		}
		if why := c.fate(); why != Flood {
			t.Errorf("after eight seconds of too much it has ended for %s", why)
		}
	})
}

// Small packets over their burst come in at a share of the rate, however many
// connections of a source send them; data that is read does not count.
func TestPacketRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{InputRate: 1 << 20}).conn
		c.loggedIn.Store(true)
		start := time.Now()
		for range packetBurst / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the burst took %v", d)
		}
		for range 1 << 20 / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d < 3900*time.Millisecond || d > 4100*time.Millisecond {
			t.Errorf("1 MiB of small packets at 256 KiB a second took %v", d)
		}
		if why := c.fate(); why != None {
			t.Errorf("it has ended for %s", why)
		}
		for range 1 << 20 / 4096 {
			c.meter(4096)
		}
		if why := c.fate(); why != Flood {
			t.Errorf("after eight seconds of small packets it has ended for %s", why)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		c.loggedIn.Store(true)
		start := time.Now()
		for range inputBurst / 4096 {
			c.meter(4096)
			c.delivered.Add(4000) // in packets of 1 KB
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("data that is read waited %v", d)
		}
		time.Sleep(time.Hour)
		start = time.Now()
		for range packetBurst / 4096 { // taken for packets while nobody has read them
			c.meter(4096)
		}
		c.delivered.Add(packetBurst) // and given back
		for range packetBurst / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the burst, and as much data as that, waited %v", d)
		}
		for range 128 << 10 / 4096 {
			c.meter(4096)
		}
		if d := time.Since(start); d < 1900*time.Millisecond || d > 2100*time.Millisecond {
			t.Errorf("128 KiB more at 64 KiB a second took %v", d)
		}
		time.Sleep(time.Hour)
		c.maybeData = maxUnreadWriting // a handler waits for its client
		if back := c.overhead(time.Now(), 0); back != 0 {
			t.Errorf("%d bytes are given back that were earned again long ago", -back)
		}
		c.meter(1024)
		c.maybeData = 0
		if more := c.overhead(time.Now(), 0); more != 1024 {
			t.Errorf("%d bytes are to be paid for, want 1024", more)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		const conns = 64
		shared := newInput(1<<20, sourceInputRate, sourceInputBurst)
		start := time.Now()
		var wait time.Duration
		for range 4 << 20 / 4096 / conns {
			for range conns {
				_, packets := shared.reserve(start, 4096, 4096)
				wait = max(wait, packets)
			}
		}
		if wait < 2900*time.Millisecond || wait > 3100*time.Millisecond {
			t.Errorf("4 MiB of small packets of a source at 1 MiB a second have to wait %v", wait)
		}
	})
}
