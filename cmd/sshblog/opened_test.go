//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// topPosts returns what /-/posts says, as "address:opened/read" each.
func (s *server) topPosts() (posts []string) {
	s.t.Helper()
	status, body := s.ops("/-/posts")
	var top struct {
		Since   time.Time
		Posts   []openedPost
		Omitted int
	}
	if err := json.Unmarshal([]byte(body), &top); err != nil || status != http.StatusOK || top.Omitted != 0 || top.Since.IsZero() {
		s.t.Fatalf("%d %v: %s", status, err, body)
	}
	for _, p := range top.Posts {
		if p.Gone == (p.Title != "") {
			s.t.Errorf("%+v", p)
		}
		posts = append(posts, fmt.Sprintf("%s:%d/%d", p.Post, p.Opened, p.Read))
	}
	return posts
}

func (s *server) expectTop(want ...string) {
	s.t.Helper()
	if got := s.topPosts(); !slices.Equal(got, want) {
		s.t.Errorf("opened were %q, want %q", got, want)
	}
}

// What readers open is counted, on a screen and in lines, and the sums outlive a restart;
// nothing tells who has read, and no metric which post.
func TestPostsOpened(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--state", state, "--identify", "off")
	s.expectTop()
	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	p.types("\r")
	p.sees("The text of Post number 3")
	p.types("n")
	p.sees("The text of Post number 2")
	p.types("p")
	p.sees("The text of Post number 3")
	p.types(ctrlC)
	p.leaves()
	lines := s.ssh("plain")
	lines.Stdin = strings.NewReader("1\nn\nq\n")
	if out, err := lines.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.expectTop("post-03:3/1", "post-02:2/1")
	s.metric("sshblog_posts_opened_total 5")
	s.metric("sshblog_posts_read_total 2")
	if _, body := s.ops("/metrics"); strings.Contains(body, "post-03") {
		t.Errorf("a post is in the metrics:\n%s", body)
	}
	s.signal(syscall.SIGTERM)
	if status := s.ended(); status != 0 {
		t.Errorf("the server exits with %d", status)
	}
	file := filepath.Join(state, "posts-opened.json")
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "reader") || strings.Contains(string(text), "127.0.0.1") {
		t.Errorf("%v: %s", err, text)
	}

	if err := os.Remove(filepath.Join(s.posts, "post-02.md")); err != nil {
		t.Fatal(err)
	}
	s.log.forget()
	s.start(s.cmd.Args...)
	s.expectTop("post-03:3/1", "post-02:2/1")
	s.metric("sshblog_posts_opened_total 0")
	s.signal(syscall.SIGTERM)
	s.ended()

	// A file that is not whole stays, and the blog is served all the same.
	if err := os.WriteFile(file, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	s.log.forget()
	s.start(s.cmd.Args...)
	s.logged("msg=\"how often posts were opened cannot be saved as it should; it is tried again every minute\" error=\"" + file)
	s.expectTop()
	lines = s.ssh("plain")
	lines.Stdin = strings.NewReader("1\nq\n")
	if out, err := lines.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.signal(syscall.SIGTERM)
	s.ended()
	if strings.Contains(s.log.String(), "is saved again") {
		t.Errorf("it is saved in a file that is not whole:\n%s", s.log.String())
	}
	s.log.forget()
	s.start(s.cmd.Args...)
	s.expectTop("post-03:1/2")
	s.metric("sshblog_posts_opened_save_failures_total 1")
	s.signal(syscall.SIGTERM)
	s.ended()
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, text[:len(text)/2]) {
		t.Errorf("%v: %s", err, now)
	}
}

// A folder in which nothing can be kept stops the start, and serve --check says so.
func TestStateThatIsNoFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, {"--check"}} {
		out, err := exec.Command("sshblog", append([]string{
			"serve", "--listen", "127.0.0.1:0", "--posts", dir, "--hostkeys", filepath.Join(dir, "keys"), "--state", file,
		}, more...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "sshblog: setting state: cannot keep sums in "+file) {
			t.Errorf("%q: %v, %s", more, err, out)
		}
	}
}

// Two servers with one folder, as during a restart, lose nothing of each other's.
func TestOneStateOfTwo(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	both := []*server{serveBlog(t, 1, "--state", state, "--identify", "off"), serveBlog(t, 1, "--state", state, "--identify", "off")}
	for i, s := range both {
		for range i + 2 {
			lines := s.ssh("plain")
			lines.Stdin = strings.NewReader("1\nq\n")
			if out, err := lines.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	for _, s := range both {
		s.signal(syscall.SIGTERM)
	}
	for _, s := range both {
		if status := s.ended(); status != 0 {
			t.Errorf("a server exits with %d", status)
		}
	}
	after := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--state", state)
	after.expectTop("post-01:5/5")
}
