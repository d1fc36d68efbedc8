package sshd

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// identified is a client's connection and the host keys that it was told.
type identified struct {
	gossh.Conn
	told []string // nil: none
}

// identify logs in and waits for what comes before the answer to a request of its own.
func identify(t *testing.T, s *served, cfg gossh.ClientConfig) *identified {
	t.Helper()
	cfg.User, cfg.HostKeyCallback = "reader", gossh.InsecureIgnoreHostKey()
	conn, channels, requests, err := gossh.NewClientConn(s.connect(t, "127.0.0.1"), s.addr, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for c := range channels {
			_ = c.Reject(gossh.Prohibited, "")
		}
	}()
	c := &identified{Conn: conn}
	if _, _, err := conn.OpenChannel("none", nil); err == nil {
		t.Fatal("a channel of no known type is open")
	}
	for len(requests) > 0 {
		req := <-requests
		if req.Type != announceRequest || req.WantReply {
			t.Fatalf("request %s, wants a reply: %t", req.Type, req.WantReply)
		}
		c.told = append(c.told, fields(t, req.Payload)...)
	}
	return c
}

// fields are the strings that a payload is a sequence of.
func fields(t *testing.T, payload []byte) (all []string) {
	t.Helper()
	for len(payload) > 0 {
		var next struct {
			Field string
			Rest  []byte `ssh:"rest"`
		}
		if err := gossh.Unmarshal(payload, &next); err != nil {
			t.Fatal(err)
		}
		all, payload = append(all, next.Field), next.Rest
	}
	return all
}

func sequence(fields ...string) (payload []byte) {
	for _, f := range fields {
		payload = append(payload, gossh.Marshal(struct{ Field string }{f})...)
	}
	return payload
}

// proofs asks for proofs of keys, and returns the signatures; none if it is refused.
func (c *identified) proofs(t *testing.T, blobs ...string) (all []*gossh.Signature) {
	t.Helper()
	ok, payload, err := c.SendRequest(proveRequest, true, sequence(blobs...))
	if err != nil {
		t.Fatal(err)
	}
	for i, field := range fields(t, payload) {
		signature := new(gossh.Signature)
		if err := gossh.Unmarshal([]byte(field), signature); err != nil {
			t.Fatal(err)
		}
		key, err := gossh.ParsePublicKey([]byte(blobs[i]))
		if err != nil {
			t.Fatal(err)
		}
		signed := sequence("hostkeys-prove-00@openssh.com", string(c.SessionID()), blobs[i])
		if err := key.Verify(signed, signature); err != nil {
			t.Errorf("%s: %v", key.Type(), err)
		}
		all = append(all, signature)
	}
	if want := len(blobs); ok && len(all) != want {
		t.Errorf("%d proofs, want %d", len(all), want)
	}
	return all
}

// rsaKey is a host key as LoadHostKeys would have it.
func rsaKey(t *testing.T) HostKey {
	t.Helper()
	signer, err := hostSigner("", must(rsa.GenerateKey(rand.Reader, minRSABits)))
	if err != nil {
		t.Fatal(err)
	}
	return HostKey{Signer: signer}
}

func blobOf(k HostKey) string { return string(k.Signer.PublicKey().Marshal()) }

// All keys are announced, in one request that asks for no reply, and are proved: RSA by the
// algorithm of the key exchange, which clients ask for.
func TestHostKeysAreProved(t *testing.T) {
	first, second, third := HostKey{Signer: newSigner(t)}, HostKey{Signer: newSigner(t)}, rsaKey(t)
	server := serve(t, Config{HostKeys: []HostKey{first, second, third}})
	all := []string{blobOf(first), blobOf(second), blobOf(third)}
	for algorithm, want := range map[string]string{
		gossh.KeyAlgoED25519: gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA512: gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256: gossh.KeyAlgoRSASHA256,
	} {
		client := identify(t, server, gossh.ClientConfig{HostKeyAlgorithms: []string{algorithm}})
		if !slices.Equal(client.told, all) {
			t.Errorf("told %d keys, want 3", len(client.told))
		}
		if proofs := client.proofs(t, all[1], all[2]); len(proofs) != 2 || proofs[1].Format != want {
			t.Errorf("after an exchange by %s: %v, want one by %s", algorithm, proofs, want)
		}
	}
}

