//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
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

// refusedSource is a source as /-/sources has it.
type refusedSource struct {
	Source      string
	Reason      string
	Offence     string
	Refusals    uint32
	Since       time.Time
	Until       *time.Time
	Connections int
}

// A list of all sources that are remembered is written without garbage, which those who ask for
// it over and over would make by the megabyte.
func TestSourcesWithoutGarbage(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	some := []sshd.RefusedSource{
		{Source: netip.MustParsePrefix("2001:db8::/64"), Reason: sshd.Penalty, Offence: sshd.Flood, Refusals: 1<<32 - 1, Since: since, Until: since.Add(time.Hour)},
		{Reason: sshd.SourceConns, Refusals: 1, Since: since, Connections: 64},
	}
	var text strings.Builder
	if err := writeSources(&text, slices.Values(some)); err != nil {
		t.Fatal(err)
	}
	want := `{"sources":[
{"source":"2001:db8::/64","reason":"penalty","offence":"flood","refusals":4294967295,"since":"2026-01-02T02:04:05Z","until":"2026-01-02T03:04:05Z","connections":0},
{"source":"","reason":"source_connections","refusals":1,"since":"2026-01-02T02:04:05Z","connections":64}
]}
`
	var list struct{ Sources []refusedSource }
	if err := json.Unmarshal([]byte(text.String()), &list); err != nil || text.String() != want {
		t.Errorf("%v: %s", err, &text)
	}
	many := slices.Repeat(some, 8192)
	if n := testing.AllocsPerRun(5, func() { _ = writeSources(io.Discard, slices.Values(many)) }); n > 100 {
		t.Errorf("%.0f allocations for %d sources", n, len(many))
	}
}

// In a flood the operator finds each source that is shut out, and how many there are.
func TestSources(t *testing.T) {
	t.Parallel()
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
		if r.Reason != "penalty" || r.Offence != "handshake_failed" || r.Until == nil || !r.Until.After(r.Since) || time.Since(r.Since) > time.Hour {
			t.Errorf("%+v", r)
		}
	}
	if lines := strings.Count(body, "\n"); lines != sources+2 {
		t.Errorf("%d lines for %d sources", lines, sources)
	}
	s.metric(`sshblog_refused_sources{reason="penalty"} 5`)
	s.metric(`sshblog_penalties_active 5`)
}
