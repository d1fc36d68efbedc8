package sshd

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// The numbers here are written out: what a client may take must not grow because
// a constant does.

// A packet in the clear has 8 KiB at most, and its length alone ends the connection.
func TestClearPacketSize(t *testing.T) {
	for size, want := range map[uint32]Reason{8 << 10: HandshakeFailed, 8<<10 + 1: Flood} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			server := serve(t, Config{})
			nc := server.connect(t, "127.0.0.1")
			header := binary.BigEndian.AppendUint32([]byte("SSH-2.0-large\r\n"), size)
			if _, err := nc.Write(append(header, 4, msgKexInit)); err != nil {
				t.Fatal(err)
			}
			if want == HandshakeFailed { // it waits for the rest
				eventually(t, "the packet's beginning read", func() bool {
					all := server.connections.all()
					return len(all) == 1 && all[0].asked.Load()
				})
				_ = nc.Close()
			} else {
				readAll(t, nc)
			}
			server.idle(t)
			if n := server.Stats().EndedConns[want]; n != 1 {
				t.Errorf("ended for %v, want %s", server.Stats().EndedConns, want)
			}
		})
	}
}

// A packet has at least the 35,000 bytes that every server has to take (RFC 4253
// §6.1), and 40 KiB at most.
func TestPacketSize(t *testing.T) {
	server := serve(t, Config{})
	client := server.dial(t)
	if _, _, err := client.SendRequest("question@sshblog", true, make([]byte, 35_000)); err != nil {
		t.Errorf("a packet of 35,000 bytes: %v", err)
	}
	if _, _, err := client.SendRequest("question@sshblog", true, make([]byte, 41<<10)); err == nil {
		t.Error("a packet of 41 KiB is answered")
	}
	server.idle(t)
	if n := server.Stats().EndedConns[Flood]; n != 1 {
		t.Errorf("ended for %v", server.Stats().EndedConns)
	}
}

// A connection and its sessions have 37 goroutines.
func TestConnGoroutines(t *testing.T) {
	server := serve(t, Config{})
	server.dial(t)
	eventually(t, "a connection", func() bool { return len(server.connections.all()) == 1 })
	c := server.connections.all()[0]
	eventually(t, "the two that serve it", func() bool { return c.account.Taken().Goroutines == 2 })
	free := make(chan struct{})
	defer close(free)
	started := 0
	for started < 100 && c.account.Go(func() { <-free }) {
		started++
	}
	if started != 35 {
		t.Errorf("%d goroutines more were started, want 35", started)
	}
}

// A source has an eighth of the memory, and what it has is missing nowhere else.
func TestSourceMemory(t *testing.T) {
	const budget = 256 << 20
	server, err := New(Config{
		Handler: echo, HostKeys: []HostKey{{Signer: newSigner(t)}}, MemoryBudget: budget, NetworkShare: 1, WideNetworkShare: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	account := func(source string) *ledger.Account {
		in, why := server.admission.admit(netip.MustParsePrefix(source))
		if why != None {
			t.Fatal(why)
		}
		return server.admission.account(in)
	}
	one, other := account("192.0.2.1/32"), account("192.0.2.2/32")
	if !one.Take(budget/8) || one.Take(1) {
		t.Errorf("a source has %d bytes of %d", one.Taken().Bytes, int64(budget))
	}
	if !other.Take(budget / 8) {
		t.Error("another source has no share of its own")
	}
}

// Of what is unread 16 KiB are in what a connection has taken anyway; what is more
// counts twice, since packets of one byte take that much.
func TestUnreadIsTaken(t *testing.T) {
	c := bare(t, Config{}).conn
	c.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
	for _, step := range []struct{ unread, taken int64 }{
		{16 << 10, 0}, {48 << 10, 64 << 10}, {64 << 10, 96 << 10}, {24 << 10, 16 << 10}, {0, 0},
	} {
		if !c.takeUnread(step.unread) || c.account.Taken().Bytes != step.taken {
			t.Errorf("for %d unread bytes %d are taken, want %d", step.unread, c.account.Taken().Bytes, step.taken)
		}
	}
}

// Unread packets of one byte hold a connection up at 64 KiB, with twice as much in its
// account.
func TestUnreadPacketsAreCounted(t *testing.T) {
	started := make(chan struct{})
	server := serve(t, Config{Handler: func(s ssh.Session) { close(started); waits(s) }, InputRate: 1 << 30, WriteTimeout: time.Second})
	channel := openChannel(t, server.dial(t))
	request(t, channel, "shell", nil)
	receive(t, started, "a session")
	before := server.cfg.Ledger.Taken().Bytes
	go func() {
		for {
			if _, err := io.WriteString(channel, "x"); err != nil {
				return
			}
		}
	}()
	var most int64
	eventually(t, "the end of the flood", func() bool {
		most = max(most, server.cfg.Ledger.Taken().Bytes-before)
		return server.Stats().EndedConns[Flood] == 1
	})
	if most < 64<<10 || most > 128<<10 {
		t.Errorf("%d bytes were taken for it", most)
	}
}

// What is for no session is answered at once, unless the client does not read: then it
// waits, is taken from the account, and holds the connection up. None of it is data.
func TestUnreadWithoutASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		c.loggedIn.Store(true)
		c.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
		for _, step := range []struct {
			received, writing int64
			taken             int64
			waits             time.Duration
			want              Reason
		}{
			{1 << 20, 0, 0, 0, None},
			{64 << 10, 1, 96 << 10, 0, None},
			{0, 0, 0, 0, None},
			{64<<10 + 1, 1, 0, 5 * time.Second, Flood},
		} {
			c.received.Add(step.received)
			c.writing.Store(int32(step.writing))
			began := time.Now()
			c.awaitReading()
			if taken, waited := c.account.Taken().Bytes, time.Since(began); taken != step.taken || waited != step.waits || c.fate() != step.want || c.maybeData != 0 {
				t.Errorf("after %d bytes more %d are taken, it waits for %s, is ended for %s, and %d may be data", step.received, taken, waited, c.fate(), c.maybeData)
			}
		}
	})
}
