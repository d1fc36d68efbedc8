//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/post"
)

// visit has a whole session without a terminal, and returns what it was told.
func (s *server) visit() (string, error) {
	nc, err := net.DialTimeout("tcp", "127.0.0.1:"+s.port, patience)
	if err != nil {
		return "", err
	}
	conn, channels, requests, err := gossh.NewClientConn(nc, "", &gossh.ClientConfig{
		User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey(), Timeout: patience,
	})
	if err != nil {
		_ = nc.Close()
		return "", err
	}
	client := gossh.NewClient(conn, channels, requests)
	defer func() { _ = client.Close() }()
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	session.Stdout = &out
	if err := session.Shell(); err != nil {
		return "", err
	}
	err = session.Wait()
	return out.String(), err
}

// welcomed visits, and fails the test unless all is as ever.
func (s *server) welcomed() {
	s.t.Helper()
	type visit struct {
		text string
		err  error
	}
	done := make(chan visit, 1)
	go func() { text, err := s.visit(); done <- visit{text, err} }()
	select {
	case v := <-done:
		if v.err != nil || !strings.Contains(v.text, "Post number 1") {
			s.t.Fatalf("a reader got %q and %v", v.text, v.err)
		}
	case <-time.After(patience):
		s.t.Fatal("a reader's session does not end")
	}
}

// gone waits for the end of the process; its standard error may still be held.
func (s *server) gone() {
	s.t.Helper()
	eventually(s.t, func() bool { return s.cmd.Process.Signal(syscall.Signal(0)) != nil }, "the server does not end")
}

// A log that nobody reads fills the pipe to its reader (64 KiB in Linux). All
// goes on, nothing that fits into the queue is lost, and a stop is a stop.
func TestALogThatNobodyReadsStopsNothing(t *testing.T) {
	t.Parallel()
	const visits = 150 // with some 900 bytes of lines each
	args := []string{"--log-level", "debug", "--exempt", "127.0.0.1", "--ops", "127.0.0.1:0"}

	t.Run("and is read again", func(t *testing.T) {
		s := serveBlog(t, 1, args...)
		s.logged("serving health and metrics")
		func() {
			s.log.mu.Lock() // from here the log takes nothing
			defer s.log.mu.Unlock()
			for range visits {
				s.welcomed()
			}
			s.signal(syscall.SIGHUP)
			s.welcomed()
		}()
		s.logged("reloaded")
		eventually(t, func() bool { return strings.Count(s.log.String(), `msg="session ended"`) == visits+1 }, "lines are missing")
		s.metric("sshblog_log_lines_dropped_total 0")
	})

	t.Run("and never is", func(t *testing.T) {
		s := serveBlog(t, 1, args...)
		func() {
			s.log.mu.Lock()
			defer s.log.mu.Unlock()
			for range visits {
				s.welcomed()
			}
			s.signal(syscall.SIGTERM)
			s.gone()
		}()
		if status := s.ended(); status != 0 {
			t.Errorf("exit status %d", status)
		}
	})
}

// The reader of the log may die: then lines go nowhere, and nobody notices.
func TestALogReaderThatDiesEndsNothing(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := serveBlogTo(t, w, 1)
	_ = w.Close() // the server has its own
	_ = r.Close()
	for range 3 {
		s.welcomed() // its line finds a broken pipe
	}
	s.signal(syscall.SIGPIPE)
	s.signal(syscall.SIGHUP)
	s.welcomed()
	s.signal(syscall.SIGTERM)
	if status := s.ended(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// An error that ends the program waits for nobody either.
func TestAnErrorIntoALogThatNobodyReads(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	defer func() { _ = w.Close() }()
	_ = w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := w.Write(make([]byte, 4<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the pipe is not full: %v", err)
	}
	cmd := exec.Command("sshblog", "serve", "--posts", "/nonexistent", "--listen", "127.0.0.1:0")
	cmd.Stderr = w // Fd() makes it blocking, as most are
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the program's end: %v", cmd.ProcessState)
	}
}

// The note of missing lines has the log's form, whatever its level.
func TestTheNoteOfMissingLines(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"text": ` level=WARN msg="log lines are missing here: the log could not be written as fast as they came" lines=`,
		"json": `"level":"WARN","msg":"log lines are missing here: the log could not be written as fast as they came","lines":`,
	} {
		r, w := io.Pipe()
		s := defaultSettings()
		s.LogFormat, s.LogLevel = format, slog.LevelError
		q := newLogQueue(&s, w)
		logger := slog.New(newHandler(s, q))
		for q.Dropped() == 0 {
			logger.Error("something", "what", strings.Repeat("x", 10000))
		}
		var got lockedBuffer
		go func() { _, _ = io.Copy(&got, r) }()
		eventually(t, func() bool { return strings.Contains(got.String(), want) }, "no %s", want)
		q.Close(patience)
		_ = r.Close()
	}
}

// A folder full of broken posts does not push out what else is logged.
func TestProblemsAreLoggedUpToALimit(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logProblems(slog.New(slog.NewTextHandler(&log, nil)), make([]post.Problem, maxProblems+5))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if last := lines[len(lines)-1]; len(lines) != maxProblems+1 || !strings.Contains(last, "omitted=5") {
		t.Errorf("%d lines, the last is %s", len(lines), last)
	}
}
