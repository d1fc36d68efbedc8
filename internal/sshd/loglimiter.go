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

// logInterval is the least time between two lines with the same reason.
const logInterval = 10 * time.Second

// logLimiter keeps refusals from filling the disk. It logs at most one line per
// reason and logInterval, and each line says how many were omitted since the one
// before. The metrics count every refusal.
type logLimiter struct {
	mu      sync.Mutex
	last    [reasonCount]time.Time
	omitted [reasonCount]int
}

// warn logs a line at level warn, or counts it as omitted.
func (l *logLimiter) warn(logger *slog.Logger, why Reason, msg string, args ...any) {
	l.log(logger, slog.LevelWarn, why, msg, args...)
}

// info is like warn, at level info: for refusals that a harmless client may cause.
func (l *logLimiter) info(logger *slog.Logger, why Reason, msg string, args ...any) {
	l.log(logger, slog.LevelInfo, why, msg, args...)
}

func (l *logLimiter) log(logger *slog.Logger, level slog.Level, why Reason, msg string, args ...any) {
	l.mu.Lock()
	now := time.Now()
	if !l.last[why].IsZero() && now.Sub(l.last[why]) < logInterval {
		l.omitted[why]++
		l.mu.Unlock()
		return
	}
	omitted := l.omitted[why]
	l.last[why], l.omitted[why] = now, 0
	l.mu.Unlock()
	logger.Log(context.Background(), level, msg, append(args, "reason", why.String(), "omitted", omitted)...)
}
