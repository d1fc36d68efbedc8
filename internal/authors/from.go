package authors

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"strings"
)

// pattern is one of the addresses that from= allows or, with not, excepts: a network, or a text with
// wildcards, which addresses are compared with as they are written.
type pattern struct {
	not     bool
	network netip.Prefix
	text    string // with * and ?; "" if it is a network
}

// patterns are those of one list; nil allows all addresses.
type patterns []pattern

// match reports whether an address is allowed: it has to be in the list, and not to be excepted,
// wherever in the list that stands.
func (all patterns) match(addr netip.Addr) bool {
	if all == nil {
		return true
	}
	found := false
	for _, p := range all {
		is := p.text == "" && p.network.Contains(addr)
		if p.text != "" && addr.IsValid() {
			is, _ = path.Match(p.text, addr.String()) // it has nothing that path takes for more than * and ?
		}
		if is && p.not {
			return false
		}
		found = found || is
	}
	return found
}

// parseFrom reads the value of from=. Of what sshd allows there, the names of hosts are refused: it
// does not look them up either, unless it is told to (UseDNS).
func parseFrom(list string) (all patterns, err error) {
	allows := false
	for entry := range strings.SplitSeq(list, ",") {
		text, not := strings.CutPrefix(entry, "!")
		p := pattern{not: not}
		if strings.ContainsAny(text, "*?") {
			if p.text, err = parseWildcard(text); err != nil {
				return nil, err
			}
		} else if p.network, err = parseNetwork(text); err != nil {
			return nil, err
		}
		all = append(all, p)
		allows = allows || !not
	}
	if !allows {
		return nil, errors.New("from has exceptions alone and allows no address: add a pattern without !, as in *")
	}
	return all, nil
}

// parseNetwork reads an address, or a network in CIDR notation.
func parseNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if addr, failed := netip.ParseAddr(text); err != nil && failed == nil && addr.Zone() == "" {
		network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	switch {
	case err != nil:
		return network, fmt.Errorf("%s is no address: hosts are not known by name here, so write an address, a network (192.0.2.0/24) or a pattern of addresses (192.0.2.*)", quote(text))
	case network.Addr().Is4In6():
		return network, fmt.Errorf("%s never matches: write an IPv4 address as such", quote(text))
	case network != network.Masked():
		return network, fmt.Errorf("%s has bits behind its mask: write %s", quote(text), network.Masked())
	}
	return network, nil
}

// parseWildcard reads a pattern that addresses may match. Others are the names of hosts, which would
// except nobody.
func parseWildcard(text string) (string, error) {
	text = strings.ToLower(text)
	letters := strings.ContainsAny(text, "abcdef")
	if strings.Trim(text, "0123456789abcdef.:*?") != "" || letters && strings.Contains(text, ".") {
		return "", fmt.Errorf("%s matches no address, and hosts are not known by name here: write a pattern of addresses, as in 192.0.2.* or 2001:db8:*", quote(text))
	}
	return text, nil
}
