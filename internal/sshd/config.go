package sshd

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// SessionCost is the memory, in bytes, that one session takes from the budget:
// connection, reader and frames in flight. At the worst it holds 170 KiB, as
// TestSessionCost of the program measures; the rest is a margin. What a session holds
// beyond it, it takes from its account.
const SessionCost = 192 << 10

// SourceCost is the memory, in bytes, that is kept of each of Config.MaxSources that
// are remembered, beside what sessions take.
const SourceCost = 1280

// Of SessionCost, what a connection takes when it is accepted, and what a channel
// takes when it is opened, in bytes. The rest is taken when the program starts.
const (
	connCost    = 64 << 10
	channelCost = 32 << 10
)

// What one connection may take, its sessions included, on top of its own share of
// the source's: bytes of memory, and goroutines that are started for it.
const (
	maxConnBytes      = 4 << 20
	maxConnGoroutines = 32
)

// roomTime is how long something new waits for the memory of those that are being
// closed to make room for it.
const roomTime = 1500 * time.Millisecond

// sourceShare is the part of the memory budget that one source may take.
const sourceShare = 8

// Config says what the server serves and within which limits. Handler and
// HostKeys are required. Everywhere else zero means the default given with
// the field; where a limit can be switched off, a negative value does it.
type Config struct {
	// Handler is the application: it runs once for every session that asks
	// for a shell or a command, and the session ends when it returns.
	Handler ssh.Handler
	// Subsystems answer the subsystem requests of these names ("sftp"); all
	// others are refused.
	Subsystems map[string]ssh.SubsystemHandler
	// HostKeys identify the server; see [LoadHostKeys].
	HostKeys []HostKey
	// RequireKey reports whether a login name gets in only with a public key.
	// Nil means that nobody needs one. It decides how clients log in, not what
	// they may do: that is up to the handler, by Session.PublicKey.
	RequireKey func(user string) bool

	// Logger receives one line for every session's end, and the refusals.
	// The default discards.
	Logger *slog.Logger
	// TruncateAddrs logs networks (/24, /48) instead of addresses.
	TruncateAddrs bool
	// OnSession, if set, is called at the end of every session, from that
	// session's goroutine.
	OnSession func(Summary)

	// MemoryBudget is what sessions may use together, in bytes: MaxSessions
	// follows from it (default 1 GiB).
	MemoryBudget int64
	// Ledger is where connections and sessions take their memory and goroutines
	// from. The default is a new one of MemoryBudget.
	Ledger *ledger.Ledger
	// MaxSessions is how many sessions run at once (default: MemoryBudget /
	// SessionCost). More are told to come back later.
	MaxSessions int
	// MaxConns is how many connections are held at once (default: a quarter
	// more than MaxSessions). From three quarters of it on, the connection that
	// was silent the longest, of the source or network that is closest to its
	// limit, is closed for each new one; only if nobody has more than the
	// newcomer are new ones dropped at random, ever more of them.
	MaxConns int
	// MaxHandshakes is how many connections may be logging in at once
	// (default 512). From three quarters of it on, the oldest one is closed in
	// the same way.
	MaxHandshakes int
	// MaxConnsPerSource is how many connections one source may hold (default
	// 64). A source is an IPv4 address or an IPv6 /64.
	MaxConnsPerSource int
	// NetworkShare is the part of the connections, handshakes and memory that
	// one network (IPv4 /24, IPv6 /56) may have: 8, the default, is an eighth.
	// A network may have eight connections and handshakes in any case. It may
	// connect eight times as often as a source. 1 sets no limit.
	NetworkShare int
	// WideNetworkShare is the same for IPv4 /16 and IPv6 /48 (default 4, a
	// quarter). These may connect 64 times as often as a source.
	WideNetworkShare int
	// ConnRate and ConnBurst bound how often a source may connect (defaults:
	// 8 a second, 64 at once: two health checks that knock twice a second each
	// leave half of it to the readers who come from the same address).
	ConnRate  float64
	ConnBurst int
	// SessionRate and SessionBurst bound how often a source may start a
	// session or command (defaults: 5 a second, 64 at once).
	SessionRate  float64
	SessionBurst int
	// MaxSources is how many sources are remembered (default 16384). The one
	// that was not seen for longest is forgotten first; sources that hold a
	// connection are never forgotten.
	MaxSources int
	// Exempt sources have no limit of their own (monitoring, a load test).
	Exempt []netip.Prefix
	// Proxies are the ranges whose connections must open with a PROXY
	// protocol header, v1 or v2, that gives the client's address. Everywhere
	// else such a header is garbage. Default: none. What a proxy connects for
	// itself, such as its health checks (LOCAL in version 2, UNKNOWN in version
	// 1), is exempt.
	Proxies []netip.Prefix
	// ProxyTimeout is how long a proxy may take to send its header (default 3 s,
	// the least that the protocol's specification wants, so that a lost packet
	// can be sent again).
	ProxyTimeout time.Duration

	// HandshakeTimeout is how long logging in may take (default 10 s).
	HandshakeTimeout time.Duration
	// Linger is how long a connection may stay without a running session
	// (default 10 s).
	Linger time.Duration
	// WriteTimeout is how long a client may refuse to take data (default
	// 30 s).
	WriteTimeout time.Duration
	// KeepAlive is how long a client may be silent before it is asked whether
	// it is still there (default 1 min; negative: never). One that stays silent
	// for three times as long after that has vanished, and its connection is
	// closed.
	KeepAlive time.Duration
	// IdleTimeout ends a session without input (default 30 min; negative:
	// never). Keepalives are no input.
	IdleTimeout time.Duration
	// SessionTimeout ends a session however busy it is (default 12 h;
	// negative: never).
	SessionTimeout time.Duration
	// WarnBefore is how long before those two ends a session gets a [Notice]
	// (default 1 min; half of either limit at most).
	WarnBefore time.Duration
	// Drain is how long sessions may go on after the server was told to stop
	// (default 7 s, so that it ends before engines of
	// containers kill, after 10 s; negative: not at all).
	Drain time.Duration

	// MaxChannels is how many channels a connection may have open (default 4).
	MaxChannels int
	// InputRate is how fast a connection may send, in bytes a second on the
	// wire (default 256 KiB), after a burst of 4 MiB. Faster ones are slowed, and
	// ended if they go on for five seconds. What is no data has a quarter of it, after
	// a burst of 512 KiB: a packet costs as much however little data is in it.
	InputRate int
	// MaxInput is how much a session may send in all, in bytes (default
	// 16 MiB; negative: no limit). Subsystems keep a count of their own.
	MaxInput int64

	// Random gives numbers in [0,1) for the early drop (default: math/rand).
	Random func() float64
}

