package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// newMetrics makes the metrics of a server whose parts are known by health.
// dropped is how many lines of the log were lost.
func newMetrics(h *health, pages *render.Cache, dropped func() uint64) *ops.Metrics {
	v := buildVersion()
	build := ops.Build{Version: v.Version, Revision: v.Commit, GoVersion: runtime.Version()}
	kinds := []string{sshd.Shell.String(), sshd.Text.String(), sshd.Command.String(), sshd.Subsystem.String()}
	return ops.NewMetrics(build, kinds, func(s ops.Scrape) {
		if server := h.server.Load(); server != nil {
			addServer(s, server.Stats())
		}
		addPages(s, pages.Stats())
		if count := h.counters.Load(); count != nil {
			s.Counter("posts_opened_total", "Posts that readers have opened; /-/posts has which.", float64(count.opened.Total()))
			s.Counter("posts_read_total", "Posts that readers have read to their ends; /-/posts has which.", float64(count.ended.Total()))
			s.Counter("posts_opened_save_failures_total", "How often the sums of posts opened, or read to the end, could not be saved as they should.",
				float64(count.opened.Failures()+count.ended.Failures()))
		}
		publisher := h.publisher.Load()
		s.Gauge("publishing_broken", "1 while authors cannot publish, since the posts folder and the history could not be brought in line, else 0.", oneIf(publisher != nil && publisher.Broken()))
		if c := h.cluster.Load(); c != nil {
			addCluster(s, c.Stats())
		}
		var known memory.Stats
		if readers := h.readers.Load(); readers != nil {
			known = readers.Stats()
		}
		addReaders(s, known)
		if lib := h.library.Load(); lib != nil {
			s.GaugeBy("state", "posts", "Posts by state: listed, draft, future, expired, or broken, whose newest version cannot be shown; if an older one is, it is listed too.",
				postsByState(lib.Current()))
		}
		s.Counter("log_lines_dropped_total", "Lines of the log that were dropped, since it could not be written as fast as they came.", float64(dropped()))
	})
}

// Garbage of many sessions is collected when they have ended: an idle server would
// else keep it for minutes.
const (
	collectAfter = 64 // sessions
	collectDelay = 3 * time.Second
)

// observe counts a session that has ended.
func observe(m *ops.Metrics) func(sshd.Summary) {
	var ended atomic.Int64
	return func(s sshd.Summary) {
		if ended.Add(1) == collectAfter {
			time.AfterFunc(collectDelay, func() { //nolint:forbidigo // one of the program at a time
				ended.Store(0)
				debug.FreeOSMemory()
			})
		}
		switch {
		case s.Refused:
		case s.Kind == sshd.Shell:
			m.SessionEnded(s.Kind.String(), s.Duration, s.FirstWrite)
		default:
			m.SessionEnded(s.Kind.String(), s.Duration, -1)
		}
	}
}

// addServer adds what the SSH server has counted.
func addServer(s ops.Scrape, now sshd.Stats) {
	s.Gauge("connections_active", "Connections held now.", float64(now.Connections))
	s.Gauge("connections_handshaking", "Connections held now that are still logging in.", float64(now.Handshakes))
	s.Gauge("connections_limit", "Connections that are held at most.", float64(now.MaxConns))
	s.Gauge("sessions_active", "Sessions running now.", float64(now.Sessions))
	s.Gauge("sessions_limit", "Sessions that are run at most.", float64(now.MaxSessions))
	s.Gauge("penalties_active", "Sources that are shut out now for what they did.", float64(now.Penalised))
	refused := make(map[string]int)
	for _, why := range []sshd.Reason{
		sshd.SourceConns, sshd.SourceRate, sshd.NetworkConns, sshd.NetworkRate, sshd.Penalty, sshd.EarlyDrop, sshd.Full, sshd.SessionRate,
	} {
		refused[why.String()] = now.RefusedSources[why]
	}
	s.GaugeBy("reason", "refused_sources", "Sources that have a penalty now, or were refused within the last minute for another reason, by the last one; /-/sources lists them.", refused)
	expires := math.Inf(1)
	if !now.CertificateExpires.IsZero() {
		expires = float64(now.CertificateExpires.Unix())
	}
	s.Gauge("host_certificate_expiry_timestamp_seconds", "When the first of the host certificates in use expires, in seconds since 1970; infinite if none does.", expires)
	s.Counter("connections_total", "Connections that were let in.", float64(now.Accepted))
	started := make(map[string]uint64, len(now.Started))
	for kind, n := range now.Started {
		started[kind.String()] = n
	}
	s.CounterBy("kind", "sessions_total", "Sessions that were served, by kind.", started)
	s.CounterBy("reason", "connections_ended_total", "Connections that have ended, by reason.", byReason(now.EndedConns,
		sshd.Knocked, sshd.ForgedHeader, sshd.HandshakeFailed, sshd.HandshakeTimeout, sshd.Unidentified, sshd.NoSession, sshd.WriteTimeout, sshd.Unanswered, sshd.MadeRoom, sshd.Flood,
		sshd.ConnectionLost, sshd.Idle, sshd.TimeLimit, sshd.InputLimit, sshd.Draining, sshd.Panic))
	s.CounterBy("reason", "sessions_ended_total", "Sessions that have ended, by reason; also those that were refused.", byReason(now.EndedSessions,
		sshd.SessionsFull, sshd.SessionRate, sshd.Quit, sshd.ClientClosed, sshd.WriteTimeout, sshd.Unanswered, sshd.MadeRoom, sshd.Flood,
		sshd.ConnectionLost, sshd.Idle, sshd.TimeLimit, sshd.InputLimit, sshd.Draining, sshd.Panic))
	failures := make(map[string]uint64)
	for _, why := range []sshd.Reason{sshd.ForgedHeader, sshd.HandshakeFailed, sshd.HandshakeTimeout} {
		failures[why.String()] = now.EndedConns[why]
	}
	s.CounterBy("reason", "handshake_failures_total", "Connections that ended before they had logged in, by reason, without those that were asked for a key (unidentified).", failures)
	s.CounterBy("reason", "rejections_total", "Connections, channels and sessions that were refused, by reason.", byReason(now.Refused,
		sshd.SourceConns, sshd.SourceRate, sshd.NetworkConns, sshd.NetworkRate, sshd.Penalty, sshd.EarlyDrop, sshd.Full, sshd.Descriptors,
		sshd.ProxyHeader, sshd.KeySize, sshd.Channels, sshd.ChannelType, sshd.Env, sshd.Request, sshd.SessionsFull, sshd.SessionRate, sshd.Draining))
}

