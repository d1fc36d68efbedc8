package sshd

import (
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
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
		c.deny(why, "channel refused", channel.ChannelType())
		_ = channel.Reject(gossh.ResourceShortage, why.line())
		return
	}
	defer c.unreserve()
	account := c.account.Open(ledger.Limits{})
	defer account.Close()
	if !account.TakeWithin(roomTime, channelCost) {
		c.deny(SessionsFull, "channel refused", channel.ChannelType())
		_ = channel.Reject(gossh.ResourceShortage, SessionsFull.line())
		return
	}
	received := c.received.Load() // whatever came before belongs to others
	ch, requests, err := channel.Accept()
	if err != nil {
		return // the connection is gone
	}
	sess := &session{
		Channel: ch,
		server:  s,
		conn:    c,
		account: account,
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
	if c := connOf(ctx); c != nil {
		defer c.contain("refusing a channel")
		c.deny(ChannelType, "channel refused", channel.ChannelType())
		c.strike()
	}
	_ = channel.Reject(gossh.Prohibited, ChannelType.line())
}

// refuseGlobal answers a request that is about the whole connection (RFC 4254
// §4). None is granted; those that want a port to be forwarded are counted, and
// the others are questions whose answer is no.
func (s *Server) refuseGlobal(ctx ssh.Context, _ *ssh.Server, req *gossh.Request) (ok bool, payload []byte) {
	switch req.Type {
	case "tcpip-forward", "streamlocal-forward@openssh.com":
		if c := connOf(ctx); c != nil {
			defer c.contain("refusing a request")
			c.deny(Request, "request refused", req.Type)
		}
	}
	return false, nil
}
