package sshd

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// One connection may not multiply itself: of 300 channels four are opened.
func TestChannelsPerConnection(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	client := server.dial(t)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		accepted int
	)
	for range 300 {
		wg.Go(func() {
			_, requests, err := client.OpenChannel("session", nil)
			mu.Lock()
			defer mu.Unlock()
			var refused *gossh.OpenChannelError
			switch {
			case err == nil:
				accepted++
				go gossh.DiscardRequests(requests)
			case !errors.As(err, &refused) || refused.Reason != gossh.ResourceShortage:
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	if accepted != 4 {
		t.Errorf("%d channels were opened, want 4", accepted)
	}
	if n := server.Stats().Refused[Channels]; n != 296 {
		t.Errorf("%d refusals counted, want 296", n)
	}
}

// Each of the channels that a connection may have can run a session, however many they are:
// its goroutines are enough for all.
func TestAsManyChannelsAsConfigured(t *testing.T) {
	for _, most := range []int{1, 12, 40} {
		server := serve(t, Config{Handler: waits, MaxChannels: most})
		client := server.dial(t)
		for i := range most {
			if !request(t, openChannel(t, client), "shell", nil) {
				t.Fatalf("of %d sessions, number %d is refused", most, i+1)
			}
		}
		eventually(t, "all run", func() bool { return server.Stats().Sessions == most })
		if _, _, err := client.OpenChannel("session", nil); err == nil {
			t.Errorf("there are more than %d", most)
		}
	}
}

// Room that a channel has left is room for the next.
func TestChannelsAfterOneAnother(t *testing.T) {
	server := serve(t, Config{Handler: func(ssh.Session) {}})
	client := server.dial(t)
	for range 20 {
		if err := newSession(t, client).Run("ls"); err != nil {
			t.Fatal(err)
		}
	}
}

// A client that is refused channel after channel can go on: refusals do not add up.
func TestManyRefusals(t *testing.T) {
	server := serve(t, Config{Handler: func(ssh.Session) {}, InputRate: 1 << 30})
	client := server.dial(t)
	for range 2000 {
		var refused *gossh.OpenChannelError
		if _, _, err := client.OpenChannel("direct-tcpip", nil); !errors.As(err, &refused) || refused.Reason != gossh.Prohibited {
			t.Fatalf("refused with %v", err)
		}
	}
	if err := newSession(t, client).Run("ls"); err != nil {
		t.Error(err)
	}
}

// OpenSSH's ControlMaster closes a session's channel and keeps the connection.
// The handler has to hear of it, and nothing of the session may stay.
func TestClosedChannelEndsTheSession(t *testing.T) {
	began, read, ended := make(chan struct{}, 1), make(chan error, 1), make(chan struct{}, 1)
	server := serve(t, Config{Handler: func(s ssh.Session) {
		_, changes, _ := s.Pty()
		go func() { // as an application that waits for sizes does
			began <- struct{}{}
			select {
			case <-changes:
			case <-s.Context().Done():
				ended <- struct{}{}
			}
		}()
		_, err := io.Copy(io.Discard, s)
		read <- err
	}})
	client := server.dial(t)
	keep := openChannel(t, client)
	request(t, keep, "shell", nil)
	receive(t, began, "the first session")
	check := baseline(t)

	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(requests)
	request(t, channel, "pty-req", ptyRequest{Term: "xterm", Columns: 80, Rows: 24})
	request(t, channel, "shell", nil)
	receive(t, began, "the second session")
	if err := channel.Close(); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, read, "the end of input"); err != nil {
		t.Errorf("Read ended with %v, want EOF", err)
	}
	receive(t, ended, "the end of the context")
	check()
	if stats := server.Stats(); stats.Connections != 1 || stats.Sessions != 1 {
		t.Errorf("%d connections, %d sessions", stats.Connections, stats.Sessions)
	}
}

// A connection that runs no session is not kept.
func TestConnectionWithoutSession(t *testing.T) {
	tests := map[string]func(*testing.T, *gossh.Client){
		"no channel": func(*testing.T, *gossh.Client) {},
		"no shell": func(t *testing.T, client *gossh.Client) {
			request(t, openChannel(t, client), "pty-req", ptyRequest{Term: "xterm"})
		},
		"the session is over": func(t *testing.T, client *gossh.Client) {
			if err := newSession(t, client).Run("ls"); err != nil {
				t.Error(err)
			}
		},
	}
	for name, leave := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{Handler: func(ssh.Session) {}, Linger: time.Second / 2})
			client := server.dial(t)
			leave(t, client)
			_ = client.Wait() // returns when the server has closed the connection
			server.idle(t)
			if n := server.Stats().EndedConns[NoSession]; n != 1 {
				t.Errorf("ended for %v", server.Stats().EndedConns)
			}
		})
	}
}

