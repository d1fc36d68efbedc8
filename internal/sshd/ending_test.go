package sshd

import (
	"io"
	"net"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// An author's handler can tell an input that the client has ended, also by leaving right afterwards,
// from one that was cut.
func TestWholeInput(t *testing.T) {
	type heard struct {
		text  string
		whole bool
	}
	told := make(chan heard, 1)
	server := serve(t, Config{
		Identify: func(string) bool { return true },
		Author:   func(Session) string { return "alice" },
		Handler: func(s ssh.Session) {
			_, _ = io.WriteString(s, "\n") // it has begun
			text, _ := io.ReadAll(s)
			told <- heard{string(text), s.(Session).Whole()}
		},
	})
	signer := newSigner(t)
	for name, test := range map[string]struct {
		leaves func(nc net.Conn, session *gossh.Session, in io.Closer)
		whole  bool
	}{
		"end":            {func(_ net.Conn, _ *gossh.Session, in io.Closer) { _ = in.Close() }, true},
		"close":          {func(_ net.Conn, session *gossh.Session, _ io.Closer) { _ = session.Close() }, true},
		"end and leave":  {func(nc net.Conn, _ *gossh.Session, in io.Closer) { _ = in.Close(); _ = nc.Close() }, true},
		"both and leave": {func(nc net.Conn, s *gossh.Session, in io.Closer) { _ = in.Close(); _ = s.Close(); _ = nc.Close() }, true},
		"lost":           {func(nc net.Conn, _ *gossh.Session, _ io.Closer) { _ = nc.Close() }, false},
		"reset": {func(nc net.Conn, _ *gossh.Session, _ io.Closer) {
			_ = nc.(*net.TCPConn).SetLinger(0)
			_ = nc.Close()
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				nc := server.connect(t, "127.0.0.1")
				sc, chans, reqs, err := gossh.NewClientConn(nc, server.addr, &gossh.ClientConfig{
					User: "alice", HostKeyCallback: gossh.InsecureIgnoreHostKey(), Auth: []gossh.AuthMethod{gossh.PublicKeys(signer)},
				})
				if err != nil {
					t.Fatal(err)
				}
				session := newSession(t, gossh.NewClient(sc, chans, reqs))
				in, err := session.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
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
				if _, err := io.WriteString(in, "text"); err != nil {
					t.Fatal(err)
				}
				test.leaves(nc, session, in)
				if got := receive(t, told, "the end"); got.whole != test.whole || test.whole && got.text != "text" {
					t.Errorf("it has read %q, whole: %v", got.text, got.whole)
				}
				_ = nc.Close()
			}
		})
	}
}
