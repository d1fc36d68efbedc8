package sshd

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// who answers with the fingerprint of the session's key.
func who(s ssh.Session) {
	fingerprint := "nobody"
	if key := s.PublicKey(); key != nil {
		fingerprint = gossh.FingerprintSHA256(key)
	}
	_, _ = io.WriteString(s, fingerprint)
}

func TestEveryoneGetsIn(t *testing.T) {
	signer := newSigner(t)
	// Clients try "none" first, and are in with that if they are not asked for a key.
	server := serve(t, Config{Handler: who, Identify: func(user string) bool { return user == "author" }})
	tests := map[string]struct {
		user string
		auth []gossh.AuthMethod
		want string
	}{
		"nothing":                {"reader", nil, "nobody"},
		"no name":                {"", nil, "nobody"},
		"a key":                  {"author", []gossh.AuthMethod{gossh.PublicKeys(signer)}, gossh.FingerprintSHA256(signer.PublicKey())},
		"a key more than needed": {"reader", []gossh.AuthMethod{gossh.PublicKeys(signer)}, "nobody"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := server.dialAs(t, &gossh.ClientConfig{User: test.user, Auth: test.auth})
			out, err := newSession(t, client).Output("who")
			if err != nil || string(out) != test.want {
				t.Errorf("got %q, %v; want %q", out, err, test.want)
			}
		})
	}
}

// shifty is a key that is another one when it comes to signing: the client
// offers the first and proves to hold the second.
type shifty struct {
	gossh.Signer // the second
	offered      gossh.PublicKey
	asked        int
}

func (s *shifty) PublicKey() gossh.PublicKey { return &shiftyKey{s.Signer.PublicKey(), s} }

type shiftyKey struct {
	gossh.PublicKey
	of *shifty
}

// Marshal is called for the offer and for its confirmation, then for the proof.
func (k *shiftyKey) Marshal() []byte {
	k.of.asked++
	if k.of.asked <= 2 {
		return k.of.offered.Marshal()
	}
	return k.PublicKey.Marshal()
}

func TestOfferedKeyIsNoIdentity(t *testing.T) {
	server := serve(t, Config{Handler: who, Identify: func(string) bool { return true }})
	held, coveted := newSigner(t), newSigner(t)
	client := server.dialAs(t, &gossh.ClientConfig{User: "author", Auth: []gossh.AuthMethod{
		gossh.PublicKeys(&shifty{Signer: held, offered: coveted.PublicKey()}),
	}})
	out, err := newSession(t, client).Output("who")
	if want := gossh.FingerprintSHA256(held.PublicKey()); err != nil || string(out) != want {
		t.Errorf("got %q, %v; want the key that signed, %q", out, err, want)
	}
}

// hollow is a public key without a private one: what it signs proves nothing.
type hollow struct{ key gossh.PublicKey }

func newHollow(t *testing.T, bits uint, exponent int) hollow {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits-1))
	if err != nil {
		t.Fatal(err)
	}
	n.SetBit(n, int(bits-1), 1)
	key, err := gossh.NewPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: exponent})
	if err != nil {
		t.Fatal(err)
	}
	return hollow{key}
}

func (h hollow) PublicKey() gossh.PublicKey { return h.key }

func (h hollow) Algorithms() []string { return []string{gossh.KeyAlgoRSASHA512} }

func (h hollow) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: gossh.KeyAlgoRSASHA512, Blob: make([]byte, 512)}, nil
}

func (h hollow) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*gossh.Signature, error) {
	return h.Sign(r, data)
}

// shiftyHollow is a hollow key of which another one is offered.
type shiftyHollow struct {
	hollow
	shifty *shifty
}

func (s shiftyHollow) PublicKey() gossh.PublicKey { return s.shifty.PublicKey() }