// The timer that ends connections without a session may fire just as one
// starts.
func TestRunningSessionIsKept(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	server := serve(t, Config{Handler: func(ssh.Session) {
		close(started)
		<-release
	}})
	session := server.session(t)
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	receive(t, started, "the session")
	server.connections.all()[0].expire()
	close(release)
	if code := exitStatus(t, session.Wait()); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// Nothing is left of 50 clients, however they leave.
func TestNothingIsLeft(t *testing.T) {
	server := serve(t, Config{Handler: echo})
	check := baseline(t)
	for i := range 50 {
		client, err := server.tryDial(&gossh.ClientConfig{User: "reader"})
		if err != nil {
			t.Fatal(err)
		}
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Shell(); err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			_ = session.Close()
			_ = client.Close()
		case 1:
			_ = client.Close()
		default:
			_ = client.Conn.Close()
		}
	}
	server.idle(t)
	check()
}

// asked is a channel that a client asks for, and whose refusal it does not read yet.
type asked struct {
	gossh.NewChannel
	kind string
	read chan struct{}
}

func (a asked) ChannelType() string { return a.kind }
func (a asked) Reject(gossh.RejectionReason, string) error {
	<-a.read
	return nil
}

// A refusal that its client does not read keeps the connection's next message waiting, and
// takes no goroutine and no memory of its own.
func TestARefusalWaitsForItsClient(t *testing.T) {
	c := bare(t, Config{}).conn
	c.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
	channel := asked{read: make(chan struct{})}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		c.open(channel, nil)
	}()
	select {
	case <-answered:
		t.Error("the next message is looked at before the refusal is read")
	case <-time.After(50 * time.Millisecond):
	}
	if taken := c.account.Taken(); taken != (ledger.Limits{}) {
		t.Errorf("%+v are taken", taken)
	}
	close(channel.read)
	receive(t, answered, "the refusal")
}

// A session for which its connection has no goroutine is refused, and its place is free again.
func TestASessionTakesAGoroutine(t *testing.T) {
	c := bare(t, Config{}).conn
	c.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{Goroutines: 1})
	held := make(chan struct{})
	defer close(held)
	if !c.account.Go(func() { <-held }) {
		t.Fatal("there is no first goroutine")
	}
	channel := asked{kind: "session", read: make(chan struct{})}
	close(channel.read)
	c.open(channel, nil)
	if c.channels != 0 || c.server.Stats().Refused[SessionsFull] != 1 {
		t.Errorf("%d channels are open, refused %v", c.channels, c.server.Stats().Refused)
	}
}

// deafConn is a client's connection that can stop reading.
type deafConn struct {
	net.Conn
	deaf atomic.Bool
	over chan struct{}
}

func (d *deafConn) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	if d.deaf.Load() {
		<-d.over
		return 0, net.ErrClosed
	}
	return n, err
}

