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

// maxAuthTries is how many failed login attempts a connection has. Attempts fail only for
// names that Config.RequireKey holds for.
const maxAuthTries = 6

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

var errKeyRequired = errors.New("this name logs in with a public key")

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
			return nil, errUserName
		}
		if cfg.RequireKey(conn.User()) {
			return nil, errKeyRequired
		}
		return &gossh.Permissions{}, nil
	}
	c.NoClientAuthCallback = anonymous
	// Some programs insist on a password and try no other method. Any password is accepted.
	c.PasswordCallback = func(conn gossh.ConnMetadata, _ []byte) (*gossh.Permissions, error) {
		return anonymous(conn)
	}
	c.KeyboardInteractiveCallback = func(conn gossh.ConnMetadata, _ gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
		return anonymous(conn)
	}
	return c
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
// offer. The library keeps the permissions of the key that signed, so the key in them is one
// that the client has proved to own.
//
// The library verifies a signature even if the callback has refused the key, but first checks
// that the algorithm is in the configuration. So for a key that would take too long to verify,
// the callback removes the RSA algorithms from that list, which is the connection's own. The
// client may go on with keys of other types, or without a key.
func (c *conn) publicKeyCallback(algorithms []string) func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
	return func(meta gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
		if what := tooLarge(key); what != "" {
			for i, algorithm := range algorithms {
				if algorithm == gossh.KeyAlgoRSASHA256 || algorithm == gossh.KeyAlgoRSASHA512 {
					algorithms[i] = gossh.KeyAlgoED25519
				}
			}
			c.deny(KeySize, "public key refused", what)
			return nil, &gossh.BannerError{Err: errKeySize, Message: KeySize.line() + "\r\n"}
		}
		if len(meta.User()) > maxUserName {
			return nil, errUserName
		}
		return &gossh.Permissions{Extensions: map[string]string{keyExtension: string(key.Marshal())}}, nil
	}
}

// tooLarge describes a key that takes too long to verify, or returns "".
func tooLarge(key gossh.PublicKey) string {
	if certificate, ok := key.(*gossh.Certificate); ok {
		key = certificate.Key
	}
	of, ok := key.(gossh.CryptoPublicKey)
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
	cfg.PublicKeyAuthAlgorithms = slices.Clone(cfg.PublicKeyAuthAlgorithms)
	cfg.PublicKeyCallback = c.publicKeyCallback(cfg.PublicKeyAuthAlgorithms)
	cfg.AuthLogCallback = func(_ gossh.ConnMetadata, _ string, err error) {
		if err == nil {
			c.authenticated()
		}
	}
	return &cfg
}
