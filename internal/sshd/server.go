package sshd

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Server serves SSH sessions on any number of listeners.
type Server struct {
	cfg         Config
	log         *slog.Logger
	chain       ssh.Handler // what serves each session
	protocol    *gossh.ServerConfig
	identity    atomic.Pointer[identity]
	front       *ledger.Account // of connections whose PROXY header is being read
	admission   *admission
	connections *connections
	stats       stats
	logLimiter  logLimiter

	born      time.Time
	ids       atomic.Uint64
	accepting atomic.Int64 // listeners served
	exhausted atomic.Int64 // when file descriptors last ran out, on clock; 0: never

	retireOnce sync.Once
	patience   time.Duration // see Retire; written before retired is closed
	retired    chan struct{}

	drainOnce sync.Once
	draining  chan struct{} // closed when the server begins to stop
	closeOnce sync.Once
	closed    chan struct{} // closed by Close: the drain is cut short
}

// New makes a server. Its error names the field of Config that is missing or invalid.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:         cfg,
		log:         cfg.Logger,
		protocol:    protocolConfig(cfg),
		front:       cfg.Ledger.Open(ledger.Limits{Goroutines: int64(cfg.MaxHandshakes)}),
		connections: newConnections(),
		born:        time.Now(),
		retired:     make(chan struct{}),
		draining:    make(chan struct{}),
		closed:      make(chan struct{}),
	}
	id, err := newIdentity(cfg.HostKeys)
	if err != nil {
		return nil, err
	}
	s.identity.Store(id)
	s.admission = newAdmission(cfg, s.clock)
	s.ids.Store(firstID())
	s.chain = s.middleware()
	return s, nil
}

// firstID returns the number before the first session's. It is random, so that
// the ids in a log do not repeat after a restart.
func firstID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.NativeEndian.Uint64(b[:])
}

// clock returns the time since the server was made, by the monotonic clock: setting the
// machine's clock does not change it.
func (s *Server) clock() time.Duration { return time.Since(s.born) }

func (s *Server) nextID() uint64 { return s.ids.Add(1) }

// exhaustedNow reports whether file descriptors ran out within exhaustedFor.
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
