//go:build linux

package attack

import (
	"io"
	"net"
	"testing"
)

// Whoever has a botnet, or an IPv6 network, comes from a new address every
// time. Limits per source then never act, and what is remembered of each source
// is what fills the memory.
//
// Here 16,384 sources are remembered, and who was not seen for longest is
// forgotten first, but nobody who is connected.
func TestRotatingAddresses(t *testing.T) {
	const addresses = 20_000
	p := start(t)
	p.withstands(func(s *siege) {
		for range fullNumber {
			s.tcp("127.0.0.50") // one that holds its share
		}
		p.eventually(patience(), func() bool { return p.held("127.0.0.50") == fullNumber }, "the first source does not hold its share")
		for i := range addresses {
			nc, err := p.connect(source(i))
			if err != nil {
				s.Fatal(err)
			}
			_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\n\r\n")
			if tcp, ok := nc.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // so that the test leaves nothing to the kernel
			}
			_ = nc.Close()
		}
		if said := s.closed(s.tcp("127.0.0.50")); said != "Too many connections from your address. Close one, or try again in a minute.\r\n" {
			s.Errorf("the source that holds its share is told %q", said)
		}
	})
}
