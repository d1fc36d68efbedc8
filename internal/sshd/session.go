package sshd

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	"github.com/anmitsu/go-shlex"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Session is what a handler's session offers beyond ssh.Session; a type assertion gives it.
//
// As an ssh.Session:
//   - Context is the connection's, but ends with the session; [context.Cause]
//     is an [EndError] if the session was ended from outside. A handler should
//     return soon after: three seconds later the connection is closed.
//   - Pty gives a size of 1×1 to 500×200 cells, and a channel that holds only the
//     latest change. The channel is never closed and need not be read. The terminal
//     modes are left out.
//   - Write sends bytes as they are: with a terminal, lines end in "\r\n".
//   - Signals and Break never send anything: such requests are refused.
type Session interface {
	ssh.Session
	// Notices sends a Notice when the session is about to be ended.
	Notices() <-chan Notice
	// Draining is closed when the server begins to stop. Sessions may go on
	// for Config.Drain.
	Draining() <-chan struct{}
	// End records why the session is over, for limits that only the handler knows of. The
	// handler has to return then; the client is told the reason's line and exit status 1.
	// Only the first reason counts.
	End(Reason)
	// Pace waits, before a request of the client is answered, for as long as it asks faster, or is
	// sent more, than it may: it is slowed down, and not ended. It returns the error of ctx. Only
	// one goroutine may call it.
	Pace(ctx context.Context) error
	// Whole reports, when a session of an author has read the end of its input, whether the client has
	// ended it; else the connection was lost, or the server has ended it.
	Whole() bool
	// Refused counts and logs that something which the client has asked for in a protocol of the handler's is refused, in
	// the client's own words or not. Lines are limited, as of other requests.
	Refused(asked string)
	// Account is the account that the session takes its memory, goroutines and turns from.
	// It is closed after the session's end.
	Account() *ledger.Account
}

// A Notice warns a session of its end.
type Notice struct {
	// Reason is why it will end: Idle or TimeLimit.
	Reason Reason
	// Left is how long the session has.
	Left time.Duration
}

// Kind says what a session is for. Like Reason it is a fixed set.
type Kind uint8

// The kinds of sessions.
const (
	Shell     Kind = iota // a shell on a terminal: someone reads
	Text                  // a shell without a terminal: lines of text
	Command               // a command that answers and ends
	Subsystem             // a subsystem, such as sftp
	kindCount
)

// String returns the kind's name in logs and metrics.
func (k Kind) String() string {
	return [...]string{"tui", "text", "command", "file_transfer", ""}[min(k, kindCount)]
}

// session is one session channel (RFC 4254 §6), with bounds on all it holds. It takes two
// goroutines: one answers the channel's requests, one runs the handler.
type session struct {
	gossh.Channel
	server *Server
	conn   *conn
	ssh    *gossh.ServerConn
	ctx    *sessionContext
	id     uint64

	account *ledger.Account // part of the connection's

	// Set by requests before the handler starts, and constant after that.
	kind    Kind
	request string   // the command, or the subsystem's name
	env     []string //ledger:counted at most maxEnv, of maxEnvBytes each
	term    string
	hasPty  bool
	since   time.Duration // when the handler was started, on the server's clock
	fair    bool          // whether its source may have it: see admission.startSession
	late    bool          // whether the server had begun to stop when it was asked for
	author  string        // as of its start, for the log; used only by the handler's goroutine
	refused bool          // it was not served; used only by the handler's goroutine

	winch   chan ssh.Window
	notices chan Notice
	over    chan struct{} // closed when the handler, if there was one, has returned, and the input has ended
	reading sync.Mutex    // of the channel
	handled bool          // there is, or was, a handler; used only by the goroutine of the requests

	mu      sync.Mutex
	window  ssh.Window
	started bool
	exited  bool
	code    int
	why     Reason      // why the session has ended; None while it runs
	watch   *time.Timer // next check of the deadlines; after the end, the handler's time to return
	warned  Reason      // what the last Notice was for
	// warnedOf is the last input before that Notice, on the server's clock.
	warnedOf int64

	sending sending
	traffic traffic
	ending  atomic.Pointer[ending] // nil: nobody asks
}