// withDefaults returns the configuration with every zero field filled in.
func (c Config) withDefaults() Config {
	fallback(&c.Logger, slog.New(slog.DiscardHandler))
	fallback(&c.MemoryBudget, 1<<30)
	if c.Ledger == nil {
		c.Ledger = ledger.New(ledger.Limits{Bytes: c.MemoryBudget})
	}
	fallback(&c.MaxSessions, int(max(1, c.MemoryBudget/SessionCost)))
	fallback(&c.MaxConns, c.MaxSessions+max(1, c.MaxSessions/4))
	fallback(&c.MaxHandshakes, 512)
	fallback(&c.MaxConnsPerSource, 64)
	fallback(&c.NetworkShare, 8)
	fallback(&c.WideNetworkShare, 4)
	fallback(&c.ConnRate, 8)
	fallback(&c.ConnBurst, 64)
	fallback(&c.SessionRate, 5)
	fallback(&c.SessionBurst, 64)
	fallback(&c.MaxSources, 16384)
	fallback(&c.ProxyTimeout, 3*time.Second)
	fallback(&c.HandshakeTimeout, 10*time.Second)
	fallback(&c.Linger, 10*time.Second)
	fallback(&c.WriteTimeout, 30*time.Second)
	fallback(&c.KeepAlive, time.Minute)
	fallback(&c.IdleTimeout, 30*time.Minute)
	fallback(&c.SessionTimeout, 12*time.Hour)
	fallback(&c.WarnBefore, time.Minute)
	for _, limit := range []time.Duration{c.IdleTimeout, c.SessionTimeout} {
		if limit > 0 { // a warning at the start would warn of nothing
			c.WarnBefore = min(c.WarnBefore, limit/2)
		}
	}
	fallback(&c.Drain, 7*time.Second)
	fallback(&c.MaxChannels, 4)
	fallback(&c.InputRate, 256<<10)
	fallback(&c.MaxInput, 16<<20)
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.RequireKey == nil {
		c.RequireKey = func(string) bool { return false }
	}
	if c.OnSession == nil {
		c.OnSession = func(Summary) {}
	}
	return c
}

// fallback sets *field to value if it is zero.
func fallback[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate reports the first setting that cannot work. It expects a Config
// with its defaults.
func (c Config) validate() error {
	if c.Handler == nil {
		return errors.New("sshd: Config.Handler is missing")
	}
	if len(c.HostKeys) == 0 {
		return errors.New("sshd: Config.HostKeys is empty: a server needs at least one host key")
	}
	for _, limit := range []struct {
		name  string
		value float64
	}{
		{"MaxSessions", float64(c.MaxSessions)},
		{"MaxConns", float64(c.MaxConns)},
		{"MaxHandshakes", float64(c.MaxHandshakes)},
		{"MaxConnsPerSource", float64(c.MaxConnsPerSource)},
		{"NetworkShare", float64(c.NetworkShare)},
		{"WideNetworkShare", float64(c.WideNetworkShare)},
		{"ConnRate", c.ConnRate},
		{"ConnBurst", float64(c.ConnBurst)},
		{"SessionRate", c.SessionRate},
		{"SessionBurst", float64(c.SessionBurst)},
		{"MaxSources", float64(c.MaxSources)},
		{"ProxyTimeout", c.ProxyTimeout.Seconds()},
		{"HandshakeTimeout", c.HandshakeTimeout.Seconds()},
		{"Linger", c.Linger.Seconds()},
		{"WriteTimeout", c.WriteTimeout.Seconds()},
		{"WarnBefore", c.WarnBefore.Seconds()},
		{"MaxChannels", float64(c.MaxChannels)},
		{"InputRate", float64(c.InputRate)},
	} {
		if limit.value <= 0 {
			return fmt.Errorf("sshd: Config.%s is %v: it must be above zero", limit.name, limit.value)
		}
	}
	return nil
}

// DefaultConfig returns a Config that holds the default of every limit, to be
// changed and shown. MemoryBudget, MaxSessions and MaxConns stay zero: they
// follow from each other.
func DefaultConfig() Config {
	c := Config{}.withDefaults()
	c.MemoryBudget, c.Ledger, c.MaxSessions, c.MaxConns = 0, nil, 0, 0
	return c
}