// byReason names the reasons. Those in zeros are there even if nothing has
// happened for them yet.
func byReason(counts map[sshd.Reason]uint64, zeros ...sshd.Reason) map[string]uint64 {
	named := make(map[string]uint64, len(zeros))
	for _, reason := range zeros {
		named[reason.String()] = 0
	}
	for reason, n := range counts {
		named[reason.String()] = n
	}
	return named
}

func oneIf(so bool) float64 {
	if so {
		return 1
	}
	return 0
}

// addReaders adds what is counted of remembering readers.
func addReaders(s ops.Scrape, now memory.Stats) {
	s.Gauge("readers_remembered", "Readers who are known now, since they read here or are not written yet.", float64(now.Readers))
	s.Gauge("readers_unwritten", "Readers whose sessions are over, and of whom not everything is written yet.", float64(now.Unwritten))
	s.Gauge("readers_store_failing", "1 while what is known of readers cannot be read or written, else 0.", oneIf(now.Failing))
	s.Gauge("readers_store_full", "1 while new readers are not remembered, since what is known of readers has reached readers-max-size, else 0.", oneIf(now.Full))
	s.Counter("readers_refused_total", "New readers who were not remembered: there was no room for them, or too many came from one place.", float64(now.Refused))
	s.Counter("readers_written_total", "How often what is known of a reader was written.", float64(now.Writes))
	s.Counter("readers_store_failures_total", "How often what is known of readers could not be read or written.", float64(now.Failures))
	s.Counter("readers_lost_total", "Readers of whom the last that was known had no room in memory, or at the end in a file, while it could not be written.", float64(now.Lost))
}

// addPages adds what the cache of pages has counted.
func addPages(s ops.Scrape, now render.Stats) {
	s.Counter("page_cache_hits_total", "Pages that had been rendered before.", float64(now.Hits))
	s.Counter("page_cache_misses_total", "Pages that had to be waited for.", float64(now.Misses))
	s.Counter("page_cache_evictions_total", "Pages that made room for others.", float64(now.Evicted))
	s.Gauge("page_cache_bytes", "Memory of the rendered pages that are kept, in bytes.", float64(now.Bytes))
	s.Gauge("page_cache_pages", "Rendered pages that are kept.", float64(now.Pages))
	s.Counter("render_failures_total", "Renders that ended with an error.", float64(now.Failures))
	s.Counter("render_panics_total", "Renders in which the renderer panicked; the log names the posts.", float64(now.Panics))
	s.Summary("render_duration_seconds", "How long renders of pages took.", uint64(max(0, now.Renders)), now.Rendering.Seconds())
}

// postsByState counts the posts of an index. A file with several errors is one
// broken post.
func postsByState(x *library.Index) map[string]int {
	states := map[string]int{
		"listed": x.All().Len(), library.Draft: 0, library.Future: 0, library.Expired: 0, library.Hidden: 0, "broken": 0,
	}
	for _, e := range x.Excluded() {
		states[e.Reason]++
	}
	broken := make(map[string]bool)
	for _, p := range x.Problems() {
		if p.Severity == post.Error {
			broken[p.Path] = true
		}
	}
	states["broken"] = len(broken)
	return states
}
