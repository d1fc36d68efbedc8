package sshd

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// all is an Identify that holds for every name.
func all(string) bool { return true }

// interactive is keyboard-interactive that is not to be asked anything.
func interactive(t testing.TB) gossh.AuthMethod {
	return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		if len(questions) > 0 {
			t.Errorf("asked %q", questions)
		}
		return make([]string, len(questions)), nil
	})
}

// touched is a security key in software, which counts how often it has signed
// (PROTOCOL.u2f of OpenSSH).
type touched struct {
	key     gossh.PublicKey
	private ed25519.PrivateKey
	signed  atomic.Int64
}

func newTouched(t testing.TB) *touched {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.ParsePublicKey(gossh.Marshal(struct{ Kind, Public, Application string }{gossh.KeyAlgoSKED25519, string(public), "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	return &touched{key: key, private: private}
}

func (k *touched) PublicKey() gossh.PublicKey { return k.key }

func (k *touched) Sign(_ io.Reader, data []byte) (*gossh.Signature, error) {
	k.signed.Add(1)
	state := []byte{1, 0, 0, 0, 7} // it was touched, and a counter
	application, message := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	signed := append(append(application[:], state...), message[:]...)
	return &gossh.Signature{Format: gossh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: state}, nil
}

// Who is asked for a key: any that signs is the identity, whoever has none gets in
// without a question, and only "none" is refused.
func TestIdentify(t *testing.T) {
	signer, other, key := newSigner(t), newSigner(t), newTouched(t)
	server := serve(t, Config{
		Handler:  who,
		Identify: func(user string) bool { return user != "guest" },
		KnownKey: func(k ssh.PublicKey) bool { return ssh.KeysEqual(k, key.key) },
	})
	for name, test := range map[string]struct {
		user string
		auth []gossh.AuthMethod
		want string // "" if there is no way in
	}{
		"nothing":                 {"reader", nil, ""},
		"nothing, as a guest":     {"guest", nil, "nobody"},
		"keyboard-interactive":    {"reader", []gossh.AuthMethod{interactive(t)}, "nobody"},
		"password":                {"reader", []gossh.AuthMethod{gossh.Password("secret")}, "nobody"},
		"a key":                   {"reader", []gossh.AuthMethod{gossh.PublicKeys(signer, other), interactive(t)}, gossh.FingerprintSHA256(signer.PublicKey())},
		"a key, as a guest":       {"guest", []gossh.AuthMethod{gossh.PublicKeys(signer)}, "nobody"},
		"a known security key":    {"reader", []gossh.AuthMethod{gossh.PublicKeys(newTouched(t), key)}, gossh.FingerprintSHA256(key.key)},
		"behind a stranger's":     {"reader", []gossh.AuthMethod{gossh.PublicKeys(newTouched(t), signer)}, gossh.FingerprintSHA256(signer.PublicKey())},
		"a name that is too long": {strings.Repeat("u", maxUserName+1), []gossh.AuthMethod{gossh.PublicKeys(signer), interactive(t), gossh.Password("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := server.tryDial(&gossh.ClientConfig{User: test.user, Auth: test.auth})
			if err != nil {
				if test.want != "" {
					t.Error(err)
				}
				return
			}
			defer func() { _ = client.Close() }()
			if out, err := newSession(t, client).Output("who"); err != nil || string(out) != test.want {
				t.Errorf("got %q, %v; want %q", out, err, test.want)
			}
		})
	}
}

// Whose login name is too long is told so before a person is asked for a password.
func TestTooLongNames(t *testing.T) {
	for name, identify := range map[string]func(string) bool{"open": nil, "with identities": all} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{Handler: who, Identify: identify})
			told := ""
			_, err := server.tryDial(&gossh.ClientConfig{
				User:           strings.Repeat("u", maxUserName+1),
				Auth:           []gossh.AuthMethod{gossh.PublicKeys(newSigner(t)), interactive(t)},
				BannerCallback: func(message string) error { told += message; return nil },
			})
			if err == nil || !strings.HasSuffix(err.Error(), "EOF") || told != "Login names have at most 256 bytes here.\r\n" {
				t.Errorf("told %q, %v", told, err)
			}
		})
	}
}

