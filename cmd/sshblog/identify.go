package main

// identifyAuto is settings.Identify that follows from other settings; it may be on or off as well.
const identifyAuto = "auto"

// guestName is the login name of those who show no key, whatever Identify says: OpenSSH asks for
// none and, with BatchMode, knows no way in without a key but that. Health checks use it.
const guestName = "guest"

// identifies reports whether clients that log in by a name are asked for a key.
func (s *settings) identifies(user string) bool {
	return s.Identify == on && user != guestName // nothing needs an identity yet: auto is off
}
