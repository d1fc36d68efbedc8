package sshd

import (
	"fmt"
	"log/slog"
	"time"

	"charm.land/ssh"
)

// logging logs one line at a session's end, and one at its start at level debug. The fields'
// names are stable. What comes from the client is cleaned and cut, so that it cannot forge a
// field or a line. Of a key only the type is logged, and an author's name. Of sessions that were refused,
// which a client can ask for without end, only some are logged.
func (s *Server) logging(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		g := sessionOf(sess)
		ctx := sess.Context()
		s.log.LogAttrs(ctx, slog.LevelDebug, "session started", g.logAttrs()...)
		returned := false
		defer func() {
			why := Panic // recovery, the outer middleware, has not recorded it yet
			if returned {
				why = g.outcome()
			}
			if g.refused {
				s.logLimiter.info(s.log, why, "session refused", "remote", g.conn.remote)
				return
			}
			attrs := append(g.logAttrs(),
				slog.Duration("duration", (s.clock()-g.since).Round(time.Millisecond)),
				slog.Int64("bytes_in", g.traffic.in.Load()),
				slog.Int64("bytes_out", g.traffic.out.Load()),
				slog.String("reason", why.String()),
			)
			if status := g.exitCode(); status != 0 {
				attrs = append(attrs, slog.Int("status", status))
			}
			s.log.LogAttrs(ctx, slog.LevelInfo, "session ended", attrs...)
		}()
		next(sess)
		returned = true
	}
}

// logAttrs returns the fields that are known from a session's start on.
func (s *session) logAttrs() []slog.Attr {
	key := "none"
	if k := s.PublicKey(); k != nil {
		key = k.Type()
	}
	pty, _, ok := s.Pty()
	size := ""
	if ok {
		size = fmt.Sprintf("%dx%d", pty.Window.Width, pty.Window.Height)
	}
	attrs := []slog.Attr{
		slog.String("session", fmt.Sprintf("%016x", s.id)),
		slog.String("remote", s.conn.remote),
		slog.String("user", clean(s.User(), maxUser)),
		slog.String("key_type", key),
		slog.String("client", clean(string(s.ssh.ClientVersion()), maxLogged)),
		slog.String("kind", s.kind.String()),
		slog.String("term", pty.Term),
		slog.String("size", size),
		slog.String("command", clean(s.server.cfg.Logged(s.request), maxCommand)),
	}
	if s.author != "" {
		attrs = append(attrs, slog.String("author", clean(s.author, maxLogged)))
	}
	return attrs
}
