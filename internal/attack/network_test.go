//go:build linux

package attack

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// dial logs in from an address in 127.0.0.0/8.
func (p *program) dial(from string) (*ssh.Client, error) {
	nc, err := p.connect(from)
	if err != nil {
		return nil, err
	}
	return p.login(nc)
}

// connect opens a TCP connection from an address in 127.0.0.0/8 or, if the
// program is in a box, in 2001:db8::/32.
func (p *program) connect(from string) (net.Conn, error) {
	to := p.addr
	if strings.Contains(from, ":") {
		to = net.JoinHostPort("::1", boxPort)
	}
	return p.connectTo(from, to)
}

func (p *program) connectTo(from, to string) (nc net.Conn, err error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience()}
	if p.box == nil {
		return dialer.Dial("tcp", to)
	}
	err = p.box.inside(func() error {
		nc, err = dialer.Dial("tcp", to)
		return err
	})
	return nc, err
}

// inside calls f in the container's network namespace. A socket that f makes
// belongs there for good, whoever uses it.
func (b *box) inside(f func() error) error {
	runtime.LockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() { _ = own.Close() }()
	if err := unix.Setns(int(b.namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	err = f()
	if unix.Setns(int(own.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread() // else the thread ends with its goroutine
	}
	return err
}

// connections returns the addresses from which the kernel holds connections to
// the program that are not closed (proc_net_tcp(5)), without ports. The kernel may
// write the line of a connection twice where one read of its file ends and the next
// begins, so each is told apart by its port.
func (p *program) connections() []string {
	p.t.Helper()
	const established, closeWait = "01", "08"
	_, port, _ := net.SplitHostPort(p.addr)
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		p.t.Fatal(err)
	}
	local := fmt.Sprintf(":%04X", number)
	var remotes []string
	seen := make(map[string]bool) // by family and both ends
	for _, family := range []string{"tcp", "tcp6"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", p.pid, family))
		if err != nil {
			p.t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if !strings.HasSuffix(fields[1], local) || (fields[3] != established && fields[3] != closeWait) {
				continue
			}
			ends := family + fields[1] + fields[2]
			if seen[ends] {
				continue
			}
			seen[ends] = true
			remotes = append(remotes, kernelAddr(fields[2]).String())
		}
		_ = f.Close()
	}
	return remotes
}

// kernelAddr reads an address as the kernel writes it: words of 32 bits in the
// processor's order, then the port.
func kernelAddr(text string) netip.Addr {
	text, _, _ = strings.Cut(text, ":")
	raw, err := hex.DecodeString(text)
	if err != nil {
		return netip.Addr{}
	}
	for at := 0; at < len(raw); at += 4 {
		binary.NativeEndian.PutUint32(raw[at:], binary.BigEndian.Uint32(raw[at:]))
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr.Unmap()
}
