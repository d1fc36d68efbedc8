package sshd

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// serverVersion is how the server introduces itself (RFC 4253 §4.2).
const serverVersion = "SSH-2.0-sshblog"

// keyExtension is where a connection's permissions hold the public key that it
// was authenticated with, in wire format (RFC 4253 §6.6).
const keyExtension = "sshblog-public-key"

// maxAuthTries is how many failed attempts to log in a connection has. Only
// names for which Config.RequireKey holds can fail at all.
const maxAuthTries = 6

// maxUserName is how long a login name may be, in bytes.
const maxUserName = 256

// What a reader's RSA key may have. The time that verifying a signature takes grows
// with the square of the bits, and with those of the exponent: one of 16,384 bits, the
// most that x/crypto takes, costs as much as several logins.
const (
	maxRSABits     = 8192
	maxRSAExponent = 1<<16 + 1
)

var errUserName = errors.New("this name is too long")

var errKeySize = errors.New("this key is too large")

var errKeyRequired = errors.New("this name logs in with a public key")

// protocolConfig returns the SSH configuration that all connections share; it
// must not be written to after.
//
// The algorithms are those that every client of the last ten years has one of
// and that no audit objects to. The list is also the fast one: of the common
// exchanges, Diffie-Hellman in group 14 costs the server 6.9 ms a handshake and
// these two 0.5 and 0.6 ms.
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
		NoClientAuth:  true, // "none" gets in, if the callback agrees
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
	// Programs are given a password to log in with, and try nothing else. It is not
	// looked at.
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

// publicKeyCallback returns what decides on the keys of one connection's client. A
// client offers keys before it signs with one, and this is called for each. The library
// keeps only the permissions that go with the signature, so a key in there is one that
// the client has proved to hold.
//
// It verifies a signature whether the key was refused or not, and then remembers keys
// without asking again; but first it looks whether the algorithm is among those of the
// configuration. So a key that would take too long to verify takes the RSA algorithms
// out of that list, which is the connection's own: its client may go on with keys of
// other types, and with none.
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

// tooLarge says what of a key is more than may be verified, or "".
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

// connConfig returns the configuration of one connection: the shared one, but
// for what has to know which connection it is. The shared one has no host keys, to
// which adding here would write.
func (s *Server) connConfig(c *conn) *gossh.ServerConfig {
	cfg := *s.protocol
	cfg.Rand = kexSource{c}
	for _, key := range s.hostKeys {
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
