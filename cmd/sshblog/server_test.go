package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what should happen at once. It is an
// end to hanging, no measure: a slow machine passes.
const patience = time.Minute

// server is a running program of ours, as an operator would start it.
type server struct {
	t     testing.TB
	cmd   *exec.Cmd
	posts string
	port  string
	log   lockedBuffer // standard error, unless that is stderr
	done  chan error

	stderr *os.File
}

// lockedBuffer is written by the program and read by the test.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// holds reports whether a text has been written. Many may ask often: nothing is copied.
func (b *lockedBuffer) holds(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Contains(b.buf.Bytes(), []byte(text))
}

// count returns how often a text has been written.
func (b *lockedBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Count(b.buf.Bytes(), []byte(text))
}

// forget drops what has been written so far.
func (b *lockedBuffer) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

var portPattern = regexp.MustCompile(`ssh -p (\d+)`)

// serveBlog starts a server over a folder of n posts, on a port of its own.
func serveBlog(t testing.TB, n int, args ...string) *server {
	t.Helper()
	return serveBlogTo(t, nil, n, args...)
}

// serveBlogTo is serveBlog with a standard error of the test's own, unless nil.
func serveBlogTo(t testing.TB, stderr *os.File, n int, args ...string) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{t: t, posts: filepath.Join(dir, "posts"), stderr: stderr}
	if err := os.Mkdir(s.posts, 0o750); err != nil {
		t.Fatal(err)
	}
	s.write("_index.md", "---\ntitle: The Night Shift\ntagline: Notes on running systems\n---\n")
	for i := 1; i <= n; i++ {
		s.write(fmt.Sprintf("post-%02d.md", i), postText(i, fmt.Sprintf("Post number %d", i)))
	}
	s.start(append([]string{"sshblog", "serve", "--listen", "127.0.0.1:0", "--posts", s.posts, "--hostkeys", filepath.Join(dir, "keys")}, args...)...)
	return s
}

// postText is the text of a sample post.
func postText(i int, title string) string {
	category := []string{"Backend", "Databases", "CI/CD"}[i%3]
	return fmt.Sprintf("---\ntitle: %s\ndate: 2026-01-%02d\ncategories: [%s]\nsummary: About %s.\n---\nThe text of %s begins here.\n\n## Causes\n\n%s\n",
		title, i, category, title, title, strings.Repeat("A paragraph that is here to be scrolled.\n\n", 40))
}

func (s *server) start(args ...string) {
	s.t.Helper()
	s.cmd = exec.Command(args[0], args[1:]...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stderr = &s.log
	if s.stderr != nil {
		s.cmd.Stderr = s.stderr
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.done = make(chan error, 1)
	var line string
	if slices.Contains(args, "json") {
		s.logged(`"msg":"serving"`)
		line = s.log.String()
	} else {
		line, err = bufio.NewReader(stdout).ReadString('\n')
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		s.done <- s.cmd.Wait()
	}()
	s.t.Cleanup(s.kill)
	port := portPattern.FindStringSubmatch(line)
	if err != nil || port == nil {
		s.t.Fatalf("the server said %q: %v\n%s", line, err, s.log.String())
	}
	s.port = port[1]
}

// kill ends a server that the test has not ended.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	select {
	case err := <-s.done:
		s.done <- err // a server that was started again is killed again
	case <-time.After(patience):
	}
	if s.t.Failed() {
		s.t.Logf("the server's log:\n%s", s.log.String())
	}
}

func (s *server) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.posts, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// logged waits until the server's log holds text.
func (s *server) logged(text string) {
	s.t.Helper()
	eventually(s.t, func() bool { return s.log.holds(text) }, "the log has no %q:\n%s", text, &s.log)
}

// reload has the server reload, and waits until its log holds text once more than before.
func (s *server) reload(text string) {
	s.t.Helper()
	before := s.log.count(text)
	s.signal(syscall.SIGHUP)
	eventually(s.t, func() bool { return s.log.count(text) > before }, "the log has no other %q:\n%s", text, &s.log)
}

// ended waits for the server's end and returns its exit status.
func (s *server) ended() int {
	s.t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		s.t.Fatal("the server does not end")
		return -1
	}
}

// eventually waits for something that another process does.
func eventually(t testing.TB, ok func() bool, format string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf(format, args...)
		}
	}
}
