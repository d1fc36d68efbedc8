//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// knock connects from an address, says something, and returns what the server says until it
// closes the connection.
func (s *server) knock(from, says string) string {
	s.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	nc, err := d.DialContext(s.t.Context(), "tcp", "127.0.0.1:"+s.port)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(time.Minute))
	_, _ = io.WriteString(nc, says)
	said, _ := io.ReadAll(nc) // until it is closed or reset
	return string(said)
}

// shutOut has the server shut an address out: it asks for what is not SSH until it is refused.
func (s *server) shutOut(from string) { s.shutOutAs(from, "") }

// shutOutAs is shutOut for the address in a header that a proxy at from sends.
func (s *server) shutOutAs(from, header string) {
	s.t.Helper()
	for range 60 { // fewer than may connect at once
		if strings.Contains(s.knock(from, header+"GET / HTTP/1.1\r\n\r\n"), "Too many failed connections") {
			return
		}
	}
	s.t.Fatalf("%s is not shut out:\n%s", from, &s.log)
}

// In a flood the operator finds each source that is shut out, and how many there are.
func TestSources(t *testing.T) {
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--truncate-addresses")
	if _, body := s.ops("/-/sources"); body != `{"sources":[`+"\n"+`]}`+"\n" {
		t.Errorf("before anything has happened: %s", body)
	}
	const sources = 5
	for i := range sources {
		s.shutOut(fmt.Sprintf("127.0.9.%d", i+1))
	}
	s.knock("127.0.9.1", "")
	status, body := s.ops("/-/sources")
	var list struct {
		Sources []refusedSource
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != http.StatusOK {
		t.Fatalf("%d %v: %s", status, err, body)
	}
	if len(list.Sources) != sources {
		t.Fatalf("%s", body)
	}
	for _, r := range list.Sources {
		if twice := r.Source == "127.0.9.1/32"; twice != (r.Refusals == 2) {
			t.Errorf("%+v", r)
		}
		if r.Reason != "penalty" || r.Misdeed != "handshake_failed" || r.Until == nil || !r.Until.After(r.Since) || time.Since(r.Since) > time.Hour {
			t.Errorf("%+v", r)
		}
	}
	if lines := strings.Count(body, "\n"); lines != sources+2 {
		t.Errorf("%d lines for %d sources", lines, sources)
	}
	s.metric(`sshblog_refused_sources{reason="penalty"} 5`)
	s.metric(`sshblog_penalties_active 5`)
}
