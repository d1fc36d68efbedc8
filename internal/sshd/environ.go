package sshd

import (
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Bounds of the environment that a client may set.
const (
	maxEnv      = 16  // variables
	maxEnvBytes = 512 // in "NAME=value"
)

// setEnv sets a variable (RFC 4254 §6.4) and reports whether it is accepted. Variables can be
// set only before the session starts; the last value of a name counts.
func (s *session) setEnv(payload []byte) bool {
	if s.hasStarted() {
		return false
	}
	name, value, ok := parseEnv(payload)
	if !ok {
		return false
	}
	entry := name + "=" + value
	if i := slices.IndexFunc(s.env, func(e string) bool { return strings.HasPrefix(e, name+"=") }); i >= 0 {
		s.env[i] = entry
		return true
	}
	if len(s.env) >= maxEnv {
		return false
	}
	s.env = append(s.env, entry)
	return true
}

// parseEnv parses an env request, and reports whether the variable is accepted: its name is
// allowed, its value printable, and it is not too long.
func parseEnv(payload []byte) (name, value string, ok bool) {
	var req struct{ Name, Value string }
	if err := gossh.Unmarshal(payload, &req); err != nil {
		return "", "", false
	}
	if len(req.Name)+1+len(req.Value) > maxEnvBytes || !envAllowed(req.Name) || !printable(req.Value) {
		return "", "", false
	}
	return req.Name, req.Value, true
}

// envAllowed reports whether a variable of this name is accepted: those that describe the
// terminal and the language, and our own SSHBLOG_ names. No program is executed, so none is
// dangerous; the list keeps short what an application has to consider.
func envAllowed(name string) bool {
	switch name {
	case "LANG", "LANGUAGE", "NO_COLOR", "CLICOLOR", "COLORTERM", "COLORFGBG",
		"TERM_PROGRAM", "TERM_PROGRAM_VERSION":
		return true
	}
	rest, ok := strings.CutPrefix(name, "LC_")
	if !ok {
		rest, ok = strings.CutPrefix(name, "SSHBLOG_")
	}
	return ok && rest != "" && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}
