//go:build linux

package attack

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Who may write a PROXY header says from which address the connection is: with
// it one client is a million sources, none of which is ever limited, and the
// log accuses somebody else.
//
// Here the header is garbage, unless the operator trusts the range that it
// comes from.
func TestForgedProxyHeaders(t *testing.T) {
	const (
		v1 = "PROXY TCP4 198.51.100.7 192.0.2.1 4000 22\r\n"
		v2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\xc0\x00\x02\x01\x0f\xa0\x00\x16"
	)
	for name, settings := range map[string][]string{
		"nobody is trusted":        {"--handshake-timeout", "1s"},
		"somebody else is trusted": {"--handshake-timeout", "1s", "--proxy-from", "127.99.0.0/16"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, settings...)
			p.withstands(func(s *siege) {
				for range 20 {
					nc := s.tcp(source(0))
					_, _ = io.WriteString(nc, v1)
					if _, err := p.login(nc); err == nil {
						s.Error("served after a forged header")
					}
				}
				var conns []net.Conn
				for range 20 {
					nc := s.tcp(source(1))
					_, _ = io.WriteString(nc, v2)
					conns = append(conns, nc)
				}
				for _, nc := range conns {
					s.closed(nc)
				}
				s.closed(s.tcp(source(1)))
				p.logged(1, "remote=127.10.0.", "reason=penalty")
			})
			if forged := p.lines("remote=198.51.100."); len(forged) > 0 {
				t.Errorf("the log has the forged address: %q", forged)
			}
		})
	}
}

// Who trusts everybody's headers has no limit for each source.
//
// Here the operator is told so at the start, and it is no error: a firewall may see to it.
func TestEverybodyMayForge(t *testing.T) {
	for _, everybody := range []string{"0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1"} {
		start(t, "--proxy-from", everybody).logged(1, "level=WARN", "setting proxy-from", "anyone")
	}
}

// A trusted range may send connections and no header, half of one, or one
// without an end, and each waits for the rest of it.
//
// Here the header has half a second, and a connection without one is none.
func TestProxiesThatStall(t *testing.T) {
	p := start(t, "--proxy-from", "127.10.0.0/16", "--proxy-timeout", "500ms")
	p.withstands(func(s *siege) {
		headers := []string{
			"", "PROXY TCP4 198.51.", "PROXY TCP4 " + strings.Repeat("1", 8<<10), "SSH-2.0-x\r\n",
			"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + strings.Repeat("x", 1000), "\r\n\r\n\x00\r\nQUIT\n\xff\xff\x00\x00",
		}
		var conns []net.Conn
		for i := range 300 {
			nc := s.tcp(source(i % 10))
			_, _ = io.WriteString(nc, headers[i%len(headers)])
			conns = append(conns, nc)
		}
		began := time.Now()
		for _, nc := range conns {
			if said := s.closed(nc); strings.Contains(said, "SSH-2.0") {
				s.Errorf("served without a header: %q", said)
			}
		}
		if d := time.Since(began); d > recovery {
			s.Errorf("they were held for %s", d)
		}
		p.logged(1, "connection refused", "reason=proxy_header")
	})
}
