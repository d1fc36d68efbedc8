package sshd

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Each limit lets pass what is at it, and refuses one more. The numbers are written out,
// as in bounds_test.go.
func TestEdges(t *testing.T) {
	type passes func(t *testing.T, n int) bool
	version := func(_ *testing.T, n int) bool {
		return new(opening).feed([]byte("SSH-2.0-"+strings.Repeat("v", n-8)+"\n")) == None
	}
	login := func(auth ...gossh.AuthMethod) passes {
		return func(t *testing.T, n int) bool {
			t.Helper()
			server := serve(t, Config{Identify: func(string) bool { return len(auth) > 0 }})
			client, err := server.tryDial(&gossh.ClientConfig{User: strings.Repeat("u", n), Auth: auth})
			if err == nil {
				_ = client.Close()
			}
			return err == nil
		}
	}
	env := func(n int) []byte { return gossh.Marshal(envRequest{"LANG", strings.Repeat("e", n-len("LANG="))}) }
	for name, edge := range map[string]struct {
		limit  int
		passes passes
	}{
		"bytes before the login": {64 << 10, func(t *testing.T, n int) bool {
			t.Helper()
			c := bare(t, Config{}).conn
			c.received.Store(int64(n))
			return c.inspect([]byte("x")) == None
		}},
		"bytes of a version":                 {255, version},
		"bytes of a user name without a key": {256, login()},
		"bytes of a user name with a key":    {256, login(gossh.PublicKeys(newSigner(t)))},
		"bytes of a Read for one packet": {36 << 10, func(t *testing.T, n int) bool {
			t.Helper()
			c := bare(t, Config{}).conn
			c.ahead = []byte("x")
			_, err := c.Read(make([]byte, n))
			return err == nil
		}},
		"bytes of a variable": {512, func(_ *testing.T, n int) bool {
			_, _, ok := parseEnv(env(n))
			return ok
		}},
		"variables": {16, func(_ *testing.T, n int) bool {
			s, ok := &session{}, true
			for i := range n {
				ok = s.setEnv(gossh.Marshal(envRequest{"LC_" + string(rune('A'+i)), "x"}))
			}
			return ok
		}},
		"bytes of a terminal's name": {64, func(_ *testing.T, n int) bool { return cleanTerm(strings.Repeat("t", n)) != "dumb" }},
		"bytes of a subsystem's name": {4 << 10, func(_ *testing.T, n int) bool {
			_, ok := stringPayload(gossh.Marshal(field{strings.Repeat("s", n)}))
			return ok
		}},
		"columns": {500, func(_ *testing.T, n int) bool {
			return windowChange{Columns: uint32(n)}.clamp(ssh.Window{}).Width == n
		}},
		"rows": {200, func(_ *testing.T, n int) bool {
			return windowChange{Rows: uint32(n)}.clamp(ssh.Window{}).Height == n
		}},
		"pixels": {65536, func(_ *testing.T, n int) bool {
			return windowChange{PixelWide: uint32(n)}.clamp(ssh.Window{}).WidthPixels == n
		}},
		"bytes too fast": {64 << 10, func(t *testing.T, n int) bool {
			t.Helper()
			return paced(t, func(c *conn) {
				c.slow(time.Now(), time.Hour)
				c.received.Store(int64(n))
				c.slow(time.Now(), time.Hour)
				c.slow(time.Now(), time.Hour)
			})
		}},
		"bytes around data too fast": {8 << 10, func(t *testing.T, n int) bool {
			t.Helper()
			return paced(t, func(c *conn) {
				c.slowPackets(time.Now(), n, time.Hour)
				c.slowPackets(time.Now(), 0, time.Hour)
				c.slowPackets(time.Now(), 0, time.Hour)
			})
		}},
		"unread bytes": {64 << 10, func(t *testing.T, n int) bool {
			t.Helper()
			return mayWait(t, n, false)
		}},
		"unread bytes while the handler writes": {3 << 20, func(t *testing.T, n int) bool {
			t.Helper()
			return mayWait(t, n, true)
		}},
		"bytes of a connection": {4<<20 - 64<<10, func(t *testing.T, n int) bool { // and what it has at once
			t.Helper()
			server := serve(t, Config{})
			server.dial(t)
			return server.connections.all()[0].account.Take(int64(n))
		}},
		"connections that a search looks at":    {256, findsTheLast},
		"equally full networks that it does":    {4, findsInTheLast},
		"connections compared for their memory": {4096, evictsTheLast},
		"networks compared for their memory": {4096, func(_ *testing.T, n int) bool {
			parts := make([]*node, n)
			for i := range parts {
				parts[i] = &node{limits: &limits{bytes: 100}}
			}
			last := parts[n-1]
			last.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
			last.account.Take(50)
			whole := &node{held: &holding{}}
			whole.held.branches[forConns].nodes = parts
			most, _ := whole.mostMemory()
			return most == last
		}},
		"bytes of a PROXY header's line": {107, func(_ *testing.T, n int) bool {
			line := make([]byte, 200)
			got, _ := (&listened{Conn: dribble{}}).Read(line[:n])
			return got == n
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if !edge.passes(t, edge.limit) {
				t.Errorf("%d is refused", edge.limit)
			}
			if edge.passes(t, edge.limit+1) {
				t.Errorf("%d passes", edge.limit+1)
			}
		})
	}
}

type (
	envRequest struct{ Name, Value string }
	field      struct{ Value string }
)

// paced reports whether a connection outlives what is done to it, in a time of its own.
func paced(t *testing.T, do func(*conn)) (lives bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		do(c)
		lives = c.fate() == None
	})
	return lives
}

