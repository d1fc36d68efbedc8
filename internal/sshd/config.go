package sshd

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// SessionCost is the memory, in bytes, that one session takes from the budget: connection,
// reader and frames being written. At worst a session holds 173 KiB, as TestSessionCost in
// cmd/sshblog measures; the rest is a margin. What it holds beyond that is taken from its
// account when needed.
const SessionCost = 192 << 10

// DefaultMemoryBudget is the default of Config.MemoryBudget, in bytes.
const DefaultMemoryBudget = 1 << 30

// SourceCost is the memory, in bytes, of each source in the source table, which holds up to
// Config.MaxSources.
const SourceCost = 1280

// The parts of SessionCost, in bytes, that are taken when a connection is accepted and when a
// channel is opened. The rest is taken when the session starts.
const (
	connCost    = 64 << 10
	channelCost = 32 << 10
)

// Limits of one connection and its sessions together, within the limits of its source. Beside
// them every channel that it may have can run a session.
const (
	maxConnBytes      = 4 << 20 // or SessionCost for each channel, if that is more
	connGoroutines    = 9
	sessionGoroutines = 7 // requests, handler, input, and four tasks
)

// roomTime is how long a newcomer waits for the memory of connections that are being closed for
// it.
const roomTime = 1500 * time.Millisecond

// sourceShare is the part of the memory budget that one source may take: 8 is an eighth.
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
	// RefuseSubsystems reports whether a client is refused these, too, by its version
	// (default: none is).
	RefuseSubsystems func(clientVersion string) bool
	// HostKeys identify the server; see [LoadHostKeys] for which are used, and
	// [Server.SetHostKeys].
	HostKeys []HostKey
	// Identify reports whether clients that log in by a name are asked for a public key (default:
	// none are). They are refused the method "none", with which they begin; any key that signs
	// lets them in, and who has none is let in by keyboard-interactive, without a question.
	// It decides how clients log in, not what they may do: that is up to the handler, by
	// Session.PublicKey.
	Identify func(user string) bool
	// KnownKey reports whether a security key ("sk-ssh-ed25519@openssh.com") is one that the
	// handler knows (default: none is). Others are refused when they are offered, if
	// Identify holds: to sign with one, its owner has to touch it.
	KnownKey func(ssh.PublicKey) bool

	// Author names whose key the client of a session has signed with, for the log (default: nobody's
	// is known).
	Author func(Session) string
	// Logged returns what of a command may stand in the log (default: all of it).
	Logged func(command string) string

	// Logger logs each session's end, and refusals (default: nothing is logged).
	Logger *slog.Logger
	// TruncateAddrs has networks (/24, /48) logged instead of addresses.
	TruncateAddrs bool
	// OnSession, if set, is called at the end of every session, from that
	// session's goroutine.
	OnSession func(Summary)

	// MemoryBudget is the memory that connections and sessions may take together, in bytes
	// (default: DefaultMemoryBudget).
	MemoryBudget int64
	// Ledger is where connections and sessions take memory and goroutines from (default: a
	// new one of MemoryBudget).
	Ledger *ledger.Ledger
	// MaxSessions is how many sessions may run at once (default: MemoryBudget /
	// SessionCost). More are refused.
	MaxSessions int
	// MaxConns is how many connections may be open at once (default: a quarter more than
	// MaxSessions). From three quarters of it on, one is closed for each new one: of the
	// source or network that is closest to its limit, that which was silent the longest. If
	// none has more than the newcomer, new ones are dropped at random, with a probability
	// that rises to 1.
	MaxConns int
	// MaxHandshakes is how many connections may be logging in at once (default 512). From
	// three quarters of it on, others are closed in the same way.
	MaxHandshakes int
	// MaxConnsPerSource is how many connections one source may have (default 64). A source
	// is an IPv4 address or an IPv6 /64.
	MaxConnsPerSource int
	// NetworkShare is the part of the connections, handshakes and memory that one network
	// (IPv4 /24, IPv6 /56) may have: 8, the default, is an eighth, and 1 sets no limit. Eight
	// connections and handshakes are always allowed. A network may connect eight times as
	// often as a source.
	NetworkShare int
	// WideNetworkShare is the same for IPv4 /16 and IPv6 /48 (default 4, a quarter). These
	// may connect 64 times as often as a source.
	WideNetworkShare int
	// ConnRate and ConnBurst bound how often a source may connect (default: 8 a second after
	// 64 at once, so that two health checks that connect twice a second each leave half of it to
	// readers from the same address).
	ConnRate  float64
	ConnBurst int
	// SessionRate and SessionBurst bound how often a source may start a session or command
	// (default: 5 a second after 64 at once).
	SessionRate  float64
	SessionBurst int
	// MaxSources is how many sources are remembered (default 16384). The least recently seen
	// is forgotten first; sources that hold a connection never are.
	MaxSources int
	// Exempt sources have no limits of their own (for monitoring, or a load test).
	Exempt []netip.Prefix
	// Proxies are the ranges whose connections must begin with a PROXY protocol header,
	// version 1 or 2, that names the client's address (default: none). Such a header from
	// anywhere else ends the connection. What a proxy connects for itself, such as health
	// checks (LOCAL in version 2, UNKNOWN in version 1), is exempt.
	Proxies []netip.Prefix
	// ProxyTimeout is how long a proxy may take to send its header (default 3 s, the least
	// that the specification asks for, so that a lost packet can be sent again).
	ProxyTimeout time.Duration

	// HandshakeTimeout is how long logging in may take, without what SignTimeout is for (default 10 s).
	HandshakeTimeout time.Duration
	// SignTimeout is how long a client has whose user may have been asked something (default 2 min, as
	// sshd's LoginGraceTime): to go on once it has our part of the key exchange, since the host key may be
	// new to it, and, if Identify holds, for the rest of its login once it has offered a key, which may
	// need a passphrase. Newcomers push it out like any slow handshake.
	SignTimeout time.Duration
	// Linger is how long a connection may stay without a running session (default 10 s).
	Linger time.Duration
	// WriteTimeout is how long a client may take no data (default 30 s).
	WriteTimeout time.Duration
	// KeepAlive is how long a client may be silent before it is sent a keepalive request
	// (default 1 min; negative: never). If it stays silent for three times as long again, its
	// connection is closed.
	KeepAlive time.Duration
	// IdleTimeout ends a session without input (default 30 min; negative: never). Keepalives
	// are not input.
	IdleTimeout time.Duration
	// SessionTimeout ends a session, however busy it is (default 12 h; negative: never).
	SessionTimeout time.Duration
	// WarnBefore is how long before these two timeouts a session gets a [Notice] (default
	// 1 min; at most half of either).
	WarnBefore time.Duration
	// Drain is how long sessions may go on after the server was told to stop (default 7 s,
	// since container engines kill after 10 s; negative: not at all).
	Drain time.Duration
	// SharedSockets says that who has made the listeners' sockets keeps them, such as systemd: then
	// clients that have connected and wait there when the server stops are left to the next one.
	// Otherwise the kernel would reset them, so the server takes them before it closes the sockets.
	SharedSockets bool

	// MaxChannels is how many channels a connection may have open (default 4).
	MaxChannels int
	// InputRate is how fast a connection may send, in bytes a second on the wire (default
	// 256 KiB), after a burst of 4 MiB. Faster ones are slowed down, and ended after five
	// seconds. Protocol overhead may be a quarter of it, after a burst of 512 KiB: a packet
	// costs as much however little data it carries.
	InputRate int
	// MaxInput is how much a session may send in all, in bytes (default 16 MiB; negative: no
	// limit). Subsystems are not limited by it.
	MaxInput int64
	// AuthorInputRate and AuthorMaxInput are the same for the connections and sessions of authors
	// (default 4 MiB and 128 MiB): what they publish is bounded where it is kept.
	AuthorInputRate int
	AuthorMaxInput  int64

	// Random returns numbers in [0,1) for the early drop (default: math/rand).
	Random func() float64
}

