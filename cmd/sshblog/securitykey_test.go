//go:build unix

package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// securityKey is a security key in software (PROTOCOL.u2f of OpenSSH).
type securityKey struct {
	gossh.PublicKey
	private ed25519.PrivateKey
	flags   byte // 1: it was touched; 4: it has asked for its PIN
	asked   int  // how often it was to sign
}

func newSecurityKey(t *testing.T, flags byte) *securityKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.ParsePublicKey(gossh.Marshal(struct{ Kind, Public, Application string }{gossh.KeyAlgoSKED25519, string(public), "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	return &securityKey{PublicKey: key, private: private, flags: flags}
}

// securitySigner signs with it.
type securitySigner struct{ *securityKey }

func (k securitySigner) PublicKey() gossh.PublicKey { return k.securityKey.PublicKey }

func (k securitySigner) Sign(_ io.Reader, data []byte) (*gossh.Signature, error) {
	k.asked++
	state := []byte{k.flags, 0, 0, 0, 7} // and a counter
	application, message := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	signed := append(append(application[:], state...), message[:]...)
	return &gossh.Signature{Format: gossh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: state}, nil
}

func (k *securityKey) line() string {
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(k.PublicKey)))
}

// An author may come with a security key, once it was touched: a signature without that is none. One that is nobody's is refused when it is
// offered, so that its owner need not touch it. What cannot be obeyed of its line stops the start, by name.
func TestAuthorsSecurityKey(t *testing.T) {
	alice, untouched, gone := newSecurityKey(t, 1), newSecurityKey(t, 0), newSecurityKey(t, 1)
	file := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, file, alice.line()+" alice\n"+untouched.line()+" bert\nexpiry-time=\"20200101\" "+gone.line()+" gone\n")
	s := serveBlog(t, 2, "--authors", file, "--state", t.TempDir())
	for _, test := range []struct {
		name    string
		key     *securityKey
		answers string // the beginning of what the log of what was published has, for an author
		asked   int
	}{
		{"an author's", alice, "20", 1},
		{"one with a PIN", &securityKey{PublicKey: alice.PublicKey, private: alice.private, flags: 5}, "20", 1},
		{"one that was not touched", untouched, "", 1},
		{"one whose time is over", gone, "", 0},
		{"a stranger's", newSecurityKey(t, 1), "", 0},
	} {
		anyway := gossh.KeyboardInteractive(func(_, _ string, _ []string, _ []bool) ([]string, error) { return nil, nil })
		client, err := gossh.Dial("tcp", "127.0.0.1:"+s.port, &gossh.ClientConfig{
			User: "reader", Auth: []gossh.AuthMethod{gossh.PublicKeys(securitySigner{test.key}), anyway}, HostKeyCallback: gossh.InsecureIgnoreHostKey(),
		})
		if test.key == untouched {
			if err == nil || untouched.asked != test.asked {
				t.Errorf("%s gets in, or has been asked to sign %d times", test.name, untouched.asked)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s does not get in, not even as a reader: %v", test.name, err)
			continue
		}
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.CombinedOutput("log")
		_ = client.Close()
		if author := err == nil; author != (test.answers != "") || author && !strings.HasPrefix(string(out), test.answers) || !author && !strings.Contains(string(out), "without a key") {
			t.Errorf("%s: %v: %s", test.name, err, out)
		}
		if test.key.asked != test.asked {
			t.Errorf("%s has been asked to sign %d times", test.name, test.key.asked)
		}
	}
	for _, option := range []string{"verify-required", "no-touch-required"} {
		writeAuthors(t, file, option+" "+alice.line()+" alice\n")
		out, err := exec.Command("sshblog", "serve", "--listen", "127.0.0.1:0", "--posts", s.posts, "--hostkeys", t.TempDir(), "--state", t.TempDir(), "--authors", file).CombinedOutput()
		if err == nil || !strings.Contains(string(out), file+":1: option ") || !strings.Contains(string(out), option) {
			t.Errorf("%s: %v: %s", option, err, out)
		}
	}
}
