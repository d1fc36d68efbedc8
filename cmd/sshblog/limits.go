package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/sshd"
)

// limitFlags declares the limits of the SSH server, in the order in which they apply. What each of them
// protects is documented at the field of sshd.Config that it sets; the comments here say when an operator has a
// reason to change it.
func limitFlags(fs *pflag.FlagSet, c *sshd.Config) {
	// Before any cryptography. Sources share an address behind a carrier's or
	// a company's NAT: raise theirs if the log has source_connections or
	// source_rate for places that you know. Never raise them for a proxy: let
	// that one say who its clients are.
	fs.Var(check(&c.Proxies, list(addresses)), "proxy-from", "`ranges` whose connections must begin with a PROXY header, as CIDRs joined by commas")
	fs.Var(check(&c.ProxyTimeout, duration), "proxy-timeout", "how `long` a proxy may take to send its PROXY header")
	fs.Var(check(&c.Exempt, list(addresses)), "exempt", "`ranges` without limits of their own, as CIDRs joined by commas")
	fs.Var(check(&c.MaxConnsPerSource, atLeast1), "source-connections", "connections at once from one source (IPv4 address or IPv6 /64), as `number`")
	// A server for one network, such as a company's, sets network-share and
	// wide-network-share to 1.
	fs.Var(check(&c.NetworkShare, atLeast1), "network-share", "the part of connections, logins and memory that one network (IPv4 /24, IPv6 /56) may have, as `number`: 8 is an eighth, 1 all")
	fs.Var(check(&c.WideNetworkShare, atLeast1), "wide-network-share", "the same for a wide network (IPv4 /16, IPv6 /48), as `number`")
	fs.Var(check(&c.ConnRate, rate), "source-rate", "connections a second from one source, as `number`")
	fs.Var(check(&c.ConnBurst, atLeast1), "source-burst", "connections from one source before its rate counts, as `number`")
	fs.Var(check(&c.MaxSources, atLeast1), "max-sources", "sources that are remembered, as `number`; about a kilobyte each")
	fs.Var(check(&c.MaxConns, atLeast1), "max-connections", "connections at once, as `number` (default: a quarter more than sessions)")

	// Until the login is complete. Each handshake may cost half a millisecond of CPU, so more of them at once
	// only make each wait longer.
	fs.Var(check(&c.MaxHandshakes, atLeast1), "max-handshakes", "connections that may be logging in at once, as `number`")
	fs.Var(check(&c.HandshakeTimeout, duration), "handshake-timeout", "how `long` logging in may take, without what sign-timeout is for")
	fs.Var(check(&c.SignTimeout, duration), "sign-timeout", "how `long` users may take to answer their client while logging in: whether a host key is right, and for a passphrase (see identify)")

	// Sessions. Set their memory; their number follows from it.
	fs.Var(check(&c.MemoryBudget, sessionMemory), "memory", "memory for sessions, as `size` (default: what GOMEMLIMIT leaves beside the rest, else 1GiB)")
	fs.Var(check(&c.MaxSessions, atLeast1), "max-sessions", "sessions at once, as `number` (default: as many as the memory budget allows)")
	fs.Var(check(&c.MaxChannels, atLeast1), "max-channels", "channels at once on one connection, as `number`")
	fs.Var(check(&c.SessionRate, rate), "session-rate", "sessions and commands a second from one source, as `number`")
	fs.Var(check(&c.SessionBurst, atLeast1), "session-burst", "sessions from one source before its rate counts, as `number`")

	// What a session may send, and how long it may take for everything. Nobody
	// types as much; uploads have limits of their own.
	fs.Var(check(&c.InputRate, inputRate), "input-rate", "input a second on one connection, as `size`; faster ones are slowed, small packets at a quarter")
	fs.Var(check(&c.MaxInput, orOff(memorySize)), "max-input", "input of one session in all, as `size`, or off")
	fs.Var(check(&c.AuthorInputRate, inputRate), "author-input-rate", "the same as input-rate for authors, as `size`")
	fs.Var(check(&c.AuthorMaxInput, orOff(memorySize)), "author-max-input", "the same as max-input for authors, as `size`, or off")
	fs.Var(check(&c.Linger, duration), "linger", "how `long` a connection may stay without a session")
	fs.Var(check(&c.WriteTimeout, duration), "write-timeout", "how `long` a client may take no data")
	fs.Var(check(&c.KeepAlive, orOff(duration)), "keepalive", "how `long` a client may be silent before it is sent a keepalive request, or off")
	fs.Var(check(&c.IdleTimeout, orOff(duration)), "idle-timeout", "how `long` a session may go without input, or off")
	fs.Var(check(&c.SessionTimeout, orOff(duration)), "session-timeout", "how `long` a session may last, or off")
	fs.Var(check(&c.WarnBefore, duration), "warn-before", "how `long` before those two ends readers are warned")
	fs.Var(check(&c.Drain, duration), "drain", "how `long` readers may go on after SIGTERM")

	yes(fs.VarPF(check(&c.TruncateAddrs, boolean), "truncate-addresses", "", "log networks instead of addresses: true or false (`bool`)"))
}

