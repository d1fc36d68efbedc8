package sshd

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Lengths of a client's text in a log line, in bytes.
const (
	maxUser    = 64
	maxLogged  = 128
	maxCommand = 256
	maxPanic   = 1024
)

// muffleFor is how long one line stands for all that are like it.
const muffleFor = 10 * time.Second

// muffler keeps refusals from filling the disk: of each reason it lets one
// line through in a while, which says how many were left out before it. The
// counters miss none.
type muffler struct {
	mu      sync.Mutex
	last    [reasonCount]time.Time
	omitted [reasonCount]int
}

// warn logs a line at level warn, or counts it.
func (m *muffler) warn(log *slog.Logger, why Reason, msg string, args ...any) {
	m.say(log, slog.LevelWarn, why, msg, args...)
}

// info is for what is refused to clients that may mean no harm.
func (m *muffler) info(log *slog.Logger, why Reason, msg string, args ...any) {
	m.say(log, slog.LevelInfo, why, msg, args...)
}

func (m *muffler) say(log *slog.Logger, level slog.Level, why Reason, msg string, args ...any) {
	m.mu.Lock()
	now := time.Now()
	if !m.last[why].IsZero() && now.Sub(m.last[why]) < muffleFor {
		m.omitted[why]++
		m.mu.Unlock()
		return
	}
	omitted := m.omitted[why]
	m.last[why], m.omitted[why] = now, 0
	m.mu.Unlock()
	log.Log(context.Background(), level, msg, append(args, "reason", why.String(), "omitted", omitted)...)
}
