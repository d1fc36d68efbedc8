//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A volume that is not mounted at a reload is an empty folder. Readers keep
// their posts, the operator is told, and the server stays ready.
func TestAnEmptyFolderAtAReload(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--posts-required")
	away := s.posts + ".away"
	if err := os.Rename(s.posts, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.posts, 0o750); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	s.metric(`sshblog_reloads_total{result="failed"} 1`)
	s.logged("reload failed, everything stays as it was")
	if log := s.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "3 posts were") {
		t.Errorf("the log does not say what is wrong:\n%s", log)
	}
	if text, err := s.visit(); err != nil || !strings.Contains(text, "3 posts") {
		t.Errorf("a reader gets %q, %v", text, err)
	}
	if status, body := s.ops("/readyz"); status != http.StatusOK {
		t.Errorf("the readiness is %d: %s", status, body)
	}

	if err := os.Remove(s.posts); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, s.posts); err != nil {
		t.Fatal(err)
	}
	s.write("new.md", postText(4, "A new one"))
	s.reload("1 new post")
}

// A blog is emptied on purpose by a draft that is left.
func TestABlogThatIsEmptyOnPurpose(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--posts-required")
	s.write("post-01.md", "---\ntitle: Later\ndraft: true\n---\n")
	s.reload("1 post removed")
	if text, err := s.visit(); err != nil || !strings.Contains(text, "0 posts") {
		t.Errorf("a reader gets %q, %v", text, err)
	}
	if status, body := s.ops("/readyz"); status != http.StatusOK {
		t.Errorf("the readiness is %d: %s", status, body)
	}
}

// A start over an empty folder is served, with a word in the log; whether it is
// ready is a setting.
func TestAnEmptyFolderAtTheStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		status int
		level  string
	}{
		"ready":    {nil, http.StatusOK, "level=WARN"},
		"required": {[]string{"--posts-required"}, http.StatusServiceUnavailable, "level=ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveBlog(t, 0, append(test.args, "--ops", "127.0.0.1:0")...)
			s.logged("there is no post in the folder")
			if log := s.log.String(); !strings.Contains(log, test.level) || !strings.Contains(log, filepath.Base(s.posts)) {
				t.Errorf("the log has no %s:\n%s", test.level, log)
			}
			var status int
			var body string
			eventually(t, func() bool { status, body = s.ops("/readyz"); return strings.Contains(body, "accepting: ok") }, "it does not accept")
			if status != test.status {
				t.Errorf("the readiness is %d: %s", status, body)
			}
			if text, err := s.visit(); err != nil || !strings.Contains(text, "0 posts") {
				t.Errorf("a reader gets %q, %v", text, err)
			}
			s.write("post.md", postText(1, "The first"))
			s.reload("1 new post")
			if status, body := s.ops("/readyz"); status != http.StatusOK {
				t.Errorf("with a post the readiness is %d: %s", status, body)
			}
		})
	}
}
