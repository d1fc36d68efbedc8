//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/sshd"
)

// upgrade asks for an upgrade and returns the answer.
func (s *server) upgrade(ops string) (status int, r upgradeResult) {
	s.t.Helper()
	eventually(s.t, func() bool { // it says that it serves a moment before it is ready
		var err error
		r = upgradeResult{}
		if status, err = askOps(s.t.Context(), []string{ops}, "/-/upgrade", &r); err != nil {
			s.t.Fatalf("%v\n%s", err, &s.log)
		}
		return r.Error != errNotServing.Error()
	}, "the server stays as it starts")
	if r.PID != 0 {
		s.t.Cleanup(func() { _ = syscall.Kill(r.PID, syscall.SIGKILL) })
	}
	return status, r
}

// client connects as a reader without a terminal.
func (s *server) client() (*ssh.Client, error) {
	return ssh.Dial("tcp", net.JoinHostPort("127.0.0.1", s.port), &ssh.ClientConfig{
		User: "reader", Auth: []ssh.AuthMethod{ssh.KeyboardInteractive(func(_, _ string, _ []string, _ []bool) ([]string, error) { return nil, nil })}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: patience,
	})
}

// onTerminal opens the reader, and returns a function that presses a key and reports whether
// the screen changes.
func (s *server) onTerminal() (press func() bool) {
	s.t.Helper()
	client, err := s.client()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Close() })
	session, err := client.NewSession()
	if err != nil {
		s.t.Fatal(err)
	}
	keys, err := session.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	screen, err := session.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		s.t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		s.t.Fatal(err)
	}
	var written atomic.Int64
	go func() {
		p := make([]byte, 4096)
		for {
			n, err := screen.Read(p)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	eventually(s.t, func() bool { return written.Load() > 500 }, "there is no first screen")
	at := 0
	return func() bool {
		before := written.Load()
		at++
		if _, err := io.WriteString(keys, []string{"k", "j"}[at%2]); err != nil {
			return false
		}
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if written.Load() > before {
				return true
			}
		}
		return false
	}
}

// While a server is upgraded again and again, somebody connects all the time: none is refused,
// and those who read go on.
func TestUpgrades(t *testing.T) {
	times := 10
	if underRace {
		times = 3
	}
	s := serveBlog(t, 5, "--ops", "127.0.0.1:0", "--source-rate", "1000", "--source-burst", "1000", "--session-rate", "1000", "--session-burst", "1000")
	ops := s.opsAddress()
	var over atomic.Bool
	var came atomic.Int64
	var dialling sync.WaitGroup
	for range 2 {
		dialling.Go(func() {
			for !over.Load() {
				client, err := s.client()
				if err != nil {
					t.Errorf("refused: %v", err)
					return
				}
				session, err := client.NewSession()
				if err == nil {
					var out []byte
					if out, err = session.CombinedOutput("version"); !strings.HasPrefix(string(out), "sshblog ") {
						err = fmt.Errorf("%w, %q", err, out)
					}
				}
				_ = client.Close()
				if err != nil {
					t.Errorf("not served: %v", err)
					return
				}
				came.Add(1)
			}
		})
	}
	readers := []func() bool{s.onTerminal()}
	for i := range times {
		before := came.Load()
		status, r := s.upgrade(ops)
		if status != http.StatusOK || r.PID == 0 || i == 0 && r.Sessions == 0 {
			t.Fatalf("upgrade %d: %d %+v", i, status, r)
		}
		eventually(t, func() bool { return came.Load() > before+2 || t.Failed() }, "nobody gets in after upgrade %d", i)
		readers = append(readers, s.onTerminal())
		for i, press := range readers {
			if !press() {
				t.Fatalf("reader %d is lost", i)
			}
		}
	}
	over.Store(true)
	dialling.Wait()
	t.Logf("%d upgrades, %d connections", times, came.Load())
}

// A process that was upgraded ends once its last reader has gone, and a second request while
// it lasts is refused.
func TestUpgradedProcessEnds(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--upgrade-drain", "1h", "--drain", "1h")
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGUSR2)
	successor := s.successor()
	s.signal(syscall.SIGUSR2)
	s.logged(errUpgraded.Error())
	s.reload("msg=\"not reloaded\" reason=\"" + errReplaced.Error())
	if session, err := client.NewSession(); err != nil {
		t.Errorf("it ended before its reader: %v", err)
	} else if _, err := session.Output("version"); err != nil {
		t.Error(err)
	}
	_ = client.Close()
	// The successor's first line has what was left to it; now it has all.
	limit := regexp.MustCompile(`max_sessions=\d+`).FindString(s.log.String())
	s.logged(`msg="the processes before this one have ended" ` + limit + " memory=")
	// Nobody sees the end while another process has the same standard output.
	if err := syscall.Kill(successor, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := s.ended(); status != 0 {
		t.Errorf("it ended with %d", status)
	}
}

// A process that serves nobody any more ends, though readers of an older one are still there;
// and the one that serves knows of these.
func TestUpgradedProcessesDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--memory", "1GiB")
	ops := s.opsAddress()
	press := s.onTerminal()
	pids := make([]int, 0, 4)
	for range cap(pids) {
		status, r := s.upgrade(ops)
		if status != http.StatusOK {
			t.Fatalf("%d %+v", status, r)
		}
		pids = append(pids, r.PID)
	}
	latest := len(pids) - 1
	for _, pid := range pids[:latest] {
		eventually(t, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) }, "process %d of %v is still there", pid, pids)
	}
	if !press() {
		t.Error("the reader is lost")
	}
	_, metrics := s.ops("/metrics")
	if alone := fmt.Sprint((1 << 30) / sshd.SessionCost); !strings.Contains(metrics, "\nsshblog_sessions_limit ") || strings.Contains(metrics, "\nsshblog_sessions_limit "+alone+"\n") {
		t.Errorf("the latest does not know of the reader of the first: it may have %s sessions, as if it were alone", alone)
	}
}

