package sshd

import (
	"strings"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// maxRequest is how much of a command is kept, and how long a subsystem's name may be,
// in bytes. Wrappers of ssh send scripts of any length as a command: the client hears
// what the handler says to the beginning of it, which is more than a refused request
// tells.
const maxRequest = 4 << 10

// requestOverhead is the least that a request takes on the wire beside its type and
// its payload, in bytes (RFC 4253 §6, RFC 4254 §5.4).
const requestOverhead = 35

// serve takes the channel's requests (RFC 4254 §6) until the channel closes.
// Nothing here waits for anybody but the network: as long as this loop stands
// still, so do all the sessions of the connection.
func (s *session) serve(requests <-chan *gossh.Request) {
	defer s.channelClosed()
	for req := range requests {
		if s.hasStarted() { // else nobody has reason to send more than a few
			s.traffic.taken.Add(int64(len(req.Type)+len(req.Payload)) + requestOverhead)
		}
		ok := s.answer(req)
		if !ok {
			s.denied(req)
		}
		// An error means that the connection is gone; then so is the loop.
		_ = req.Reply(ok, nil)
		if ok && starts(req.Type) {
			// Only now, so that the client hears of success before it gets data.
			s.fair = s.conn.start()
			s.server.roster.start()
			if !s.account.Go(s.run) {
				s.refuse(SessionsFull)
				s.startWatch() // finish stops it
				s.finish()
			}
		}
	}
}

// starts reports whether a request asks for a program to run.
func starts(requestType string) bool {
	return requestType == "shell" || requestType == "exec" || requestType == "subsystem"
}

// answer carries out one request and returns whether to confirm it. Unknown
// ones are refused, and with them agent and X11 forwarding, "break", and the
// pings that some clients disguise as requests and expect to fail.
func (s *session) answer(req *gossh.Request) bool {
	switch req.Type {
	case "pty-req":
		return s.requestPty(req.Payload)
	case "window-change":
		return s.changeWindow(req.Payload)
	case "env":
		return s.setEnv(req.Payload)
	case "signal":
		return s.signal(req.Payload)
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
		return ok && s.server.cfg.Subsystems[name] != nil && s.begin(Subsystem, name)
	default:
		return false
	}
}

// denied counts and logs a request that is refused, but for those that clients
// make because they will be: they only want to hear something.
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

// begin settles what the session is for. A channel runs one program (RFC 4254
// §6.5), so it happens once.
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
		kind = Plain
	}
	s.started = true
	s.kind = kind
	s.request = request
	s.since = s.server.clock()
	s.traffic.lastInput.Store(int64(s.since))
	return true
}

// requestPty notes the terminal (RFC 4254 §6.2), before the start and once.
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

// changeWindow notes the terminal's new size (RFC 4254 §6.7) and offers it to
// the handler in place of one that the handler has not yet taken.
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

// replace puts v into a channel of capacity one in place of what is there. Only
// one goroutine may send on the channel.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}

// signal passes a signal on (RFC 4254 §6.9) if somebody has room for it.
func (s *session) signal(payload []byte) bool {
	name, ok := stringPayload(payload)
	if !ok || !knownSignal(ssh.Signal(name)) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.signals <- ssh.Signal(name): // a nil channel is never ready
		return true
	default:
		return false
	}
}

// knownSignal reports whether RFC 4254 §6.10 lists the signal.
func knownSignal(sig ssh.Signal) bool {
	switch sig {
	case ssh.SIGABRT, ssh.SIGALRM, ssh.SIGFPE, ssh.SIGHUP, ssh.SIGILL, ssh.SIGINT, ssh.SIGKILL,
		ssh.SIGPIPE, ssh.SIGQUIT, ssh.SIGSEGV, ssh.SIGTERM, ssh.SIGUSR1, ssh.SIGUSR2:
		return true
	default:
		return false
	}
}

func (s *session) hasStarted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}
