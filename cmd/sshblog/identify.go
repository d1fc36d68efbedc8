package main

import (
	"github.com/sshblog/sshblog/internal/share"
	"github.com/sshblog/sshblog/internal/sshd"
)

// identifyAuto is settings.Identify that follows from other settings; it may be on or off as well.
const identifyAuto = "auto"

// guestName is the login name of those who show no key, whatever Identify says: OpenSSH asks for
// none and, with BatchMode, knows no way in without a key but that. Health checks use it.
const guestName = "guest"

// identifies reports whether clients that log in by a name are asked for a key: with auto, if there are
// authors or readers are remembered. A share is for people who have none.
func (s *settings) identifies(user string, remembers bool) bool {
	return (s.Identify == on || s.Identify == identifyAuto && (s.Authors != "" || remembers)) && user != guestName && !share.IsName(user)
}

// author returns the name of the author that a session's client is, or "" if it is none. Whoever
// lets authors do something asks each time: a reload may have taken the rights of a key, and the
// time of a certificate may be over.
func (a *sessions) author(s sshd.Session) string {
	if a.authors == nil {
		return ""
	}
	return a.authors(s)
}
