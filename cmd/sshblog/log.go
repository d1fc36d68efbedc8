package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"charm.land/fang/v2"

	"github.com/sshblog/sshblog/internal/logqueue"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/share"
)

// logPatience is how long the process waits at its end for log lines to be written.
const logPatience = time.Second

func newHandler(s settings, w io.Writer) slog.Handler {
	if s.journal {
		s.journal = false
		return newJournalHandler(w, func(w io.Writer) slog.Handler { return newHandler(s, w) })
	}
	w = share.Hiding(w)
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		options.ReplaceAttr = forMachines
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// wantsJSON reports whether the log is to be JSON, for when the settings could not be read: it looks for
// log-format in the arguments, in the environment and in the configuration file, and ignores errors in these.
func wantsJSON(args []string, getenv func(string) string) bool {
	given := func(setting string) (value string) {
		for i, arg := range args {
			if arg == "--"+setting && i+1 < len(args) {
				value = args[i+1]
			} else if after, ok := strings.CutPrefix(arg, "--"+setting+"="); ok {
				value = after
			}
		}
		return cmp.Or(value, getenv(envName(setting)))
	}
	format := given("log-format")
	if path := given("config"); format == "" && path != "" {
		text, _ := readConfig(path) // that it cannot be read is reported already
		if found := regexp.MustCompile(`(?m)(?:^[ \t]*|[{,][ \t]*)["']?log[-_]format["']?[ \t]*:[ \t]*(?:[&!]\S*[ \t]+)*["']?(\w+)`).FindSubmatch(text); found != nil {
			format = string(found[1])
		}
	}
	return format == formatJSON
}

// lastLine writes why the server does not serve, as a line of the log if that is JSON, and else as all commands
// do. In the journal it has its priority.
func lastLine(s settings, w io.Writer, err error) {
	if s.LogFormat == formatJSON {
		slog.New(newHandler(s, w)).Error("the server has ended", "error", err)
		return
	}
	if s.journal {
		w = prefixed{w, journalError}
	}
	oneLine(w, fang.Styles{}, err)
}

// newLogQueue returns the queue through which the server's log is written, so that nothing
// waits for the log's reader. The settings may still change until the first line is logged.
func newLogQueue(s *settings, w io.Writer) *logqueue.Queue {
	return logqueue.New(w, func(lines uint64) []byte {
		var b bytes.Buffer
		r := slog.NewRecord(time.Now(), slog.LevelWarn, "log lines are missing here: the log could not be written as fast as they came", 0)
		r.AddAttrs(slog.Uint64("lines", lines))
		// At every log level: the line is about the log itself.
		_ = newHandler(*s, &b).Handle(context.Background(), r) // a buffer takes all
		return b.Bytes()
	})
}

// forMachines changes an attribute for JSON logs. Durations are in seconds; slog would write
// nanoseconds. What cannot be printed is escaped: slog's text form does that, but JSON leaves
// C1 controls and bidirectional overrides as they are, and file names may contain them.
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

// printable escapes runes that cannot be printed as Go does in a string: \u202e. Those below
// a space are left to JSON.
func printable(text string) string {
	fine := func(r rune) bool { return r < 0x7f || unicode.IsPrint(r) }
	if strings.IndexFunc(text, func(r rune) bool { return !fine(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if fine(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// maxProblems is how many problems one reading of the posts logs: far fewer than the log's
// queue holds, so that a broken folder does not displace other lines.
const maxProblems = 1000

// logProblems logs what authors have to fix. Warnings are left to check.
func logProblems(logger *slog.Logger, problems []post.Problem) {
	problems = slices.DeleteFunc(slices.Clone(problems), func(p post.Problem) bool { return p.Severity == post.Notice })
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
