//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// tool returns the path of a program that readers or auditors use. Where it is
// not installed the test is skipped, but not by CI, which installs them all.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, debian)
	}
	return path
}

func missing(t *testing.T, name, debian string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; Debian has it in %s", name, debian)
	}
	t.Skipf("%s is not installed; Debian has it in %s", name, debian)
}

// fingerprint is what the server's key is known by.
func (s *server) fingerprint() string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.posts), "keys", "ssh_host_ed25519_key"))
	if err != nil {
		s.t.Fatal(err)
	}
	key, err := gossh.ParsePrivateKey(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return gossh.FingerprintSHA256(key.PublicKey())
}

// What people have besides OpenSSH connects, shows the first frame, stays while
// nothing is typed (so it answers when it is asked for a sign of life), and
// ends in order.
func TestOtherClients(t *testing.T) {
	const keepalive = time.Second
	for name, command := range map[string]func(*testing.T, *server) *exec.Cmd{
		"OpenSSH": func(_ *testing.T, s *server) *exec.Cmd { return s.ssh() },
		"PuTTY": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "plink", "putty-tools"), "-ssh", "-batch", "-P", s.port, "-hostkey", s.fingerprint(), "-t", "reader@127.0.0.1")
		},
		"Dropbear": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "dbclient", "dropbear-bin"), "-y", "-y", "-p", s.port, "-t", "reader@127.0.0.1")
		},
		"paramiko": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(python(t), "-c", paramiko, s.port)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveBlog(t, 20, "--keepalive", keepalive.String())
			cmd := command(t, s)
			p := s.connect(80, 24, cmd)
			p.sees("The Night Shift", "PAGE 1 / 3 · 20 POSTS", "▌ Post number 20")
			time.Sleep(6 * keepalive) // one that does not answer is ended after five
			p.types("j\r")
			p.sees("The text of Post number 19")
			p.types("\x03")
			if status := p.leaves(); status != 0 {
				t.Errorf("the client exits with %d", status)
			}
			s.logged("reason=quit")
		})
	}
}

// python is a Python with paramiko.
func python(t *testing.T) string { return pythonWith(t, "paramiko", "python3-paramiko") }

// pythonWith returns a Python that has a module.
func pythonWith(t *testing.T, module, debian string) string {
	t.Helper()
	for _, path := range []string{"/usr/bin/python3", "python3"} { // Debian's first: the package is for that one
		if exec.Command(path, "-c", "import "+module).Run() == nil {
			return path
		}
	}
	missing(t, module, debian)
	return ""
}

// paramiko passes on what is typed and what comes. Like any program with that
// library it has to know its terminal's size itself.
const paramiko = `
import paramiko, socket, sys, threading, tty, os
tty.setraw(0)
transport = paramiko.Transport(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
transport.start_client(timeout=20)
transport.auth_none("reader")
channel = transport.open_session()
channel.get_pty("xterm-256color", 80, 24)
channel.invoke_shell()
def type():
    while True:
        keys = os.read(0, 1024)
        if not keys:
            return
        channel.sendall(keys)
threading.Thread(target=type, daemon=True).start()
while True:
    text = channel.recv(4096)
    if not text:
        break
    os.write(1, text)
status = channel.recv_exit_status()
transport.close()
os._exit(status)
`

// Nothing that the server offers is known to be broken.
func TestAudit(t *testing.T) {
	t.Parallel()
	audit := tool(t, "ssh-audit", "ssh-audit")
	s := serveBlog(t, 1)
	// It exits with 2 where it only warns: of algorithms younger than itself.
	out, err := exec.Command(audit, "-n", "-p", s.port, "127.0.0.1").CombinedOutput()
	if !bytes.Contains(out, []byte("(kex) curve25519-sha256 ")) || !bytes.Contains(out, []byte("(key) ssh-ed25519 ")) {
		t.Fatalf("the audit has not seen the server: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "[fail]") {
			t.Error(line)
		}
	}
}
