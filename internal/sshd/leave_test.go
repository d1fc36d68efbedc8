package sshd

import (
	"net"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Readers close their windows while frames are under way to them. Each such
// write fails, and none of it may be held against their source: behind one
// address there may be many who read.
func TestLeavingIsNoOffence(t *testing.T) {
	failed := make(chan error, 1)
	server := serve(t, Config{Handler: func(s ssh.Session) {
		frame := make([]byte, 1<<10)
		for {
			if _, err := s.Write(frame); err != nil {
				failed <- err
				return
			}
		}
	}})
	const readers = 2 * int(penaltyFloor/penaltyFailed) // twice what would shut them out
	for range readers {
		nc, ok := server.connect(t, "127.0.0.1").(*net.TCPConn)
		if !ok {
			t.Fatal("no TCP connection")
		}
		sc, chans, reqs, err := gossh.NewClientConn(nc, server.addr, &gossh.ClientConfig{
			User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey(),
		})
		if err != nil {
			t.Fatal(err)
		}
		session := newSession(t, gossh.NewClient(sc, chans, reqs))
		out, err := session.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Shell(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		_ = nc.SetLinger(0) // a reset: the server's next write fails
		_ = nc.Close()
		receive(t, failed, "the write to fail")
	}
	server.idle(t)
	if stats := server.Stats(); stats.Penalised != 0 || stats.EndedConns[ConnectionLost] != uint64(readers) {
		t.Errorf("%d sources penalised; connections ended for %v", stats.Penalised, stats.EndedConns)
	}
	server.dial(t)
}