// mayWait reports whether n bytes may be unread.
func mayWait(t *testing.T, n int, writing bool) bool {
	t.Helper()
	s := bare(t, Config{})
	s.conn.sessions = []*session{s}
	s.conn.received.Store(int64(n))
	if writing {
		s.sending.begin(s.conn)
		defer s.sending.end(s.conn)
	}
	unread, most, _ := s.conn.unread()
	return unread <= most
}

// dribble is a connection on which a line without an end comes byte by byte.
type dribble struct{ net.Conn }

func (dribble) Read(p []byte) (int, error) { return copy(p, "P"), nil }

// findsTheLast reports whether of n connections of a source the last is found, which
// alone can leave.
func findsTheLast(_ *testing.T, n int) bool {
	g := testAdmission(Config{}, 0)
	src := g.sources.get(sourceNo(1))
	var last *admitted
	for range n {
		last = g.enter(src)
	}
	last.evict = func() {}
	m := eviction{admission: g.admission, source: g.sources.get(sourceNo(2)), resource: forConns}
	m.look(&src.node, false)
	return m.found == last
}

// findsInTheLast is that for n networks.
func findsInTheLast(_ *testing.T, n int) bool {
	g := testAdmission(Config{}, 0)
	var last *admitted
	for i := range n {
		src := g.sources.get(sourceNo(1 + i))
		g.enter(src)
		last = g.enter(src)
	}
	last.evict = func() {}
	m := eviction{admission: g.admission, source: g.sources.get(sourceNo(100))}
	return m.evict(g.sources.all, forConns) && m.evicted[0] == last
}

// evictsTheLast reports whether of n connections of a source that has taken the most
// memory the last one has to leave, which alone can.
func evictsTheLast(_ *testing.T, n int) bool {
	g := testAdmission(Config{}, 0)
	src := g.sources.get(sourceNo(1))
	src.openAccount(g.cfg.Ledger).Take(10 << 20)
	var last *admitted
	for range n {
		last = g.enter(src)
	}
	last.evict = func() {}
	m := eviction{admission: g.admission, source: g.sources.get(sourceNo(2))}
	return m.evictForMemory() && m.evicted[0] == last
}

// Times, shares and prices.
func TestFigures(t *testing.T) {
	cfg := Config{MemoryBudget: 1 << 30, MaxSessions: 800, MaxConns: 1000}.withDefaults()
	levels := levelLimits(&cfg)
	small := Config{MaxSessions: 8, MaxConns: 8, MaxHandshakes: 8}.withDefaults()
	for name, figure := range map[string]struct{ got, want any }{
		"attempts to log in":                          {protocolConfig(cfg).MaxAuthTries, 40},
		"security keys that are not known":            {maxStrangers, 20},
		"bytes of a key":                              {maxKeyBytes, 8 << 10},
		"penalty for showing no key":                  {penaltyFor(Unidentified), time.Duration(0)},
		"connections of a network":                    {levels[levelNetwork].held[forConns], 125},
		"connections of a wide one":                   {levels[levelWide].held[forConns], 250},
		"connections of a network of a small server":  {levelLimits(&small)[levelNetwork].held[forConns], 8},
		"rate of a network":                           {float64(levels[levelNetwork].rate), 64.0},
		"burst of a network":                          {levels[levelNetwork].burst, 512},
		"rate of a wide one":                          {float64(levels[levelWide].rate), 512.0},
		"memory of a source":                          {levels[levelSource].bytes, int64(128 << 20)},
		"penalty for a failure":                       {penaltyFor(HandshakeFailed), time.Second},
		"penalty for a write that is not taken":       {penaltyFor(WriteTimeout), time.Second},
		"penalty for a handshake that takes too long": {penaltyFor(HandshakeTimeout), 10 * time.Second},
		"penalty for a flood":                         {penaltyFor(Flood), time.Minute},
		"penalty for a lost connection":               {penaltyFor(ConnectionLost), time.Duration(0)},
		"no drop":                                     {dropChance(750, 1000), 0.0},
		"every other drop":                            {dropChance(84375, 100000), 0.5},
		"all dropped":                                 {dropChance(9375, 10000), 1.0},
		"bytes that are early":                        {(&conn{opening: &opening{}, packets: packets{granted: make(chan struct{})}}).allowance(1 << 20), 448},
	} {
		if figure.got != figure.want {
			t.Errorf("%s: %v, want %v", name, figure.got, figure.want)
		}
	}
}

// Who comes when all sessions are in use waits 1.5 seconds for one that ends, and no longer.
func TestNewcomersWait(t *testing.T) {
	for name, room := range map[string]struct {
		after time.Duration // until a session ends
		want  Reason        // why the newcomer is refused; None: is served
	}{
		"in time":  {1480 * time.Millisecond, None},
		"too late": {1540 * time.Millisecond, SessionsFull},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, stop := serveInBubble(t, Config{MaxSessions: 1, Handler: echo, Exempt: prefixes("127.0.0.0/8")})
				defer stop()
				first := b.enter(t)
				first.types(t, "x")
				newcomer := b.enter(t)
				time.Sleep(room.after)
				_ = first.client.Close()
				time.Sleep(time.Second)
				synctest.Wait()
				if room.want == None {
					newcomer.types(t, "y")
				}
				stats := b.Stats()
				if refused := stats.Refused[SessionsFull]; (refused == 1) != (room.want == SessionsFull) {
					t.Errorf("%d are refused because all sessions are in use", refused)
				}
			})
		})
	}
}
