package sshd

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// subnet returns source number i of those in a network.
func subnet(format string, i ...any) netip.Prefix {
	return sourceOf(tcpAddr(fmt.Sprintf(format, i...)))
}

// The box of the attack's tests: half a gigabyte.
func smallServer() Config { return Config{MemoryBudget: 384 << 20} }

// Whoever holds all that the limits of a source and a network let in does not
// keep others out: 99 of 100 who come, each from elsewhere, are let in.
func TestNewcomersGetIn(t *testing.T) {
	const hold = time.Minute // long enough for tokens to come back
	attacks := map[string]struct {
		sources   []netip.Prefix
		each      int
		handshake bool // they never log in
	}{
		"40 IPv6 /64 in five /48":        {spread(40, func(i int) netip.Prefix { return subnet("2001:db8:%x:%x00::1", i%5, i) }), 64, false},
		"40 IPv6 /64, each its own /48":  {spread(40, func(i int) netip.Prefix { return subnet("2001:db8:%x::1", i) }), 64, false},
		"sources of one, in four /48":    {spread(4000, func(i int) netip.Prefix { return subnet("2001:db8:%x:%x::1", i%4, i) }), 1, false},
		"16 /24, in sources of 20":       {spread(320, func(i int) netip.Prefix { return subnet("198.%d.1.%d", i%16, i/16) }), 20, false},
		"16 /24 in four /16, one each":   {spread(16*200, func(i int) netip.Prefix { return subnet("%d.1.%d.%d", 20+i%4, i/4%4, i/16) }), 1, false},
		"10 addresses that shake slowly": {spread(10, func(i int) netip.Prefix { return subnet("198.%d.1.1", i) }), 64, true},
		"8 /24 that shake slowly":        {spread(8*64, func(i int) netip.Prefix { return subnet("198.%d.1.%d", i%8, i/8) }), 1, true},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := testAdmission(smallServer(), 0) // no luck at all
				onslaught := func() {
					for _, key := range attack.sources {
						for range attack.each - len(g.held[key]) {
							if attack.handshake {
								g.try(key)
							} else {
								g.read(key)
							}
						}
					}
				}
				for range 5 {
					onslaught()
					time.Sleep(hold)
				}
				reader := subnet("203.0.113.1")
				if why := g.read(reader); why != None {
					t.Fatalf("the first reader: %v", why)
				}
				early := g.held[reader][0]
				admitted := 0
				for i := range 100 {
					if g.read(subnet("%d.77.%d.9", 30+i, i)) == None {
						admitted++
					}
					onslaught() // they come back as fast as they may
					time.Sleep(100 * time.Millisecond)
				}
				if admitted < 99 {
					t.Errorf("%d of 100 are let in", admitted)
				}
				if g.gone[early] {
					t.Error("a reader had to leave for the attackers")
				}
				conns, handshakes := g.counts()
				t.Logf("%d of %d connections, %d of %d handshakes; %d had to leave", conns, g.cfg.MaxConns, handshakes, g.cfg.MaxHandshakes, len(g.gone))
				if conns > g.cfg.MaxConns*4/5 || handshakes > g.cfg.MaxHandshakes*4/5 {
					t.Error("the attackers hold more than where room begins to be made")
				}
				g.check(t)
			})
		})
	}
}

func spread(n int, source func(int) netip.Prefix) []netip.Prefix {
	all := make([]netip.Prefix, n)
	for i := range all {
		all[i] = source(i)
	}
	return all
}

