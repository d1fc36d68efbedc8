package ops

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// sample is a Snapshot in which every figure is another.
func sample() Snapshot {
	return Snapshot{
		Door: Door{
			Connections: 1, Handshakes: 2, Sessions: 3, Penalties: 4, MaxConnections: 5, MaxSessions: 6, Accepted: 7,
			Started:           map[string]uint64{"tui": 8, "command": 0},
			EndedConnections:  map[string]uint64{"flood": 9},
			EndedSessions:     map[string]uint64{"quit": 10},
			HandshakeFailures: map[string]uint64{"handshake_timeout": 11},
			Refused:           map[string]uint64{"penalty": 12},
		},
		Pages: Pages{Hits: 13, Misses: 14, Evicted: 15, Renders: 16, Failures: 17, Panics: 18, Rendering: 1800 * time.Millisecond, Held: 19, Bytes: 20},
		Posts: map[string]int{"listed": 21, "draft": 22}, LogDropped: 23,
	}
}

func newMetrics() *Metrics {
	return NewMetrics(Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26"}, []string{"tui", "command"}, sample)
}

// Every figure of a Snapshot is told, under the name that the manual, the
// alerts and the operators' dashboards know it by.
func TestSnapshot(t *testing.T) {
	const want = `
sshblog_build_info{goversion="go1.26",revision="abc",version="v1.2.3"} 1
sshblog_connections_active 1
sshblog_connections_ended_total{reason="flood"} 9
sshblog_connections_handshaking 2
sshblog_connections_limit 5
sshblog_connections_total 7
sshblog_handshake_failures_total{reason="handshake_timeout"} 11
sshblog_log_lines_dropped_total 23
sshblog_page_cache_bytes 20
sshblog_page_cache_evictions_total 15
sshblog_page_cache_hits_total 13
sshblog_page_cache_misses_total 14
sshblog_page_cache_pages 19
sshblog_penalties_active 4
sshblog_posts{state="draft"} 22
sshblog_posts{state="listed"} 21
sshblog_rejections_total{reason="penalty"} 12
sshblog_reload_last_success_timestamp_seconds 0
sshblog_reloads_total{result="changed"} 0
sshblog_reloads_total{result="failed"} 0
sshblog_reloads_total{result="unchanged"} 0
sshblog_render_duration_seconds_sum 1.8
sshblog_render_duration_seconds_count 16
sshblog_render_failures_total 17
sshblog_render_panics_total 18
sshblog_sessions_active 3
sshblog_sessions_ended_total{reason="quit"} 10
sshblog_sessions_limit 6
sshblog_sessions_total{kind="command"} 0
sshblog_sessions_total{kind="tui"} 8
`
	var got []string
	for line := range strings.Lines(scrape(t, newMetrics())) {
		if strings.HasPrefix(line, "sshblog_") && !strings.Contains(line, "_bucket") &&
			!strings.HasPrefix(line, "sshblog_session_duration") && !strings.HasPrefix(line, "sshblog_first_paint") {
			got = append(got, line)
		}
	}
	if text := "\n" + strings.Join(got, ""); text != want {
		t.Errorf("told:%s\nwant:%s", text, want)
	}
}

// scrape returns what Prometheus gets.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.handler(nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", w.Code, err, body)
	}
	return string(body)
}

// promlint's rules are Prometheus's conventions for names, units and help.
func TestConventions(t *testing.T) {
	m := newMetrics()
	m.SessionEnded("tui", time.Second, time.Millisecond)
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name, _, _ := strings.Cut(f.GetName(), "_"); name != "sshblog" && name != "go" && name != "process" {
			t.Errorf("%s is nobody's", f.GetName())
		}
	}
	if len(families) < 40 {
		t.Errorf("%d families: Go's or the process's are missing", len(families))
	}
}

func TestDistributions(t *testing.T) {
	m := newMetrics()
	m.SessionEnded("tui", 90*time.Second, 3*time.Millisecond)
	m.SessionEnded("command", 50*time.Millisecond, -1)
	text := scrape(t, m)
	for _, want := range []string{
		`sshblog_session_duration_seconds_bucket{kind="tui",le="60"} 0`,
		`sshblog_session_duration_seconds_bucket{kind="tui",le="300"} 1`,
		`sshblog_session_duration_seconds_sum{kind="tui"} 90`,
		`sshblog_session_duration_seconds_count{kind="command"} 1`,
		`sshblog_first_paint_seconds_bucket{le="0.0025"} 0`,
		`sshblog_first_paint_seconds_bucket{le="0.005"} 1`,
		`sshblog_first_paint_seconds_count 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestReloads(t *testing.T) {
	m := newMetrics()
	m.Reloaded(time.Unix(1700000000, 0), true)
	m.Reloaded(time.Unix(1700000001, 500e6), false)
	m.ReloadFailed()
	m.ReloadFailed()
	text := scrape(t, m)
	for _, want := range []string{
		`sshblog_reloads_total{result="changed"} 1`,
		`sshblog_reloads_total{result="unchanged"} 1`,
		`sshblog_reloads_total{result="failed"} 2`,
		`sshblog_reload_last_success_timestamp_seconds 1.7000000015e+09`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The figures of one scrape belong together: they are of one Snapshot.
func TestOneSnapshotForAScrape(t *testing.T) {
	taken := 0
	m := NewMetrics(Build{}, nil, func() Snapshot { taken++; return sample() })
	scrape(t, m)
	scrape(t, m)
	if taken != 2 {
		t.Errorf("%d snapshots for two scrapes", taken)
	}
}