// A connection gets as many proofs as there are keys, and none for keys that are not the
// server's; it goes on.
func TestProofsAreBounded(t *testing.T) {
	first, second, third := HostKey{Signer: newSigner(t)}, HostKey{Signer: newSigner(t)}, rsaKey(t)
	server := serve(t, Config{HostKeys: []HostKey{first, second, third}})
	a, b, c := blobOf(first), blobOf(second), blobOf(third)
	for name, test := range map[string]struct {
		asked [][]string
		want  []int
	}{
		"one by one":      {[][]string{{a}, {b}, {c}, {a}}, []int{1, 1, 1, 0}},
		"too many":        {[][]string{{a, b, c, a}, {a, b, c}, {a}}, []int{0, 3, 0}},
		"again":           {[][]string{{a, b, c}, {a}, {c}}, []int{3, 0, 0}},
		"one of a foe's":  {[][]string{{blobOf(HostKey{Signer: newSigner(t)})}, {a}}, []int{0, 1}},
		"nothing":         {[][]string{{}, {a}}, []int{0, 1}},
		"what is no key":  {[][]string{{""}, {"ssh-rsa"}, {a}}, []int{0, 0, 1}},
		"the same thrice": {[][]string{{c, c, c}, {c}}, []int{3, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			client := identify(t, server, gossh.ClientConfig{})
			for i, asked := range test.asked {
				if got := len(client.proofs(t, asked...)); got != test.want[i] {
					t.Errorf("request %d got %d proofs, want %d", i, got, test.want[i])
				}
			}
			if ok, _, err := client.SendRequest(proveRequest, true, []byte{0, 0, 1, 0, 'x'}); ok || err != nil {
				t.Errorf("half a request: %t, %v", ok, err)
			}
			if _, _, err := client.SendRequest(proveRequest, false, sequence(a)); err != nil {
				t.Error(err)
			}
			if ok, _, err := client.SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
				t.Errorf("a keepalive afterwards: %t, %v", ok, err)
			}
		})
	}
}

// slowSigner tells when it is asked for a proof, and waits then.
type slowSigner struct {
	gossh.MultiAlgorithmSigner
	asked, goOn chan struct{}
}

func (s slowSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	if bytes.Contains(data, []byte(proveRequest)) {
		close(s.asked)
		<-s.goOn
	}
	return s.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}

// A command ends only when the proofs are sent that its client asked for before: OpenSSH leaves
// at the end, and would never learn a key.
func TestCommandsWaitForProofs(t *testing.T) {
	signer, err := multiAlgorithm(newSigner(t))
	if err != nil {
		t.Fatal(err)
	}
	slow, over := slowSigner{signer, make(chan struct{}), make(chan struct{})}, make(chan struct{})
	key := HostKey{Signer: slow}
	server := serve(t, Config{HostKeys: []HostKey{key}, Handler: func(ssh.Session) { close(over) }})
	client := identify(t, server, gossh.ClientConfig{})
	proved := make(chan struct{})
	go func() {
		defer close(proved)
		client.proofs(t, blobOf(key))
	}()
	receive(t, slow.asked, "the request for a proof")
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		gossh.DiscardRequests(requests)
	}()
	if ok := request(t, channel, "exec", struct{ Command string }{"x"}); !ok {
		t.Fatal("no command runs")
	}
	receive(t, over, "the handler")
	select {
	case <-ended:
		t.Error("the command has ended, and the proof is not sent")
	case <-time.After(100 * time.Millisecond): // nothing should happen
	}
	close(slow.goOn)
	receive(t, proved, "the proof")
	receive(t, ended, "the end")
}

// Those that sshd(8) does not tell its keys are not told ours.
func TestConfusedClients(t *testing.T) {
	server := serve(t, Config{})
	for version, want := range map[string]int{"TTSSH/2.72 Win32": 0, "TTSSH/2.73 Win32": 1, "Cisco-1.25": 0, "OpenSSH_9.9": 1} {
		if told := identify(t, server, gossh.ClientConfig{ClientVersion: "SSH-2.0-" + version}).told; len(told) != want {
			t.Errorf("%s is told %d keys, want %d", version, len(told), want)
		}
	}
}

// New connections get the new keys; those before keep theirs, also where they ask for proofs
// and exchange keys anew.
func TestSetHostKeys(t *testing.T) {
	was, next := HostKey{Signer: newSigner(t)}, HostKey{Signer: newSigner(t)}
	server := serve(t, Config{HostKeys: []HostKey{was}})
	before := identify(t, server, gossh.ClientConfig{})
	for _, want := range []bool{true, false} {
		if changed, err := server.SetHostKeys([]HostKey{next, was}); err != nil || changed != want {
			t.Errorf("changed: %t, %v", changed, err)
		}
	}
	if changed, err := server.SetHostKeys(nil); err == nil || changed {
		t.Error("a server without host keys")
	}
	if got := len(before.proofs(t, blobOf(next))); got != 0 {
		t.Error("the new key is proved on a connection that was not told it")
	}
	if got := len(before.proofs(t, blobOf(was))); got != 1 {
		t.Error("the old key is not proved any more")
	}
	client, err := gossh.Dial("tcp", server.addr, &gossh.ClientConfig{User: "reader", HostKeyCallback: gossh.FixedHostKey(next.Signer.PublicKey())})
	if err != nil {
		t.Fatalf("the key in use is not the new one: %v", err)
	}
	_ = client.Close()
	if told := identify(t, server, gossh.ClientConfig{}).told; !slices.Equal(told, []string{blobOf(next), blobOf(was)}) {
		t.Errorf("%d keys are announced", len(told))
	}
}

