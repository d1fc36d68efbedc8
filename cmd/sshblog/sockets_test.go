//go:build unix

package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/supervise"
)

// Sockets that a process was started with are served whatever the setting says.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	port, ops := freePort(t), freePort(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "one.md"), []byte(postText(1, "One")), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("sshblog")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(activate, "-l", "127.0.0.1:"+port, "-l", "127.0.0.2:"+port, "-l", "127.0.0.1:"+ops,
		"--fdname=blog:blog:ops", program, "serve", "--listen", "127.0.0.1:1", "--posts", dir, "--hostkeys", filepath.Join(dir, "keys"))
	var log lockedBuffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(t, func() bool { return strings.Count(log.String(), "Listening on ") == 3 }, "it does not listen: %s", &log)
	for _, host := range []string{"127.0.0.1", "127.0.0.2"} {
		out, err := exec.Command("ssh", "-F", "none", "-T", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-p", port, "reader@"+host).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "One") {
			t.Errorf("%s: %v: %s\n%s", host, err, out, &log)
		}
	}
	response, err := http.Get("http://127.0.0.1:" + ops + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
	eventually(t, func() bool { return log.holds("ops=127.0.0.1:" + ops + " ") }, "the line at the start does not say where ops is: %s", &log)
}

// freePort returns a port that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// A socket that is none of ours is named.
func TestWrongSockets(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = l.Close() }()
	file, err := l.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec sshblog serve`)
	cmd.Env = append(os.Environ(), "LISTEN_FDS=2", "LISTEN_FDNAMES=blog:other")
	cmd.ExtraFiles = []*os.File{file, file}
	out, err := cmd.CombinedOutput()
	const want = `sshblog: socket 1, "blog", that the server was started with: want a TCP socket that listens`
	if err == nil || !strings.HasPrefix(string(out), want) || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %s; want %s", err, out, want)
	}
}

func TestListensAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have *net.TCPAddr
		want string
		is   bool
	}{
		{&net.TCPAddr{IP: net.IPv6unspecified, Port: 22}, ":22", true},
		{&net.TCPAddr{IP: net.IPv6unspecified, Port: 22}, "0.0.0.0:22", true},
		{&net.TCPAddr{IP: net.IPv6unspecified, Port: 22}, ":2222", false},
		{&net.TCPAddr{IP: net.IPv6unspecified, Port: 22}, "127.0.0.1:22", false},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}, "127.0.0.1:22", true},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}, "127.0.0.1:0", true},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}, ":22", false},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}, "127.0.0.2:22", false},
	} {
		if is := listensAt(c.have, c.want); is != c.is {
			t.Errorf("%s at %s: %t", c.have, c.want, is)
		}
	}
}

// An address that cannot be listened at is told to be the predecessor's only if it is.
func TestSuccessorFindsAPortTaken(t *testing.T) {
	before, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = before.Close() }()
	other, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	_, port, _ := net.SplitHostPort(before.Addr().String())
	for address, want := range map[string]string{
		":" + port:            "only a restart can change",
		other.Addr().String(): "stop the program that has it",
	} {
		given := []supervise.Socket{{TCPListener: before, Name: openedForReaders}}
		s := sockets{given: slices.Clone(given), inherited: given}
		if _, err := s.listen(t.Context(), "listen", []string{address}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}

// Only the sockets of a socket unit outlast the server, and those for readers count.
func TestSharedSockets(t *testing.T) {
	for names, want := range map[string]bool{"": false, openedForReaders: false, opsSocket + " " + openedForReaders: false, "sshblog.socket " + openedForOps: true} {
		s := sockets{}
		for name := range strings.FieldsSeq(names) {
			s.used = append(s.used, supervise.Socket{Name: name})
		}
		if s.shared() != want {
			t.Errorf("%q: %t", names, !want)
		}
	}
}
