package sshd

import (
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// open answers a request to open a channel (RFC 4254 §5.1). A session gets a goroutine of its
// own. A refusal does not: while it waits for its client to read, the connection's other
// messages wait too, so refusals do not add up.
func (c *conn) open(channel gossh.NewChannel, ctx *connContext) {
	defer c.contain("answering a request for a channel") // of each, since the library goes on sending them
	if channel.ChannelType() != "session" {              // port forwarding, X11 and agent forwarding
		c.refuseChannel(channel, gossh.Prohibited, ChannelType)
		return
	}
	if why := c.reserveChannel(); why != None {
		c.refuseChannel(channel, gossh.ResourceShortage, why)
		return
	}
	if !c.account.Go(func() {
		defer c.contain("serving a session's requests")
		defer c.releaseChannel()
		c.openSession(channel, ctx)
	}) {
		c.releaseChannel()
		c.refuseChannel(channel, gossh.ResourceShortage, SessionsFull)
	}
}

// openSession accepts a session channel, serves its requests until it is closed, and waits for
// the handler's end: until then the session counts, and has its account.
func (c *conn) openSession(channel gossh.NewChannel, ctx *connContext) {
	account := c.account.Open(ledger.Limits{})
	defer account.Close()
	if !account.TakeWithin(c.life, roomTime, channelCost+int64(len(channel.ExtraData()))) { // the library keeps ExtraData
		c.refuseChannel(channel, gossh.ResourceShortage, SessionsFull)
		return
	}
	received := c.received.Load() // bytes before this belong to other sessions
	ch, requests, err := channel.Accept()
	if err != nil {
		return // the connection is gone
	}
	sess := &session{
		Channel: ch,
		server:  c.server,
		conn:    c,
		account: account,
		ssh:     ctx.client,
		id:      c.server.nextID(),
		winch:   make(chan ssh.Window, 1),
		notices: make(chan Notice, 1),
		over:    make(chan struct{}),
	}
	sess.ctx = newSessionContext(ctx, sess)
	sess.traffic.dryAt.Store(received)
	c.join(sess)
	sess.serve(requests)
	c.leave(sess)
	if sess.handled {
		<-sess.over
	}
}

// refuseChannel refuses a channel, and returns when the refusal is sent.
func (c *conn) refuseChannel(channel gossh.NewChannel, code gossh.RejectionReason, why Reason) {
	c.deny(why, "channel refused", channel.ChannelType())
	_ = channel.Reject(code, why.line()) // the client may be gone
}
