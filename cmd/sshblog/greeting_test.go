package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/sshd"
)

// Readers are told where they reach the blog, which a container does not know.
func TestConnectWith(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ip     string
		port   int
		public string
		want   string
	}{
		{"0.0.0.0", 2222, "", "ssh -p 2222 localhost"},
		{"::", 22, "", "ssh localhost"},
		{"127.0.0.1", 2222, "", "ssh -p 2222 localhost"},
		{"127.0.0.21", 2222, "", "ssh -p 2222 127.0.0.21"},
		{"192.0.2.1", 22, "", "ssh 192.0.2.1"},
		{"2001:db8::1", 2222, "", "ssh -p 2222 2001:db8::1"},
		{"::", 2222, "blog.example.com", "ssh blog.example.com"},
		{"::", 2222, "blog.example.com:2200", "ssh -p 2200 blog.example.com"},
		{"::", 2222, "2001:db8::1", "ssh 2001:db8::1"},
		{"::", 2222, "127.0.0.1:2200", "ssh -p 2200 127.0.0.1"},
	} {
		at := &net.TCPAddr{IP: net.ParseIP(test.ip), Port: test.port}
		if got := connectWith(at, test.public); got != test.want {
			t.Errorf("at %s, known as %q: %s, want %s", at, test.public, got, test.want)
		}
	}
}

// Who reads JSON gets nothing else, all in one place, and all that the greeting says.
func TestAnnounceInJSON(t *testing.T) {
	t.Parallel()
	for format, greeted := range map[string]bool{"text": true, "json": false} {
		var stdout, log bytes.Buffer
		s := defaultSettings()
		s.LogFormat, s.Host = format, "blog.example.com"
		p := &program{settings: s, logger: slog.New(slog.NewJSONHandler(&log, nil))}
		p.announce(&stdout, []net.Addr{&net.TCPAddr{Port: 2222}, &net.TCPAddr{Port: 22}}, 41, sshd.Stats{MaxSessions: 7, MaxConns: 8, MemoryBudget: 9 << 20}, nil)
		if said := strings.HasPrefix(stdout.String(), "Serving 41 posts. Read them with: ssh blog.example.com "); said != greeted {
			t.Errorf("%s: standard output has %q", format, &stdout)
		}
		if !greeted && stdout.Len() > 0 {
			t.Errorf("standard output has %q", &stdout)
		}
		var line map[string]any
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]any{"msg": "serving", "connect": "ssh blog.example.com", "address": ":2222,:22", "posts": 41.0, "max_sessions": 7.0, "max_connections": 8.0, "source_connections": 64.0, "memory": "9MiB", "ops": "off"} {
			if line[key] != want {
				t.Errorf("%s: %s is %v, want %v", format, key, line[key], want)
			}
		}
	}
}
