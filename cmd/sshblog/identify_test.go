//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openSSH is a client that a person sits at, with keys of its own, and without an agent.
func (s *server) openSSH(keys []string, args ...string) *exec.Cmd {
	s.t.Helper()
	options := []string{
		"-F", "none", "-p", s.port, "-o", "LogLevel=ERROR",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes",
	}
	if len(keys) == 0 {
		keys = []string{"none"}
	}
	for _, key := range keys {
		options = append(options, "-i", key)
	}
	return exec.Command("ssh", append(options, args...)...)
}

// newKey makes a key of a client's.
func newKey(t *testing.T, passphrase string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "id_ed25519")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return path
}

// askpass sets the program that answers in place of a person, and writes down what it was asked.
func askpass(t *testing.T, cmd *exec.Cmd, answer string) (asked string) {
	t.Helper()
	dir := t.TempDir()
	asked = filepath.Join(dir, "asked")
	script := "#!/bin/sh\necho \"$1\" >>'" + asked + "'\necho '" + answer + "'\n"
	path := filepath.Join(dir, "askpass")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+path, "SSH_ASKPASS_REQUIRE=force")
	return asked
}

// With identify, whoever comes with a key is known by it, whoever has none gets in without a
// question, and a guest shows none. A key that was only offered is nobody's.
func TestIdentify(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--identify", "on")
	plain, locked := newKey(t, ""), newKey(t, "secret")
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		name   string
		keys   []string
		args   []string
		answer string // to what askpass is asked
		asked  int    // questions
		fails  bool
		key    string // type that is logged
	}{
		{name: "a key", keys: []string{plain}, args: []string{"a-key@127.0.0.1"}, key: "ssh-ed25519"},
		{name: "no key", keys: []string{none}, args: []string{"no-key@127.0.0.1"}, key: "none"},
		{name: "a guest", keys: []string{plain}, args: []string{"-o", "BatchMode=yes", "guest@127.0.0.1"}, key: "none"},
		{name: "no key in BatchMode", keys: []string{none}, args: []string{"-o", "BatchMode=yes", "batch@127.0.0.1"}, fails: true},
		{name: "a passphrase", keys: []string{locked}, args: []string{"locked@127.0.0.1"}, answer: "secret", asked: 1, key: "ssh-ed25519"},
		{name: "a passphrase that nobody knows", keys: []string{locked}, args: []string{"forgotten@127.0.0.1"}, answer: "wrong", asked: 3, key: "none"},
		{name: "Enter at the passphrase", keys: []string{locked}, args: []string{"enter@127.0.0.1"}, asked: 1, key: "none"},
		{name: "a passphrase for one, and another key", keys: []string{locked, plain}, args: []string{"another@127.0.0.1"}, answer: "wrong", asked: 3, key: "ssh-ed25519"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := s.openSSH(test.keys, append(test.args, "version")...)
			asked := askpass(t, cmd, test.answer)
			out, err := cmd.CombinedOutput()
			if test.fails {
				if err == nil || !strings.Contains(string(out), "Permission denied") {
					t.Errorf("%v: %s", err, out)
				}
				return
			}
			if err != nil || !strings.Contains(string(out), "sshblog") {
				t.Fatalf("%v: %s", err, out)
			}
			questions, _ := os.ReadFile(asked)
			if n := strings.Count(string(questions), "\n"); n != test.asked {
				t.Errorf("asked %d times: %s", n, questions)
			}
			user, _, _ := strings.Cut(test.args[len(test.args)-1], "@")
			s.logged("user=" + user + " key_type=" + test.key + " ")
		})
	}
	t.Run("the health check", func(t *testing.T) {
		if err := healthchecks(t, nil, "--address", "127.0.0.1:"+s.port); err != nil {
			t.Error(err)
		}
	})
	t.Run("ssh-keyscan", func(t *testing.T) {
		out, err := exec.Command("ssh-keyscan", "-p", s.port, "127.0.0.1").Output()
		if err != nil || !strings.Contains(string(out), "ssh-ed25519 ") {
			t.Errorf("%v: %s", err, out)
		}
	})
	if log := s.log.String(); strings.Contains(log, "source shut out") {
		t.Errorf("a source is shut out:\n%s", log)
	}
}

// Other clients without a key get in as with "none", and nobody is asked for a password.
func TestIdentifyOtherClients(t *testing.T) {
	for name, command := range map[string]func(*testing.T, *server) *exec.Cmd{
		"OpenSSH": func(_ *testing.T, s *server) *exec.Cmd { return s.openSSH(nil, "reader@127.0.0.1") },
		"PuTTY": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "plink", "putty-tools"), "-ssh", "-batch", "-P", s.port, "-hostkey", s.fingerprint(), "-t", "reader@127.0.0.1")
		},
		"Dropbear": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "dbclient", "dropbear-bin"), "-y", "-y", "-p", s.port, "-t", "reader@127.0.0.1")
		},
		"paramiko": func(t *testing.T, s *server) *exec.Cmd {
			const without = `transport.auth_interactive("reader", lambda title, instructions, prompts: ["" for _ in prompts])`
			return exec.Command(python(t), "-c", strings.Replace(paramiko, `transport.auth_none("reader")`, without, 1), s.port)
		},
		"paramiko, as a guest": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(python(t), "-c", strings.Replace(paramiko, `"reader"`, `"guest"`, 1), s.port)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveBlog(t, 20, "--identify", "on")
			p := s.connect(80, 24, command(t, s))
			p.sees("The Night Shift", "PAGE 1 / 3 · 20 POSTS")
			p.types("q")
			if status := p.leaves(); status != 0 {
				t.Errorf("the client exits with %d", status)
			}
			s.logged("key_type=none ")
			s.logged("reason=quit")
		})
	}
}