// zombie reports whether a process has ended, and only its parent has not asked how.
func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(text), ") Z ")
}

// successor waits for the process that the log names, and ends it at the test's end.
func (s *server) successor() (pid int) {
	s.t.Helper()
	const said = "those who read here may go on"
	s.logged(said)
	_, line, _ := strings.Cut(s.log.String(), said)
	if _, err := fmt.Sscanf(line, "\" pid=%d", &pid); err != nil {
		s.t.Fatalf("no process in %q: %v", line, err)
	}
	s.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// What makes a start fail changes nothing.
func TestUpgradeFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "settings.yaml")
	if err := os.WriteFile(file, []byte("page-size: 8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--config", file)
	ops := s.opsAddress()
	press := s.onTerminal()
	if err := os.WriteFile(file, []byte("page-size: many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also after one that failed
		status, r := s.upgrade(ops)
		if status != http.StatusInternalServerError || !strings.Contains(r.Error, "has ended: exit status 1: setting page-size: \"many\" at "+file+":1: want a whole number") {
			t.Errorf("%d %+v", status, r)
		}
	}
	// What is found later is told, too.
	for text, want := range map[string]string{"watch-interval: 5s\n": "setting watch-interval: nothing is watched", "theme: none\n": "setting theme: "} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, r := s.upgrade(ops); status != http.StatusInternalServerError || !strings.Contains(r.Error, "has ended: exit status 1: "+want) {
			t.Errorf("%d %+v", status, r)
		}
	}
	if err := os.WriteFile(file, []byte("page-size: many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sshblog", "upgrade", "--ops", ops).CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "sshblog: not upgraded: process ") {
		t.Errorf("%v: %s", err, out)
	}
	if !press() {
		t.Error("the reader is lost")
	}
	if client, err := s.client(); err != nil {
		t.Error(err)
	} else {
		_ = client.Close()
	}
	if err := os.WriteFile(file, []byte("page-size: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("sshblog", "upgrade", "--ops", ops).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "upgraded: process ") || !strings.HasSuffix(string(out), " serves; 1 session with the one before\n") {
		t.Errorf("%v: %s", err, out)
	}
	_ = s.successor()
}

// systemd hears what happens, and from whom it expects it.
func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Skip("no socket of this kind here: ", err)
	}
	defer func() { _ = l.Close() }()
	told := func(want ...string) {
		t.Helper()
		_ = l.SetReadDeadline(time.Now().Add(patience))
		p := make([]byte, 4096)
		n, err := l.Read(p)
		got := string(p[:n])
		for _, w := range want {
			if !strings.Contains("\n"+got+"\n", "\n"+w) {
				t.Fatalf("systemd is told %q, %v; want %q", got, err, w)
			}
		}
	}
	t.Setenv("NOTIFY_SOCKET", path)
	file := filepath.Join(t.TempDir(), "settings.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("page-size: 8\n")
	s := serveBlog(t, 3, "--config", file)
	told("READY=1", "STATUS=serving")
	s.signal(syscall.SIGHUP)
	told("RELOADING=1")
	told("READY=1", "STATUS=")
	press := s.onTerminal()
	write("page-size: many\n")
	s.signal(syscall.SIGUSR2)
	told("STATUS=upgrading")
	told("RELOADING=1")
	told("READY=1", "STATUS=nothing changed")
	told("STATUS=upgrading")
	told("STATUS=not upgraded: process ")
	write("page-size: 8\n")
	s.signal(syscall.SIGUSR2)
	told("STATUS=upgrading")
	told("RELOADING=1")
	told("READY=1", "STATUS=nothing changed")
	told("STATUS=upgrading")
	told("MAINPID=", "READY=1", "STATUS=serving")
	if err := syscall.Kill(s.successor(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	told("STOPPING=1") // by the successor, which told nothing before
	if !press() {
		t.Error("the reader is lost")
	}
}

func TestUpgradeAnswers(t *testing.T) {
	t.Parallel()
	p := &program{}
	status, answer := p.answerUpgrade(t.Context())
	if body, err := json.Marshal(answer); err != nil || status != http.StatusConflict || string(body) != `{"error":"`+errNotServing.Error()+`"}` {
		t.Errorf("%d %s %v", status, body, err)
	}
	begun, end := make(chan struct{}, 2), make(chan struct{})
	p.upgrades.serve(func(context.Context) (upgradeResult, error) {
		begun <- struct{}{}
		<-end
		p.upgrades.commit()
		return upgradeResult{PID: 7}, nil
	}, func(error) {})
	first, err := p.upgrades.ask()
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if second, err := p.upgrades.ask(); err != nil || second != first {
		t.Errorf("a second request does not join: %v", err)
	}
	close(end)
	<-first.done
	if _, err := p.upgrades.ask(); err != errUpgraded { //nolint:errorlint // the very one
		t.Errorf("after it: %v", err)
	}
	p.upgrades.end(errEnding)
	if _, err := p.upgrades.ask(); err != errUpgraded { //nolint:errorlint // the very one
		t.Errorf("the first reason is lost: %v", err)
	}
}
