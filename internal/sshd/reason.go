package sshd

// Reason is why something was refused or ended. The set is small and fixed, so it can be the
// label of a metric.
type Reason uint8

// The reasons. First what is refused before any cryptography, then what ends
// a connection, then what refuses a session or something to it, then what ends one.
const (
	// None is no reason: not refused, and not ended.
	None Reason = iota

	// SourceConns refuses a connection whose source holds too many.
	SourceConns
	// SourceRate refuses a connection whose source connects too often.
	SourceRate
	// NetworkConns refuses a connection whose network holds too many.
	NetworkConns
	// NetworkRate refuses a connection whose network connects too often.
	NetworkRate
	// Penalty refuses a connection whose source has misbehaved.
	Penalty
	// EarlyDrop refuses a connection while the server fills up: at random, or
	// because its source or network has more than its fair share.
	EarlyDrop
	// Full refuses a connection because no more are held.
	Full
	// Descriptors refuses a connection because file descriptors have run out.
	Descriptors
	// ProxyHeader refuses a proxy's connection without a valid PROXY header.
	ProxyHeader

	// ForgedHeader ends a connection that begins with a PROXY header but does not come
	// from a trusted proxy.
	ForgedHeader
	// Knocked ends a connection whose client has closed it after at most its version, as
	// health checks do.
	Knocked
	// HandshakeFailed ends a connection that was closed, or failed, before the login.
	HandshakeFailed
	// HandshakeTimeout ends a connection that took too long to log in.
	HandshakeTimeout
	// Unidentified ends a connection whose client was asked for a key, and has left, or
	// taken longer than Config.SignTimeout.
	Unidentified
	// NoSession ends a connection that has run no session for Config.Linger.
	NoSession
	// WriteTimeout ends a connection whose client takes no data.
	WriteTimeout
	// Unanswered ends a connection whose client has vanished: it answers no keepalive.
	Unanswered
	// MadeRoom ends a connection for a new one while the server is nearly full: it was
	// silent the longest in the source or network that is closest to its limit.
	MadeRoom
	// Flood ends a connection that sends what no client needs: input that nobody reads,
	// channel after channel, a key exchange that it does not complete.
	Flood

	// KeySize refuses a client's public key that takes too long to verify.
	KeySize
	// Channels refuses a channel over Config.MaxChannels.
	Channels
	// ChannelType refuses a channel that is not a session: forwarding.
	ChannelType
	// Env refuses a variable: its name is not allowed, its value not printable, or it is
	// too long.
	Env
	// Request refuses any other request: agent and X11 forwarding, an unknown subsystem,
	// a second program on a channel.
	Request
	// SessionsFull refuses a session because as many as allowed are running.
	SessionsFull
	// SessionRate refuses a session whose source starts them too often.
	SessionRate
	// Draining refuses or ends a session because the server stops.
	Draining

	// Quit ends a session whose handler has returned by itself.
	Quit
	// ClientClosed ends a session whose channel the client has closed.
	ClientClosed
	// ConnectionLost ends a session whose connection is gone.
	ConnectionLost
	// Idle ends a session without input.
	Idle
	// TimeLimit ends a session after Config.SessionTimeout.
	TimeLimit
	// InputLimit ends a session that has sent more than Config.MaxInput.
	InputLimit
	// Resources ends a session that needs more memory, goroutines or key exchanges than it
	// may have.
	Resources
	// Panic ends a session whose handler panicked.
	Panic

	reasonCount
)

// entry returns the reason's name in logs and metrics, and the line that the client is told
// if the protocol allows it.
func (r Reason) entry() (label, line string) {
	entries := [reasonCount]struct{ label, line string }{
		None:             {"none", ""},
		SourceConns:      {"source_connections", "Too many connections from your address. Close one, or try again in a minute."},
		SourceRate:       {"source_rate", "Too many connections from your address. Try again in a minute."},
		NetworkConns:     {"network_connections", "Too many connections from your network. Try again in a minute."},
		NetworkRate:      {"network_rate", "Too many connections from your network. Try again in a minute."},
		Penalty:          {"penalty", "Too many failed connections from your address. Try again in ten minutes."},
		EarlyDrop:        {"early_drop", "The server is busy. Try again in a moment."},
		Full:             {"full", "The server is full. Try again in a moment."},
		Descriptors:      {"descriptors", "The server is out of resources. Try again in a moment."},
		ProxyHeader:      {"proxy_header", ""},
		ForgedHeader:     {"forged_header", ""},
		Knocked:          {"knocked", ""},
		HandshakeFailed:  {"handshake_failed", ""},
		HandshakeTimeout: {"handshake_timeout", ""},
		Unidentified:     {"unidentified", ""},
		NoSession:        {"no_session", ""},
		WriteTimeout:     {"write_timeout", ""},
		Unanswered:       {"unanswered", ""},
		MadeRoom:         {"made_room", "Closed to make room for others: the server is busy, and your connection was idle the longest."},
		Flood:            {"flood", ""},
		KeySize:          {"key_size", "RSA keys may have at most 8192 bits and an exponent of 65537 here. Use an Ed25519 key."},
		Channels:         {"channels", "too many sessions on this connection"},
		ChannelType:      {"channel_type", "only sessions are served here"},
		Env:              {"env", ""},
		Request:          {"request", ""},
		SessionsFull:     {"sessions_full", "All sessions are in use. Try again in a moment."},
		SessionRate:      {"session_rate", "Too many requests from your address. Try again in a minute."},
		Draining:         {"draining", "The server is stopping. Try again in a moment."},
		Quit:             {"quit", ""},
		ClientClosed:     {"client_closed", ""},
		ConnectionLost:   {"connection_lost", ""},
		Idle:             {"idle", "Closed: no key was pressed for a long time."},
		TimeLimit:        {"time_limit", "Closed: this session has reached its time limit."},
		InputLimit:       {"input_limit", "Closed: this session has sent too much."},
		Resources:        {"resources", "Closed: the server has no memory left for what this session does. Try again in a moment."},
		Panic:            {"panic", "Closed because of a bug in sshblog, which has been logged. Please connect again."},
	}
	if r >= reasonCount {
		r = None
	}
	e := entries[r]
	return e.label, e.line
}

// String returns the reason's name in logs and metrics: lower case, words
// joined with underscores.
func (r Reason) String() string {
	label, _ := r.entry()
	return label
}

// line returns what the client is told, or "".
func (r Reason) line() string {
	_, line := r.entry()
	return line
}

// EndError is what [context.Cause] gives for the context of a session that
// was ended from outside its handler.
type EndError struct{ Reason Reason }

// Error names the reason.
func (e *EndError) Error() string { return "session ended: " + e.Reason.String() }