// A key that takes too long to verify is refused, and its signature is not looked at:
// a wrong one of any other key ends the connection.
func TestLargeKeys(t *testing.T) {
	for name, test := range map[string]struct {
		bits     uint
		exponent int
		signs    bool // without asking first
		refused  bool
	}{
		"asks with the largest":      {8192, 65537, false, false},
		"asks with a larger one":     {8193, 65537, false, true},
		"asks with the very largest": {16384, 65537, false, true},
		"asks with a large exponent": {2048, 65539, false, true},
		"signs with the largest":     {8192, 65537, true, false},
		"signs with a larger one":    {8193, 65537, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{Handler: who, Identify: func(string) bool { return true }})
			key, good := newHollow(t, test.bits, test.exponent), newSigner(t)
			var large gossh.Signer = key
			if test.signs {
				large = shiftyHollow{key, &shifty{Signer: key, offered: newHollow(t, 2048, 65537).PublicKey()}}
			}
			told := ""
			client, err := server.tryDial(&gossh.ClientConfig{
				User:           "author",
				Auth:           []gossh.AuthMethod{gossh.PublicKeys(large, large, good)},
				BannerCallback: func(message string) error { told += message; return nil },
			})
			if err == nil {
				defer func() { _ = client.Close() }()
			}
			if (err == nil) != test.refused {
				t.Fatalf("logged in: %v, %v", err == nil, err)
			}
			if !test.refused {
				return
			}
			if out, err := newSession(t, client).Output("who"); err != nil || string(out) != gossh.FingerprintSHA256(good.PublicKey()) {
				t.Errorf("with another key: %q, %v", out, err)
			}
			if n := server.Stats().Refused[KeySize]; n == 0 {
				t.Error("it is not counted")
			}
			if len(server.log.lines("public key refused", "reason=key_size", fmt.Sprintf("RSA of %d bits", test.bits))) != 1 {
				t.Errorf("it is logged as %s", server.log)
			}
			if !test.signs && !strings.Contains(told, KeySize.line()) {
				t.Errorf("the client is told %q", told)
			}
		})
	}
}

// Who needs no key is not kept out by one that is too large.
func TestLargeKeyIsNotNeeded(t *testing.T) {
	server := serve(t, Config{Handler: who})
	client := server.dialAs(t, &gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(newHollow(t, 16384, 65537))}})
	if out, err := newSession(t, client).Output("who"); err != nil || string(out) != "nobody" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestAlgorithms(t *testing.T) {
	server := serve(t, Config{Handler: who})
	good := gossh.ClientConfig{User: "reader"}
	tests := map[string]struct {
		set func(*gossh.ClientConfig)
		ok  bool
	}{
		"curve25519": {func(c *gossh.ClientConfig) { c.KeyExchanges = []string{gossh.KeyExchangeCurve25519} }, true},
		"libssh's":   {func(c *gossh.ClientConfig) { c.KeyExchanges = []string{"curve25519-sha256@libssh.org"} }, true},
		"mlkem":      {func(c *gossh.ClientConfig) { c.KeyExchanges = []string{gossh.KeyExchangeMLKEM768X25519} }, true},
		"group14":    {func(c *gossh.ClientConfig) { c.KeyExchanges = []string{gossh.KeyExchangeDH14SHA256} }, false},
		"nistp256":   {func(c *gossh.ClientConfig) { c.KeyExchanges = []string{gossh.KeyExchangeECDHP256} }, false},
		"chacha20":   {func(c *gossh.ClientConfig) { c.Ciphers = []string{gossh.CipherChaCha20Poly1305} }, true},
		"cbc":        {func(c *gossh.ClientConfig) { c.Ciphers = []string{gossh.InsecureCipherAES128CBC} }, false},
		"ctr, plain MAC": {func(c *gossh.ClientConfig) {
			c.Ciphers, c.MACs = []string{gossh.CipherAES256CTR}, []string{gossh.HMACSHA256}
		}, true},
		"ctr, sha1": {func(c *gossh.ClientConfig) {
			c.Ciphers, c.MACs = []string{gossh.CipherAES256CTR}, []string{gossh.HMACSHA1}
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.set(&cfg)
			client, err := server.tryDial(&cfg)
			if (err == nil) != test.ok {
				t.Errorf("connected: %v (%v), want %v", err == nil, err, test.ok)
			}
			if err == nil {
				_ = client.Close()
			}
		})
	}
}
