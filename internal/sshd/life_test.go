package sshd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// endedBy returns the reason that a session's context was cancelled for.
func endedBy(s ssh.Session) Reason {
	<-s.Context().Done()
	if end, ok := errors.AsType[*EndError](context.Cause(s.Context())); ok {
		return end.Reason
	}
	return None
}

func TestPanicEndsItsSessionOnly(t *testing.T) {
	server := serve(t, Config{Handler: func(s ssh.Session) {
		if s.RawCommand() == "boom" {
			panic("it was \x1b[31mbad\nvery bad")
		}
		echo(s)
	}})
	client := server.dial(t)
	other := openChannel(t, client)
	request(t, other, "shell", nil)

	session := newSession(t, client)
	var said bytes.Buffer
	session.Stderr = &said
	if code := exitStatus(t, session.Run("boom")); code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
	if said.String() != Panic.line()+"\n" {
		t.Errorf("the client reads %q", said.String())
	}
	if _, err := other.Write([]byte("alive")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(other, make([]byte, 5)); err != nil {
		t.Errorf("the other session: %v", err)
	}
	eventually(t, "the end counted", func() bool { return server.Stats().EndedSessions[Panic] == 1 })
	if lines := server.log.lines("panic while serving", `it was \\x1b[31mbad\\x0avery bad`, "life_test.go"); len(lines) != 1 {
		t.Errorf("the panic is not in the log once, with its stack: %s", server.log)
	}
	if lines := server.log.lines("session ended", "reason=panic"); len(lines) != 1 {
		t.Error("the session's end is not logged with its reason")
	}
}

func TestExitStatusOfTheHandler(t *testing.T) {
	server := serve(t, Config{Handler: func(s ssh.Session) {
		if s.RawCommand() == "two" {
			_ = s.Exit(2)
			if err := s.Exit(3); err == nil {
				t.Error("a second exit status was taken")
			}
		}
	}})
	for command, want := range map[string]int{"two": 2, "zero": 0} {
		if code := exitStatus(t, server.session(t).Run(command)); code != want {
			t.Errorf("%s: exit status %d", command, code)
		}
	}
}

// What only the handler knows to be too much is told and logged as any limit.
func TestHandlerEndsForAReason(t *testing.T) {
	server := serve(t, Config{Handler: func(s ssh.Session) {
		if own, ok := s.(Session); ok {
			own.End(InputLimit)
			own.End(Idle) // too late
		}
	}})
	refusedWith(t, server.session(t), InputLimit)
	eventually(t, "the end counted", func() bool { return server.Stats().EndedSessions[InputLimit] == 1 })
	if lines := server.log.lines("session ended", "reason=input_limit"); len(lines) != 1 {
		t.Errorf("logged %d times: %s", len(lines), server.log)
	}
}

func TestIdleSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notices, ended := make(chan Notice, 1), make(chan Reason, 1)
		b, stop := serveInBubble(t, Config{
			IdleTimeout: 3 * time.Second,
			WarnBefore:  2 * time.Second,
			Handler: func(s ssh.Session) {
				own, ok := s.(Session)
				if !ok {
					t.Error("the session is no Session")
					return
				}
				notices <- <-own.Notices()
				ended <- endedBy(s)
				_, _ = io.WriteString(s, "bye")
			},
		})
		defer stop()
		g := b.enter(t)
		if n := receive(t, notices, "a warning"); n.Reason != Idle || n.Left <= 0 || n.Left > 2*time.Second {
			t.Errorf("warned of %v in %v", n.Reason, n.Left)
		}
		if why := receive(t, ended, "the end"); why != Idle {
			t.Errorf("ended for %v", why)
		}
		out, err := io.ReadAll(g.out)
		if err != nil {
			t.Error(err)
		}
		if code := exitStatus(t, g.session.Wait()); code != 1 {
			t.Errorf("exit status %d", code)
		}
		if string(out) != "bye" || g.said.String() != Idle.line()+"\n" {
			t.Errorf("the client reads %q and %q", out, g.said.String())
		}
	})
}

func TestSessionTimeLimit(t *testing.T) {
	ended := make(chan Reason, 1)
	server := serve(t, Config{
		SessionTimeout: 100 * time.Millisecond,
		WarnBefore:     time.Nanosecond,
		Handler:        func(s ssh.Session) { ended <- endedBy(s) },
	})
	if err := server.session(t).Shell(); err != nil {
		t.Fatal(err)
	}
	if why := receive(t, ended, "the end"); why != TimeLimit {
		t.Errorf("ended for %v", why)
	}
}

// A handler that does not return when its session is ended loses the
// connection, so that what it waits for fails.
func TestStubbornHandler(t *testing.T) {
	read := make(chan error, 1)
	server := serve(t, Config{
		SessionTimeout: 10 * time.Millisecond,
		WarnBefore:     time.Nanosecond,
		Handler: func(s ssh.Session) {
			_, err := s.Read(make([]byte, 1)) // deaf to its context
			read <- err
		},
	})
	request(t, openChannel(t, server.dial(t)), "shell", nil)
	if err := receive(t, read, "the read to fail"); err == nil {
		t.Error("the read succeeded")
	}
	server.idle(t)
}

