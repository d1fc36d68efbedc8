//go:build linux

package attack

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// A thousand connections that say nothing, from one address. A plain server
// holds them for ever, and somewhere above them are its descriptors.
//
// Here a source holds 64, and each for as long as a login may take. The others
// are told why they are not served. A source that has done so twice has to
// stay away for a while.
func TestSilentConnections(t *testing.T) {
	settings, timeout := []string{"--handshake-timeout", "6s"}, 6*time.Second
	if *full {
		settings, timeout = nil, 10*time.Second
	}
	p := start(t, settings...)
	p.withstands(func(s *siege) {
		began := time.Now()
		var conns []net.Conn
		for range 1000 {
			conns = append(conns, s.tcp(source(0)))
		}
		told := map[string]int{}
		for _, nc := range conns {
			told[s.closed(nc)]++
		}
		if d := time.Since(began); d < timeout/2 {
			s.Errorf("all are closed after %s: nobody was let in", d)
		}
		const why = "Too many connections from your address. "
		if n := told[why+"Close one, or try again in a minute.\r\n"] + told[why+"Try again in a minute.\r\n"]; n < 1000-fullNumber {
			s.Errorf("%d of 1000 were told why: %v", n, told)
		}
		p.logged(1, "connection refused", "reason=source_connections")
		if said := s.closed(s.tcp(source(0))); said != "Too many failed connections from your address. Try again in ten minutes.\r\n" {
			s.Errorf("afterwards the source is told %q", said)
		}
	})
}

// The same from many networks, each within its share: then it is the timeout
// that frees the places.
func TestSilentConnectionsFromEverywhere(t *testing.T) {
	settings := []string{"--handshake-timeout", "5s"}
	if *full {
		settings = nil
	}
	p := start(t, settings...)
	p.withstands(func(s *siege) {
		var conns []net.Conn
		for i := range 350 {
			conns = append(conns, s.tcp(elsewhere(i)))
		}
		p.eventually(patience(), func() bool { return len(p.connections()) >= 350 }, "they are not all held")
		for _, nc := range conns {
			s.closed(nc)
		}
	})
}

// One byte a second keeps a connection from looking idle: a server that counts
// the time since the last byte holds it for as long as there are bytes.
//
// Here the login as a whole has its time.
func TestDrippingConnections(t *testing.T) {
	settings, pace := []string{"--handshake-timeout", "2s"}, 200*time.Millisecond
	if *full {
		settings, pace = nil, time.Second
	}
	p := start(t, settings...)
	p.withstands(func(s *siege) {
		var conns []net.Conn
		var dripped atomic.Int64
		for range fullNumber {
			nc := s.tcp(source(0))
			conns = append(conns, nc)
			go func() {
				for n := 0; ; n++ {
					if _, err := io.WriteString(nc, "SSH-2.0-ssssssssssssssssssssssss"[n%32:n%32+1]); err != nil {
						return
					}
					dripped.Add(1)
					time.Sleep(pace) // the pace of the attack
				}
			}()
		}
		for _, nc := range conns {
			s.closed(nc)
		}
		if n := dripped.Load(); n < 2*fullNumber {
			s.Errorf("only %d bytes came before the end", n)
		}
	})
}
