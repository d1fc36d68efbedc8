package sshd

import (
	"io"
	"strings"
	"testing"

	"charm.land/ssh"
)

// What a client was still sending when its session ended is no flood, be it an author who is refused or somebody
// who has sent too much: the connection goes on, as one that ssh shares (ControlMaster) does, and the
// source is not shut out.
func TestSentToTheEndOfASession(t *testing.T) {
	for name, cfg := range map[string]Config{
		"too much": {MaxInput: 1 << 20, Handler: func(s ssh.Session) { _, _ = io.Copy(io.Discard, s) }},
		"an author is refused": {
			Author: func(Session) string { return "alice" }, InputRate: 64 << 10, AuthorInputRate: 64 << 10,
			Handler: func(s ssh.Session) { _, _ = s.Read(make([]byte, 1)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, cfg)
			client := server.dial(t)
			session := newSession(t, client)
			session.Stdin = strings.NewReader(strings.Repeat("x", 3<<20))
			_ = session.Run("upload") // how it ends is not the point
			if err := newSession(t, client).Start("again"); err != nil {
				t.Errorf("the next session: %v", err)
			}
			if stats := server.Stats(); len(stats.EndedConns) != 0 || stats.Penalised != 0 {
				t.Errorf("ended: %v", stats.EndedConns)
			}
		})
	}
}

// All that wait for the end of an input get it, as what a handler has left reading does beside what discards
// the rest.
func TestReadersOfOneInput(t *testing.T) {
	ended := make(chan struct{})
	server := serve(t, Config{Handler: func(s ssh.Session) {
		for range 2 {
			go func() {
				_, _ = io.Copy(io.Discard, s)
				ended <- struct{}{}
			}()
		}
		_, _ = io.WriteString(s, "\n") // it has begun
		<-s.Context().Done()
	}})
	for range 3 {
		client := server.dial(t)
		session := newSession(t, client)
		out, err := session.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Start("read"); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
		receive(t, ended, "the end of the input")
		receive(t, ended, "the end of the input for the other")
		server.idle(t)
	}
}