func TestDrain(t *testing.T) {
	t.Run("sessions may finish", func(t *testing.T) {
		began := make(chan struct{})
		server := serve(t, Config{Drain: time.Minute, Handler: func(s ssh.Session) {
			close(began)
			if own, ok := s.(Session); ok {
				<-own.Draining()
				_, _ = io.WriteString(s, "stopping soon\r\n")
			}
			echo(s)
		}})
		client := server.dial(t)
		channel := openChannel(t, client)
		request(t, channel, "shell", nil)
		receive(t, began, "the session") // one that has not begun is refused
		server.stop()
		want := "stopping soon\r\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(channel, got); err != nil || string(got) != want {
			t.Fatalf("the reader sees %q, %v", got, err)
		}
		if !server.Stats().Draining {
			t.Error("stopping, it does not say so")
		}
		if _, err := server.tryDial(&gossh.ClientConfig{User: "late"}); err == nil {
			t.Error("a new connection was accepted")
		}
		refusedWith(t, newSession(t, client), Draining)
		select {
		case <-server.done:
			t.Fatal("the server did not wait for the reader")
		default:
		}
		if err := channel.CloseWrite(); err != nil { // the reader leaves
			t.Fatal(err)
		}
		if err := receive(t, server.done, "Serve to return"); err != nil {
			t.Errorf("Serve: %v", err)
		}
		server.done <- nil // for the cleanup
	})
	t.Run("not for ever", func(t *testing.T) {
		ended := make(chan Reason, 1)
		server := serve(t, Config{Drain: 50 * time.Millisecond, Handler: func(s ssh.Session) { ended <- endedBy(s) }})
		session := server.session(t)
		var said bytes.Buffer
		session.Stderr = &said
		if err := session.Shell(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a session", func() bool { return server.Stats().Started[Text] == 1 }) // one that has not begun is refused
		server.stop()
		if why := receive(t, ended, "the session's end"); why != Draining {
			t.Errorf("ended for %v", why)
		}
		if code := exitStatus(t, session.Wait()); code != 1 || said.String() != Draining.line()+"\n" {
			t.Errorf("exit status %d, %q", code, said.String())
		}
	})
	t.Run("Close does not wait", func(t *testing.T) {
		server := serve(t, Config{Drain: time.Hour, Handler: waits})
		if err := server.session(t).Shell(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a session", func() bool { return server.Stats().Sessions == 1 })
		server.stop()
		server.Close()
		if err := receive(t, server.done, "Serve to return"); err != nil {
			t.Errorf("Serve: %v", err)
		}
		server.done <- nil
	})
	t.Run("Close lets handlers restore terminals", func(t *testing.T) {
		server := serve(t, Config{Drain: time.Hour, Handler: func(s ssh.Session) {
			endedBy(s)
			_, _ = io.WriteString(s, "restored")
		}})
		session := server.session(t)
		var out bytes.Buffer
		session.Stdout = &out
		if err := session.Shell(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a session", func() bool { return server.Stats().Started[Text] == 1 })
		server.stop()
		server.Close()
		if code := exitStatus(t, session.Wait()); code != 1 || out.String() != "restored" {
			t.Errorf("exit status %d, and the client reads %q", code, out.String())
		}
	})
	t.Run("Close waits for no handler that stays", func(t *testing.T) {
		stay := make(chan struct{})
		defer close(stay)
		server := serve(t, Config{Drain: time.Hour, Handler: func(ssh.Session) { <-stay }})
		if err := server.session(t).Shell(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a session", func() bool { return server.Stats().Sessions == 1 })
		server.stop()
		server.Close()
		if err := receive(t, server.done, "Serve to return"); err != nil {
			t.Errorf("Serve: %v", err)
		}
		server.done <- nil
	})
	t.Run("leaves nothing", func(t *testing.T) {
		check := baseline(t)
		server := serve(t, Config{Handler: waits})
		for range 10 {
			client := server.dial(t)
			if err := newSession(t, client).Shell(); err != nil {
				t.Fatal(err)
			}
		}
		server.connect(t, "127.0.0.1")
		server.stop()
		if err := receive(t, server.done, "Serve to return"); err != nil {
			t.Errorf("Serve: %v", err)
		}
		server.done <- nil
		check()
	})
}

func TestNothingIsAcceptedBeforeServe(t *testing.T) {
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(t)}}})
	if err != nil {
		t.Fatal(err)
	}
	if server.Stats().Accepting {
		t.Error("it says that it accepts before it does")
	}
}

func TestConfigErrors(t *testing.T) {
	keys := []HostKey{{Signer: newSigner(t)}}
	for want, cfg := range map[string]Config{
		"Handler":     {HostKeys: keys},
		"HostKeys":    {Handler: echo},
		"MaxConns":    {Handler: echo, HostKeys: keys, MaxConns: -1},
		"MaxChannels": {Handler: echo, HostKeys: keys, MaxChannels: -3},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config."+want+" ") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
