//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// piped runs a line of the shell in which "ssh blog" stands for OpenSSH's client and the blog.
func (s *server) piped(line string) (stdout, stderr string, status int) {
	s.t.Helper()
	client := s.ssh().Args
	client = append([]string{"ssh", "-T"}, client[1:]...)
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "ssh blog", strings.Join(client, " ")))
	var out, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &told
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	return out.String(), told.String(), status
}

// What scripts do with the blog, through OpenSSH's client and pipes.
func TestPipes(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	for line, want := range map[string]string{
		"ssh blog ls | head -1":                                                  "2026-01-20\tpost-20\tPost number 20\n",
		"ssh blog ls --all | wc -l | tr -d ' '":                                  "20\n",
		"ssh blog posts --page 3 | cut -f2":                                      "post-04\npost-03\npost-02\npost-01\n",
		"ssh blog ls --category ci-cd --all | wc -l | tr -d ' '":                 "7\n",
		"ssh blog categories":                                                    "7\tci-cd\tCI/CD\n7\tdatabases\tDatabases\n6\tbackend\tBackend\n",
		"ssh blog search 'number 7' | head -1":                                   "2026-01-07\tpost-07\tPost number 7\n",
		"ssh blog cat post-07 | head -3":                                         "---\ntitle: \"Post number 7\"\ndate: 2026-01-07T00:00:00Z\n",
		"ssh blog read post-07 | head -3":                                        "Post number 7\nJanuary 7, 2026, Databases, 2 min read\n\n",
		"ssh blog read post-07 --width 30 | awk 'NR > 4 && length > 30' | wc -l": "0\n",
		"ssh blog version | cut -d' ' -f1":                                       "sshblog\n",
		"ssh blog help ls | head -1":                                             "ssh HOST ls: list the posts, the newest first\n",
		"ssh blog < /dev/null | head -3":                                         "The Night Shift\nNotes on running systems\n20 posts. The newest:\n",
	} {
		if out, told, status := s.piped(line); out != want || told != "" || status != 0 {
			t.Errorf("%s: status %d, %q, and on standard error %q", line, status, out, told)
		}
	}
	for line, want := range map[string]struct {
		told   string
		status int
	}{
		"ssh blog cat pots-07":   {"sshblog: there is no post pots-07; did you mean post-07?\n", 1},
		"ssh blog ls --page 4":   {"sshblog: there is no page 4; the last is 3\n", 1},
		"ssh blog search xyzzyx": {"sshblog: nothing found for xyzzyx\n", 1},
		"ssh blog lst":           {"sshblog: there is no command lst; did you mean ls? leave out the command to read the blog, or use ssh HOST help to see what there is\n", 2},
		"ssh blog ls --pages 4":  {"sshblog: there is no option --pages; use ssh HOST ls; ssh HOST help ls says more\n", 2},
	} {
		if out, told, status := s.piped(line); out != "" || told != want.told || status != want.status {
			t.Errorf("%s: status %d, %q, and on standard error %q", line, status, out, told)
		}
	}
	if out, _, _ := s.piped("ssh blog read post-07 --color always"); !strings.Contains(out, "\x1b[") {
		t.Errorf("with --color always there is no colour in %q", out)
	}
}

func TestJSONOverSSH(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	var page struct {
		Page, Pages, Total int
		Posts              []struct {
			Slug, Title, URL string
			Date             time.Time
		}
	}
	for line, posts := range map[string]int{"ssh blog ls --json --page 2": 8, "ssh blog ls --all --json": 20, "ssh blog search --json number": 20} {
		out, told, status := s.piped(line)
		if err := json.Unmarshal([]byte(out), &page); err != nil || len(page.Posts) != posts || page.Total != 20 || told != "" || status != 0 {
			t.Fatalf("%s: %v, status %d, %q in %s", line, err, status, told, out)
		}
		first := page.Posts[0]
		if first.URL != "ssh://"+first.Slug+"@127.0.0.1:"+s.port || first.Date.Year() != 2026 || first.Title == "" {
			t.Errorf("%s: %+v", line, first)
		}
	}
}

// A pipe that is closed ends a command quietly, however much it has to say, and its session.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3)
	s.write("long.md", "---\ntitle: Long\n---\n"+strings.Repeat("Some words that fill a line of a long post.\n", 5000))
	s.signal(syscall.SIGHUP)
	eventually(t, func() bool { return strings.Contains(s.log.String(), "posts=4") }, "the post should be read:\n%s", &s.log)
	for _, line := range []string{"ssh blog cat long | head -1", "ssh blog cat long >&-", "ssh blog read long | head -1"} {
		_, told, _ := s.piped(line)
		if strings.Contains(told, "sshblog") {
			t.Errorf("%s: on standard error %q", line, told)
		}
	}
	eventually(t, func() bool { return strings.Count(s.log.String(), "session ended") == 3 }, "three sessions should have ended:\n%s", &s.log)
	if log := s.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "ERROR") {
		t.Errorf("the log says\n%s", log)
	}
}

// With "source: off" no Markdown is given out.
func TestNoSource(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--source", "off")
	if out, told, status := s.piped("ssh blog cat post-01"); out != "" || !strings.Contains(told, "does not give out the Markdown") || status != 2 {
		t.Errorf("status %d, %q, %q", status, out, told)
	}
	if out, _, status := s.piped("ssh blog read post-01"); !strings.HasPrefix(out, "Post number 1\n") || status != 0 {
		t.Errorf("status %d, %q", status, out)
	}
}
