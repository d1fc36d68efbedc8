package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// ignores reports whether a process ignores a signal, or catches it.
func ignores(t *testing.T, pid int, sig syscall.Signal) bool {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nSigIgn:\t")
	mask, err := strconv.ParseUint(rest[:16], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return mask>>(sig-1)&1 == 1
}

// Signals that come while the program is still coming up end nothing, neither an
// ordinary process nor process 1 of a container.
func TestSignalsWhileComingUp(t *testing.T) {
	t.Parallel()
	for name, attr := range map[string]*syscall.SysProcAttr{
		"a process": {},
		"process 1": {Cloneflags: syscall.CLONE_NEWPID},
	} {
		t.Run(name, func(t *testing.T) {
			if attr.Cloneflags != 0 && os.Geteuid() != 0 {
				t.Skip("only root may start a process 1")
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "post.md"), []byte(postText(1, "One")), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sshblog", "serve", "--listen", "127.0.0.1:0", "--posts", dir, "--hostkeys", filepath.Join(dir, "keys"))
			cmd.SysProcAttr = attr
			var out, log lockedBuffer
			cmd.Stdout, cmd.Stderr = &out, &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { _ = cmd.Wait(); close(ended) }()
			defer func() { _ = cmd.Process.Kill(); <-ended }()
			eventually(t, func() bool { // SIGHUP may be from the start, if the tests run under nohup
				return ignores(t, cmd.Process.Pid, syscall.SIGHUP) && ignores(t, cmd.Process.Pid, syscall.SIGPIPE)
			}, "SIGHUP and SIGPIPE are not ignored")
			eventually(t, func() bool {
				for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGPIPE} {
					if err := cmd.Process.Signal(sig); err != nil {
						t.Fatalf("it has ended: %v\n%s", err, &log)
					}
				}
				return strings.Contains(out.String(), "Serving 1 post") && strings.Contains(log.String(), "reloaded")
			}, "it does not come up, or does not reload:\n%s", &log)
		})
	}
}

// Signals are ignored before anything that takes time, in the order in which Go
// initialises packages: nothing of others, and nothing that is not in every
// program, comes before.
func TestSignalsAreIgnoredFirst(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sshblog", "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	ours := bytes.Index(trace, []byte("init github.com/sshblog/sshblog/internal/earlysignals "))
	if ours < 0 {
		t.Fatalf("package earlysignals is not initialised:\n%s", trace)
	}
	for _, slow := range []string{"github.com/alecthomas/chroma/v2/lexers", "github.com/alecthomas/chroma/v2/styles", "github.com/mattn/go-runewidth", "golang.org/x/crypto/ssh"} {
		if at := bytes.Index(trace, []byte("init "+slow+" ")); at < ours {
			t.Errorf("%s is initialised before, or not at all", slow)
		}
	}
}

// Other commands end with the terminal or the pipe that they write to.
func TestOtherCommandsMindSignals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 500 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.md", i)), []byte("---\ndate: nonsense\n---\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	cmd := exec.Command("sshblog", "check", dir)
	cmd.Stdout = w
	_ = cmd.Run()
	_ = w.Close()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGPIPE {
		t.Errorf("sshblog check | true: %v", cmd.ProcessState)
	}
}

// Who cannot wait for a server to come up, and ignores SIGHUP for it, may send one
// from the first instruction on: nothing ends, and it reloads all the same.
func TestSIGHUPThatIsIgnoredAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "post.md"), []byte(postText(1, "One")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `trap "" HUP; exec sshblog serve --listen 127.0.0.1:0 --posts . --hostkeys keys`)
	cmd.Dir = dir
	var out, log lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { _ = cmd.Process.Kill(); <-ended }()
	eventually(t, func() bool { return ignores(t, cmd.Process.Pid, syscall.SIGHUP) }, "the shell does not ignore SIGHUP")
	eventually(t, func() bool {
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatalf("it has ended: %v\n%s", err, &log)
		}
		return strings.Contains(out.String(), "Serving 1 post") && strings.Contains(log.String(), "reloaded")
	}, "it does not come up, or does not reload:\n%s", &log)
}
