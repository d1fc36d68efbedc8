//go:build linux

package attack

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// source is the n-th address of the attackers.
func source(n int) string { return fmt.Sprintf("127.%d.%d.%d", 10+n>>16, n>>8&255, n&255) }

// elsewhere is the nth address of those that share no network, not even a /16, up
// to the 200th.
func elsewhere(n int) string { return fmt.Sprintf("127.%d.%d.1", 20+n%200, n/200) }

// keep closes a connection when the siege is lifted.
func (s *siege) keep(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, nc)
}

// lift closes what the attackers have opened.
func (s *siege) lift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, nc := range s.conns {
		_ = nc.Close()
	}
	s.conns = nil
}

// tcp opens a connection and says nothing. It does not outlast the longest
// attack, so that one which the program does not end fails instead of hanging.
func (s *siege) tcp(from string) net.Conn {
	s.Helper()
	longest := 3 * patience()
	nc, err := s.p.connect(from)
	if err != nil {
		s.Fatal(err)
	}
	s.keep(nc)
	timer := time.AfterFunc(longest, func() {
		s.Errorf("a connection from %s was not ended in %s", from, longest)
		_ = nc.Close()
	})
	s.Cleanup(func() { timer.Stop() })
	return nc
}

// client logs in.
func (s *siege) client(from string) *ssh.Client {
	s.Helper()
	client, err := s.p.login(s.tcp(from))
	if err != nil {
		s.Fatal(err)
	}
	return client
}

// one is the address of attackers who are one source. Others have an address each
// (source): where what a source may send in all would slow them before they reach the
// limit of a connection.
func one(int) string { return source(0) }

// clients logs in at the full number.
func (s *siege) clients(from func(n int) string) []*ssh.Client {
	s.Helper()
	all := make([]*ssh.Client, fullNumber)
	for i := range all {
		all[i] = s.client(from(i))
	}
	return all
}

// sessions opens as many readers, each on a connection of its own.
func (s *siege) sessions(from func(n int) string) []ssh.Channel {
	s.Helper()
	all := make([]ssh.Channel, fullNumber)
	for i, client := range s.clients(from) {
		all[i] = s.reads(client)
	}
	return all
}

// channel opens a session channel.
func (s *siege) channel(client *ssh.Client) ssh.Channel {
	s.Helper()
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		s.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	return channel
}

// ask makes a request and returns whether it was granted.
func (s *siege) ask(channel ssh.Channel, name string, payload any) bool {
	s.Helper()
	var raw []byte
	if payload != nil {
		raw = ssh.Marshal(payload)
	}
	ok, err := channel.SendRequest(name, true, raw)
	if err != nil {
		s.Fatalf("request %s: %v", name, err)
	}
	return ok
}

// Requests of RFC 4254 §6.
type (
	ptyRequest struct {
		Term             string
		Columns, Rows    uint32
		PixelsX, PixelsY uint32
		Modes            string
	}
	windowChange struct{ Columns, Rows, PixelsX, PixelsY uint32 }
	envRequest   struct{ Name, Value string }
	text         struct{ Text string }
)

// reads opens a reader in a terminal of 80×24 and waits for the first frame.
// What comes after that is read for as long as the channel is open.
func (s *siege) reads(client *ssh.Client) ssh.Channel {
	s.Helper()
	channel := s.channel(client)
	if !s.ask(channel, "pty-req", ptyRequest{Term: "xterm", Columns: 80, Rows: 24}) || !s.ask(channel, "shell", nil) {
		s.Fatal("no shell")
	}
	s.sees(channel, firstFrame)
	go func() { _, _ = io.Copy(io.Discard, channel) }()
	return channel
}

// sees reads until a text comes.
func (s *siege) sees(from io.Reader, text string) {
	s.Helper()
	var shown strings.Builder
	for buf := make([]byte, 4<<10); !strings.Contains(shown.String(), text); {
		n, err := from.Read(buf)
		if err != nil {
			s.Fatalf("%v, before there was %q in %q", err, text, shown.String())
		}
		shown.Write(buf[:n])
	}
}

// closed waits until the program has closed a connection, and returns what it
// has said before.
func (s *siege) closed(nc net.Conn) string {
	s.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(patience())); err != nil {
		s.Fatal(err)
	}
	said, err := io.ReadAll(nc)
	if os.IsTimeout(err) {
		s.Fatal("the connection is not closed")
	}
	return string(said)
}

// gone waits until the program has ended a client's connection.
func (s *siege) gone(client *ssh.Client) {
	s.Helper()
	over := make(chan struct{})
	go func() { _ = client.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(patience()):
		s.Fatal("the connection is not ended")
	}
}

// held counts the connections that the program holds of an address.
func (p *program) held(from string) int {
	n := 0
	for _, remote := range p.connections() {
		if remote == from {
			n++
		}
	}
	return n
}

// isClosed reports whether an error is that of a connection that this side has
// closed itself.
func isClosed(err error) bool { return strings.Contains(err.Error(), net.ErrClosed.Error()) }
