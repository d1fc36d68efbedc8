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

// setEnv notes a variable (RFC 4254 §6.4), before the start. A name given
// twice has its last value.
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

// parseEnv reads an env request and reports whether the variable is one that
// is let in, of a size and text that harm nobody.
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

// envAllowed reports whether a variable is let in: what describes the terminal
// and the language, and our own SSHBLOG_ names. Nothing here runs programs, so
// no variable is dangerous; the list keeps what an application must think of
// short.
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
