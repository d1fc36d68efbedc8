package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A port that only others may take is told by --check already.
func TestCheckOfALowPort(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil || strings.TrimSpace(string(first)) != "1024" {
		t.Skip("low ports are for everyone here")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "post.md"), []byte(postText(1, "One")), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"127.0.0.1:1":    "sshblog: setting listen: listen at 127.0.0.1:1: bind: permission denied: set a port above 1023",
		"127.0.0.1:1024": "The settings are good",
	} {
		cmd := exec.Command("sshblog", "serve", "--check", "--listen", address, "--posts", dir, "--hostkeys", dir)
		// Of a namespace's own rights none counts for the network outside.
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		var out lockedBuffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Skip("there are no user namespaces here:", err)
		}
		err := cmd.Wait()
		if good := strings.HasPrefix(want, "The"); !strings.HasPrefix(out.String(), want) || (err == nil) != good {
			t.Errorf("%s: %v, %q, want %q", address, err, out.String(), want)
		}
	}
}
