//go:build linux

package attack

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/crypto/ssh"
)

// What a client calls itself ends in the log. A user name with a line break in
// it writes a line of its own there: a login that never was, or an address that
// gets banned by whatever reads the log. Escape sequences act on the terminal
// of the operator who looks, and bidirectional overrides reorder what is seen.
//
// Here every such character is written as an escape, and text is cut to length.
func TestForgedLogLines(t *testing.T) {
	forged := "evil\nlevel=INFO msg=\"session ended\" remote=198.51.100.7:1 user=admin\r\n\x1b]0;owned\a\x1b[2J\u202e\u2066\u200f\u0085\u2028"
	evil := forged + strings.Repeat("A", 5000)
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			p := start(t, "--log-level", "debug", "--log-format", format)
			p.withstands(func(s *siege) {
				for i := range 5 {
					nc := s.tcp(source(i))
					conn, chans, reqs, err := ssh.NewClientConn(nc, p.addr, &ssh.ClientConfig{
						User:            forged + strings.Repeat("A", 100), // longer ones are refused
						HostKeyCallback: ssh.InsecureIgnoreHostKey(),
						ClientVersion:   "SSH-2.0-x\u202e" + strings.Repeat("B", 180),
					})
					if err != nil {
						s.Fatal(err)
					}
					client := ssh.NewClient(conn, chans, reqs)
					s.ask(s.channel(client), "exec", text{evil[:4000]})
					channel := s.channel(client)
					s.ask(channel, "env", envRequest{"LANG", evil})
					s.ask(channel, "pty-req", ptyRequest{Term: evil, Columns: 80, Rows: 24})
					s.ask(channel, "shell", nil)
					s.sees(channel, "Page 1 of 3")
					_ = client.Close()
				}
				// Some never get as far as a name.
				for i, garbage := range []string{"SSH-2.0-\x1b[2Jevil\r\n", "GET /\x1b[31m HTTP/1.1\nlevel=INFO evil\r\n\r\n", "\x16\x03\x01evil"} {
					nc := s.tcp(source(10 + i))
					_, _ = io.WriteString(nc, garbage)
					if tcp, ok := nc.(*net.TCPConn); ok {
						_ = tcp.CloseWrite()
					}
					s.closed(nc)
				}
			})
			p.logged(10, "session ended", source(0)[:6], "evil")
			p.logged(1, "login failed")
			for _, line := range p.lines() {
				checkLine(t, line, format)
			}
		})
	}
}

func checkLine(t *testing.T, line, format string) {
	t.Helper()
	start := map[string]string{"text": "time=", "json": `{"time":`}[format]
	if !strings.HasPrefix(line, start) && !strings.HasPrefix(line, "probe: ") {
		t.Errorf("a line begins with %.60q", line)
	}
	for _, r := range line {
		if !unicode.IsPrint(r) {
			t.Errorf("%s is in %q", fmt.Sprintf("%U", r), line)
			return
		}
	}
	if len(line) > 2000 {
		t.Errorf("a line has %d bytes", len(line))
	}
}
