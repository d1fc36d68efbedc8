package sshd

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Keepalives of the TCP connection, for where Config.KeepAlive is off: they
// find a peer that has vanished in three minutes, as long as nothing is under
// way to it and no proxy answers in its place. Else that one asks before they
// are due.
const (
	keepAliveIdle     = 2 * time.Minute
	keepAliveInterval = 15 * time.Second
	keepAliveCount    = 4
)

// kernelBuffer is how much the kernel may hold of what a client has sent, and of what it
// has not taken, in bytes. By itself it takes megabytes of either, which are in no
// account; from the one a client that has gone is read for long after, and the other is
// filled by who reads nothing, 190 MB by one source.
const kernelBuffer = 64 << 10

// refuseTimeout is how long telling a refused client why may take. Its socket
// is new and empty, so there is always room for a line.
const refuseTimeout = 100 * time.Millisecond

// Listen opens a TCP listener at addr ("host:port") for Serve.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable:   true,
		Idle:     keepAliveIdle,
		Interval: keepAliveInterval,
		Count:    keepAliveCount,
	}}
	return config.Listen(ctx, "tcp", addr)
}

// Serve accepts connections on l until ctx ends. Then it closes l, lets the
// sessions finish for Config.Drain, closes what is left, and returns nil. Its
// error is that of a listener which fails for good; that stops the server too.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) //nolint:forbidigo // one of the server
	defer stop()
	s.accepting.Add(1)
	err := s.accept(ctx, l)
	s.accepting.Add(-1)
	_ = l.Close() // it may be closed already
	s.drain()
	if err != nil {
		return fmt.Errorf("accepting on %s: %w", l.Addr(), err)
	}
	return nil
}

// accept takes connections until the listener is closed or fails.
func (s *Server) accept(ctx context.Context, l net.Listener) error {
	reserve := openReserve()
	defer reserve.close()
	var pause backoff
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause.reset()
			s.welcome(nc)
		case ctx.Err() != nil:
			return nil
		case isExhausted(err):
			s.shortOfDescriptors(l, reserve, err)
			pause.wait(ctx)
		case isPassing(err):
			pause.wait(ctx)
		default:
			return err
		}
	}
}

// welcome admits a connection or turns it away. It does not wait for the
// client: the next one is behind it.
func (s *Server) welcome(nc net.Conn) {
	if within(ipOf(nc.RemoteAddr()), s.cfg.Proxies) {
		s.welcomeProxied(nc)
		return
	}
	s.admit(nc, sourceOf(nc.RemoteAddr()))
}

// admit counts a connection against its source and serves it, or turns it
// away.
func (s *Server) admit(nc net.Conn, source netip.Prefix) {
	admission, why := s.gate.admit(source)
	if why != None {
		s.turnAway(nc, why)
		return
	}
	s.take(nc, admission)
}

// take serves an admitted connection on a goroutine of its own.
func (s *Server) take(nc net.Conn, admission *admission) {
	s.stats.accepted.Add(1)
	limitKernel(nc)
	account := s.gate.account(admission).Open(ledger.Limits{Bytes: maxConnBytes, Goroutines: maxConnGoroutines})
	c := newConn(nc, s, admission, account)
	s.gate.attach(admission, account, c.makeRoom)
	s.roster.add(c)
	if s.stopping() {
		c.end(Draining) // the drain may not have seen it
	}
	if !account.Take(connCost) || !account.Go(func() { s.handle(c) }) {
		s.turnAway(nc, Full)
		c.end(Full)
		s.dismiss(c)
	}
}

// limitKernel has the kernel hold no more than kernelBuffer of either direction, or if
// that fails, more.
func limitKernel(nc net.Conn) {
	if tcp, ok := tcpOf(nc); ok {
		_ = tcp.SetReadBuffer(kernelBuffer)
		_ = tcp.SetWriteBuffer(kernelBuffer)
	}
}

// turnAway closes a connection that was not admitted, and says why: lines
// before the version are the place that the protocol has for it (RFC 4253
// §4.2).
func (s *Server) turnAway(nc net.Conn, why Reason) {
	s.stats.refuse(why)
	msg := "connection refused"
	if why == ProxyHeader {
		msg = "connection refused: no PROXY header from an address that setting proxy-from names"
	}
	s.muffler.warn(s.log, why, msg, "remote", remoteName(nc.RemoteAddr(), s.cfg.TruncateAddrs))
	if line := why.line(); line != "" && nc.SetWriteDeadline(time.Now().Add(refuseTimeout)) == nil {
		_, _ = nc.Write([]byte(line + "\r\n")) // who is refused may be gone
	}
	_ = nc.Close()
}
