package sshd

import "charm.land/ssh"

// rateLimit refuses sessions and commands of a source that asks for them
// faster than Config.SessionRate. The gate limits connections, but one
// connection may ask for a command after another. The buckets are in the
// gate's bounded table of sources.
func (s *Server) rateLimit(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if g := guarded(sess); !s.gate.allowSession(g.conn.source) {
			g.refuse(SessionRate)
			return
		}
		next(sess)
	}
}
