package sshd

import (
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// openSession answers the opening of a session channel. The library calls it
// on a goroutine of the channel's own, which becomes the one that takes its
// requests.
func (s *Server) openSession(_ *ssh.Server, sc *gossh.ServerConn, channel gossh.NewChannel, ctx ssh.Context) {
	c := connOf(ctx)
	if c == nil {
		_ = channel.Reject(gossh.ConnectionFailed, "no connection")
		return
	}
	defer c.contain("serving a session's requests")
	if why := c.reserve(); why != None {
		s.stats.refuse(why)
		_ = channel.Reject(gossh.ResourceShortage, why.line())
		return
	}
	defer c.unreserve()
	received := c.received.Load() // whatever came before belongs to others
	ch, requests, err := channel.Accept()
	if err != nil {
		return // the connection is gone
	}
	sess := &session{
		Channel: ch,
		server:  s,
		conn:    c,
		ssh:     sc,
		id:      s.nextID(),
		winch:   make(chan ssh.Window, 1),
		notices: make(chan Notice, 1),
	}
	sess.ctx = newSessionContext(ctx, sess)
	sess.traffic.dryAt.Store(received)
	c.join(sess)
	defer c.leave(sess)
	sess.serve(requests)
}

// rejectChannel answers the opening of any other channel: port forwarding, X11
// and agents are not served here.
func (s *Server) rejectChannel(_ *ssh.Server, _ *gossh.ServerConn, channel gossh.NewChannel, ctx ssh.Context) {
	s.stats.refuse(ChannelType)
	if c := connOf(ctx); c != nil {
		c.refuse(ChannelType)
	}
	_ = channel.Reject(gossh.Prohibited, ChannelType.line())
}