// A network holds no more than its share, and readers elsewhere do not notice.
func TestNetworkShares(t *testing.T) {
	tests := map[string]struct {
		source func(i int) netip.Prefix
		want   int
	}{
		"a /24":                {func(i int) netip.Prefix { return subnet("192.0.2.%d", i%250) }, 100},
		"a /16":                {func(i int) netip.Prefix { return subnet("192.0.%d.%d", i%8, i/8%250) }, 200},
		"a /56":                {func(i int) netip.Prefix { return subnet("2001:db8:1:2%02x::1", i%250) }, 100},
		"a /48":                {func(i int) netip.Prefix { return subnet("2001:db8:1:%x::1", i) }, 200},
		"several /48 of a /32": {func(i int) netip.Prefix { return subnet("2001:db8:%x::1", i) }, 600},
	}
	for name, test := range tests {
		for _, resource := range []string{"connections", "handshakes"} {
			t.Run(name+", "+resource, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cfg := Config{MaxConns: 800, MaxHandshakes: 100_000, ConnBurst: 1000}
					if resource == "handshakes" {
						cfg = Config{MaxConns: 100_000, MaxHandshakes: 800, ConnBurst: 1000}
					}
					g := testAdmission(cfg, 0.5)
					refused := map[Reason]int{}
					for i := range 600 {
						if why := g.try(test.source(i)); why != None {
							refused[why]++
						}
						time.Sleep(time.Millisecond) // nobody is slow yet
					}
					if conns, _ := g.counts(); conns != test.want {
						t.Errorf("%d are held, want %d; refused %v", conns, test.want, refused)
					}
					if test.want < 600 && refused[NetworkConns] == 0 {
						t.Errorf("refused %v", refused)
					}
					if why := g.try(subnet("203.0.113.1")); why != None {
						t.Errorf("a reader elsewhere: %v", why)
					}
					g.check(t)
				})
			})
		}
	}
}

// Networks have a rate of connections, too: an IPv6 /48 has 65,536 sources.
func TestNetworkRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxConns: 100_000, MaxHandshakes: 100_000, ConnRate: 1, ConnBurst: 2}, 0.5)
		admitted := map[string]int{}
		for i := range 1000 {
			for name, key := range map[string]netip.Prefix{
				"/56": subnet("2001:db8:1:%x::1", i%256), "/48": subnet("2001:db8:2:%x::1", i<<6), "/24": subnet("192.0.2.%d", i%256),
			} {
				switch why := g.try(key); why {
				case None:
					admitted[name]++
					g.end(key, ConnectionLost)
				case NetworkRate, SourceRate:
				default:
					t.Fatalf("%s: %v", name, why)
				}
			}
		}
		if admitted["/56"] != 2*networkRate || admitted["/24"] != 2*networkRate || admitted["/48"] != 2*wideRate {
			t.Errorf("let in at once: %v", admitted)
		}
	})
}

// Exempt sources are part of no network, and never leave for others.
func TestExemptFromRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxConns: 80, MaxHandshakes: 1000, Exempt: prefixes("192.0.2.0/25")}, 0.9)
		for i := range 70 {
			if why := g.read(subnet("192.0.2.%d", i%4)); why != None {
				t.Fatalf("connection %d: %v", i, why)
			}
			time.Sleep(time.Second)
		}
		for range 5 {
			if why := g.try(subnet("192.0.2.200")); why != None {
				t.Errorf("its neighbour: %v", why)
			}
		}
		for a := range g.gone {
			if a.source.exempt {
				t.Error("an exempt connection had to leave")
			}
		}
		g.check(t)
	})
}

// Of the largest source the connection leaves that nobody reads on.
func TestWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxConns: 40, MaxHandshakes: 1000}, 0.9)
		crowd, pair, single := sourceNo(1), sourceNo(2), sourceNo(3)
		for _, key := range []netip.Prefix{pair, pair, single} {
			g.read(key)
			time.Sleep(time.Second)
		}
		for i := range 20 {
			if why := g.read(subnet("%d.3.0.1", 100+i)); why != None {
				t.Fatalf("reader %d: %v", i, why)
			}
		}
		for _, connect := range []func(netip.Prefix) Reason{g.read, g.read, g.try, g.try, g.read} {
			connect(crowd)
			time.Sleep(2 * time.Second)
		}
		old := append([]*admitted(nil), g.held[crowd]...)
		time.Sleep(2 * time.Minute)
		old[0].heard.Store(int64(g.clock())) // its reader types
		for i, want := range []*admitted{nil, nil, old[2], old[3], old[1]} {
			if why := g.read(subnet("%d.4.0.1", 100+i)); why != None {
				t.Fatalf("newcomer %d: %v", i, why)
			}
			if want != nil && !g.gone[want] {
				t.Errorf("another left for newcomer %d", i)
			}
		}
		if g.gone[old[0]] {
			t.Error("a reader who types had to leave")
		}
		if len(g.held[single]) != 1 {
			t.Error("a source with one connection had to leave")
		}
		g.check(t)
	})
}

