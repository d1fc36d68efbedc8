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

// sample adds one metric of each form.
func sample(s Scrape) {
	s.Gauge("connections_active", "Connections held now.", 1)
	s.Counter("connections_total", "Connections that were let in.", 2)
	s.GaugeBy("state", "posts", "Posts by state.", map[string]int{"listed": 3, "draft": 0})
	s.CounterBy("reason", "rejections_total", "Refused, by reason.", map[string]uint64{"penalty": 4})
	s.Summary("render_duration_seconds", "How long renders took.", 5, 1.8)
}

func newMetrics() *Metrics {
	return NewMetrics(Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26"}, []string{"tui", "command"}, sample)
}

// What the parts add is told beside what is counted here.
func TestScrape(t *testing.T) {
	const want = `
sshblog_build_info{goversion="go1.26",revision="abc",version="v1.2.3"} 1
sshblog_connections_active 1
sshblog_connections_total 2
sshblog_posts{state="draft"} 0
sshblog_posts{state="listed"} 3
sshblog_rejections_total{reason="penalty"} 4
sshblog_reload_last_failed 0
sshblog_reload_last_success_timestamp_seconds 0
sshblog_reloads_total{result="changed"} 0
sshblog_reloads_total{result="failed"} 0
sshblog_reloads_total{result="unchanged"} 0
sshblog_render_duration_seconds_sum 1.8
sshblog_render_duration_seconds_count 5
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
	if len(families) < 30 {
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
	if want := "sshblog_reload_last_failed 1\n"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	m.Reloaded(time.Unix(1700000001, 500e6), false)
	text = scrape(t, m)
	for _, want := range []string{
		`sshblog_reloads_total{result="changed"} 1`,
		`sshblog_reloads_total{result="unchanged"} 2`,
		`sshblog_reloads_total{result="failed"} 2`,
		`sshblog_reload_last_success_timestamp_seconds 1.7000000015e+09`,
		`sshblog_reload_last_failed 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The figures of one scrape belong together: the parts are asked once.
func TestAskedOnceForAScrape(t *testing.T) {
	asked := 0
	m := NewMetrics(Build{}, nil, func(s Scrape) { asked++; sample(s) })
	scrape(t, m)
	scrape(t, m)
	if asked != 2 {
		t.Errorf("asked %d times for two scrapes", asked)
	}
}
