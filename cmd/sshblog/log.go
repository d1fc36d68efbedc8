package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sshblog/sshblog/internal/logqueue"
	"github.com/sshblog/sshblog/internal/post"
)

// logPatience is how long the process waits, at its end, for lines to be written.
const logPatience = time.Second

func newHandler(s settings, w io.Writer) slog.Handler {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		options.ReplaceAttr = forMachines
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// newLogQueue returns what the server's log is written through: nothing waits
// for whoever reads it. Close has it written what is left, for logPatience at
// most. The settings may be filled in until the first line is logged.
func newLogQueue(s *settings, w io.Writer) *logqueue.Queue {
	return logqueue.New(w, func(lines uint64) []byte {
		var b bytes.Buffer
		r := slog.NewRecord(time.Now(), slog.LevelWarn, "lines of the log are missing here, since it could not be written as fast as they came", 0)
		r.AddAttrs(slog.Uint64("lines", lines))
		// Whatever the level is: this is about the log, not in it.
		_ = newHandler(*s, &b).Handle(context.Background(), r) // a buffer takes all
		return b.Bytes()
	})
}

// forMachines writes an attribute as JSON should have it.
//
// A duration is in seconds: it would be a number of nanoseconds otherwise, with
// no unit. People get 1m30s.
//
// In text whatever cannot be printed is written as an escape, as are control
// characters here. But JSON lets C1 controls and bidirectional overrides stand
// as they are, and the name of a post's file may hold any.
func forMachines(_ []string, a slog.Attr) slog.Attr {
	switch value := a.Value.Any().(type) {
	case time.Duration:
		a.Value = slog.Float64Value(value.Seconds())
	case string:
		a.Value = slog.StringValue(printable(value))
	case error:
		a.Value = slog.StringValue(printable(value.Error()))
	}
	return a
}

// printable writes runes that are not as escapes, but for those below a space,
// which JSON escapes itself.
func printable(text string) string {
	return escaped(text, func(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) })
}

// escaped writes the runes of a kind as Go does in a string: \x1b, \u202e.
func escaped(text string, kind func(rune) bool) string {
	if !strings.ContainsFunc(text, kind) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !kind(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// maxProblems is how many problems one reading of the posts logs: far less than
// the log's queue holds, so that a broken folder does not push other lines out.
const maxProblems = 1000

// logProblems tells the authors what to mend.
func logProblems(logger *slog.Logger, problems []post.Problem) {
	for i, p := range problems {
		if i == maxProblems {
			logger.Warn("more posts have problems; sshblog check lists them all", "omitted", len(problems)-maxProblems)
			break
		}
		level, what := slog.LevelWarn, "post has a problem"
		if p.Severity == post.Error {
			level, what = slog.LevelError, "post cannot be shown"
		}
		logger.Log(context.Background(), level, what, "file", p.Path, "line", p.Line, "problem", p.What)
	}
}
