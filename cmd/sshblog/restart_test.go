//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// While a server whose socket is kept, as by systemd, is restarted again and again, somebody
// connects all the time: none is refused or lost.
func TestRestartsRefuseNobody(t *testing.T) {
	t.Parallel()
	const times, callers = 4, 4
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "one.md"), []byte(postText(1, "One")), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	socket, err := listener.File()
	_ = listener.Close() // the socket stays
	if err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	var came atomic.Int64
	var calling sync.WaitGroup
	t.Cleanup(calling.Wait)
	t.Cleanup(func() { over.Store(true); _ = socket.Close() })
	var log lockedBuffer
	begin := func() (end func() error) {
		cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec sshblog "$@"`, "sshblog", "serve", "--posts", dir, "--hostkeys", filepath.Join(dir, "keys"),
			"--source-rate", "1000", "--source-burst", "1000", "--session-rate", "1000", "--session-burst", "1000")
		cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=blog")
		cmd.ExtraFiles = []*os.File{socket}
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return func() error {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			return cmd.Wait()
		}
	}
	for range callers {
		calling.Go(func() {
			for !over.Load() {
				if err := askVersion(address); err != nil {
					t.Error(err)
					return
				}
				came.Add(1)
			}
		})
	}
	for i := range times {
		before := came.Load()
		end := begin()
		eventually(t, func() bool { return came.Load() > before+int64(i%7) || t.Failed() }, "nobody comes: %s", &log)
		if err := end(); err != nil {
			t.Errorf("%v: %s", err, &log)
		}
	}
	end := begin()
	over.Store(true)
	calling.Wait()
	_ = end() // it may not have started yet
	t.Logf("%d restarts, %d connections", times, came.Load())
}

// askVersion has a session of its own with a server, and returns what was wrong with it.
func askVersion(address string) error {
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	defer func() { _ = client.Close() }()
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("no session: %w", err)
	}
	if out, err := session.CombinedOutput("version"); err != nil || !strings.HasPrefix(string(out), "sshblog ") {
		return fmt.Errorf("not served: %q, %w", out, err)
	}
	return nil
}
