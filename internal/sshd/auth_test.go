package sshd

import (
	"io"
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
	// A name that needs a key sees to it that the client gets to offer one:
	// clients try "none" first, and everybody else is in with that.
	server := serve(t, Config{Handler: who, RequireKey: func(user string) bool { return user == "author" }})
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

func TestKeyIsRequired(t *testing.T) {
	server := serve(t, Config{RequireKey: func(string) bool { return true }})
	for name, auth := range map[string][]gossh.AuthMethod{
		"nothing":  nil,
		"password": {gossh.Password("secret")},
		"keyboard-interactive": {gossh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) {
			return nil, nil
		})},
	} {
		t.Run(name, func(t *testing.T) {
			if client, err := server.tryDial(&gossh.ClientConfig{User: "author", Auth: auth}); err == nil {
				_ = client.Close()
				t.Error("let in")
			}
		})
	}
}

func TestKeyboardInteractiveAsksNothing(t *testing.T) {
	// Clients try "none" first, so the name changes its mind: refused by
	// "none", admitted by the second method.
	calls := 0
	server := serve(t, Config{Handler: who, RequireKey: func(string) bool { calls++; return calls == 1 }})
	client := server.dialAs(t, &gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{
		gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			t.Errorf("asked %q", questions)
			return make([]string, len(questions)), nil
		}),
	}})
	if out, err := newSession(t, client).Output("who"); err != nil || string(out) != "nobody" {
		t.Errorf("got %q, %v", out, err)
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
	server := serve(t, Config{Handler: who, RequireKey: func(string) bool { return true }})
	held, coveted := newSigner(t), newSigner(t)
	client := server.dialAs(t, &gossh.ClientConfig{User: "author", Auth: []gossh.AuthMethod{
		gossh.PublicKeys(&shifty{Signer: held, offered: coveted.PublicKey()}),
	}})
	out, err := newSession(t, client).Output("who")
	if want := gossh.FingerprintSHA256(held.PublicKey()); err != nil || string(out) != want {
		t.Errorf("got %q, %v; want the key that signed, %q", out, err, want)
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
