package sshd

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
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

// logLimiter keeps refusals from filling the disk. Of these it logs at most one line per
// reason and logInterval, and each line says how many were omitted since the one
// before. The metrics count every refusal.
type logLimiter struct {
	mu      sync.Mutex
	last    [reasonCount]time.Time
	omitted [reasonCount]int

	shutOuts        *rate.Limiter // nil before the first
	shutOutsOmitted int
}

// How many sources that are shut out are named in the log, each once: as many at once, and as
// many a second from then on. A firewall may follow these lines.
const (
	shutOutBurst = 64
	shutOutRate  = 2
)

// shutOut logs that a source is refused from now on for an offence. The line has the address of its last
// connection.
func (l *logLimiter) shutOut(logger *slog.Logger, offence Reason, remote string) {
	l.mu.Lock()
	if l.shutOuts == nil {
		l.shutOuts = rate.NewLimiter(shutOutRate, shutOutBurst)
	}
	if !l.shutOuts.Allow() {
		l.shutOutsOmitted++
		l.mu.Unlock()
		return
	}
	omitted := l.shutOutsOmitted
	l.shutOutsOmitted = 0
	l.mu.Unlock()
	logger.Warn("source shut out", "remote", remote, "reason", offence.String(), "omitted", omitted)
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
