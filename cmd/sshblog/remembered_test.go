//go:build unix

package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// conversation is a reader with a key, in lines.
type conversation struct {
	t    testing.TB
	in   io.WriteCloser
	out  *lockedBuffer
	done chan error
}

// converseAs begins one.
func (s *server) converseAs(key ssh.Signer) *conversation {
	s.t.Helper()
	client, err := ssh.Dial("tcp", net.JoinHostPort("127.0.0.1", s.port), &ssh.ClientConfig{
		User: "somebody", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: patience,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Close() })
	session, err := client.NewSession()
	if err != nil {
		s.t.Fatal(err)
	}
	c := &conversation{t: s.t, out: &lockedBuffer{}, done: make(chan error, 1)}
	session.Stdout = c.out
	if c.in, err = session.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := session.Start("plain"); err != nil {
		s.t.Fatal(err)
	}
	go func() { c.done <- session.Wait() }()
	return c
}

// says answers, and waits for what is said then.
func (c *conversation) says(answer, hears string) {
	c.t.Helper()
	before := strings.Count(c.out.String(), hears)
	_, _ = io.WriteString(c.in, answer+"\n")
	eventually(c.t, func() bool { return strings.Count(c.out.String(), hears) > before }, "after %q nobody said %q:\n%s", answer, hears, c.out)
}

func (c *conversation) leaves() {
	c.t.Helper()
	_, _ = io.WriteString(c.in, "q\n")
	_ = c.in.Close()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Error("the conversation goes on")
	}
}

