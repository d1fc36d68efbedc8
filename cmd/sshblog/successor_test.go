//go:build unix

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sshblog/sshblog/internal/supervise"
)

// stoppedSuccessor asks for an upgrade, and holds the successor as soon as it has begun.
func (s *server) stoppedSuccessor() (pid int) {
	s.t.Helper()
	s.signal(syscall.SIGUSR2)
	// Each thread has the children that it has started (proc(5)).
	threads := fmt.Sprintf("/proc/%d/task/*/children", s.cmd.Process.Pid)
	if files, _ := filepath.Glob(threads); len(files) == 0 {
		s.t.Skip("this system does not tell the children of a process")
	}
	eventually(s.t, func() bool {
		files, _ := filepath.Glob(threads)
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if _, err := fmt.Sscan(string(text), &pid); err != nil {
				continue
			}
			// Until it runs the program the server waits for it.
			environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
			if strings.Contains(string(environ), "LISTEN_PREDECESSORS=") {
				return true
			}
		}
		return false
	}, "there is no successor: %s", &s.log)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// Whoever stops a server stops what it is about to start, too.
func TestStoppingEndsAnUpgrade(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--drain", "1s")
	pid := s.stoppedSuccessor()
	s.signal(syscall.SIGTERM)
	if status := s.ended(); status != 0 {
		t.Errorf("it ended with %d", status)
	}
	if s.log.holds("those who read here may go on") {
		t.Error("the successor took over from a server that was stopped")
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) && !zombie(pid) {
		t.Errorf("the successor is still there: %v", err)
	}
}

// What is reloaded while a successor reads the posts is not lost.
func TestReloadDuringAnUpgrade(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0")
	ops := s.opsAddress()
	pid := s.stoppedSuccessor()
	s.write("during.md", postText(9, "Written during an upgrade"))
	if r, err := askReload(t.Context(), []string{ops}); err != nil || r.Result != "1 new post" {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	_ = s.successor()
	eventually(t, func() bool { return strings.Count(s.log.String(), "msg=reloaded") == 3 }, "the successor does not reload: %s", &s.log)
}

// If the successor breaks down there is nobody to let anybody in: the process before it ends,
// so that a supervisor starts another.
func TestSuccessorBreaksDown(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--drain", "1s")
	press := s.onTerminal()
	s.signal(syscall.SIGUSR2)
	pid := s.successor()
	if !press() {
		t.Fatal("the reader is lost")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := s.ended(); status != 1 {
		t.Errorf("it ended with %d", status)
	}
	s.logged("stopping, so that a supervisor starts the server again")
}

// A successor without posts is no success.
func TestUpgradeKeepsThePosts(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 2, "--ops", "127.0.0.1:0")
	ops := s.opsAddress()
	away := s.posts + ".away"
	if err := os.Rename(s.posts, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.posts, 0o750); err != nil {
		t.Fatal(err)
	}
	if status, r := s.upgrade(ops); status != http.StatusInternalServerError {
		t.Errorf("%d %+v", status, r)
	}
	s.logged("an upgrade takes no post from readers")
}

// Readers know the server by its key: where that is gone, no successor comes with another.
func TestUpgradeMakesNoHostKey(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys")
	s := serveBlog(t, 2, "--ops", "127.0.0.1:0", "--hostkeys", keys)
	ops := s.opsAddress()
	if err := os.Rename(keys, keys+".away"); err != nil {
		t.Fatal(err)
	}
	why := "the host keys in " + keys + " are gone; mount the folder"
	if status, r := s.upgrade(ops); status != http.StatusInternalServerError || !strings.Contains(r.Error, why) {
		t.Errorf("%d %+v", status, r)
	}
	successor := &program{settings: defaultSettings(), before: new(supervise.Predecessors)} // they may go after that look
	successor.settings.HostKeys = keys
	if _, err := successor.loadHostKeys(); err == nil || !strings.Contains(err.Error(), why) {
		t.Error(err)
	}
	if _, err := os.Stat(keys); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the keys is there again: %v", err)
	}
	if client, err := s.client(); err != nil {
		t.Error(err)
	} else {
		_ = client.Close()
	}
}

