package sshd

import (
	"context"
	"log/slog"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// panics is a log that panics at one message, and so inside of what logs it.
type panics struct {
	slog.Handler
	at string
}

func (p panics) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == p.at {
		panic("no log for " + p.at)
	}
	return p.Handler.Handle(ctx, r)
}

// A panic while a request is answered ends its connection and no other. What the client has
// asked for behind that request is still taken from the library, or its goroutines would wait
// for ever.
func TestPanicInARequest(t *testing.T) {
	for _, c := range []struct {
		name, message string
		prepare       func(*testing.T, *gossh.Client) (ask func())
	}{
		{"global request", "request refused", func(_ *testing.T, client *gossh.Client) func() {
			return func() { _, _, _ = client.SendRequest("tcpip-forward", false, nil) }
		}},
		{"channel", "channel refused", func(_ *testing.T, client *gossh.Client) func() {
			return func() { _, _, _ = client.OpenChannel("direct-tcpip", nil) }
		}},
		{"channel request", "request refused", func(t *testing.T, client *gossh.Client) func() {
			channel := openChannel(t, client)
			return func() { _, _ = channel.SendRequest("x11-req", false, nil) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &logBuffer{}
			server := serve(t, Config{
				Handler: func(ssh.Session) {},
				Logger:  slog.New(panics{slog.NewTextHandler(log, nil), c.message}),
			})
			check := baseline(t)
			client := server.dial(t)
			ask := c.prepare(t, client)
			for range 100 { // more than the library keeps for whoever answers
				go ask()
			}
			_ = client.Wait()
			server.idle(t)
			if lines := log.lines("panic while", "no log for "+c.message, "contained_test.go"); len(lines) == 0 {
				t.Errorf("the panic is not in the log with its stack: %s", log)
			}
			if ended := server.Stats().EndedConns; ended[Panic] != 1 {
				t.Errorf("connections ended: %v", ended)
			}
			next := server.dial(t)
			if err := newSession(t, next).Run("ls"); err != nil {
				t.Errorf("the next client: %v", err)
			}
			_, _ = next.Close(), client.Close()
			server.idle(t)
			check()
		})
	}
}
