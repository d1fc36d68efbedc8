package sshd

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestSourceOf(t *testing.T) {
	tests := map[string]struct {
		a, b string
		same bool
	}{
		"one IPv4 address":           {"192.0.2.1", "192.0.2.1", true},
		"two IPv4 addresses":         {"192.0.2.1", "192.0.2.2", false},
		"one IPv6 network":           {"2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", true},
		"two IPv6 networks":          {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		"IPv4 in IPv6":               {"192.0.2.1", "::ffff:192.0.2.1", true},
		"two IPv4 in IPv6":           {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		"a zone makes no new source": {"fe80::1%eth0", "fe80::1%eth1", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := sourceOf(tcpAddr(test.a)), sourceOf(tcpAddr(test.b))
			if !a.IsValid() || (a == b) != test.same {
				t.Errorf("%v and %v: same %v, want %v", a, b, a == b, test.same)
			}
		})
	}
	if source := sourceOf(&net.UnixAddr{Name: "/x"}); source != (netip.Prefix{}) {
		t.Errorf("a socket without an address is %v", source)
	}
}

func tcpAddr(ip string) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 1))
}

func TestRemoteName(t *testing.T) {
	for ip, want := range map[string][2]string{
		"192.0.2.7":           {"192.0.2.7:1", "192.0.2.0/24"},
		"::ffff:192.0.2.7":    {"192.0.2.7:1", "192.0.2.0/24"},
		"2001:db8:1:2:3:4::5": {"[2001:db8:1:2:3:4:0:5]:1", "2001:db8:1::/48"},
	} {
		if full, cut := remoteName(tcpAddr(ip), false), remoteName(tcpAddr(ip), true); full != want[0] || cut != want[1] {
			t.Errorf("%s: %q, %q", ip, full, cut)
		}
	}
}

// sourceNo returns a source of its own, in a wide network of its own as long as
// there are some.
func sourceNo(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}), 32)
}

func TestAdmissionLimitsASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxConnsPerSource: 2, ConnRate: 1, ConnBurst: 4}, 1)
		a, b := sourceNo(1), sourceNo(2)
		steps := []struct {
			do   func() Reason
			want Reason
		}{
			{func() Reason { return g.try(a) }, None},
			{func() Reason { return g.try(a) }, None},
			{func() Reason { return g.try(a) }, SourceConns},
			{func() Reason { return g.try(b) }, None}, // somebody else
			{func() Reason { g.end(a, NoSession); return g.try(a) }, None},
			{func() Reason { g.end(a, NoSession); return g.try(a) }, None},
			{func() Reason { g.end(a, NoSession); return g.try(a) }, SourceRate},
			{func() Reason { time.Sleep(time.Second); return g.try(a) }, None},
		}
		for i, step := range steps {
			if got := step.do(); got != step.want {
				t.Errorf("step %d: %v, want %v", i, got, step.want)
			}
		}
		if conns, handshakes := g.counts(); conns != 3 || handshakes != 3 {
			t.Errorf("%d connections, %d handshakes", conns, handshakes)
		}
	})
}

func TestAdmissionPenalties(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{ConnBurst: 1000, MaxConnsPerSource: 1000}, 1)
		a := sourceNo(1)
		fail := func(why Reason) {
			if refused := g.try(a); refused != None {
				t.Fatalf("refused: %v", refused)
			}
			g.end(a, why)
		}
		// A probe every ten seconds, as some health checks make, is borne for ever.
		for range 100 {
			fail(HandshakeFailed)
			time.Sleep(10 * time.Second)
		}
		fail(HandshakeTimeout)
		fail(HandshakeTimeout) // 20 s
		if why := g.try(a); why != Penalty {
			t.Errorf("after two timeouts: %v", why)
		}
		time.Sleep(19 * time.Second)
		if why := g.try(a); why != Penalty {
			t.Errorf("a penalty below the floor must be served to its end: %v", why)
		}
		if why := g.try(sourceNo(2)); why != None {
			t.Errorf("somebody else: %v", why)
		}
		time.Sleep(time.Second)
		fail(Flood) // a minute at once
		if why := g.try(a); why != Penalty {
			t.Errorf("after a flood: %v", why)
		}
		time.Sleep(time.Minute)
		for range 3 {
			if why := g.try(a); why != None {
				t.Errorf("after the penalty: %v", why)
			}
		}
		for range 3 {
			g.end(a, ConnectionLost) // leaving is no offence
		}
		for range 100 {
			g.mu.Lock()
			g.sources.get(a).penalise(time.Now(), penaltyFlood)
			g.mu.Unlock()
		}
		time.Sleep(10*time.Minute - time.Second)
		if why := g.try(a); why != Penalty {
			t.Errorf("a second before the longest penalty is over: %v", why)
		}
		time.Sleep(time.Second)
		if why := g.try(a); why != None {
			t.Errorf("penalties have no end: %v", why)
		}
		for _, last := range []struct {
			penalty time.Duration
			want    Reason
		}{{15*time.Second - 1, None}, {1, Penalty}} { // together the least that shuts out
			g.mu.Lock()
			g.sources.get(a).penalise(time.Now(), last.penalty)
			g.mu.Unlock()
			if why := g.try(a); why != last.want {
				t.Errorf("with %s more: %v, want %v", last.penalty, why, last.want)
			}
		}
	})
}

