package main

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/sshblog/sshblog/internal/library"
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
	kinds := []string{sshd.Shell.String(), sshd.Plain.String(), sshd.Command.String(), sshd.Subsystem.String()}
	return ops.NewMetrics(build, kinds, func() ops.Snapshot {
		s := ops.Snapshot{Pages: pagesNow(pages.Stats()), Posts: map[string]int{}, LogDropped: dropped()}
		if server := h.server.Load(); server != nil {
			s.Door = doorNow(server.Stats())
		}
		if lib := h.library.Load(); lib != nil {
			s.Posts = postsByState(lib.Current())
		}
		return s
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

func doorNow(s sshd.Stats) ops.Door {
	started := make(map[string]uint64, len(s.Started))
	for kind, n := range s.Started {
		started[kind.String()] = n
	}
	return ops.Door{
		Connections: s.Connections, Handshakes: s.Handshakes, Sessions: s.Sessions, Penalties: s.Penalised,
		MaxConnections: s.MaxConns, MaxSessions: s.MaxSessions,
		Accepted: s.Accepted,
		Started:  started,
		EndedConnections: byReason(s.EndedConns,
			sshd.Knocked, sshd.ForgedHeader, sshd.HandshakeFailed, sshd.HandshakeTimeout, sshd.NoSession, sshd.WriteTimeout, sshd.Unanswered, sshd.MadeRoom, sshd.Flood,
			sshd.ConnectionLost, sshd.Idle, sshd.TimeLimit, sshd.InputLimit, sshd.Draining, sshd.Panic),
		EndedSessions: byReason(s.EndedSessions,
			sshd.SessionsFull, sshd.SessionRate, sshd.Quit, sshd.ClientClosed, sshd.WriteTimeout, sshd.Unanswered, sshd.MadeRoom, sshd.Flood,
			sshd.ConnectionLost, sshd.Idle, sshd.TimeLimit, sshd.InputLimit, sshd.Draining, sshd.Panic),
		HandshakeFailures: map[string]uint64{
			sshd.ForgedHeader.String():     s.EndedConns[sshd.ForgedHeader],
			sshd.HandshakeFailed.String():  s.EndedConns[sshd.HandshakeFailed],
			sshd.HandshakeTimeout.String(): s.EndedConns[sshd.HandshakeTimeout],
		},
		Refused: byReason(s.Refused,
			sshd.SourceConns, sshd.SourceRate, sshd.NetworkConns, sshd.NetworkRate, sshd.Penalty, sshd.EarlyDrop, sshd.Full, sshd.Descriptors,
			sshd.ProxyHeader, sshd.KeySize, sshd.Channels, sshd.ChannelType, sshd.Env, sshd.Request, sshd.SessionsFull, sshd.SessionRate, sshd.Draining),
	}
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

func pagesNow(s render.Stats) ops.Pages {
	return ops.Pages{
		Hits: unsigned(s.Hits), Misses: unsigned(s.Misses), Evicted: unsigned(s.Evicted),
		Renders: unsigned(s.Renders), Failures: unsigned(s.Failures), Panics: unsigned(s.Panics), Rendering: s.Rendering,
		Held: int64(s.Pages), Bytes: s.Bytes,
	}
}

// unsigned is a counter of a package that counts with a sign.
func unsigned(n int64) uint64 { return uint64(max(0, n)) }

// postsByState counts the posts of an index. A file with several errors is one
// broken post.
func postsByState(x *library.Index) map[string]int {
	states := map[string]int{
		"listed": x.All().Len(), library.Draft: 0, library.Future: 0, library.Expired: 0, "broken": 0,
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
