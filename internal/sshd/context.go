package sshd

import (
	"context"
	"encoding/hex"
	"net"
	"sync"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// connContext is the context of a connection that has logged in. It ends when the connection
// is closed.
type connContext struct {
	context.Context //nolint:containedctx // it is a context itself
	sync.Mutex      // for handlers, see ssh.Context
	client          *gossh.ServerConn

	valuesMu sync.Mutex
	values   map[any]any //ledger:counted set by handlers, not by clients
}

func newConnContext(c *conn, client *gossh.ServerConn) *connContext {
	return &connContext{Context: c.life, client: client}
}

func (c *connContext) User() string          { return c.client.User() }
func (c *connContext) SessionID() string     { return hex.EncodeToString(c.client.SessionID()) }
func (c *connContext) ClientVersion() string { return string(c.client.ClientVersion()) }
func (c *connContext) ServerVersion() string { return string(c.client.ServerVersion()) }
func (c *connContext) RemoteAddr() net.Addr  { return c.client.RemoteAddr() }
func (c *connContext) LocalAddr() net.Addr   { return c.client.LocalAddr() }
func (c *connContext) Permissions() *ssh.Permissions {
	return &ssh.Permissions{Permissions: c.client.Permissions}
}

// SetValue sets what Value returns for a key, in all sessions of the connection.
func (c *connContext) SetValue(key, value any) {
	c.valuesMu.Lock()
	defer c.valuesMu.Unlock()
	if c.values == nil {
		c.values = make(map[any]any)
	}
	c.values[key] = value
}

// Value returns what SetValue was given for a key, or what the keys of charm.land/ssh stand for.
func (c *connContext) Value(key any) any {
	c.valuesMu.Lock()
	value, ok := c.values[key]
	c.valuesMu.Unlock()
	if ok {
		return value
	}
	switch key {
	case ssh.ContextKeyUser:
		return c.User()
	case ssh.ContextKeySessionID:
		return c.SessionID()
	case ssh.ContextKeyClientVersion:
		return c.ClientVersion()
	case ssh.ContextKeyServerVersion:
		return c.ServerVersion()
	case ssh.ContextKeyRemoteAddr:
		return c.RemoteAddr()
	case ssh.ContextKeyLocalAddr:
		return c.LocalAddr()
	case ssh.ContextKeyPermissions:
		return c.Permissions()
	case ssh.ContextKeyConn:
		return c.client
	default:
		return c.Context.Value(key)
	}
}

// sessionContext is the connection's context, but ends with the session: where one connection
// carries several sessions (OpenSSH's ControlMaster), what a handler has started must not
// outlive its channel.
type sessionContext struct {
	ssh.Context                 // the connection's
	life        context.Context //nolint:containedctx // it is a context itself
	cancel      context.CancelCauseFunc
	session     *session
}

func newSessionContext(parent ssh.Context, s *session) *sessionContext {
	// The standard library recognises the parent behind ssh.Context, so this starts no
	// goroutine.
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
