package sshd

import (
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// maxRequest is how much of a command is kept, and how long a subsystem's name may be, in
// bytes. Wrappers of ssh send scripts of any length as a command. These are cut rather than
// refused, since the handler's answer helps more than a refused request.
const maxRequest = 4 << 10

// requestOverhead is the least that a request takes on the wire beside its type and
// its payload, in bytes (RFC 4253 §6, RFC 4254 §5.4).
const requestOverhead = 35

// serve answers the channel's requests (RFC 4254 §6) until the channel closes. It must not
// wait for anything but the network: while this loop waits, so do all sessions of the
// connection.
func (s *session) serve(requests <-chan *gossh.Request) {
	defer s.channelClosed()
	for req := range requests {
		s.serveRequest(req)
	}
}

func (s *session) serveRequest(req *gossh.Request) {
	defer s.conn.contain("answering a session's request") // of each, since the library goes on sending them
	if s.hasStarted() {                                   // before that there are only a few
		s.traffic.taken.Add(int64(len(req.Type)+len(req.Payload)) + requestOverhead)
	}
	ok := s.answer(req)
	if !ok {
		s.denied(req)
	}
	// An error means that the connection is gone; then so are the requests.
	_ = req.Reply(ok, nil)
	if ok && starts(req.Type) {
		// After the reply, so that the client learns of success before it gets data.
		s.server.connections.start() // before conn.start, after which a stop no longer waits for its first session
		s.fair, s.late = s.conn.start()
		s.handled = true
		if !s.account.Go(s.run) {
			s.refuse(SessionsFull)
			s.startWatch() // finish stops it
			s.finish()
			close(s.over)
		}
	}
}

// starts reports whether a request asks for a program to run.
func starts(requestType string) bool {
	return requestType == "shell" || requestType == "exec" || requestType == "subsystem"
}

// answer carries out one request and returns whether to confirm it. Unknown
// ones are refused, and with them agent and X11 forwarding, "signal", "break", and
// the requests that some clients send as pings and expect to fail.
func (s *session) answer(req *gossh.Request) bool {
	switch req.Type {
	case "pty-req":
		return s.requestPty(req.Payload)
	case "window-change":
		return s.changeWindow(req.Payload)
	case "env":
		return s.setEnv(req.Payload)
	case "shell":
		return s.begin(Shell, "")
	case "exec":
		command, ok := stringField(req.Payload)
		if len(command) > maxRequest {
			command = strings.Clone(command[:maxRequest]) // and nothing of the rest
		}
		return ok && s.begin(Command, command)
	case "subsystem":
		name, ok := stringPayload(req.Payload)
		cfg := &s.server.cfg
		return ok && cfg.Subsystems[name] != nil && !cfg.RefuseSubsystems(string(s.ssh.ClientVersion())) && s.begin(Subsystem, name)
	default:
		return false
	}
}

// denied counts and logs a refused request, unless clients send it as a ping, expecting it to
// be refused.
func (s *session) denied(req *gossh.Request) {
	switch req.Type {
	case "env":
		s.conn.deny(Env, "request refused", req.Type)
	case "auth-agent-req@openssh.com", "x11-req", "subsystem", "exec", "shell", "pty-req", "window-change":
		s.conn.deny(Request, "request refused", req.Type)
	}
}

// stringPayload reads a request's only field, of maxRequest bytes at most.
func stringPayload(payload []byte) (string, bool) {
	value, ok := stringField(payload)
	return value, ok && len(value) <= maxRequest
}

// stringField reads a request's only field, of any length.
func stringField(payload []byte) (string, bool) {
	var field struct{ Value string }
	err := gossh.Unmarshal(payload, &field)
	return field.Value, err == nil
}

// begin sets what the session is for. It reports false the second time: a channel runs one
// program (RFC 4254 §6.5).
func (s *session) begin(kind Kind, request string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return false
	}
	if kind == Command && request == "" {
		kind = Shell // what sshd(8) does with an empty command
	}
	if kind == Shell && !s.hasPty {
		kind = Text
	}
	s.started = true
	s.kind = kind
	s.request = request
	s.since = s.server.clock()
	s.traffic.lastInput.Store(int64(s.since))
	return true
}

// requestPty sets the terminal (RFC 4254 §6.2), once and before the session starts.
func (s *session) requestPty(payload []byte) bool {
	if s.hasPty || s.hasStarted() {
		return false
	}
	term, window, ok := parsePty(payload)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hasPty = true
	s.term = term
	s.window = window
	return true
}

// changeWindow sets the terminal's size (RFC 4254 §6.7) and sends it to the handler, in place
// of one that the handler has not received yet.
func (s *session) changeWindow(payload []byte) bool {
	if !s.hasPty {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	window, ok := parseWindow(payload, s.window)
	if !ok {
		return false
	}
	if window == s.window {
		return true
	}
	s.window = window
	replace(s.winch, window)
	return true
}

// replace sends v to a channel of capacity one in place of what it holds. Only one goroutine
// may send on the channel.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}

func (s *session) hasStarted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}
