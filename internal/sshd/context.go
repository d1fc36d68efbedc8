package sshd

import (
	"context"
	"time"

	"charm.land/ssh"
)

// sessionContext is the connection's context, but it ends with the session:
// with one connection for several sessions (OpenSSH's ControlMaster) what a
// handler has started must not outlive the handler's channel.
type sessionContext struct {
	ssh.Context                 // the connection's
	life        context.Context //nolint:containedctx // it is a context itself
	cancel      context.CancelCauseFunc
	session     *session
}

func newSessionContext(parent ssh.Context, s *session) *sessionContext {
	// The standard library finds the connection's own cancellation behind
	// ssh.Context, so this starts no goroutine.
	life, cancel := context.WithCancelCause(parent)
	return &sessionContext{Context: parent, life: life, cancel: cancel, session: s}
}

func (c *sessionContext) Done() <-chan struct{}       { return c.life.Done() }
func (c *sessionContext) Err() error                  { return c.life.Err() }
func (c *sessionContext) Deadline() (time.Time, bool) { return c.life.Deadline() }

// Value looks up the session's own entry, then the connection's.
func (c *sessionContext) Value(key any) any {
	if key == any(ssh.ContextKeySession) {
		return c.session
	}
	return c.life.Value(key)
}