func TestAdmissionEarlyDrop(t *testing.T) {
	tests := []struct {
		held int
		luck float64
		want Reason
	}{
		{74, 0, None},
		{75, 0, None},         // p = 0
		{76, 0.05, EarlyDrop}, // p = 1/18.75
		{76, 0.06, None},
		{90, 0.79, EarlyDrop}, // p = 0.8
		{90, 0.81, None},
		{94, 0.999, EarlyDrop},
		{99, 0.999, EarlyDrop},
		{100, 0.999, Full},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d held, luck %v", test.held, test.luck), func(t *testing.T) {
			for name, cfg := range map[string]Config{
				"connections": {MaxConns: 100, MaxHandshakes: 100_000},
				"handshakes":  {MaxConns: 100_000, MaxHandshakes: 100},
			} {
				g := testAdmission(cfg, 1)
				for i := range test.held {
					if why := g.try(sourceNo(i)); why != None {
						t.Fatalf("%s: connection %d: %v", name, i, why)
					}
				}
				g.cfg.Random = func() float64 { return test.luck }
				if why := g.try(sourceNo(1000)); why != test.want {
					t.Errorf("%s: %v, want %v", name, why, test.want)
				}
			}
		})
	}
}

func TestLoginsFreeHandshakes(t *testing.T) {
	g := testAdmission(Config{MaxHandshakes: 1}, 1)
	for i := range 10 {
		if why := g.try(sourceNo(i)); why != None {
			t.Fatalf("connection %d: %v", i, why)
		}
		g.loggedIn(g.held[sourceNo(i)][0])
	}
	for i := range 10 {
		g.end(sourceNo(i), ConnectionLost)
	}
	if conns, handshakes := g.counts(); conns != 0 || handshakes != 0 {
		t.Errorf("%d connections, %d handshakes left", conns, handshakes)
	}
}

// An attacker who rotates addresses cannot fill the table, and cannot push
// those who are connected out of it.
func TestSourcesAreBounded(t *testing.T) {
	g := testAdmission(Config{MaxSources: 100, MaxConnsPerSource: 2, MaxConns: 1000, MaxHandshakes: 1000}, 1)
	holder := sourceNo(0)
	for range 2 {
		g.try(holder)
	}
	for i := 1; i < 10_000; i++ {
		if g.try(sourceNo(i)) == None {
			g.end(sourceNo(i), HandshakeFailed)
		}
		g.allowSession(sourceNo(i))
	}
	if n := len(g.sources.table); n > 100 {
		t.Errorf("%d sources are kept", n)
	}
	if n, listed := len(g.sources.table), g.sources.idle.n; n != listed+1 {
		t.Errorf("%d sources, %d of them to be forgotten", n, listed)
	}
	if why := g.try(holder); why != SourceConns {
		t.Errorf("the source that holds two connections was forgotten: %v", why)
	}
}

func TestSessionTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{SessionRate: 0.1, SessionBurst: 2}, 1)
		for i, want := range []bool{true, true, false} {
			if got := g.allowSession(sourceNo(1)); got != want {
				t.Errorf("session %d: %v", i, got)
			}
		}
		time.Sleep(10 * time.Second)
		if !g.allowSession(sourceNo(1)) || g.allowSession(sourceNo(1)) {
			t.Error("a token comes back every ten seconds")
		}
	})
}

func TestLogLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &logBuffer{}
		logger := slog.New(slog.NewTextHandler(log, nil))
		var m logLimiter
		for range 50 {
			m.warn(logger, SourceRate, "refused")
			m.warn(logger, Full, "refused")
			time.Sleep(time.Second)
		}
		if n := len(log.lines("reason=source_rate")); n != 5 {
			t.Errorf("%d lines for 50 refusals in 50 s, want 5:\n%s", n, log)
		}
		if n := len(log.lines("reason=full", "omitted=9")); n != 4 {
			t.Errorf("the lines do not say what they stand for:\n%s", log)
		}
	})
}
