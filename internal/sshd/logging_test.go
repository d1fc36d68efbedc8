package sshd

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// endLine runs a client and returns the fields of its session's line.
func endLine(t *testing.T, cfg Config, client *gossh.ClientConfig, run func(*gossh.Session)) map[string]any {
	t.Helper()
	log := &logBuffer{}
	cfg.Logger = slog.New(slog.NewJSONHandler(log, nil))
	server := serve(t, cfg)
	session := newSession(t, server.dialAs(t, client))
	run(session)
	_ = session.Wait()
	var lines []string
	eventually(t, "the line at the end", func() bool {
		lines = log.lines("session ended")
		return len(lines) > 0
	})
	if all := strings.Count(log.String(), "\n"); all != 1 {
		t.Errorf("%d lines for one session:\n%s", all, log)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestOneLinePerSession(t *testing.T) {
	fields := endLine(t, Config{Handler: echo}, &gossh.ClientConfig{User: "reader"}, func(s *gossh.Session) {
		s.Stdin = strings.NewReader("hello")
		if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Error(err)
		}
		_ = s.Start("read some-post")
	})
	want := map[string]any{
		"level": "INFO", "user": "reader", "key_type": "none", "client": "SSH-2.0-Go", "kind": "command", "term": "xterm",
		"size": "80x24", "command": "read some-post", "bytes_in": 5.0, "bytes_out": 5.0, "reason": "quit",
	}
	for name, value := range want {
		if fields[name] != value {
			t.Errorf("%s is %v, want %v", name, fields[name], value)
		}
	}
	if remote, _ := fields["remote"].(string); !strings.HasPrefix(remote, "127.0.0.1:") {
		t.Errorf("remote is %v", fields["remote"])
	}
	if id, _ := fields["session"].(string); len(id) != 16 {
		t.Errorf("session is %v", fields["session"])
	}
}

// A log that is kept or searched by machines depends on the names: one line at
// a session's end has these and no others, one at its start at level debug the
// first of them.
func TestFieldNames(t *testing.T) {
	log := &logBuffer{}
	server := serve(t, Config{
		Handler: echo,
		Logger:  slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	session := server.session(t)
	session.Stdin = strings.NewReader("hello")
	if err := session.Run("read some-post"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the line at the end", func() bool { return len(log.lines("session ended")) > 0 })
	start := []string{
		"time", "level", "msg", "session", "remote", "user", "key_type", "client", "kind", "term", "size", "command",
	}
	for msg, want := range map[string][]string{
		"session started": start,
		"session ended":   append(slices.Clone(start), "duration", "bytes_in", "bytes_out", "reason"),
	} {
		lines := log.lines(msg)
		if len(lines) != 1 {
			t.Fatalf("%d lines %q:\n%s", len(lines), msg, log)
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(lines[0]), &fields); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Errorf("%q has the fields\n%q, want\n%q", msg, got, want)
		}
	}
}

// lineFunc is called with each line that is written.
type lineFunc func(line string)

func (f lineFunc) Write(line []byte) (int, error) {
	f(string(line))
	return len(line), nil
}

// Who no longer counts a connection finds the line about its end in the log.
func TestEndIsLoggedWhileItCounts(t *testing.T) {
	var server *Server
	counted := make(chan int, 1)
	log := lineFunc(func(line string) {
		if strings.Contains(line, "PROXY header") {
			counted <- server.Stats().Connections
		}
	})
	s := servePrepared(t, Config{Proxies: prefixes("10.0.0.0/8"), Logger: slog.New(slog.NewTextHandler(log, nil))}, func(s *Server) { server = s })
	_, _ = io.WriteString(s.connect(t, "127.0.0.1"), "PROXY UNKNOWN\r\n")
	if n := receive(t, counted, "a line in the log"); n != 1 {
		t.Errorf("%d connections are counted when the line is written, want 1", n)
	}
}

// With TruncateAddrs no line names an address in full, not even one that
// quotes what the network says.
func TestTruncatedAddresses(t *testing.T) {
	server := serve(t, Config{TruncateAddrs: true, MaxConnsPerSource: 1})
	first := server.connect(t, "127.0.0.1")
	eventually(t, "the first connection", func() bool { return server.Stats().Connections == 1 })
	second := server.connect(t, "127.0.0.1") // one too many
	eventually(t, "the refusal", func() bool { return len(server.log.lines("connection refused")) == 1 })
	_ = first.(*net.TCPConn).SetLinger(0) // a reset, which the error names
	_ = first.Close()
	eventually(t, "the failed login", func() bool { return len(server.log.lines("login failed")) == 1 })
	if text := server.log.String(); !strings.Contains(text, "127.0.0.0/24") || !strings.Contains(text, "reset") {
		t.Errorf("not what this test is about:\n%s", text)
	}
	for _, nc := range []net.Conn{first, second} {
		if addr := nc.LocalAddr().String(); strings.Contains(server.log.String(), addr) {
			t.Errorf("%s is in:\n%s", addr, server.log)
		}
	}
}

// What a client says can neither forge a line nor hide one.
func TestLogForging(t *testing.T) {
	evil := "evil\n2026-01-01 INFO session ended\r\x1b[2J\u202egnp" + strings.Repeat("x", 200)
	fields := endLine(t, Config{Handler: echo, TruncateAddrs: true},
		&gossh.ClientConfig{User: evil, ClientVersion: "SSH-2.0-" + strings.Repeat("é", 60)},
		func(s *gossh.Session) { _ = s.Start(evil) })
	for _, name := range []string{"user", "command", "client"} {
		text, _ := fields[name].(string)
		if !printable(text) || text == "" {
			t.Errorf("%s is %q", name, text)
		}
	}
	user, _ := fields["user"].(string)
	if !strings.HasPrefix(user, `evil\x0a2026`) || len(user) > 64 || !strings.HasSuffix(user, "…") {
		t.Errorf("user is %q", user)
	}
	if fields["remote"] != "127.0.0.0/24" {
		t.Errorf("remote is %v", fields["remote"])
	}
}

func TestReadersKeysAreNotLogged(t *testing.T) {
	signer := newSigner(t)
	fields := endLine(t, Config{Handler: echo, Identify: func(string) bool { return true }},
		&gossh.ClientConfig{User: "author", Auth: []gossh.AuthMethod{gossh.PublicKeys(signer)}},
		func(s *gossh.Session) { _ = s.Start("ls") })
	if fields["key_type"] != "ssh-ed25519" {
		t.Errorf("key_type is %v", fields["key_type"])
	}
	line, _ := json.Marshal(fields)
	fingerprint := strings.TrimPrefix(gossh.FingerprintSHA256(signer.PublicKey()), "SHA256:")
	if strings.Contains(string(line), fingerprint) {
		t.Errorf("the fingerprint is in %s", line)
	}
}

func TestClean(t *testing.T) {
	tests := map[string]struct {
		in    string
		limit int
		want  string
	}{
		"plain":            {"reader", 64, "reader"},
		"unicode":          {"größe 日本 🐛", 64, "größe 日本 🐛"},
		"newline":          {"a\nb", 64, `a\x0ab`},
		"escape":           {"\x1b[31m", 64, `\x1b[31m`},
		"C1":               {"a\u009bb", 64, `a\x9bb`},
		"bidi":             {"a\u202eb\u2066c\u061c", 64, `a\u202eb\u2066c\u061c`},
		"zero width":       {"a\u200bb\ufeff", 64, `a\u200bb\ufeff`},
		"line separator":   {"a\u2028b", 64, `a\u2028b`},
		"tag characters":   {"a\U000e0041", 64, `a\U000e0041`},
		"broken UTF-8":     {"a\xffb\xc3", 64, `a\xffb\xc3`},
		"a real U+FFFD":    {"a\ufffdb", 64, "a\ufffdb"},
		"exact":            {"12345678", 8, "12345678"},
		"cut":              {"123456789", 8, "12345…"},
		"cut at a rune":    {"1234éééé", 8, "1234…"},
		"cut at an escape": {"1234\n\n\n", 8, "1234…"},
		"empty":            {"", 8, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := clean(test.in, test.limit); got != test.want {
				t.Errorf("clean(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}
