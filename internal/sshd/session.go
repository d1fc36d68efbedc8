package sshd

import (
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

// Session is what the handler's session offers beyond ssh.Session. A handler
// asks for it with a type assertion.
//
// Of the ssh.Session that it is:
//   - Context is the connection's, but ends with the session; [context.Cause]
//     is an [EndError] if the session was ended from outside. A handler should
//     return soon after: three seconds later the connection is closed.
//   - Pty gives a size of 1×1 to 500×200 cells and the latest change in a
//     channel that holds only that one. The channel is never closed; nobody
//     has to read it. The terminal modes are left out.
//   - Write sends bytes as they are: with a terminal, lines end in "\r\n".
//   - Signals and Break are told nothing that they have no room for.
type Session interface {
	ssh.Session
	// Notices says when the session is about to be ended, while there is
	// still something that can be done about it.
	Notices() <-chan Notice
	// Draining is closed when the server begins to stop. Sessions may go on
	// for Config.Drain.
	Draining() <-chan struct{}
	// End notes why the session is over, for limits that only the handler
	// knows of, and the handler has to return. The client is told the
	// reason's line, and exit status 1. Only the first reason counts.
	End(Reason)
	// Account is what the session takes its memory, goroutines and turns from. It
	// is closed after the session's end.
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
	Plain                 // a shell without a terminal: lines of text
	Command               // a command that answers and ends
	Subsystem             // a subsystem, such as sftp
	kindCount
)

// String returns the kind's name in logs and metrics, which is what operators
// know it as.
func (k Kind) String() string {
	return [...]string{"tui", "text", "command", "file_transfer", ""}[min(k, kindCount)]
}

// session is one session channel (RFC 4254 §6) with bounds on all it holds.
// It costs two goroutines: one takes the channel's requests, one runs the
// handler.
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
	request string // the command, or the subsystem's name
	env     []string
	term    string
	hasPty  bool
	since   time.Duration // when the handler was started, on the server's clock
	fair    bool          // whether its source may have it: see gate.startSession
	refused bool          // it was not served; the handler's goroutine's own

	winch   chan ssh.Window
	notices chan Notice

	mu      sync.Mutex
	window  ssh.Window
	signals chan<- ssh.Signal
	started bool
	exited  bool
	code    int
	why     Reason      // why the session has ended, once it has
	watch   *time.Timer // looks for idleness, then gives the handler time to return
	warned  Reason      // what the last Notice was for
	// warnedOf is the last input before that Notice, on the server's clock.
	warnedOf int64

	sending sending
	traffic traffic
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
func (s *session) PublicKey() ssh.PublicKey  { return publicKey(s.ssh.Permissions) }
func (s *session) Permissions() ssh.Permissions {
	return ssh.Permissions{Permissions: s.ssh.Permissions}
}

// EmulatedPty reports that there is no device behind the terminal: the session
// itself is what to read and write.
func (s *session) EmulatedPty() bool { return true }

// Environ returns a copy of the variables that the client has set and that are
// let in (see environ.go), as "NAME=value".
func (s *session) Environ() []string { return append([]string(nil), s.env...) }

// RawCommand returns the command as the client has sent it, of any bytes. Of one
// longer than 4 KiB it is the beginning.
func (s *session) RawCommand() string {
	if s.kind != Command {
		return ""
	}
	return s.request
}

// Command returns the command split as a POSIX shell would. One whose quotes
// do not match is split at its spaces: an empty result would make it look like
// a shell.
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

// Signals registers a channel for the client's signals; nil unregisters. One
// that has no room misses them.
func (s *session) Signals(c chan<- ssh.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signals = c
}

// Break does nothing: break requests are answered with no.
func (s *session) Break(chan<- bool) {}

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
	status := struct{ Status uint32 }{uint32(code)} //nolint:gosec // the wire has 32 bits (RFC 4254 §6.10)
	if _, err := s.SendRequest("exit-status", false, gossh.Marshal(&status)); err != nil {
		return err
	}
	return s.Close()
}

// traffic is what has passed through a session.
type traffic struct {
	in, out   atomic.Int64 // bytes of data
	lastInput atomic.Int64 // on the server's clock
	firstOut  atomic.Int64 // the same; 0 before the first write

	// For the backlog: what the connection had received when this channel was
	// known to be empty, and what has been read from it since.
	dryAt, taken atomic.Int64
	waitingSince atomic.Int64 // on the server's clock; 0: no Read is waiting
	discarding   atomic.Bool  // someone reads the client's stderr
}
