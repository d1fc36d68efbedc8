package main

import (
	"github.com/sshblog/sshblog/internal/share"
	"github.com/sshblog/sshblog/internal/sshd"
)

// identifyAuto derives settings.Identify from other settings; the other values are on and off.
const identifyAuto = "auto"

// guestName is the login name of those who show no key, whatever Identify says. OpenSSH with BatchMode cannot
// log in without a key by any other name. Health checks use it.
const guestName = "guest"

// identifies reports whether clients that log in by a name are asked for a key: with auto, if there are
// authors or readers are remembered. A share is for people who have none.
func (s *settings) identifies(user string, remembers bool) bool {
	return (s.Identify == on || s.Identify == identifyAuto && (s.Authors != "" || remembers)) && user != guestName && !share.IsName(user)
}

// author returns the name of the author that a session's client is, or "". It is called each time that the
// right is needed: a reload may have revoked the key, and a certificate may have expired.
func (a *sessions) author(s sshd.Session) string {
	if a.authors == nil {
		return ""
	}
	return a.authors(s)
}
