package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// parts is what adds metrics, as a collector.
type parts func(ops.Scrape)

func (parts) Describe(chan<- *prometheus.Desc) {}

func (p parts) Collect(ch chan<- prometheus.Metric) { p(ch) }

// Every figure is told, under the name that the manual, the alerts and the operators'
// dashboards know it by; promlint's rules are Prometheus's conventions.
func TestNamesOfMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(parts(func(s ops.Scrape) {
		addServer(s, sshd.Stats{
			Connections: 1, Handshakes: 2, Sessions: 3, Penalised: 4, RefusedSources: map[sshd.Reason]int{sshd.SourceRate: 21}, MaxConns: 5, MaxSessions: 6, Accepted: 7,
			Started:       map[sshd.Kind]uint64{sshd.Shell: 8, sshd.Command: 0},
			EndedConns:    map[sshd.Reason]uint64{sshd.Flood: 9, sshd.HandshakeTimeout: 11},
			EndedSessions: map[sshd.Reason]uint64{sshd.Quit: 10},
			Refused:       map[sshd.Reason]uint64{sshd.Penalty: 12},
		})
		addPages(s, render.Stats{Hits: 13, Misses: 14, Evicted: 15, Renders: 16, Failures: 17, Panics: 18, Rendering: 1800 * time.Millisecond, Pages: 19, Bytes: 20})
	}))
	const want = `
sshblog_connections_active 1
sshblog_connections_ended_total{reason="flood"} 9
sshblog_connections_ended_total{reason="handshake_timeout"} 11
sshblog_connections_handshaking 2
sshblog_connections_limit 5
sshblog_connections_total 7
sshblog_handshake_failures_total{reason="handshake_timeout"} 11
sshblog_host_certificate_expiry_timestamp_seconds +Inf
sshblog_page_cache_bytes 20
sshblog_page_cache_evictions_total 15
sshblog_page_cache_hits_total 13
sshblog_page_cache_misses_total 14
sshblog_page_cache_pages 19
sshblog_penalties_active 4
sshblog_refused_sources{reason="source_rate"} 21
sshblog_rejections_total{reason="penalty"} 12
sshblog_render_duration_seconds_sum 1.8
sshblog_render_duration_seconds_count 16
sshblog_render_failures_total 17
sshblog_render_panics_total 18
sshblog_sessions_active 3
sshblog_sessions_ended_total{reason="quit"} 10
sshblog_sessions_limit 6
sshblog_sessions_total{kind="tui"} 8
`
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	got := "\n"
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, "} 0\n") { // reasons for which nothing has happened
			got += line
		}
	}
	if got != want {
		t.Errorf("told:%s\nwant:%s", got, want)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