// signerOf reads a key that newKey has made.
func signerOf(t *testing.T, path string) ssh.Signer {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// While one process takes the place of another, both remember readers in one file, also one reader who
// reads with both.
func TestRememberedThroughAnUpgrade(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	s := serveBlog(t, 4, "--state", state, "--ops", "127.0.0.1:0")
	ops := s.opsAddress()
	key := signerOf(t, newKey(t, ""))
	before := s.converseAs(key)
	before.says("1", "The end.")
	status, r := s.upgrade(ops)
	if status != 200 || r.Sessions != 1 {
		t.Fatalf("%d %+v", status, r)
	}
	after := s.converseAs(key)
	after.says("2", "The end.")
	before.says("", "Page 1")
	before.says("3", "The end.")
	before.leaves()
	after.leaves()
	unread := func() string {
		c := s.converseAs(key)
		defer c.leaves()
		c.says("me", "Kept of you: ")
		return c.out.String()
	}
	eventually(t, func() bool { return strings.Contains(unread(), "Kept of you: 3 posts read") }, "something is lost; the last is\n%s", unread())
	if n := strings.Count(s.log.String(), "cannot be remembered"); n > 0 {
		t.Errorf("%d lines of the log say that readers cannot be remembered:\n%s", n, &s.log)
	}
}

// A folder that cannot be used stops nothing: nobody is remembered, the log has one line, and nobody is
// asked for a key.
func TestNobodyIsRemembered(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(file, []byte("too short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"off":                        {"--state", filepath.Join(t.TempDir(), "state"), "--remember-readers", "off"},
		"a secret that is too short": {"--state", filepath.Join(t.TempDir(), "state"), "--readers-secret", file},
		"no folder":                  nil,
	} {
		t.Run(name, func(t *testing.T) {
			s := serveBlog(t, 1, args...)
			out, err := exec.Command("ssh", "-F", "none", "-p", s.port, "-o", "BatchMode=yes", "-o", "IdentityFile=none", "-o", "IdentitiesOnly=yes",
				"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "reader@127.0.0.1", "me").CombinedOutput()
			if err == nil || !strings.Contains(string(out), "this blog remembers no readers") {
				t.Errorf("%v %s", err, out)
			}
			if n := strings.Count(s.log.String(), "readers are not remembered"); n != 1 && args != nil && args[2] != "--remember-readers" {
				t.Errorf("%d lines:\n%s", n, &s.log)
			}
			if args != nil {
				if _, err := os.Stat(filepath.Join(args[1], readersFile)); err == nil {
					t.Error("there is a file of readers")
				}
			}
		})
	}
}

// What was done up to a crash is there afterwards, but for the last fifteen seconds; and nothing in the folder
// tells whose key it was, what the reader is called or where the reader came from.
func TestRememberedThroughACrash(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	s := serveBlog(t, 2, "--state", state, "--ops", "127.0.0.1:0")
	key := signerOf(t, newKey(t, ""))
	c := s.converseAs(key)
	c.says("1", "The end.")
	c.says("", "Page 1")
	eventually(t, func() bool {
		_, exposed := s.ops("/metrics")
		return strings.Contains(exposed, "sshblog_readers_written_total 1\n") // and is on the disk
	}, "nothing is written")
	s.kill()
	files, err := os.ReadDir(state)
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	wire := key.PublicKey().Marshal()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(state, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		raw := wire[len(wire)-32:] // of Ed25519
		for what, secret := range map[string]string{
			"key": string(raw), "key in base64": base64.StdEncoding.EncodeToString(wire)[24:], "key in hexadecimal digits": fmt.Sprintf("%x", raw),
			"fingerprint": strings.TrimPrefix(ssh.FingerprintSHA256(key.PublicKey()), "SHA256:"), "old fingerprint": ssh.FingerprintLegacyMD5(key.PublicKey()),
			"address": "127.0.0.1", "address in bytes": "\x7f\x00\x00\x01", "name": "somebody",
		} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has the reader's %s", file.Name(), what)
			}
		}
	}
	s.start(s.cmd.Args...)
	c = s.converseAs(key)
	c.says("me", "Kept of you: 1 post read")
	c.leaves()
}

// With the real client, on a screen: a post goes on where the session before has left it.
func TestRememberedOnAScreen(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--state", filepath.Join(t.TempDir(), "state"))
	keys := []string{newKey(t, "")}
	p := s.connect(80, 24, s.openSSH(keys, "reader@127.0.0.1"))
	p.sees("remembered")
	p.types("\r")
	p.sees("The text of Post number 3")
	p.types("  ")
	p.sees("%")
	p.types("\x03")
	p.leaves()
	p = s.connect(80, 24, s.openSSH(keys, "reader@127.0.0.1"))
	p.sees("C goes on")
	p.types("C")
	p.sees("A paragraph that is here to be scrolled.")
	p.types("\x03")
	p.leaves()
}

// No code with which keys are joined comes into the log, used or not, right or wrong.
func TestCodesAreNotLogged(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := serveBlog(t, 1, "--state", filepath.Join(t.TempDir(), "state"), "--log-format", format, "--log-level", "debug")
			one, other := []string{newKey(t, "")}, []string{newKey(t, "")}
			says := func(keys []string, command ...string) string {
				out, _ := s.openSSH(keys, append([]string{"-T", "reader@127.0.0.1"}, command...)...).CombinedOutput()
				return string(out)
			}
			code, _, ok := strings.Cut(says(one, "me", "link"), "\n")
			if !ok || len(code) != 14 {
				t.Fatalf("the code is %q", code)
			}
			near := code[:13] + "U"
			for _, command := range [][]string{{"me", "join", near}, {"me", "jion", code}, {"join", code}, {code}, {"me", "'join'", "'" + strings.ReplaceAll(code, "-", " ") + "'"}} {
				_ = says(other, command...)
			}
			if got := says(other, "me", "keys"); got != "2 keys\n" {
				t.Errorf("the keys are not joined: %q\n%s", got, &s.log)
			}
			eventually(t, func() bool { return strings.Count(s.log.String(), "session ended") >= 7 }, "not all is logged:\n%s", &s.log)
			for _, secret := range []string{code, near, strings.ReplaceAll(code, "-", " "), code[:4], code[5:9]} {
				if s.log.holds(secret) {
					t.Errorf("the log has %q:\n%s", secret, &s.log)
				}
			}
		})
	}
}
