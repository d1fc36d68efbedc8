package sshd

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// TCP keepalives, for servers whose Config.KeepAlive is off: they detect a vanished peer within three minutes
// if no data is in flight to it and no proxy answers in its place. With Config.KeepAlive its requests come
// first.
const (
	keepAliveIdle     = 2 * time.Minute
	keepAliveInterval = 15 * time.Second
	keepAliveCount    = 4
)

// kernelBuffer is the size, in bytes, of each socket's receive and send buffer in the kernel. The default is
// megabytes of each, which no account covers: a full receive buffer means much to read from a client that has
// long gone, and clients that read nothing fill the send buffers, with 190 MB by one source.
const kernelBuffer = 64 << 10

// refuseTimeout bounds the write of a refusal. The socket is new and its buffer empty, so
// the write does not block.
const refuseTimeout = 100 * time.Millisecond

// Listen opens a TCP listener at addr ("host:port") for Serve.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1} // limitKernel sets it, for listeners from elsewhere too
	return config.Listen(ctx, "tcp", addr)
}

// Serve accepts connections on all listeners until ctx ends. Then it accepts those that wait in the queues (see
// Config.SharedSockets), closes the listeners, lets the sessions finish for Config.Drain, closes what is left,
// and returns nil. It returns the error of a listener that fails for good, which stops the server too. It must
// be called only once.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	accepting, stop := context.WithCancel(ctx)
	defer stop()
	interrupted := make(chan struct{})
	unused := context.AfterFunc(accepting, func() { //nolint:forbidigo // one of the server
		defer close(interrupted)
		for _, l := range listeners {
			interrupt(l)
		}
	})
	defer unused()
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		s.accepting.Add(1)
		go func() { ended <- s.accept(accepting, l, interrupted) }() //ledger:counted one for each listener
	}
	var failed error
	retired := s.retired
	for left := len(listeners); left > 0; {
		select {
		case <-retired:
			retired = nil
		case err := <-ended:
			left--
			if failed == nil {
				failed = err
			}
		}
		stop()
	}
	if failed == nil && ctx.Err() == nil {
		s.awaitLeaving(ctx)
	}
	s.drain()
	return failed
}

// accept takes connections until ctx ends or the listener fails, and closes the listener. Once ctx
// has ended, interrupted is closed when interrupt was called.
func (s *Server) accept(ctx context.Context, l net.Listener, interrupted <-chan struct{}) error {
	defer s.accepting.Add(-1)
	defer func() { _ = l.Close() }() // it may be closed already
	reserve := &reserve{}
	reserve.take()
	defer reserve.release()
	var pause backoff
	for ctx.Err() == nil {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause.reset()
			s.welcome(nc)
		case ctx.Err() != nil: // it was interrupted
		case isExhausted(err):
			s.shortOfDescriptors(l, reserve, err)
			pause.wait(ctx)
		case isTemporary(err):
			pause.wait(ctx)
		default:
			return fmt.Errorf("accepting on %s: %w", l.Addr(), err)
		}
	}
	<-interrupted
	if !s.cfg.SharedSockets && !s.isRetired() {
		s.acceptWaiting(l, maxWaiting)
	}
	return nil
}

// interrupt makes a listener's Accept return, now and from now on, and leaves the connections that wait in its
// queue there if it can.
func interrupt(l net.Listener) {
	if timed, ok := l.(deadlined); !ok || timed.SetDeadline(time.Unix(1, 0)) != nil {
		_ = l.Close() // it may be closed already
	}
}

// deadlined is a listener whose Accept can get a deadline.
type deadlined interface {
	SetDeadline(deadline time.Time) error
}

// maxWaiting is how many connections are accepted from a listener that is about to be closed: as many as its
// queue holds by default (net.core.somaxconn), however many arrive meanwhile.
const maxWaiting = 4096

// acceptWaiting accepts the connections that wait in the queue of a listener, at most most. Closing the
// listener would reset them, though their clients connected before the server was told to stop.
func (s *Server) acceptWaiting(l net.Listener, most int) {
	timed, ok := l.(deadlined)
	if !ok || timed.SetDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	for ; most > 0 && awaited(l); most-- {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		s.welcome(nc)
	}
}

// welcome admits a connection or turns it away. It does not wait for the client, since it runs in the accept
// loop.
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
	in, why := s.admission.admit(source)
	if why != None {
		s.turnAway(nc, why)
		return
	}
	s.take(nc, in)
}

// take serves an admitted connection on a goroutine of its own.
func (s *Server) take(nc net.Conn, in *admitted) {
	s.stats.accepted.Add(1)
	limitKernel(nc)
	account := s.admission.account(in).Open(s.cfg.connLimits())
	c := newConn(nc, s, in, account)
	s.admission.attach(in, account, c.makeRoom)
	s.connections.add(c)
	if s.stopping() {
		c.end(Draining) // drain may have run before the connection was added
	}
	if !account.Take(connCost) || !account.Go(func() { s.handle(c) }) {
		s.turnAway(nc, Full)
		c.end(Full)
		s.dismiss(c)
	}
}

// limitKernel limits the kernel's buffers to kernelBuffer, and has it ask whether the peer
// is there. A failure is harmless and ignored.
func limitKernel(nc net.Conn) {
	if tcp, ok := tcpOf(nc); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
			Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
		})
		_ = tcp.SetReadBuffer(kernelBuffer)
		_ = tcp.SetWriteBuffer(kernelBuffer)
	}
}

// turnAway closes a connection that was not admitted, and tells the client why in a line
// before the version (RFC 4253 §4.2).
func (s *Server) turnAway(nc net.Conn, why Reason) {
	s.stats.refuse(why)
	msg := "connection refused"
	if why == ProxyHeader {
		msg = "connection refused: no PROXY header from an address in setting proxy-from"
	}
	s.logLimiter.warn(s.log, why, msg, "remote", remoteName(nc.RemoteAddr(), s.cfg.TruncateAddrs))
	if line := why.line(); line != "" && nc.SetWriteDeadline(time.Now().Add(refuseTimeout)) == nil {
		_, _ = nc.Write([]byte(line + "\r\n")) // the client may be gone
	}
	_ = nc.Close()
}
