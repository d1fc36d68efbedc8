package sshd

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime/debug"
	"time"

	"charm.land/ssh"
)

// SessionCost is the memory, in bytes, that one session is reckoned to need
// at its worst in ordinary use: connection, reader, frames in flight, and the
// garbage collector's headroom over them.
const SessionCost = 192 << 10

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
	// follows from it. The default is three quarters of GOMEMLIMIT if that is
	// set, else 1 GiB.
	MemoryBudget int64
	// MaxSessions is how many sessions run at once (default: MemoryBudget /
	// SessionCost). More are told to come back later.
	MaxSessions int
	// MaxConns is how many connections are held at once (default: a quarter
	// more than MaxSessions). Above three quarters of it new ones are dropped
	// at random, ever more of them.
	MaxConns int
	// MaxHandshakes is how many connections may be logging in at once
	// (default 512), with the same random early drop.
	MaxHandshakes int
	// MaxConnsPerSource is how many connections one source may hold (default
	// 64). A source is an IPv4 address or an IPv6 /64.
	MaxConnsPerSource int
	// ConnRate and ConnBurst bound how often a source may connect (defaults:
	// 5 a second, 64 at once).
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
	// else such a header is garbage. Default: none.
	Proxies []netip.Prefix

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
	// (default 20 s; negative: not at all).
	Drain time.Duration

	// MaxChannels is how many channels a connection may have open (default 4).
	MaxChannels int
	// InputRate is how fast a connection may send, in bytes a second on the
	// wire (default 256 KiB), after a burst of 4 MiB. Faster ones are slowed.
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
	fallback(&c.MemoryBudget, memoryBudget())
	fallback(&c.MaxSessions, int(max(1, c.MemoryBudget/SessionCost)))
	fallback(&c.MaxConns, c.MaxSessions+max(1, c.MaxSessions/4))
	fallback(&c.MaxHandshakes, 512)
	fallback(&c.MaxConnsPerSource, 64)
	fallback(&c.ConnRate, 5)
	fallback(&c.ConnBurst, 64)
	fallback(&c.SessionRate, 5)
	fallback(&c.SessionBurst, 64)
	fallback(&c.MaxSources, 16384)
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
	fallback(&c.Drain, 20*time.Second)
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

// memoryBudget is the default for Config.MemoryBudget.
func memoryBudget() int64 {
	const unset = 1 << 62 // no real limit is as large
	if limit := debug.SetMemoryLimit(-1); limit < unset {
		return limit / 4 * 3
	}
	return 1 << 30
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
		{"ConnRate", c.ConnRate},
		{"ConnBurst", float64(c.ConnBurst)},
		{"SessionRate", c.SessionRate},
		{"SessionBurst", float64(c.SessionBurst)},
		{"MaxSources", float64(c.MaxSources)},
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
	c.MemoryBudget, c.MaxSessions, c.MaxConns = 0, 0, 0
	return c
}
