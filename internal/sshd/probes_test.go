package sshd

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// probe is how a health check looks at the server: what it sends, once it has read
// as much of the version as it wants.
type probe struct {
	reads int
	sends string
	reset bool
}

// probes are connect-and-close, a look at the version, and one that answers with a
// version of its own before it goes (what Prometheus's blackbox exporter does).
func probes() map[string]probe {
	return map[string]probe{
		"connects":             {},
		"connects and resets":  {reset: true},
		"reads the version":    {reads: 8},
		"answers with its own": {reads: 8, sends: "SSH-2.0-check\r\n"},
		"answers in part":      {reads: 8, sends: "SSH-2"},
	}
}

func (p probe) look(t *testing.T, nc net.Conn) {
	t.Helper()
	if _, err := io.ReadFull(nc, make([]byte, p.reads)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(nc, p.sends)
	if tcp, ok := nc.(*net.TCPConn); ok && p.reset {
		_ = tcp.SetLinger(0)
	}
	_ = nc.Close()
}

// A client that leaves before it has asked for anything costs its source a token,
// and nothing else: readers may come from the address that checks come from.
func TestProbesAreNoOffence(t *testing.T) {
	const knocks = 2 * int(penaltyFloor/penaltyFailed) // twice what would shut them out
	for name, probe := range probes() {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{ConnBurst: knocks + 1, ConnRate: 1e-9})
			for i := range knocks {
				probe.look(t, server.connect(t, "127.0.0.1"))
				eventually(t, "the end counted", func() bool { return server.Stats().EndedConns[Knocked] == uint64(i+1) })
			}
			if stats := server.Stats(); stats.Penalised != 0 {
				t.Errorf("%d sources are shut out", stats.Penalised)
			}
			server.dial(t)
			if refused := readAll(t, server.connect(t, "127.0.0.1")); refused != SourceRate.line()+"\r\n" {
				t.Errorf("a probe costs no token: %q", refused)
			}
		})
	}
}

// Two health checks that knock twice a second leave half of what the default
// grants to the readers of their address.
func TestProbesLeaveHalf(t *testing.T) {
	const probing = 2 * 2 // connections a second
	if left := DefaultConfig().ConnRate - probing; left < probing {
		t.Errorf("%v connections a second are left for readers", left)
	}
}

// ssh-keyscan makes five connections, one for each kind of key, and leaves each once
// it has the key. Looking twice is what careful people do.
func TestKeyscanTwice(t *testing.T) {
	server := serve(t, Config{})
	const connections = 2 * 5
	for range connections {
		nc := server.connect(t, "127.0.0.1")
		_, _, _, err := gossh.NewClientConn(nc, server.addr, &gossh.ClientConfig{
			HostKeyCallback: func(string, net.Addr, gossh.PublicKey) error { return io.EOF },
		})
		if err == nil {
			t.Fatal("logged in")
		}
		_ = nc.Close()
	}
	eventually(t, "the failures counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == connections })
	if stats := server.Stats(); stats.Penalised != 0 {
		t.Error("two runs shut their source out")
	}
	server.dial(t)
}

// What a trusted proxy connects for itself costs nobody anything, not even a token,
// however often it is done; readers whose address is the proxy's have limits.
func TestProxysOwnConnections(t *testing.T) {
	const (
		v1    = "PROXY UNKNOWN\r\n"
		v2    = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
		typed = "\r\n\r\n\x00\r\nQUIT\n\x20\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x00\x01\x00\x16" // with addresses, which do not count
	)
	for name, header := range map[string]string{"version 1": v1, "version 2": v2, "version 2, with addresses": typed} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{Proxies: prefixes("127.0.0.1/32"), Handler: address, ConnRate: 1e-9, ConnBurst: 1})
			const looks = 2 * int(penaltyFloor/penaltyFailed)
			for range looks {
				nc := server.connect(t, "127.0.0.1")
				_, _ = io.WriteString(nc, header)
				probe{reads: 8, sends: "GET / HTTP/1.1\r\n\r\n"}.look(t, nc) // even so
			}
			eventually(t, "the ends counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == uint64(looks) })
			if stats := server.Stats(); stats.Penalised != 0 || len(stats.Refused) != 0 {
				t.Errorf("%d sources are shut out, refused: %v", stats.Penalised, stats.Refused)
			}
			const reader = "PROXY TCP4 127.0.0.1 127.0.0.1 4000 22\r\n"
			if _, err := throughProxy(t, server, reader); err != nil {
				t.Error(err)
			}
			if _, err := throughProxy(t, server, reader); err == nil {
				t.Error("a reader from the proxy's address has no limits")
			}
		})
	}
}

// A proxy that checks the port without a header, as HAProxy does without
// check-send-proxy, closes before it has sent anything: nothing to warn of.
func TestProxyKnocks(t *testing.T) {
	server := serve(t, Config{Proxies: prefixes("127.0.0.1/32")})
	for name, probe := range map[string]probe{"closes": {}, "resets": {reset: true}} {
		probe.look(t, server.connect(t, "127.0.0.1"))
		_ = name
	}
	eventually(t, "both counted", func() bool { return server.Stats().Refused[Knocked] == 2 })
	if lines := server.log.lines("level=WARN"); len(lines) > 0 {
		t.Errorf("warned: %q", lines)
	}
}

// A PROXY header from an address that is not trusted is told in one line, which
// names the setting, however it arrives.
func TestForgedHeaderIsTold(t *testing.T) {
	const (
		v1 = "PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n"
		v2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc0\x00\x02\x01\x0f\xa0\x00\x16"
	)
	for name, header := range map[string]string{"version 1": v1, "version 2": v2, "UNKNOWN": "PROXY UNKNOWN\r\n", "LOCAL": v2[:12] + "\x20\x00\x00\x00"} {
		for _, cut := range []int{0, 1, 5, 11} {
			t.Run(name, func(t *testing.T) {
				server := serve(t, Config{Proxies: prefixes("10.0.0.0/8")})
				for range 3 {
					nc := server.connect(t, "127.0.0.1")
					_, _ = io.WriteString(nc, header[:cut])
					time.Sleep(time.Millisecond) // most likely a read of its own
					_, _ = io.WriteString(nc, header[cut:]+"SSH-2.0-x\r\n")
					readAll(t, nc)
				}
				server.idle(t)
				if n := server.Stats().EndedConns[ForgedHeader]; n != 3 {
					t.Errorf("%d ended for it: %v", n, server.Stats().EndedConns)
				}
				if lines := server.log.lines("level=WARN"); len(lines) != 1 || !strings.Contains(lines[0], "proxy-from") {
					t.Errorf("the log has %q", lines)
				}
			})
		}
	}
}

// The same, whatever the network makes of it.
func TestForgedHeaderInPieces(t *testing.T) {
	for _, header := range []string{"PROXY UNKNOWN\r\n", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"} {
		var o opening
		why := None
		for i := 0; i < len(header) && why == None; i++ {
			why = o.feed([]byte{header[i]})
		}
		if why != ForgedHeader {
			t.Errorf("%q byte by byte ends for %v", header, why)
		}
	}
	var o opening
	if why := o.feed([]byte("PROXIMITY\r\n\r\n\r\n")); why != HandshakeFailed {
		t.Errorf("what only looks like it ends for %v", why)
	}
}