// An agent of twenty security keys that are not known: none of them has to be touched, and
// the client gets in.
func TestTwentyKeys(t *testing.T) {
	server := serve(t, Config{Handler: who, Identify: all})
	var keys []gossh.Signer
	for range 20 {
		keys = append(keys, newTouched(t))
	}
	signer := newSigner(t)
	for name, test := range map[string]struct {
		last gossh.AuthMethod
		want string
	}{
		"and nothing else": {interactive(t), "nobody"},
		"and another":      {gossh.PublicKeys(append(slices.Clone(keys), signer)...), gossh.FingerprintSHA256(signer.PublicKey())},
	} {
		t.Run(name, func(t *testing.T) {
			auth := []gossh.AuthMethod{gossh.PublicKeys(keys...), test.last}
			if test.want != "nobody" {
				auth = auth[1:] // x/crypto's client tries each method once
			}
			client := server.dialAs(t, &gossh.ClientConfig{User: "reader", Auth: auth})
			if out, err := newSession(t, client).Output("who"); err != nil || string(out) != test.want {
				t.Errorf("got %q, %v", out, err)
			}
		})
	}
	for _, key := range keys {
		if n := key.(*touched).signed.Load(); n > 0 {
			t.Fatalf("a key that is not known has signed %d times", n)
		}
	}
}

// A client that asks first and signs with a key that was refused gets nothing by it; and the
// library verifies no more than maxStrangers of such signatures.
func TestStrangersSign(t *testing.T) {
	server := serve(t, Config{Handler: who, Identify: all})
	key := newTouched(t)
	first := newSigner(t)
	// Offered as another key, which is accepted; then it signs as itself.
	client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{
		gossh.PublicKeys(shiftyTouched{key, &shifty{Signer: key, offered: first.PublicKey()}}),
	}})
	if err == nil {
		_ = client.Close()
		t.Error("a security key that is not known lets in")
	}
	algorithms := []string{gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256}
	attempted := bare(t, Config{Identify: all}).conn.attempted(algorithms)
	for i := range maxStrangers {
		if algorithms[1] != gossh.KeyAlgoSKED25519 || algorithms[2] != gossh.KeyAlgoSKECDSA256 {
			t.Fatalf("after %d, there are %q", i, algorithms)
		}
		attempted(nil, "publickey", errStranger)
	}
	if algorithms[1] != gossh.KeyAlgoED25519 || algorithms[2] != gossh.KeyAlgoED25519 {
		t.Errorf("after all, there are %q", algorithms)
	}
}

// shiftyTouched is a security key of which another key is offered.
type shiftyTouched struct {
	*touched
	shifty *shifty
}

func (s shiftyTouched) PublicKey() gossh.PublicKey { return s.shifty.PublicKey() }

// A key that is too long to be kept is refused, in a certificate of its own making.
func TestLongCertificate(t *testing.T) {
	server := serve(t, Config{Handler: who, Identify: all})
	for _, test := range []struct {
		principal int // bytes
		in        bool
	}{{maxKeyBytes - 1000, true}, {maxKeyBytes, false}} {
		signer := newSigner(t)
		certificate := &gossh.Certificate{
			Key: signer.PublicKey(), CertType: gossh.UserCert,
			ValidPrincipals: []string{strings.Repeat("p", test.principal)}, ValidBefore: gossh.CertTimeInfinity,
		}
		if err := certificate.SignCert(rand.Reader, signer); err != nil {
			t.Fatal(err)
		}
		certified, err := gossh.NewCertSigner(certificate, signer)
		if err != nil {
			t.Fatal(err)
		}
		client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(certified)}})
		if (err == nil) != test.in {
			t.Errorf("a certificate for a name of %d bytes: %v", test.principal, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
}

// Whoever is asked for a key and leaves has done nothing wrong, however often: so do clients
// that run without a person. Failing at every attempt there is, and signing with a key that
// one does not have, is another matter.
func TestUnidentified(t *testing.T) {
	t.Run("leaves", func(t *testing.T) {
		server := serve(t, Config{Identify: all})
		const visits = 2 * int(penaltyFloor/penaltyFailed)
		for i := range visits {
			auth := []gossh.AuthMethod{}
			if i%2 == 1 {
				auth = append(auth, gossh.PublicKeys(newTouched(t)))
			}
			if client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: auth}); err == nil {
				_ = client.Close()
				t.Fatal("let in")
			}
		}
		eventually(t, "all counted", func() bool { return server.Stats().EndedConns[Unidentified] == uint64(visits) })
		if stats := server.Stats(); stats.Penalised != 0 {
			t.Errorf("shut out, after %v", stats.EndedConns)
		}
	})
	t.Run("asks whether a key will do, and no more", func(t *testing.T) {
		c := &conn{keyAsked: true}
		if !c.leftUnidentified(&gossh.ServerAuthError{}) {
			t.Error("it is another matter")
		}
	})
	t.Run("gives up at the passphrase", func(t *testing.T) {
		server := serve(t, Config{Identify: all})
		if client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(cancelled{newSigner(t)})}}); err == nil {
			_ = client.Close()
			t.Fatal("let in")
		}
		eventually(t, "it counted", func() bool { return server.Stats().EndedConns[Unidentified] == 1 })
	})
	t.Run("a signature of nobody's", func(t *testing.T) {
		server := serve(t, Config{Identify: all})
		if client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(newHollow(t, 2048, 65537))}}); err == nil {
			_ = client.Close()
			t.Fatal("let in")
		}
		eventually(t, "it counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == 1 })
	})
	t.Run("every attempt there is", func(t *testing.T) {
		server := serve(t, Config{Identify: all})
		keys := make([]gossh.Signer, maxAuthTries+1)
		for i := range keys {
			keys[i] = newTouched(t)
		}
		if client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(keys...), interactive(t)}}); err == nil {
			_ = client.Close()
			t.Fatal("let in")
		}
		eventually(t, "it counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == 1 })
	})
}

