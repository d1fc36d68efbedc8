//go:build linux

package attack

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// What every attack is held to.
const (
	maxGrowth     = 50_000_000 // bytes resident
	maxFirstPaint = time.Second
	recovery      = 10 * time.Second
)

// What may stay resident when all is free again, in bytes. It is not what the
// attack has taken, but what comes to its full size once: the table of 16,384
// sources, and the runtime's own of stacks, spans and finished goroutines.
const maxRest = 12_000_000

// siege is the attackers' side. Its connections are closed when it is over.
type siege struct {
	*testing.T
	p *program

	mu    sync.Mutex
	conns []net.Conn
}

// withstands attacks the program and judges how it bears that.
func (p *program) withstands(attack func(*siege)) {
	p.t.Helper()
	p.rehearse()
	before := p.vitals()
	p.forgetPeak()

	s := &siege{T: p.t, p: p}
	watch := p.witness()
	attack(s)
	paints := watch()
	growth := p.status("VmHWM:") - before.resident
	s.lift()

	after := p.recovers(before)
	p.t.Logf("memory +%s at its peak, %+.1f MB after; first paint %s in the middle and %s at worst of %d; %d goroutines, %d after; %d descriptors, %d after",
		mb(growth), float64(after.resident-before.resident)/1e6, paints[len(paints)/2].Round(time.Millisecond), paints[len(paints)-1].Round(time.Millisecond),
		len(paints), before.goroutines, after.goroutines, before.descriptors, after.descriptors)
	if growth > maxGrowth {
		p.t.Errorf("memory grew by %s", mb(growth))
	}
	if rest := after.resident - before.resident; rest > maxRest+p.stays {
		p.t.Errorf("%s stay: %v, and it was %v", mb(rest), after, before)
	}
	if worst := paints[len(paints)-1]; worst > maxFirstPaint {
		p.t.Errorf("somebody else waited %s for the first frame", worst)
	}
}

// rehearse has a few people read and leave, so that what is made once is there
// before anything is measured.
func (p *program) rehearse() {
	p.t.Helper()
	for range 3 {
		if _, err := p.visit("127.0.0.99"); err != nil {
			p.t.Fatal(err)
		}
	}
	p.atRest()
}

// atRest waits until nobody is connected.
func (p *program) atRest() {
	p.t.Helper()
	p.eventually(patience(), func() bool { return len(p.connections()) == 0 }, "somebody is still connected")
}

// recovers waits until the program has as many goroutines and descriptors as
// before.
func (p *program) recovers(before vitals) vitals {
	p.t.Helper()
	var v vitals
	for deadline := time.Now().Add(recovery); ; time.Sleep(50 * time.Millisecond) {
		v = p.vitals()
		if v.goroutines <= before.goroutines && v.descriptors <= before.descriptors {
			return v
		}
		if time.Now().After(deadline) {
			p.signal(syscall.SIGUSR2)
			p.logged(1, "goroutine profile: total")
			p.t.Fatalf("%v after %s, and before it was %v", v, recovery, before)
		}
	}
}

// eventually waits for something that the program does.
func (p *program) eventually(limit time.Duration, holds func() bool, what string) {
	p.t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal(what)
		}
	}
}

// witness has somebody else connect time and again. The function that it
// returns lets them be, and tells how long each waited for the first frame, the
// longest last.
func (p *program) witness() (end func() []time.Duration) {
	stop, seen := make(chan struct{}), make(chan []time.Duration, 1)
	go func() { seen <- p.visits(stop) }()
	end = sync.OnceValue(func() []time.Duration {
		close(stop)
		return <-seen
	})
	p.t.Cleanup(func() { end() })
	return end
}

func (p *program) visits(stop <-chan struct{}) []time.Duration {
	const least = 5
	var paints []time.Duration
	for i := 0; ; i++ {
		paint, err := p.visit(fmt.Sprintf("127.0.1.%d", 1+i%250))
		if err != nil {
			p.t.Errorf("somebody else who wants to read: %v", err)
		}
		paints = append(paints, paint)
		select {
		case <-stop:
			if len(paints) >= least {
				slices.Sort(paints)
				return paints
			}
		case <-time.After(100 * time.Millisecond): // the pace of those who come
		}
	}
}

// visit reads the first frame, quits, and returns how long the frame took from
// the first packet.
func (p *program) visit(from string) (time.Duration, error) {
	began := time.Now()
	client, err := p.dial(from)
	if err != nil {
		return 0, err
	}
	defer func() { _ = client.Close() }()
	timer := time.AfterFunc(patience(), func() { _ = client.Close() })
	defer timer.Stop()
	session, err := client.NewSession()
	if err != nil {
		return 0, err
	}
	keys, err := session.StdinPipe()
	if err != nil {
		return 0, err
	}
	screen, err := session.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := session.RequestPty("xterm-256color", 24, 80, nil); err != nil {
		return 0, err
	}
	if err := session.Shell(); err != nil {
		return 0, err
	}
	var shown []byte
	for buf := make([]byte, 4<<10); !bytes.Contains(shown, []byte("PAGE 1 / 3")); {
		n, err := screen.Read(buf)
		if err != nil {
			return 0, fmt.Errorf("the first frame: %w, after %q", err, shown)
		}
		shown = append(shown, buf[:n]...)
	}
	paint := time.Since(began)
	if _, err := io.WriteString(keys, "q"); err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, screen)
	return paint, session.Wait()
}

// dial logs in from an address in 127.0.0.0/8.
func (p *program) dial(from string) (*ssh.Client, error) {
	nc, err := p.connect(from)
	if err != nil {
		return nil, err
	}
	return p.login(nc)
}

// connect opens a TCP connection from an address in 127.0.0.0/8.
func (p *program) connect(from string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience()}
	return dialer.Dial("tcp", p.addr)
}

func (p *program) login(nc net.Conn) (*ssh.Client, error) {
	timer := time.AfterFunc(patience(), func() { _ = nc.Close() })
	defer timer.Stop()
	conn, chans, reqs, err := ssh.NewClientConn(nc, p.addr, &ssh.ClientConfig{
		User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		_ = nc.Close()
		return nil, err
	}
	return ssh.NewClient(conn, chans, reqs), nil
}
