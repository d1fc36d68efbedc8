package authors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// parseOptions reads the options that a line begins with (sshd(8), AUTHORIZED_KEYS FILE FORMAT), and
// returns what follows them.
func (l *line) parseOptions(text string, zone *time.Location) (rest string, err error) {
	var seen []string
	for {
		end := strings.IndexAny(text+" ", "=, \t\"")
		name := strings.ToLower(text[:end])
		text = text[end:]
		value := ""
		after, valued := strings.CutPrefix(text, "=")
		if valued {
			if value, text, err = unquote(after); err != nil {
				return "", fmt.Errorf("option %s: %w", quote(name), err)
			}
		}
		if slices.Contains(seen, name) && valued {
			return "", fmt.Errorf("option %s stands here twice: leave one", quote(name))
		}
		seen = append(seen, name)
		if err := l.set(name, value, valued, zone); err != nil {
			return "", err
		}
		var more bool
		if text, more = strings.CutPrefix(text, ","); !more {
			break
		}
	}
	switch {
	case text != "" && text[0] != ' ' && text[0] != '\t':
		return "", fmt.Errorf("behind option %s a comma or a space is missing", quote(seen[len(seen)-1]))
	case l.principals != nil && !l.authority:
		return "", errors.New("option principals is for an authority: add cert-authority, or remove it")
	}
	return text, nil
}

// unquote reads a value in quotes, in which \" is a quote.
func unquote(text string) (value, rest string, err error) {
	text, ok := strings.CutPrefix(text, `"`)
	if !ok {
		return "", "", errors.New(`its value has to be in quotes, as in from="192.0.2.*"`)
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], nil
		case strings.HasPrefix(text[i:], `\"`):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", errors.New("the quote at the end of its value is missing")
}

// set obeys one option, or says that it cannot be obeyed. Those of forwarding, of terminals and of
// user files change nothing: none of what they allow or forbid is given to anybody. A terminal is no
// device here, but what every reader has.
func (l *line) set(name, value string, valued bool, zone *time.Location) (err error) {
	switch name {
	case "from", "expiry-time", "principals":
		if !valued {
			return fmt.Errorf(`option %s has no value: write %[1]s="…"`, name)
		}
	case "cert-authority", "restrict", "port-forwarding", "no-port-forwarding", "agent-forwarding", "no-agent-forwarding",
		"x11-forwarding", "no-x11-forwarding", "pty", "no-pty", "user-rc", "no-user-rc":
		if valued {
			return fmt.Errorf("option %s has no value in this format: remove it", name)
		}
	case "verify-required":
		return errors.New("option verify-required cannot be obeyed, since whether a security key has asked for its PIN is not known here: remove the line, or the option if a touch is enough")
	case "":
		return errors.New("an option is missing where there is a comma, a quote or = : remove that")
	default:
		return fmt.Errorf("option %s cannot be obeyed here: remove it, if the author may publish without it, or the line", quote(name))
	}
	switch name {
	case "cert-authority":
		l.authority = true
	case "from":
		l.from, err = parseFrom(value)
	case "expiry-time":
		l.until, err = parseTime(value, zone)
	case "principals":
		l.principals = strings.Split(value, ",")
		if slices.Contains(l.principals, "") {
			err = errors.New("option principals has an empty name: remove it")
		}
	}
	return err
}

// parseTime reads a time as expiry-time has it: a date, or a date and a time of day, with a Z for UTC
// or else in the given time zone.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	digits := strings.TrimRight(text, "Zz")
	if len(digits) < len(text) {
		zone = time.UTC
	}
	for _, layout := range [...]string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) != len(layout) || len(text) > len(layout)+1 {
			continue
		}
		if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("expiry-time %s is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z for UTC", quote(text))
}
