package sshd

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// Promise: whatever name a client logs in with, and whatever requests and data
// it sends on a channel, nothing panics, others are served as before, and what
// is logged of it is one printable line each.
func FuzzRequests(f *testing.F) {
	type env struct{ Name, Value string }
	pty := gossh.Marshal(ptyRequest{Term: "xterm-256color", Columns: 80, Rows: 24})
	shell := gossh.Marshal(struct{ Command string }{"read a-post"})
	f.Add("reader", "pty-req", pty, "shell", []byte{}, []byte("q"))
	f.Add("reader", "env", gossh.Marshal(env{"LANG", "\x1b[31m\u202e"}), "exec", shell, []byte{})
	f.Add("evil\nINFO \x1b[2J\u202e\xff", "window-change", gossh.Marshal(windowChange{Columns: 1<<32 - 1}), "exec", []byte{0, 0, 0, 9, 'x'}, []byte("\x03"))
	f.Add("", "signal", gossh.Marshal(struct{ Name string }{"TERM"}), "signal", []byte("\xff\xff\xff\xff"), []byte{})
	f.Add("a", "auth-agent-req@openssh.com", []byte{}, "x11-req", []byte{1}, []byte{})
	f.Add(strings.Repeat("x", 300), "sub\nsystem", []byte("\x00\x00\x00\x04sftp"), "subsystem", []byte("\x00\x00\x00\x04sftp"), []byte("x"))

	log := &lineChecker{}
	server := serve(f, Config{
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Exempt: prefixes("127.0.0.0/8"), InputRate: 1 << 30, MaxInput: -1, ConnRate: 1e6, SessionRate: 1e6, KeepAlive: -1,
	})
	var client *gossh.Client
	var name string
	f.Fuzz(func(t *testing.T, user, first string, firstPayload []byte, second string, secondPayload, data []byte) {
		if client != nil && user != name {
			_ = client.Close()
			client = nil
		}
		for range 2 { // the connection may be over, for what came before
			if client == nil {
				dialled, err := server.tryDial(&gossh.ClientConfig{User: user})
				if err != nil {
					t.Skip("this name does not fit into a packet")
				}
				client, name = dialled, user
			}
			if err := ask(client, first, firstPayload, second, secondPayload, data); err == nil {
				break
			}
			_ = client.Close()
			client = nil
		}
		if text := log.wrong(); text != "" {
			t.Errorf("logged: %q", text)
		}
	})
}

// ask opens a channel and sends what the fuzzer came up with.
func ask(client *gossh.Client, first string, firstPayload []byte, second string, secondPayload, data []byte) error {
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		return err
	}
	go gossh.DiscardRequests(requests)
	defer func() { _ = channel.Close() }()
	if _, err := channel.SendRequest(first, true, firstPayload); err != nil {
		return err
	}
	if _, err := channel.SendRequest(second, true, secondPayload); err != nil {
		return err
	}
	_, _ = channel.Write(data[:min(len(data), 1<<10)]) // nobody may be reading
	if err := channel.CloseWrite(); err != nil {
		return err
	}
	_, err = channel.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// lineChecker is a log that keeps only what must not be in one.
type lineChecker struct {
	mu  sync.Mutex
	bad string
}

func (l *lineChecker) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, ended := strings.CutSuffix(string(p), "\n")
	if l.bad == "" && (!ended || !printable(line) || strings.Contains(line, "panic")) {
		l.bad = string(p)
	}
	return len(p), nil
}

func (l *lineChecker) wrong() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bad
}