// cancelled is a key whose owner does not give its passphrase.
type cancelled struct{ gossh.Signer }

func (cancelled) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return nil, errors.New("no passphrase")
}

func (c cancelled) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*gossh.Signature, error) {
	return c.Sign(r, data)
}

// slow is a key whose owner takes a while to give its passphrase.
type slow struct {
	gossh.Signer
	takes time.Duration
}

func (s slow) Sign(r io.Reader, data []byte) (*gossh.Signature, error) {
	time.Sleep(s.takes)
	return s.Signer.Sign(r, data)
}

// There is time to type a passphrase, but not for ever, and not twice; a connection that
// takes longer is no attack. Who has offered nothing has the time for a login.
func TestTimeToSign(t *testing.T) {
	for name, test := range map[string]struct {
		keys []time.Duration
		auth []gossh.AuthMethod
		in   bool
		ends Reason
	}{
		"a long passphrase":       {keys: []time.Duration{110 * time.Second}, in: true},
		"a break before it":       {keys: []time.Duration{3 * time.Minute}, ends: Unidentified},
		"no key, and a long look": {auth: []gossh.AuthMethod{thinking(11 * time.Second)}, ends: HandshakeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, stop := serveInBubble(t, Config{Handler: who, Identify: all})
				defer stop()
				auth := test.auth
				for _, takes := range test.keys {
					auth = append(auth, gossh.PublicKeys(slow{newSigner(t), takes}))
				}
				here, there := wire()
				defer func() { _ = here.Close() }()
				server.conns <- local{there}
				client, _, _, err := gossh.NewClientConn(here, "", &gossh.ClientConfig{User: "reader", Auth: auth, HostKeyCallback: gossh.InsecureIgnoreHostKey()})
				if (err == nil) != test.in {
					t.Fatalf("logged in: %v", err)
				}
				if err == nil {
					_ = client.Close()
					return
				}
				synctest.Wait()
				if stats := server.Stats(); stats.EndedConns[test.ends] != 1 {
					t.Errorf("ended: %v", stats.EndedConns)
				}
			})
		})
	}
}

// thinking is a method of a client that waits before it goes on.
func thinking(long time.Duration) gossh.AuthMethod {
	return gossh.PasswordCallback(func() (string, error) {
		time.Sleep(long)
		return "", nil
	})
}

// BenchmarkOffers is what the keys cost that a client has refused, and the signatures of such,
// which the library verifies; a client spends as much. Compare with BenchmarkLogin.
func BenchmarkOffers(b *testing.B) {
	for name, keys := range map[string]int{"0": 0, "20": 20} {
		b.Run(name, func(b *testing.B) {
			server := serve(b, Config{Handler: who, Identify: all, ConnRate: 1e9, SessionRate: 1e9})
			signers := make([]gossh.Signer, keys)
			for i := range signers {
				signers[i] = newTouched(b)
			}
			auth := []gossh.AuthMethod{gossh.PublicKeys(signers...), interactive(b)}
			for b.Loop() {
				client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: auth})
				if err != nil {
					b.Fatal(err)
				}
				_ = client.Close()
			}
		})
	}
}

// BenchmarkLogin compares the ways in: what each costs both sides together, and how many times
// the client waits for the server after its version.
func BenchmarkLogin(b *testing.B) {
	for name, auth := range map[string][]gossh.AuthMethod{
		"none":                 nil,
		"keyboard-interactive": {interactive(b)},
		"key":                  {gossh.PublicKeys(newSigner(b))},
	} {
		b.Run(name, func(b *testing.B) {
			server := serve(b, Config{Handler: who, Identify: func(string) bool { return auth != nil }, ConnRate: 1e9, SessionRate: 1e9})
			for b.Loop() {
				client, err := server.tryDial(&gossh.ClientConfig{User: "reader", Auth: auth})
				if err != nil {
					b.Fatal(err)
				}
				_ = client.Close()
			}
		})
	}
}