// A source that comes to hold as much as the largest is not let in at the cost of
// another: its newest is weighed like everyone's.
func TestNobodyLeavesForAnEqual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxConns: 40, MaxHandshakes: 1000}, 0.99)
		for i := range 30 {
			g.read(sourceNo(i))
		}
		time.Sleep(time.Hour)
		if why := g.read(sourceNo(0)); why != None {
			t.Errorf("a second window: %v", why)
		}
		for i := range 5 {
			g.read(sourceNo(100 + i))
		}
		for key, held := range g.held {
			if len(held) > 1 {
				t.Errorf("%v holds %d", key, len(held))
			}
		}
		for a := range g.gone {
			if a.source.key != sourceNo(0) {
				t.Errorf("%v had to leave, which held one", a.source.key)
			}
		}
	})
}

// Sessions and memory are seats, too: 1,024 connections with four sessions each
// take them all.
func TestRoomForSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MaxSessions: 400, MaxConns: 1000, MaxHandshakes: 1000}, 0.9)
		for i := range 200 {
			key := sourceNo(i % 8)
			if g.read(key) != None {
				continue
			}
			a := g.held[key][len(g.held[key])-1]
			for range 3 {
				if !a.leaving {
					g.startSession(a)
				}
			}
		}
		if n := g.admission.held[forSessions]; n > 304 {
			t.Errorf("%d sessions run of 400", n)
		}
		before := len(g.gone)
		for i := range 100 {
			if why := g.read(sourceNo(20 + i)); why != None {
				t.Errorf("reader %d: %v", i, why)
			}
		}
		if len(g.gone) == before {
			t.Error("nobody had to leave")
		}
		for i := range 100 {
			if len(g.held[sourceNo(20+i)]) != 1 {
				t.Fatalf("reader %d had to leave", i)
			}
		}
		g.check(t)
	})
}

// What a network's sources take of the memory together has a limit.
func TestNetworkMemory(t *testing.T) {
	g := testAdmission(Config{MemoryBudget: 800 << 20, Exempt: prefixes("192.0.2.200/32")}, 0.9)
	taken := map[string]int{}
	for i := range 300 {
		for name, key := range map[string]netip.Prefix{
			"/24": subnet("192.0.2.%d", i%100), "/16": subnet("198.51.%d.%d", i%10, i/10), "exempt": subnet("192.0.2.200"),
			"/48": subnet("2001:db8:1:%x::1", i%4<<8|i), "one": sourceNo(1),
		} {
			a, why := g.admit(key)
			if why != None {
				continue
			}
			if g.account(a).Take(1 << 20) {
				taken[name]++
			}
			g.release(a, ConnectionLost)
		}
	}
	// The whole holds 800 MiB: 100, 100 and 200 for the /24, the source and the
	// wide networks, as long as there is some.
	for name, most := range map[string]int{"/24": 100, "one": 100, "/16": 200, "/48": 200} {
		if n := taken[name]; n > most || n < most/2 {
			t.Errorf("%s: %d MiB, and its share is %d", name, n, most)
		}
	}
	if taken["exempt"] <= 100 {
		t.Errorf("an exempt source has %d MiB", taken["exempt"])
	}
}

// While 16 networks come at once, each within its share, memory is left for others:
// who has to leave takes a second to go, and holds its memory until then.
func TestMemoryIsLeftForNewcomers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MemoryBudget: 750 * SessionCost}, 0)
		enter := func(key netip.Prefix) (leave func(), in bool) {
			a, why := g.admit(key)
			if why != None {
				return nil, false
			}
			account := g.account(a).Open(ledger.Limits{})
			session := false
			leave = sync.OnceFunc(func() {
				account.Close()
				if session {
					g.stopSession(a)
				}
				g.release(a, MadeRoom)
			})
			g.attach(a, account, func() { time.AfterFunc(leaveGrace, leave) })
			g.loggedIn(a)
			session = true
			if !g.startSession(a) || !account.Take(SessionCost) {
				leave()
				return nil, false
			}
			return leave, true
		}
		in, turnedAway := 0, 0
		for i := range 16 * 64 {
			if _, ok := enter(subnet("127.%d.0.1", 20+i%16)); ok {
				in++
			}
			time.Sleep(2500 * time.Microsecond)
			if i%8 == 0 {
				if leave, ok := enter(subnet("203.%d.1.1", i/8)); ok {
					leave()
				} else {
					turnedAway++
				}
			}
		}
		t.Logf("%d of 1024 got in, %d of 128 others did not", in, turnedAway)
		if turnedAway > 0 {
			t.Errorf("%d of 128 others are turned away", turnedAway)
		}
		time.Sleep(2 * leaveGrace) // until all timers have fired
	})
}
