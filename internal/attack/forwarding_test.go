//go:build linux

package attack

import (
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// An SSH server is a proxy into the network that it stands in, unless it says
// no: with port forwarding a stranger reaches what listens behind it, or has it
// listen for him; with agent forwarding a plain server even lends an agent that
// nobody has; and a subsystem that nobody thought of is a door as well.
//
// Here all of that is refused, one by one, and the reader reads on.
func TestForwarding(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = inner.Close() }()
	var reached atomic.Int64
	go func() {
		for {
			nc, err := inner.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			_ = nc.Close()
		}
	}()
	at, ok := inner.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("no TCP address")
	}
	p := start(t)
	p.withstands(func(s *siege) {
		for i := range 5 {
			forward(s, s.client(source(i)), uint32(at.Port))
		}
	})
	p.logged(1, "channel refused", "remote=127.10.", "reason=channel_type")
	p.logged(1, "request refused", "remote=127.10.", "reason=request")
	if n := reached.Load(); n != 0 {
		t.Errorf("what listens behind the server was reached %d times", n)
	}
}

// forward asks for all that a client can ask to have forwarded.
func forward(s *siege, client *ssh.Client, port uint32) {
	s.Helper()
	type direct struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	for kind, extra := range map[string]any{
		"direct-tcpip":                   direct{"127.0.0.1", port, "127.0.0.1", 1},
		"forwarded-tcpip":                direct{"127.0.0.1", port, "127.0.0.1", 1},
		"direct-streamlocal@openssh.com": struct{ Path, Reserved string }{"/run/docker.sock", ""},
		"tun@openssh.com":                struct{ Mode, Unit uint32 }{1, 0x7fffffff},
		"x11": struct {
			Origin string
			Port   uint32
		}{"127.0.0.1", 1},
		"auth-agent@openssh.com": text{},
	} {
		channel, _, err := client.OpenChannel(kind, ssh.Marshal(extra))
		if err == nil {
			s.Errorf("a channel of type %s was opened", kind)
			_ = channel.Close()
		}
	}
	type listen struct {
		Host string
		Port uint32
	}
	for name, payload := range map[string]any{
		"tcpip-forward":                   listen{"0.0.0.0", 0},
		"cancel-tcpip-forward":            listen{"0.0.0.0", port},
		"streamlocal-forward@openssh.com": text{"/tmp/x.sock"},
		"hostkeys-prove-00@openssh.com":   text{"x"},
	} {
		if granted, _, err := client.SendRequest(name, true, ssh.Marshal(payload)); granted || err != nil {
			s.Errorf("%s: granted %v, error %v", name, granted, err)
		}
	}
	channel := s.channel(client)
	type x11 struct {
		Single        bool
		Proto, Cookie string
		Screen        uint32
	}
	for name, payload := range map[string]any{
		"auth-agent-req@openssh.com": nil,
		"x11-req":                    x11{false, "MIT-MAGIC-COOKIE-1", "00", 0},
		"subsystem":                  text{"netconf"},
		"xon-xoff":                   struct{ Can bool }{true},
		"break":                      struct{ Millis uint32 }{500},
	} {
		if s.ask(channel, name, payload) {
			s.Errorf("%s was granted", name)
		}
	}
	s.reads(client)
}
