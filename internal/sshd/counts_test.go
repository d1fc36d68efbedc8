package sshd

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever happens in whatever order, the counts of each level are the sum of
// what is below, and nothing is left in the end.
func TestAdmissionCountsSumUp(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			g := testAdmission(Config{
				MaxConns: 100, MaxHandshakes: 60, MaxSessions: 80, MaxConnsPerSource: 10, MaxSources: 50,
				Exempt: prefixes("192.0.2.0/24"),
			}, random.Float64())
			for range 2000 {
				key := [...]netip.Prefix{
					subnet("198.51.%d.%d", random.IntN(3), random.IntN(20)),
					subnet("2001:db8:%x:%x::", random.IntN(3), random.IntN(600)),
					subnet("192.0.2.%d", random.IntN(9)),
					{},
				}[random.IntN(4)]
				switch held := g.held[key]; {
				case len(held) == 0 || random.IntN(3) == 0:
					g.try(key)
				default:
					a := held[random.IntN(len(held))]
					switch random.IntN(5) {
					case 0:
						g.endOne(a, [...]Reason{ConnectionLost, HandshakeFailed, Flood}[random.IntN(3)])
					case 1:
						g.loggedIn(a)
					case 2, 3:
						g.startSession(a)
					default:
						if a.has[forSessions] > 0 {
							g.stopSession(a)
						}
					}
				}
				time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
				g.check(t)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			for key, held := range g.held {
				for range held {
					g.end(key, ConnectionLost)
				}
			}
			g.check(t)
			if g.admission.held != [resources]int{} || g.leaving != [resources]int{} || g.census != (census{}) || g.sources.all.held != nil {
				t.Errorf("left: %v, %v leaving, %v, %+v", g.admission.held, g.leaving, g.census, g.sources.all.held)
			}
			if len(g.sources.table) > 50 || g.sources.idle.n != len(g.sources.table) {
				t.Errorf("%d sources known, %d of them idle", len(g.sources.table), g.sources.idle.n)
			}
		})
	}
}

// check compares what admission counts with what there is.
func (g *admissionTest) check(t *testing.T) {
	t.Helper()
	var held [resources]int
	nodes := map[*node][resources]int{}
	for _, list := range g.held {
		for _, a := range list {
			for r, n := range a.has {
				held[r] += n
				if n < 0 {
					t.Errorf("a connection holds %v", a.has)
				}
				if a.source.exempt || a.leaving {
					continue
				}
				for x := &a.source.node; x != nil; x = x.parent {
					counts := nodes[x]
					counts[r] += n
					nodes[x] = counts
				}
			}
		}
	}
	if held != g.admission.held {
		t.Errorf("admission counts %v, and there are %v", g.admission.held, held)
	}
	var levels census
	for x, counts := range nodes {
		for r, n := range counts {
			if x.count(resource(r)) != n {
				t.Errorf("%v counts %d of resource %d, and there are %d", x.key, x.count(resource(r)), r, n)
			}
			if n > 0 {
				levels[x.level][r]++
			}
			branches := x.held.branches[r].nodes
			for i, branch := range branches {
				if branch.parent != x || branch.held.place[r] != i || branch.held.fullest[r] > branches[0].held.fullest[r] {
					t.Errorf("%v is out of order", branch.key)
				}
			}
		}
	}
	if levels != g.census {
		t.Errorf("%v nodes hold something, and admission counts %v", levels, g.census)
	}
	known := 0
	for level := levelWide; level < levelSource; level++ {
		known += len(g.sources.networks[level])
		for _, n := range g.sources.networks[level] {
			if n.known <= 0 {
				t.Errorf("%v is known for nothing", n.key)
			}
		}
	}
	if known > 2*len(g.sources.table) {
		t.Errorf("%d networks are known, of %d sources", known, len(g.sources.table))
	}
}