// withDefaults returns the configuration with the default in every zero field.
func (c Config) withDefaults() Config {
	fallback(&c.Logger, slog.New(slog.DiscardHandler))
	fallback(&c.MemoryBudget, DefaultMemoryBudget)
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
	fallback(&c.SignTimeout, 2*time.Minute)
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
	fallback(&c.AuthorInputRate, max(4<<20, c.InputRate))
	fallback(&c.AuthorMaxInput, 128<<20)
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.Identify == nil {
		c.Identify = func(string) bool { return false }
	}
	if c.KnownKey == nil {
		c.KnownKey = func(ssh.PublicKey) bool { return false }
	}
	if c.Author == nil {
		c.Author = func(Session) string { return "" }
	}
	if c.Logged == nil {
		c.Logged = func(command string) string { return command }
	}
	if c.RefuseSubsystems == nil {
		c.RefuseSubsystems = func(string) bool { return false }
	}
	if c.OnSession == nil {
		c.OnSession = func(Summary) {}
	}
	return c
}

// connLimits returns the limits of one connection.
func (c Config) connLimits() ledger.Limits {
	channels := int64(c.MaxChannels)
	return ledger.Limits{
		Bytes:      max(maxConnBytes, channels*SessionCost),
		Goroutines: connGoroutines + channels*sessionGoroutines,
	}
}

// fallback sets *field to value if it is zero.
func fallback[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate returns an error for the first field that is missing or invalid. The Config must
// have its defaults.
func (c Config) validate() error {
	if c.Handler == nil {
		return errors.New("sshd: Config.Handler is missing")
	}
	canBeOff := []string{"KeepAlive", "IdleTimeout", "SessionTimeout", "Drain", "MaxInput", "AuthorMaxInput"} // by a negative value
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		if (field.CanInt() && field.Int() <= 0 || field.CanFloat() && field.Float() <= 0) && !slices.Contains(canBeOff, name) {
			return fmt.Errorf("sshd: Config.%s is %v: it must be above zero", name, field)
		}
	}
	return nil
}

// DefaultConfig returns a Config with the default of every limit, to be changed and shown.
// MemoryBudget, MaxSessions and MaxConns are zero, since their defaults depend on each other.
func DefaultConfig() Config {
	c := Config{}.withDefaults()
	c.MemoryBudget, c.Ledger, c.MaxSessions, c.MaxConns = 0, nil, 0, 0
	return c
}
