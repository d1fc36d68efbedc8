package main

import (
	"context"
	"io"
	"log/slog"
)

// journalError is the priority of errors.
const journalError = "<3>"

// journalHandler begins each line with its priority, which the journal takes off (sd-daemon(3)):
// "journalctl -p warning" shows what is one.
type journalHandler struct {
	errors, warnings, infos, debugs slog.Handler
}

// newJournalHandler returns one; with makes the handler that writes the lines.
func newJournalHandler(w io.Writer, with func(io.Writer) slog.Handler) journalHandler {
	return journalHandler{
		errors: with(prefixed{w, journalError}), warnings: with(prefixed{w, "<4>"}),
		infos: with(prefixed{w, "<6>"}), debugs: with(prefixed{w, "<7>"}),
	}
}

func (h journalHandler) of(level slog.Level) slog.Handler {
	switch {
	case level >= slog.LevelError:
		return h.errors
	case level >= slog.LevelWarn:
		return h.warnings
	case level >= slog.LevelInfo:
		return h.infos
	default:
		return h.debugs
	}
}

func (h journalHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.of(level).Enabled(ctx, level)
}

func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.of(r.Level).Handle(ctx, r) //nolint:wrapcheck // a handler that is no layer of its own
}

func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return journalHandler{h.errors.WithAttrs(attrs), h.warnings.WithAttrs(attrs), h.infos.WithAttrs(attrs), h.debugs.WithAttrs(attrs)}
}

func (h journalHandler) WithGroup(name string) slog.Handler {
	return journalHandler{h.errors.WithGroup(name), h.warnings.WithGroup(name), h.infos.WithGroup(name), h.debugs.WithGroup(name)}
}

// prefixed writes something before each line. slog writes a line at once.
type prefixed struct {
	to     io.Writer
	prefix string
}

func (p prefixed) Write(line []byte) (int, error) {
	n, err := p.to.Write(append([]byte(p.prefix), line...))
	return max(n-len(p.prefix), 0), err //nolint:wrapcheck // slog's caller is told what the writer says
}
