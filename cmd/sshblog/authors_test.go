//go:build unix

package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/sshd"
)

// certified is a session of a client that has signed with a key.
type certified struct {
	sshd.Session
	key ssh.PublicKey
}

func (c certified) PublicKey() ssh.PublicKey { return c.key }
func (c certified) User() string             { return "reader" }
func (c certified) RemoteAddr() net.Addr     { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// Who signs with a key of the file, or with a certificate of an authority in it, is its author; others
// get in as before. A file that is bad stops the start.
func TestAuthors(t *testing.T) {
	t.Parallel()
	alice, carol, ca, stranger := newKey(t, ""), newKey(t, ""), newKey(t, ""), newKey(t, "")
	if out, err := exec.Command("ssh-keygen", "-q", "-s", ca, "-I", "carol", "-n", "carol", "-V", "+1h", carol+".pub").CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	file := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, file, publicLine(t, alice)+" alice\ncert-authority "+publicLine(t, ca)+" ca\n")
	s := serveBlog(t, 3, "--authors", file, "--state", t.TempDir())
	for _, test := range []struct{ key, user, want string }{
		{alice, "first", "author=alice"},
		{carol, "carol", "author=carol"},
		{carol, "other", ""},
		{stranger, "stranger", ""},
		{ca, "authority", ""},
	} {
		args := []string{test.user + "@127.0.0.1", "version"}
		if test.key == carol { // otherwise OpenSSH offers the key before the certificate
			args = append([]string{"-o", "CertificateFile=" + carol + "-cert.pub"}, args...)
		}
		if out, err := s.openSSH([]string{test.key}, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s.logged("user=" + test.user + " key_type=ssh-ed25519")
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, "user="+test.user+" ") && strings.Contains(line, "session ended") &&
				(test.want == "" && strings.Contains(line, "author=") || !strings.Contains(line, test.want)) {
				t.Errorf("%s: want %q: %s", test.user, test.want, line)
			}
		}
	}
}

// A reload that removes a key takes what it may in sessions that are open, and one that finds a bad
// file changes nothing.
func TestAuthorsReload(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authors")
	text := string(gossh.MarshalAuthorizedKey(key))
	writeAuthors(t, file, strings.TrimSpace(text)+" alice\n")
	set := defaultSettings()
	set.Authors = file
	p := &program{settings: set, logger: slog.New(slog.DiscardHandler)}
	first, err := readAuthors(set)
	if err != nil {
		t.Fatal(err)
	}
	p.authors.Store(first)
	app, session := &sessions{authors: p.author}, certified{key: key}
	for _, step := range []struct {
		text    string
		changed bool
		fails   string
		want    string
	}{
		{strings.TrimSpace(text) + " alice\n", false, "", "alice"},
		{"command=\"x\" " + text, false, file + `:1: option "command"`, "alice"},
		{"# nobody\n", true, "", ""},
		{text, true, "", gossh.FingerprintSHA256(key)},
	} {
		writeAuthors(t, file, step.text)
		changed, err := p.reloadAuthors()
		if changed != step.changed || (err == nil) != (step.fails == "") || err != nil && !strings.Contains(err.Error(), step.fails) {
			t.Errorf("%q: %t, %v", step.text, changed, err)
		}
		if got := app.author(session); got != step.want {
			t.Errorf("%q: the author is %q, want %q", step.text, got, step.want)
		}
	}
	set.Identify = off
	if set.agree() == nil {
		t.Error("authors are known by keys that nobody is asked for")
	}
	if set.Identify = identifyAuto; !set.identifies("reader", false) || set.identifies(guestName, true) {
		t.Error("auto is not on where there are authors")
	}
}

func publicLine(t *testing.T, key string) string {
	t.Helper()
	text, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text))[:2], " ")
}

func writeAuthors(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