// certify returns a certificate for a key.
func certify(t *testing.T, authority gossh.Signer, key gossh.PublicKey, kind uint32, from, until uint64) *gossh.Certificate {
	t.Helper()
	cert := &gossh.Certificate{Key: key, CertType: kind, KeyId: "blog", ValidPrincipals: []string{"127.0.0.1"}, ValidAfter: from, ValidBefore: until}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return cert
}

// Who trusts the authority needs to know no key. A certificate that does not hold is not
// offered, and the key still is; certificates are not announced.
func TestHostCertificates(t *testing.T) {
	authority := newSigner(t)
	now := uint64(time.Now().Unix())
	checker := &gossh.CertChecker{IsHostAuthority: func(key gossh.PublicKey, _ string) bool {
		return bytes.Equal(key.Marshal(), authority.PublicKey().Marshal())
	}}
	for name, test := range map[string]struct {
		from, until uint64
		ok          bool
	}{
		"holds":   {now - 3600, now + 3600, true},
		"for all": {0, gossh.CertTimeInfinity, true},
		"expired": {now - 3600, now - 1, false},
		"to come": {now + 3600, now + 7200, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []HostKey{{Signer: newSigner(t)}, rsaKey(t)} {
				key.Certificate = certify(t, authority, key.Signer.PublicKey(), gossh.HostCert, test.from, test.until)
				server := serve(t, Config{HostKeys: []HostKey{key}})
				client, err := gossh.Dial("tcp", server.addr, &gossh.ClientConfig{User: "reader", HostKeyCallback: checker.CheckHostKey})
				if (err == nil) != test.ok {
					t.Errorf("who trusts the authority: %v", err)
				}
				if err == nil {
					_ = client.Close()
				}
				if told := identify(t, server, gossh.ClientConfig{}).told; !slices.Equal(told, []string{blobOf(key)}) {
					t.Errorf("told %d keys", len(told))
				}
				want := time.Unix(int64(test.until), 0)
				if test.until == gossh.CertTimeInfinity {
					want = time.Time{}
				}
				if got := server.Stats().CertificateExpires; !got.Equal(want) {
					t.Errorf("expires %v, want %v", got, want)
				}
			}
		})
	}
}

func TestReadCertificate(t *testing.T) {
	dir, authority := t.TempDir(), newSigner(t)
	path := writeKey(t, dir, hostKeyName, 0o600, ed25519Key)
	keys, err := LoadHostKeys(dir, RequireHostKeys)
	if err != nil || keys[0].Certificate != nil {
		t.Fatalf("%v, %v", keys, err)
	}
	key := keys[0].Signer.PublicKey()
	text := func(cert *gossh.Certificate) string { return string(gossh.MarshalAuthorizedKey(cert)) }
	forged := certify(t, authority, key, gossh.HostCert, 0, gossh.CertTimeInfinity)
	forged.KeyId = "another"
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaAuthority, err := gossh.NewSignerFromKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	sha1Authority, err := gossh.NewSignerWithAlgorithms(rsaAuthority.(gossh.AlgorithmSigner), []string{gossh.KeyAlgoRSA})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"good":       {text(certify(t, authority, key, gossh.HostCert, 0, gossh.CertTimeInfinity)), ""},
		"expired":    {text(certify(t, authority, key, gossh.HostCert, 0, 1)), ""},
		"garbage":    {"ssh-ed25519-cert-v01@openssh.com AAAA", "cannot be read"},
		"plain key":  {string(gossh.MarshalAuthorizedKey(key)), "is a plain public key"},
		"user":       {text(certify(t, authority, key, gossh.UserCert, 0, gossh.CertTimeInfinity)), "is a user's"},
		"other key":  {text(certify(t, authority, newSigner(t).PublicKey(), gossh.HostCert, 0, gossh.CertTimeInfinity)), "is of another key"},
		"forged":     {text(forged), "does not hold"},
		"RSA":        {text(certify(t, rsaAuthority, key, gossh.HostCert, 0, gossh.CertTimeInfinity)), ""},
		"SHA-1":      {text(certify(t, sha1Authority, key, gossh.HostCert, 0, gossh.CertTimeInfinity)), "is signed with ssh-rsa, so with SHA-1"},
		"never good": {text(certify(t, authority, key, gossh.HostCert, 2, 1)), "does not hold"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path+"-cert.pub", []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			keys, err := LoadHostKeys(filepath.Dir(path), RequireHostKeys)
			switch {
			case test.want == "" && (err != nil || keys[0].Certificate == nil):
				t.Errorf("got %v, %v", keys, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "ssh-keygen -y -f "+path+" > "+path+".pub && ssh-keygen -s CA_KEY -h -I NAME -n HOST "+path+".pub")):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