var _ Session = (*session)(nil)

// errExited is what a second Exit returns.
var errExited = errors.New("sshd: the session has exited already")

func (s *session) User() string              { return s.ssh.User() }
func (s *session) RemoteAddr() net.Addr      { return s.ssh.RemoteAddr() }
func (s *session) LocalAddr() net.Addr       { return s.ssh.LocalAddr() }
func (s *session) Context() ssh.Context      { return s.ctx }
func (s *session) Notices() <-chan Notice    { return s.notices }
func (s *session) Draining() <-chan struct{} { return s.server.draining }
func (s *session) End(why Reason)            { s.settle(why) }
func (s *session) Account() *ledger.Account  { return s.account }
func (s *session) Refused(asked string)      { s.conn.deny(Request, "request refused", asked) }
func (s *session) PublicKey() ssh.PublicKey  { return publicKey(s.ssh.Permissions) }
func (s *session) Permissions() ssh.Permissions {
	return ssh.Permissions{Permissions: s.ssh.Permissions}
}

// EmulatedPty reports that the terminal is no device of the operating system: handlers read
// and write the session itself.
func (s *session) EmulatedPty() bool { return true }

// Environ returns a copy of the variables that the client has set and that are accepted (see
// environ.go), as "NAME=value".
func (s *session) Environ() []string { return append([]string(nil), s.env...) }

// RawCommand returns the command as the client has sent it; it may contain any bytes. It is
// cut at 4 KiB.
func (s *session) RawCommand() string {
	if s.kind != Command {
		return ""
	}
	return s.request
}

// Command returns the command split as a POSIX shell would. If its quotes do not match it is
// split at spaces, since an empty result would mean a shell.
func (s *session) Command() []string {
	raw := s.RawCommand()
	words, err := shlex.Split(raw, true)
	if err != nil || len(words) == 0 {
		return strings.Fields(raw)
	}
	return words
}

// Subsystem returns the name of the subsystem requested, or "".
func (s *session) Subsystem() string {
	if s.kind != Subsystem {
		return ""
	}
	return s.request
}

// Pty returns the terminal with its present size, the channel of changes, and
// whether there is one at all.
func (s *session) Pty() (ssh.Pty, <-chan ssh.Window, bool) {
	if !s.hasPty {
		return ssh.Pty{}, s.winch, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return ssh.Pty{Term: s.term, Window: s.window}, s.winch, true
}

// Signals and Break do nothing: a client's signals (RFC 4254 §6.9) and breaks (RFC
// 4335) are refused.
func (s *session) Signals(chan<- ssh.Signal) {}
func (s *session) Break(chan<- bool)         {}

// Exit sends the exit status and closes the channel.
func (s *session) Exit(code int) error {
	s.mu.Lock()
	if s.exited {
		s.mu.Unlock()
		return errExited
	}
	s.exited = true
	s.code = code
	s.mu.Unlock()
	// OpenSSH leaves when its command ends, even if it has just asked for proofs of host keys.
	s.conn.awaitAnswers()
	status := struct{ Status uint32 }{uint32(code)} //nolint:gosec // the wire has 32 bits (RFC 4254 §6.10)
	if _, err := s.SendRequest("exit-status", false, gossh.Marshal(&status)); err != nil {
		return err
	}
	return s.Close()
}

// traffic counts what a session has received and sent.
type traffic struct {
	in, out   atomic.Int64 // bytes of data
	paced     atomic.Int64 // of out, as of the last Pace
	lastInput atomic.Int64 // on the server's clock
	firstOut  atomic.Int64 // the same; 0 before the first write

	// For the backlog: bytes that the connection had received when this channel was last
	// known to be empty, and bytes read from the channel since then.
	dryAt, taken atomic.Int64
	waitingSince atomic.Int64 // on the server's clock; 0: no Read is waiting
	discarding   atomic.Bool  // someone reads the client's stderr
}
