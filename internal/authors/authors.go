// Package authors says who may publish: it reads the public keys of authors from a file in the format of
// OpenSSH's authorized_keys (sshd(8)), and finds the author by the key that a client has signed with.
//
// Each option that the format allows for a key is obeyed, or its line is refused: nobody gets more than their
// line grants.
package authors

import (
	"crypto/sha256"
	"net"
	"net/netip"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// maxName is the length of an author's name, in bytes.
const maxName = 100

// Set is the authors of a file. It does not change; a nil one has nobody.
type Set struct {
	// By keys in wire format, those of a line in the order of the file.
	keys        map[string][]line
	authorities map[string][]line
	revoked     map[string]struct{} //ledger:counted at most maxLines, of a file of the operator
	sum         [2][sha256.Size]byte
}

// Client is somebody who is connected.
type Client struct {
	// Key is the key or certificate that the client has signed with; nil if it has with none.
	// One that was only offered is nobody's.
	Key ssh.PublicKey
	// User is the login name.
	User string
	// Addr is where the client connects from.
	Addr net.Addr
}

// Author returns the name of the author that a client is at a time, or "" if it is none.
func (s *Set) Author(c Client, now time.Time) string {
	if s == nil || c.Key == nil || s.isRevoked(c.Key) {
		return ""
	}
	addr := address(c.Addr)
	certificate, ok := c.Key.(*ssh.Certificate)
	if !ok {
		for _, l := range s.keys[string(c.Key.Marshal())] {
			if l.holds(now) && l.from.match(addr) {
				return l.name
			}
		}
		return ""
	}
	for _, l := range s.authorities[string(certificate.SignatureKey.Marshal())] {
		if l.holds(now) && l.from.match(addr) && l.admits(certificate, c.User) &&
			comesFrom(certificate, addr) && valid(certificate, now) {
			return nameOf(certificate.KeyId, certificate.Key)
		}
	}
	return ""
}

// Knows reports whether a key or certificate may be an author's, before the client has signed with it. It is
// for security keys, whose owners have to touch them to sign.
func (s *Set) Knows(key ssh.PublicKey, now time.Time) bool {
	if s == nil || s.isRevoked(key) {
		return false
	}
	certificate, ok := key.(*ssh.Certificate)
	if !ok {
		return anyHolds(s.keys[string(key.Marshal())], now)
	}
	return anyHolds(s.authorities[string(certificate.SignatureKey.Marshal())], now) && valid(certificate, now)
}

func anyHolds(lines []line, now time.Time) bool {
	for _, l := range lines {
		if l.holds(now) {
			return true
		}
	}
	return false
}

// Count returns how many keys, authorities and revoked keys there are.
func (s *Set) Count() (keys, authorities, revoked int) {
	return len(s.keys), len(s.authorities), len(s.revoked)
}

// Same reports whether two sets are of the same text.
func (s *Set) Same(other *Set) bool { return s.sum == other.sum }

// isRevoked reports whether a key, the key that a certificate is of, or the one it is signed with is
// in the list of those that are revoked.
func (s *Set) isRevoked(key ssh.PublicKey) bool {
	if certificate, ok := key.(*ssh.Certificate); ok {
		return s.isRevoked(certificate.Key) || s.isRevoked(certificate.SignatureKey)
	}
	_, is := s.revoked[string(key.Marshal())]
	return is
}

// nameOf returns an author's name: the key's comment or the certificate's identity, cleaned, or the key's
// fingerprint if that is empty.
func nameOf(said string, key ssh.PublicKey) string {
	// Only a little more is cleaned than is kept: the identity in a certificate may be long.
	name := plaintext.Line(plaintext.CutRunes(said, 4*maxName))
	if name = plaintext.Line(plaintext.CutRunes(name, maxName)); name == "" {
		return ssh.FingerprintSHA256(key)
	}
	return name
}

// address returns the address of a client; the zero one is none.
func address(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}
