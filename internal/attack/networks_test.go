//go:build linux

package attack

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// boxHandshakes is the default limit of those who are logging in.
const boxHandshakes = 512

// Each source within its share, and all of them of one network, which costs its
// owner nothing: who has an IPv6 /56 at home has 256 sources. 40 that only sit had
// all seats of this server, 8 to 10 that shook hands slowly all handshakes, and
// nobody else got in.
//
// Here a /24 of IPv4 and a /56 of IPv6 hold an eighth of the connections and of
// the handshakes, and a /48 a quarter.
func TestNetworksThatSit(t *testing.T) {
	fromNeighbourhoods(t, func(s *siege, from neighbourhood) {
		s.screens(from.sources, opening{})
		s.heldByNetworks(s.p.metric("sshblog_connections_limit"))
		s.newcomers()
	})
}

// The same before the login: a version a byte a second.
func TestNetworksThatShakeSlowly(t *testing.T) {
	fromNeighbourhoods(t, func(s *siege, from neighbourhood) {
		s.fullNumber(from.sources, func(source string) error {
			nc, err := s.p.connect(source)
			if err != nil {
				return err
			}
			s.keep(nc)
			go func() {
				for i := range attackVersion {
					if _, err := nc.Write([]byte(attackVersion[i : i+1])); err != nil {
						return
					}
					time.Sleep(time.Second) // the pace of the attack
				}
			}()
			return nil
		})
		s.heldByNetworks(boxHandshakes)
		s.newcomers()
	})
}

// fromNeighbourhoods attacks a program from one of them after another.
func fromNeighbourhoods(t *testing.T, attack func(*siege, neighbourhood)) {
	t.Helper()
	p := startBox(t, 8, nil)
	for _, from := range p.box.neighbourhoods() {
		t.Run(from.name, func(t *testing.T) {
			p.serves(t, false)
			p.withstands(func(s *siege) { attack(s, from) })
		})
	}
	p.t = t
}

type neighbourhood struct {
	name    string
	sources []string
}

// neighbourhoods are sources near each other, and some that are not, where nobody came from before.
func (b *box) neighbourhoods() []neighbourhood {
	sources := func(n int, address string) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf(address, i))
		}
		return all
	}
	return []neighbourhood{
		{"10 of a 24", sources(10, strings.TrimSuffix(b.networks(1)[0], "1")+"%d")},
		{"16 in a 24 each", b.networks(16)}, // none of them near another
		{"16 full 24", fill(b.networks(16))},
		{"40 of a 56", sources(40, "2001:db8:0:%x::1")},
		{"40 of a 48", sources(40, "2001:db8:1:%x00::1")},
	}
}

// fill adds three more sources to each IPv4 network, so that it could hold its share.
func fill(sources []string) (all []string) {
	for _, source := range sources {
		network := source[:strings.LastIndexByte(source, '.')]
		for host := range 4 {
			all = append(all, fmt.Sprintf("%s.%d", network, 1+host))
		}
	}
	return all
}

// heldByNetworks checks how many connections the program holds of each network,
// while it may hold so many in all. Those that are refused, or have to make room, are
// closed soon: long before a login has to be over.
func (s *siege) heldByNetworks(limit int) {
	s.Helper()
	var worst map[int]int
	within := func() bool {
		worst = s.worstNetworks()
		return len(worst) > 0 && worst[24] <= limit/8 && worst[56] <= limit/8 && worst[48] <= limit/4
	}
	for deadline := time.Now().Add(3 * time.Second); !within(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Error("a network holds more than an eighth of all connections, or a /48 more than a quarter")
			break
		}
	}
	s.Logf("of %d connections a network holds, by its bits: %v", limit, worst)
}

// worstNetworks returns how many connections the program holds of the network of each size
// that has the most, by its bits.
func (s *siege) worstNetworks() map[int]int {
	s.Helper()
	held, worst := make(map[netip.Prefix]int), make(map[int]int)
	for _, remote := range s.p.connections() {
		addr := netip.MustParseAddr(remote)
		sizes := []int{24}
		if addr.Is6() {
			sizes = []int{56, 48}
		}
		for _, bits := range sizes {
			network := netip.PrefixFrom(addr, bits).Masked()
			held[network]++
			worst[bits] = max(worst[bits], held[network])
		}
	}
	return worst
}

// newcomers expects that 99 of 100 who come see a frame soon. They come from
// addresses all over the world.
func (s *siege) newcomers() {
	s.Helper()
	const come, soon = 100, 2 * time.Second
	var mu sync.Mutex
	seen := 0
	var last error
	var coming sync.WaitGroup
	for i := range come {
		time.Sleep(50 * time.Millisecond) // the pace of those who come
		coming.Go(func() {
			paint, err := s.p.visit(fmt.Sprintf("127.%d.9.9", 100+i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil && paint <= soon {
				seen++
			} else if err != nil {
				last = err
			}
		})
	}
	coming.Wait()
	s.Logf("%d of %d newcomers saw a frame within %s", seen, come, soon)
	if seen < come-1 {
		s.Errorf("%d of %d newcomers saw a frame within %s; one was told: %v", seen, come, soon, last)
	}
}