// A client leaves a key exchange that the server has begun unanswered, and asks for a hundred
// channels: their refusals wait for the exchange, whose messages would come behind them. When the
// client has gone, or the exchange has taken too long, nothing of the connection stays.
func TestRefusalsDuringAnExchange(t *testing.T) {
	server := servePrepared(t, Config{
		Handler:          func(s ssh.Session) { _, _ = s.Write(make([]byte, 60<<10)) },
		HandshakeTimeout: time.Second, InputRate: 1 << 30,
	}, func(s *Server) { s.protocol.RekeyThreshold = 64 << 10 })
	check := baseline(t)
	nc, err := net.Dial("tcp", server.addr)
	if err != nil {
		t.Fatal(err)
	}
	d := &deafConn{Conn: nc, over: make(chan struct{})}
	c, channels, requests, err := gossh.NewClientConn(d, server.addr, &gossh.ClientConfig{User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	client := gossh.NewClient(c, channels, requests)
	if _, err := newSession(t, client).Output("ls"); err != nil {
		t.Fatal(err)
	}
	d.deaf.Store(true)
	var asking sync.WaitGroup
	for range 400 {
		asking.Go(func() { _, _, _ = client.OpenChannel("direct-tcpip", nil) })
	}
	eventually(t, "refusals", func() bool { return server.Stats().Refused[ChannelType] > 70 })
	_ = nc.Close()
	close(d.over)
	asking.Wait()
	server.idle(t)
	check()
}

// A channel counts until its handler has returned, and so does what it has taken: a client that
// closes each channel at once does not get more of them than others.
func TestChannelOfAHandlerThatStays(t *testing.T) {
	began, free := make(chan struct{}), make(chan struct{})
	server := serve(t, Config{MaxChannels: 1, Handler: func(ssh.Session) { close(began); <-free }})
	client := server.dial(t)
	channel := openChannel(t, client)
	request(t, channel, "shell", nil)
	receive(t, began, "the handler")
	taken := server.cfg.Ledger.Taken().Bytes
	_ = channel.Close()
	if _, err := channel.SendRequest("shell", true, nil); !errors.Is(err, io.EOF) { // it is closed on both sides
		t.Fatalf("after closing it: %v", err)
	}
	var refused *gossh.OpenChannelError
	if _, _, err := client.OpenChannel("session", nil); !errors.As(err, &refused) || refused.Message != Channels.line() {
		t.Errorf("a channel beside the handler: %v", err)
	}
	if now := server.cfg.Ledger.Taken().Bytes; now != taken {
		t.Errorf("%d bytes are taken, and it was %d", now, taken)
	}
	close(free)
	eventually(t, "no session", func() bool { return server.connections.sessions() == 0 })
	eventually(t, "a channel after it", func() bool {
		next, _, err := client.OpenChannel("session", nil)
		if err == nil {
			_ = next.Close()
		}
		return err == nil
	})
}

// Who has closed the channel does not go on waiting for memory.
func TestWaitingEndsWithItsChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := serveInBubble(t, Config{Handler: echo})
		defer stop()
		g := b.enter(t)
		g.types(t, "x")
		channel, requests, err := g.client.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		go gossh.DiscardRequests(requests)
		b.cfg.Ledger.Limit(ledger.Limits{Bytes: b.cfg.Ledger.Taken().Bytes})
		request(t, channel, "shell", nil)
		time.Sleep(10 * time.Millisecond)
		if n := b.connections.sessions(); n != 2 {
			t.Errorf("%d sessions run or wait, want 2", n)
		}
		_ = channel.Close()
		time.Sleep(50 * time.Millisecond)
		if n := b.connections.sessions(); n != 1 {
			t.Errorf("%d sessions run or wait after one is closed, want 1", n)
		}
	})
}

// The library keeps what comes with a request for a channel.
func TestDataOfAChannelIsTaken(t *testing.T) {
	server := serve(t, Config{})
	client := server.dial(t)
	eventually(t, "a connection", func() bool { return len(server.connections.all()) == 1 })
	before := server.cfg.Ledger.Taken().Bytes
	if _, _, err := client.OpenChannel("session", make([]byte, 10_000)); err != nil {
		t.Fatal(err)
	}
	if more := server.cfg.Ledger.Taken().Bytes - before; more != 10_000+channelCost {
		t.Errorf("%d bytes are taken", more)
	}
}
