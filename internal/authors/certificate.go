package authors

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// sourceAddress is the critical option of a certificate that says where it may be used, and the only
// one that is obeyed (PROTOCOL.certkeys).
const sourceAddress = "source-address"

// noTouch is the extension of a certificate by which a security key need not be touched. sshd asks
// for the same option in the line of the authority, and such lines are refused here. x/crypto takes
// signatures without a touch for the extension alone, and does not tell of them.
const noTouch = "no-touch-required"

// valid reports whether a certificate is a user's, is signed by who it says, and holds at a time.
func valid(c *ssh.Certificate, now time.Time) bool {
	_, untouched := c.Extensions[noTouch]
	if c.CertType != ssh.UserCert || len(c.ValidPrincipals) == 0 || untouched || accepted(c.Key) != nil ||
		c.Signature == nil || c.Signature.Format == ssh.KeyAlgoRSA { // which is with SHA-1
		return false
	}
	checker := ssh.CertChecker{SupportedCriticalOptions: []string{sourceAddress}, Clock: func() time.Time { return now }}
	return checker.CheckCert(c.ValidPrincipals[0], c) == nil // who it is for, admits has asked
}

// admits reports whether a certificate is for somebody whom the line of its authority admits: one of
// its principals or, without these, the login name, as for sshd.
func (l *line) admits(c *ssh.Certificate, user string) bool {
	if l.principals == nil {
		return slices.Contains(c.ValidPrincipals, user)
	}
	return slices.ContainsFunc(c.ValidPrincipals, func(p string) bool { return slices.Contains(l.principals, p) })
}

// comesFrom reports whether an address is one that a certificate may be used from. One whose list
// has something else than addresses and networks holds nowhere, as for sshd.
func comesFrom(c *ssh.Certificate, addr netip.Addr) bool {
	list, limited := c.CriticalOptions[sourceAddress]
	if !limited {
		return true
	}
	from, err := parseNetworks(list)
	return err == nil && from.match(addr)
}

// parseNetworks reads a list of addresses and networks.
func parseNetworks(list string) (all patterns, err error) {
	for text := range strings.SplitSeq(list, ",") {
		network, err := parseNetwork(text)
		if err != nil {
			return nil, err
		}
		all = append(all, pattern{network: network})
	}
	return all, nil
}
