package sshd

import (
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What is left of clients that send no more is read at once: at the pace of those that
// do, the last of 64 would be gone after seconds.
func TestNobodyWaitsForWhoSendsNoMore(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for name, leave := range map[string]func(*net.TCPConn) error{
		"closes":                (*net.TCPConn).Close,
		"sends no more":         (*net.TCPConn).CloseWrite,
		"resets the connection": func(c *net.TCPConn) error { _ = c.SetLinger(0); return c.Close() },
	} {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Write([]byte("left to read")); err != nil {
			t.Fatal(err)
		}
		c := &conn{Conn: nc, life: t.Context()}
		held := make(chan struct{})
		go func() {
			c.hold(time.Now().Add(time.Hour))
			close(held)
		}()
		select {
		case <-held:
			t.Errorf("a client that is there is not held up")
		case <-time.After(2 * unreadLook):
		}
		tcp, _ := client.(*net.TCPConn)
		if err := leave(tcp); err != nil {
			t.Fatal(err)
		}
		select {
		case <-held:
		case <-time.After(time.Minute):
			t.Errorf("a client that %s is held up", name)
		}
		_ = client.Close()
		_ = nc.Close()
	}
}

// The kernel holds little of what a client does not take, also behind a proxy: it is in
// no account.
func TestTheKernelHoldsLittle(t *testing.T) {
	for name, cfg := range map[string]Config{
		"directly":        {},
		"through a proxy": {Proxies: prefixes("127.0.0.1/32")},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, cfg)
			nc := server.connect(t, "127.0.0.1")
			if cfg.Proxies != nil {
				if _, err := io.WriteString(nc, "PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n"); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "the connection to be taken", func() bool { return len(server.connections.all()) > 0 })
			var tcp *net.TCPConn
			for _, c := range server.connections.all() {
				tcp, _ = tcpOf(c.Conn)
			}
			if tcp == nil {
				t.Fatal("there is no TCP connection")
			}
			raw, err := tcp.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			if err := raw.Control(func(fd uintptr) {
				for name, option := range map[string]int{"received": unix.SO_RCVBUF, "written": unix.SO_SNDBUF} {
					size, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option)
					if err != nil || size > 2*64<<10 { // socket(7): the kernel doubles it
						t.Errorf("the kernel holds up to %d bytes of what was %s: %v", size, name, err)
					}
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
