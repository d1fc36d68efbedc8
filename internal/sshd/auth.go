package sshd

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// serverVersion is the server's identification string (RFC 4253 §4.2).
const serverVersion = "SSH-2.0-sshblog"

// keyExtension is the extension of a connection's permissions that holds the public key it was
// authenticated with, in wire format (RFC 4253 §6.6).
const keyExtension = "sshblog-public-key"

// maxAuthTries is how many failed login attempts a connection has; the library allows 128
// attempts in all, and maxBeforeLogin bounds their bytes. Attempts fail where Config.Identify
// holds: an agent may hold twenty keys that are refused, and one attempt has to be left after
// them. An attempt costs some 25 µs, at most 150 with a signature that is verified, and the
// latter few times (see maxStrangers): BenchmarkOffers.
const maxAuthTries = 40

// maxStrangers is how many times a connection may offer or use security keys that are not known.
// After that none is accepted. The library verifies the signatures of refused keys, too.
const maxStrangers = 20

// maxKeyBytes is how long a client's public key may be, in bytes in wire format, since it is
// kept with the connection. RSA keys of maxRSABits have a kilobyte, certificates some more.
const maxKeyBytes = 8 << 10

// maxUserName is how long a login name may be, in bytes.
const maxUserName = 256

// Limits of a client's RSA key. The time to verify a signature grows with the square of the
// key's length and with the length of the exponent: with 16,384 bits, the most that x/crypto
// accepts, it takes as much as several logins.
const (
	maxRSABits     = 8192
	maxRSAExponent = 1<<16 + 1
)

var errUserName = errors.New("this name is too long")

var errKeySize = errors.New("this key is too large")

var errIdentify = errors.New("a public key is asked for first")

var errStranger = errors.New("this security key is not known")

// protocolConfig returns the SSH configuration that all connections share. It must not be
// changed afterwards.
//
// Every client of the last ten years supports some of these algorithms, and no audit objects
// to any of them. They are also fast: a handshake with Diffie-Hellman group 14 takes 6.9 ms
// of the server's CPU, with these two 0.5 and 0.6 ms.
func protocolConfig(cfg Config) *gossh.ServerConfig {
	c := &gossh.ServerConfig{
		Config: gossh.Config{
			KeyExchanges: []string{
				gossh.KeyExchangeMLKEM768X25519,
				gossh.KeyExchangeCurve25519, // and with it curve25519-sha256@libssh.org
			},
			Ciphers: []string{
				gossh.CipherAES128GCM, gossh.CipherAES256GCM, gossh.CipherChaCha20Poly1305,
				gossh.CipherAES128CTR, gossh.CipherAES192CTR, gossh.CipherAES256CTR,
			},
			// The two without -etm are for libssh2 1.10, which has no others.
			MACs: []string{
				gossh.HMACSHA256ETM, gossh.HMACSHA512ETM,
				gossh.HMACSHA256, gossh.HMACSHA512,
			},
		},
		// Without ssh-rsa, which signs with SHA-1, and without DSA.
		PublicKeyAuthAlgorithms: []string{
			gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
			gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521,
			gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512,
		},
		ServerVersion: serverVersion,
		MaxAuthTries:  maxAuthTries,
		NoClientAuth:  true, // method "none" is accepted if the callback agrees
	}
	anonymous := func(conn gossh.ConnMetadata) (*gossh.Permissions, error) {
		if len(conn.User()) > maxUserName {
			return nil, tooLongName()
		}
		return &gossh.Permissions{}, nil
	}
	c.NoClientAuthCallback = func(conn gossh.ConnMetadata) (*gossh.Permissions, error) {
		if cfg.Identify(conn.User()) {
			return nil, errIdentify
		}
		return anonymous(conn)
	}
	// Some programs insist on a password and try no other method. Any password is accepted.
	c.PasswordCallback = func(conn gossh.ConnMetadata, _ []byte) (*gossh.Permissions, error) {
		return anonymous(conn)
	}
	c.KeyboardInteractiveCallback = func(conn gossh.ConnMetadata, _ gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
		return anonymous(conn)
	}
	c.VerifiedPublicKeyCallback = verified
	return c
}

// tooLongName is the error for a client whose login name is too long.
func tooLongName() error {
	return &gossh.BannerError{Err: errUserName, Message: fmt.Sprintf("Login names have at most %d bytes here.\r\n", maxUserName)}
}

// verified stores the key of a verified signature as the connection's identity. The library calls it for
// nothing else; a key that was only offered is no identity.
func verified(_ gossh.ConnMetadata, key gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
	return &gossh.Permissions{Extensions: map[string]string{keyExtension: string(key.Marshal())}}, nil
}

