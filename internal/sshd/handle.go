package sshd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// handle serves a connection that was admitted, until it is over.
func (s *Server) handle(c *conn) {
	defer s.dismiss(c)
	defer c.contain("serving a connection")
	client, channels, requests, err := gossh.NewServerConn(c, s.connConfig(c))
	if err != nil {
		s.loginFailed(c, err)
		return
	}
	// A writer may wait for a key exchange whose messages stand behind packets that nobody
	// receives while it waits. They go when the connection ends, else none of it would.
	stop := context.AfterFunc(c.life, c.packets.drain) //nolint:forbidigo // one of a connection, at its end
	defer stop()
	if !c.account.Go(func() { c.answerRequests(client, requests) }) {
		c.end(Full)
		return
	}
	c.announce(client)
	ctx := newConnContext(c, client)
	for channel := range channels {
		c.open(channel, ctx)
	}
}

// dismiss counts the end of an admitted connection.
func (s *Server) dismiss(c *conn) {
	defer s.connections.remove(c)
	why := c.over()
	_ = c.Close() // already closed, unless there was a panic
	c.packets.drain()
	c.account.Close()
	// Before release: who no longer counts the connection finds its reason, and its line in the log.
	s.stats.endedConns[why].Add(1)
	switch why {
	case Flood:
		s.logLimiter.warn(s.log, why, "connection ended", "remote", c.remote)
	case ForgedHeader:
		s.logLimiter.warn(s.log, why, "connection refused: PROXY header from an address that is not in setting proxy-from", "remote", c.remote)
	default:
	}
	if s.admission.release(c.admitted, why) {
		s.logLimiter.shutOut(s.log, why, c.remote)
	}
}

// loginFailed logs a handshake that did not succeed, at level debug: a public port sees
// thousands of them.
func (s *Server) loginFailed(c *conn, err error) {
	text := err.Error()
	if addr := c.RemoteAddr(); addr != nil {
		text = strings.ReplaceAll(text, addr.String(), c.remote) // errors of package net contain the whole address
	}
	if c.leftUnidentified(err) {
		c.settle(Unidentified)
	}
	s.log.Debug("login failed", "remote", c.remote, "error", clean(text, maxLogged))
}

// leftUnidentified reports whether a client that was asked for a key has left by itself, with the
// library's error: it has none, and no other method, as OpenSSH with BatchMode; or its user was
// asked for a passphrase, and does not go on. A signature that proves nothing, or as many failed
// attempts as there are, is another matter.
func (c *conn) leftUnidentified(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.keyAsked && !c.signing {
		return false
	}
	const disconnect = "ssh: disconnect, reason" // RFC 4253 §11.1; the library does not export its error
	if failed, ok := errors.AsType[*gossh.ServerAuthError](err); ok {
		if len(failed.Errors) == 0 {
			return true // it has asked for nothing but whether its key will do
		}
		last := failed.Errors[len(failed.Errors)-1]
		return !strings.HasPrefix(last.Error(), disconnect) // ours
	}
	_, lost := errors.AsType[net.Error](err)
	return lost || strings.HasPrefix(err.Error(), disconnect)
}

// contain recovers a panic and ends the connection instead of the process. It has to be
// deferred directly.
func (c *conn) contain(doing string) {
	if r := recover(); r != nil {
		c.server.logPanic(doing, r)
		c.end(Panic)
	}
}

// logPanic logs a panic with its stack. Its value may quote a client, so it is cleaned.
func (s *Server) logPanic(doing string, r any, args ...any) {
	args = append(args, "panic", clean(fmt.Sprint(r), maxPanic), "stack", string(debug.Stack()))
	s.log.Error("panic while "+doing, args...)
}

// answerRequests proves host keys, and refuses all other global requests (RFC 4254 §4).
// Requests to forward a port are counted and logged; the others are keepalives and the like.
func (c *conn) answerRequests(client *gossh.ServerConn, requests <-chan *gossh.Request) {
	for {
		select {
		case req, ok := <-requests:
			if !ok {
				return
			}
			c.answerRequest(client, req)
		case <-c.awaited:
			for len(requests) > 0 {
				c.answerRequest(client, <-requests)
			}
		}
	}
}

// awaitAnswers waits until the global requests are answered that the client has sent before.
func (c *conn) awaitAnswers() {
	for range 2 { // at the second those are that had been queued before the first
		select {
		case c.awaited <- struct{}{}:
		case <-c.life.Done():
			return
		}
	}
}

func (c *conn) answerRequest(client *gossh.ServerConn, req *gossh.Request) {
	defer c.contain("answering a request") // of each, since the library goes on sending them
	switch req.Type {
	case proveRequest:
		if !req.WantReply {
			return
		}
		if proofs, ok := c.prove(client, req.Payload); ok {
			_ = req.Reply(true, proofs) // the client may be gone
			return
		}
		c.deny(Request, "request refused", req.Type)
	case "tcpip-forward", "streamlocal-forward@openssh.com":
		c.deny(Request, "request refused", req.Type)
	}
	_ = req.Reply(false, nil) // the client may be gone
}
