package sshd

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	"charm.land/wish/v2"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Server serves SSH sessions on any number of listeners.
type Server struct {
	cfg      Config
	log      *slog.Logger
	ssh      *ssh.Server
	protocol *gossh.ServerConfig
	hostKeys []gossh.MultiAlgorithmSigner
	front    *ledger.Account // of what is done before a connection is admitted
	gate     *gate
	roster   *roster
	stats    stats
	muffler  muffler
	pulse    *pulse

	born      time.Time
	ids       atomic.Uint64
	accepting atomic.Int64 // listeners served
	exhausted atomic.Int64 // when descriptors were last short, on clock; 0: never

	drainOnce sync.Once
	draining  chan struct{} // closed when the server begins to stop
	closeOnce sync.Once
	closed    chan struct{} // closed when nothing is waited for any more
}

// New makes a server. Its error names the setting that is missing or cannot
// work.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		log:      cfg.Logger,
		protocol: protocolConfig(cfg),
		front:    cfg.Ledger.Open(ledger.Limits{Goroutines: int64(cfg.MaxHandshakes)}),
		roster:   newRoster(),
		born:     time.Now(),
		draining: make(chan struct{}),
		closed:   make(chan struct{}),
	}
	for _, key := range cfg.HostKeys {
		signer, ok := key.Signer.(gossh.MultiAlgorithmSigner)
		if !ok {
			return nil, fmt.Errorf("sshd: Config.HostKeys has a key of type %s that does not tell its algorithms", key.Signer.PublicKey().Type())
		}
		s.hostKeys = append(s.hostKeys, signer)
	}
	s.gate = newGate(cfg, s.clock)
	s.pulse = newPulse(cfg.KeepAlive, s.clock)
	s.ids.Store(firstID())
	var err error
	s.ssh, err = s.wishServer()
	if err != nil {
		return nil, fmt.Errorf("sshd: %w", err)
	}
	return s, nil
}

// wishServer makes the wish server whose HandleConn serves each connection.
// Accepting is done here (see accept.go), as are sessions; what the library
// would otherwise add on its own is named and switched off.
func (s *Server) wishServer() (*ssh.Server, error) {
	server, err := wish.NewServer(
		// Only to keep wish from writing a key of its own into the working
		// directory; see below.
		func(srv *ssh.Server) error { srv.AddHostKey(s.cfg.HostKeys[0].Signer); return nil },
		s.middleware(),
	)
	if err != nil {
		return nil, err
	}
	// The shared configuration has the keys. With keys here the library would
	// add them to it again for every connection, while others read it.
	server.HostSigners = nil
	server.ServerConfigCallback = func(ctx ssh.Context) *gossh.ServerConfig { return s.connConfig(connOf(ctx)) }
	server.ConnCallback = func(ctx ssh.Context, nc net.Conn) net.Conn {
		ctx.SetValue(connKey{}, nc)
		return nc
	}
	server.ConnectionFailedCallback = s.loginFailed
	server.ChannelHandlers = map[string]ssh.ChannelHandler{
		"session": s.openSession,
		"default": s.rejectChannel,
	}
	server.RequestHandlers = map[string]ssh.RequestHandler{"default": s.refuseGlobal}
	return server, nil
}

// firstID returns the number before the first session's. It is random, so that
// the ids in a log do not repeat after a restart.
func firstID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.NativeEndian.Uint64(b[:])
}

// connKey is where a connection's context holds its conn: the library has no
// other place for what belongs to one.
type connKey struct{}

// connOf returns the connection of a context, or nil.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// clock is the time since the server was made, on the monotonic clock: nothing
// that is reckoned with it minds when the machine's clock is set.
func (s *Server) clock() time.Duration { return time.Since(s.born) }

func (s *Server) nextID() uint64 { return s.ids.Add(1) }

// handle serves a connection that was admitted, until it is over.
func (s *Server) handle(c *conn) {
	defer s.dismiss(c)
	defer c.contain("serving a connection")
	s.ssh.HandleConn(c)
}

// dismiss counts the end of a connection that was admitted.
func (s *Server) dismiss(c *conn) {
	defer s.roster.remove(c)
	why := c.over()
	_ = c.Close() // it is, but for a panic
	c.packets.drain()
	c.account.Close()
	s.stats.endedConns[why].Add(1) // first: whoever sees it gone shall see why
	s.gate.release(c.admission, why)
	switch why {
	case Flood:
		s.muffler.warn(s.log, why, "connection ended", "remote", c.remote)
	case ForgedHeader:
		s.muffler.warn(s.log, why, "connection refused: PROXY header from an address that setting proxy-from does not name", "remote", c.remote)
	default:
	}
}

// loginFailed logs a handshake that did not succeed. On a public port these
// come by the thousand.
func (s *Server) loginFailed(nc net.Conn, err error) {
	addr := nc.RemoteAddr()
	remote, text := remoteName(addr, s.cfg.TruncateAddrs), err.Error()
	if addr != nil {
		text = strings.ReplaceAll(text, addr.String(), remote) // the network's errors name it in full
	}
	s.log.Debug("login failed", "remote", remote, "error", clean(text, maxLogged))
}

// contain stops a panic from ending the process, and ends the connection
// instead. It has to be deferred itself.
func (c *conn) contain(doing string) {
	if r := recover(); r != nil {
		c.server.logPanic(doing, r)
		c.end(Panic)
	}
}

// logPanic logs a panic with its stack. What it says may quote a client.
func (s *Server) logPanic(doing string, r any, args ...any) {
	args = append(args, "panic", clean(fmt.Sprint(r), maxPanic), "stack", string(debug.Stack()))
	s.log.Error("panic while "+doing, args...)
}

// Ready reports why the server should not be sent new clients, or nil: it is
// not accepting yet, is stopping, or was out of descriptors just now.
func (s *Server) Ready() error {
	switch {
	case s.stopping():
		return errors.New("stopping")
	case s.accepting.Load() == 0:
		return errors.New("not accepting connections")
	case s.exhaustedNow():
		return errors.New("out of file descriptors")
	}
	return nil
}

// exhaustedNow reports whether descriptors were short just now.
func (s *Server) exhaustedNow() bool {
	at := time.Duration(s.exhausted.Load())
	return at != 0 && s.clock()-at < exhaustedFor
}

// stopping reports whether the server has begun to stop.
func (s *Server) stopping() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}