// Nor one that would not show what its predecessor shows.
func TestUpgradeKeepsBrokenPosts(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 2, "--ops", "127.0.0.1:0")
	ops := s.opsAddress()
	s.write("post-01.md", "---\ntitle: [\n---\nBroken.\n")
	if status, r := s.upgrade(ops); status != http.StatusInternalServerError || !strings.Contains(r.Error, "1 post, as of post-01") {
		t.Errorf("%d %+v", status, r)
	}
	s.write("post-01.md", postText(1, "Mended"))
	if status, r := s.upgrade(ops); status != http.StatusOK {
		t.Errorf("%d %+v", status, r)
	}
}

// Also after an upgrade the operator's pages tell, while readers finish, that the server stops.
func TestOpsWhileAnUpgradedServerStops(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 2, "--ops", "127.0.0.1:0", "--drain", "1h")
	ops := s.opsAddress()
	status, r := s.upgrade(ops)
	if status != http.StatusOK {
		t.Fatalf("%d %+v", status, r)
	}
	client, err := s.client() // stays
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := syscall.Kill(r.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.logged("msg=stopping")
	status, body := http.StatusOK, ""
	eventually(t, func() bool { status, body = s.ops("/readyz"); return status == http.StatusServiceUnavailable }, "it is ready: %s", body)
	if !strings.Contains(body, "readers may finish") {
		t.Error(body)
	}
	if _, err := askReload(t.Context(), []string{ops}); err == nil || !strings.Contains(err.Error(), errStopping.Error()) {
		t.Errorf("a reload: %v", err)
	}
}

// The program is started by the way by which it was called: a link may lead to another version.
func TestOwnPath(t *testing.T) {
	t.Parallel()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "current")
	if err := os.Symlink(own, link); err != nil {
		t.Skip(err)
	}
	for called, want := range map[string]string{link: link, own: own, "/there/is/none": own, "sh": own} {
		if got := ownPath(called); got != want {
			t.Errorf("called as %s it is started as %s, want %s", called, got, want)
		}
	}
}

// The same for one that has taken over from another since.
func TestLaterSuccessorBreaksDown(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--drain", "1s")
	ops := s.opsAddress()
	press := s.onTerminal()
	var r upgradeResult
	for range 2 {
		var status int
		eventually(t, func() bool { status, r = s.upgrade(ops); return status == http.StatusOK }, "no upgrade: %s", &s.log)
	}
	if !press() {
		t.Fatal("the reader is lost")
	}
	if err := syscall.Kill(r.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := s.ended(); status != 1 { // within sharePause
		t.Errorf("it ended with %d", status)
	}
}

// Whoever stops the process that lets readers in, or all of them as systemd does, stops those before
// it as well, which is no error.
func TestStoppingAfterUpgrades(t *testing.T) {
	t.Parallel()
	for name, all := range map[string]bool{"the last": false, "all": true} {
		t.Run(name, func(t *testing.T) {
			s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--drain", "100ms", "--memory", "1GiB")
			ops := s.opsAddress()
			pids := []int{s.cmd.Process.Pid}
			for range 3 {
				press := s.onTerminal() // so that each process stays
				status, r := s.upgrade(ops)
				if status != http.StatusOK || !press() {
					t.Fatalf("%d %+v", status, r)
				}
				pids = append(pids, r.PID)
			}
			if !all {
				pids = pids[len(pids)-1:]
			}
			for _, pid := range pids {
				if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
					t.Error(err)
				}
			}
			if status := s.ended(); status != 0 {
				t.Errorf("it ended with %d", status)
			}
			if s.log.holds("level=ERROR") {
				t.Errorf("a stop is told as an error:\n%s", &s.log)
			}
		})
	}
}