// publicKey returns the key that a connection was authenticated with, or nil.
func publicKey(p *gossh.Permissions) ssh.PublicKey {
	if p == nil || p.Extensions[keyExtension] == "" {
		return nil
	}
	key, err := gossh.ParsePublicKey([]byte(p.Extensions[keyExtension]))
	if err != nil {
		return nil // it was marshalled by us
	}
	return key
}

// publicKeyCallback returns the callback that accepts or refuses the keys of one connection's
// client. A client offers keys before it signs with one, and the callback is called for each
// offer, and for a signature with a key other than the last one that was offered. What it
// returns says nothing about who the client is: see verified.
//
// The library verifies a signature even if the callback has refused the key, but first checks
// that the algorithm is in the configuration. So for a key that would take too long to verify,
// the callback removes the RSA algorithms from that list, which is the connection's own. The
// client may go on with keys of other types, or without a key.
func (c *conn) publicKeyCallback(algorithms []string) func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
	return func(meta gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
		if what := tooLarge(key); what != "" {
			without(algorithms, gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512)
			c.deny(KeySize, "public key refused", what)
			return nil, &gossh.BannerError{Err: errKeySize, Message: KeySize.line() + "\r\n"}
		}
		if len(meta.User()) > maxUserName {
			return nil, tooLongName()
		}
		if n := len(key.Marshal()); n > maxKeyBytes {
			return nil, errKeySize
		}
		if !c.server.cfg.Identify(meta.User()) {
			return &gossh.Permissions{}, nil
		}
		if needsTouch(key) && !c.server.cfg.KnownKey(key) {
			return nil, errStranger
		}
		c.awaitSignature()
		return &gossh.Permissions{}, nil
	}
}

// without replaces algorithms in a list by one that is in it, so that they are not accepted.
func without(list []string, algorithms ...string) {
	for i, algorithm := range list {
		if slices.Contains(algorithms, algorithm) {
			list[i] = gossh.KeyAlgoED25519
		}
	}
}

// signingKey returns the key that a client signs with: that of a certificate, or the key itself.
func signingKey(key gossh.PublicKey) gossh.PublicKey {
	if certificate, ok := key.(*gossh.Certificate); ok {
		return certificate.Key
	}
	return key
}

// needsTouch reports whether a key is in a security key, whose owner has to touch it to sign.
func needsTouch(key gossh.PublicKey) bool {
	kind := signingKey(key).Type()
	return kind == gossh.KeyAlgoSKED25519 || kind == gossh.KeyAlgoSKECDSA256
}

// tooLarge describes a key that takes too long to verify, or returns "".
func tooLarge(key gossh.PublicKey) string {
	of, ok := signingKey(key).(gossh.CryptoPublicKey)
	if !ok {
		return ""
	}
	if k, ok := of.CryptoPublicKey().(*rsa.PublicKey); ok && (k.N.BitLen() > maxRSABits || k.E > maxRSAExponent) {
		return fmt.Sprintf("RSA of %d bits, exponent %d", k.N.BitLen(), k.E)
	}
	return ""
}

// connConfig returns the configuration of one connection: a copy of the shared one with the
// callbacks and host keys of the connection.
func (s *Server) connConfig(c *conn) *gossh.ServerConfig {
	cfg := *s.protocol
	cfg.Rand = exchangeRandom{c}
	for _, key := range c.identity.signers(time.Now()) {
		signer := &connSigner{MultiAlgorithmSigner: key}
		cfg.AddHostKey(signer)
		signer.conn = c // adding asks for its public key too
	}
	cfg.PreAuthConnCallback = c.packets.grant
	algorithms := slices.Clone(cfg.PublicKeyAuthAlgorithms)
	cfg.PublicKeyAuthAlgorithms = algorithms
	cfg.PublicKeyCallback = c.publicKeyCallback(algorithms)
	cfg.AuthLogCallback = c.attempted(algorithms)
	return &cfg
}

// attempted returns the callback that is called with the result of each attempt to log in.
func (c *conn) attempted(algorithms []string) func(gossh.ConnMetadata, string, error) {
	strangers, named := 0, 0
	return func(_ gossh.ConnMetadata, _ string, err error) {
		switch {
		case err == nil:
			c.authenticated()
		case errors.Is(err, errIdentify):
			c.askedForKey()
		case errors.Is(err, errUserName):
			if named++; named == 2 { // it knows the error, and would ask its user for a password next
				c.end(HandshakeFailed)
			}
		case errors.Is(err, errStranger):
			if strangers++; strangers == maxStrangers {
				without(algorithms, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256)
			}
		}
	}
}
