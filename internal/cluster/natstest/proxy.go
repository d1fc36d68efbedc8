package natstest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy stands between a client and a server, as a network that can be cut.
type Proxy struct {
	listener net.Listener
	to       string

	mu   sync.Mutex
	cut  chan struct{} // closed while bytes pass; they wait while it is open
	open []net.Conn
}

// NewProxy returns one that leads to an address until the test ends.
func NewProxy(tb testing.TB, to string) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{listener: l, to: to, cut: make(chan struct{})}
	close(p.cut)
	go p.accept()
	tb.Cleanup(func() {
		_ = l.Close() // nothing is lost
		p.Mend()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.open {
			_ = c.Close() // likewise
		}
	})
	return p
}

// URL is the proxy's address for NATS.
func (p *Proxy) URL() string { return "nats://" + p.listener.Addr().String() }

// Cut holds back all bytes, and answers to new connections, until Mend: neither side is told, as when
// a network is parted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = make(chan struct{})
}

// Mend lets bytes pass again, those held back first.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.cut:
	default:
		close(p.cut)
	}
}

func (p *Proxy) await() {
	p.mu.Lock()
	cut := p.cut
	p.mu.Unlock()
	<-cut
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = client.Close() // as the server would
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, client, server)
		p.mu.Unlock()
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

func (p *Proxy) pass(to io.WriteCloser, from io.ReadCloser) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.await()
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			_, _ = to.Close(), from.Close() // what is left is lost
			return
		}
	}
}
