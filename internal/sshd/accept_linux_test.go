package sshd

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What the kernel is told of a connection. It keeps twice the size of a buffer.
func TestKernelIsLimited(t *testing.T) {
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	limitKernel(nc)
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		for name, option := range map[string]struct{ level, name, want int }{
			"whether it asks":       {unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			"after what silence":    {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 120},
			"how often":             {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15},
			"how many times":        {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 4},
			"the buffer for input":  {unix.SOL_SOCKET, unix.SO_RCVBUF, 128 << 10},
			"the buffer for output": {unix.SOL_SOCKET, unix.SO_SNDBUF, 128 << 10},
		} {
			if got, err := unix.GetsockoptInt(int(fd), option.level, option.name); got != option.want || err != nil {
				t.Errorf("%s: %d %v, want %d", name, got, err, option.want)
			}
		}
	})
}

// While a listener is served one descriptor is in reserve, and none after that.
func TestServingKeepsADescriptorInReserve(t *testing.T) {
	before := nullFiles(t)
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(t)}}, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	held := -1
	_ = server.Serve(t.Context(), listenerFunc(func() (net.Conn, error) {
		if held < 0 {
			held = nullFiles(t) - before
		}
		return nil, net.ErrClosed
	}))
	if left := nullFiles(t) - before; held != 1 || left != 0 {
		t.Errorf("%d in reserve while it serves and %d afterwards, want 1 and 0", held, left)
	}
}

// nullFiles returns how many descriptors of this process are of the null device.
func nullFiles(t *testing.T) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(all) == 0 {
		t.Fatalf("descriptors: %v %v", all, err)
	}
	for _, name := range all {
		if file, err := os.Readlink(name); err == nil && file == os.DevNull {
			n++
		}
	}
	return n
}