func atLeast1(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errors.New("want a whole number above 0")
	}
	return n, nil
}

func rate(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n <= 1e6) {
		return 0, errors.New("want a number above 0, as in 5 or 0.5")
	}
	return n, nil
}

// memorySize reads a size such as 512MiB; a bare number is bytes.
func memorySize(text string) (int64, error) {
	digits, unit := text, int64(1)
	for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = rest, factor
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
	if unit == 1 {
		n, err = strconv.ParseInt(text, 10, 64)
	}
	if err != nil || n < 1 {
		return 0, errors.New("want a size such as 512MiB or 2GiB")
	}
	return n * unit, nil
}

// sessionMemory reads a size for the memory of sessions: a connection may take 4 MiB, and no machine has more
// than the maximum.
func sessionMemory(text string) (int64, error) {
	n, err := memorySize(text)
	if err != nil || n < 4<<20 || n > 64<<40 {
		return 0, errors.New("want a size from 4MiB to 65536GiB, as in 512MiB")
	}
	return n, nil
}

// inputRate reads a size per second. Below its minimum, the delay for a single packet, of 40 KiB at most, would
// be longer than a reader waits.
func inputRate(text string) (int, error) {
	n, err := memorySize(text)
	if err != nil || n < 64<<10 || n > 1<<30 {
		return 0, errors.New("want a size from 64KiB to 1GiB")
	}
	return int(n), nil
}

func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("want a duration such as 20s or 1m30s")
	}
	return d, nil
}

// orOff also takes "off", which sshd.Config has as a negative value.
func orOff[T ~int64](parse func(string) (T, error)) func(string) (T, error) {
	return func(text string) (T, error) {
		if text == "off" {
			return -1, nil
		}
		n, err := parse(text)
		if err != nil {
			err = fmt.Errorf("%w, or off", err)
		}
		return n, err
	}
}

// warnOfRanges logs which settings contain large ranges of public addresses: then anyone may have the rights
// that are meant for a few of the operator's machines.
func warnOfRanges(logger *slog.Logger, c sshd.Config) {
	if wholesale(c.Proxies) {
		logger.Warn("setting proxy-from trusts public addresses wholesale: anyone may claim to be any address, so limits per source and addresses in the log mean nothing; name only your proxies", "ranges", c.Proxies)
	}
	if wholesale(c.Exempt) {
		logger.Warn("setting exempt covers public addresses wholesale: anyone there may take all connections and sessions; name only machines of your own", "ranges", c.Exempt)
	}
}

// wholesale reports whether ranges contain, together, as many public addresses as an IPv4 /8 or an IPv6 /16:
// the list of an operator's own machines never does.
func wholesale(prefixes []netip.Prefix) bool {
	var v4, v6 float64 // public addresses
	for i, p := range prefixes {
		if slices.ContainsFunc(prefixes, func(q netip.Prefix) bool { return q.Overlaps(p) && q.Bits() < p.Bits() }) ||
			slices.Contains(prefixes[:i], p) {
			continue // counted with another
		}
		n := public(p)
		if p.Addr().Is4() {
			v4 += n
		} else {
			v6 += n
		}
	}
	return v4 >= size(32, 8) || v6 >= size(128, 16)
}

// public returns how many addresses of a range may be anyone's on the Internet.
func public(p netip.Prefix) float64 {
	n := size(p.Addr().BitLen(), p.Bits())
	for _, text := range [...]string{
		// Of IANA's registries of special-purpose addresses those that are for use
		// within a site, a machine, a provider, or documentation.
		"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
		"::1/128", "2001:db8::/32", "fc00::/7", "fe80::/10",
	} {
		private := netip.MustParsePrefix(text)
		switch {
		case !private.Overlaps(p):
		case private.Bits() <= p.Bits():
			return 0
		default:
			n -= size(private.Addr().BitLen(), private.Bits())
		}
	}
	return n
}

// size returns how many addresses a prefix has.
func size(all, bits int) float64 { return math.Ldexp(1, all-bits) }

// addresses reads a range, or an address, which is a range of one.
func addresses(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if err != nil {
		return prefix, errors.New("want ranges such as 10.0.0.0/8 or 2001:db8::/32, and " + strconv.Quote(text) + " is none")
	}
	if prefix != prefix.Masked() {
		return prefix, errors.New("the range " + text + " has bits outside its mask; did you mean " + prefix.Masked().String() + "?")
	}
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 { // addresses are compared without that
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	return prefix, nil
}
