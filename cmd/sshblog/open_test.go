//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// as is a client's command line with another login name.
func as(cmd *exec.Cmd, name string) *exec.Cmd {
	for i, arg := range cmd.Args {
		if strings.HasSuffix(arg, "@127.0.0.1") {
			cmd.Args[i] = name + "@127.0.0.1"
		}
	}
	return cmd
}

// ssh SLUG@HOST opens the post, with every client, and the way back is to the list.
func TestOpenByLoginName(t *testing.T) {
	for name, command := range map[string]func(*testing.T, *server) *exec.Cmd{
		"OpenSSH": func(_ *testing.T, s *server) *exec.Cmd { return as(s.ssh(), "post-07") },
		"OpenSSH, a URL": func(_ *testing.T, s *server) *exec.Cmd {
			cmd := s.ssh()
			cmd.Args[len(cmd.Args)-1] = "ssh://post-07@127.0.0.1:" + s.port
			return cmd
		},
		"OpenSSH, a command": func(_ *testing.T, s *server) *exec.Cmd { return s.ssh("-t", "post-07") },
		"OpenSSH, open":      func(_ *testing.T, s *server) *exec.Cmd { return s.ssh("-t", "open", "post-07") },
		"PuTTY": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "plink", "putty-tools"), "-ssh", "-batch", "-P", s.port, "-hostkey", s.fingerprint(), "-t", "post-07@127.0.0.1")
		},
		"Dropbear": func(t *testing.T, s *server) *exec.Cmd {
			return exec.Command(tool(t, "dbclient", "dropbear-bin"), "-y", "-y", "-p", s.port, "post-07@127.0.0.1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveBlog(t, 20)
			p := s.connect(80, 24, command(t, s))
			p.sees("Post number 7", "The text of Post number 7")
			p.types("\x1b")
			p.sees("▌ Post number 7", "PAGE 2 / 3 · 20 POSTS")
			p.types("q")
			if status := p.leaves(); status != 0 {
				t.Errorf("the client exits with %d", status)
			}
		})
	}
}

// Without a screen it is told in lines: as a conversation where somebody asks for one, else the
// post alone, as a pipe needs it. A login name of nothing means nothing.
func TestOpenInLines(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	dumb := as(s.ssh("-tt"), "post-07")
	dumb.Env = append(os.Environ(), "TERM=dumb")
	for name, test := range map[string]struct {
		cmd    *exec.Cmd
		begins string
		has    []string
	}{
		"a pipe":              {as(s.ssh("-T"), "post-07"), "Post number 7\n", []string{"The text of Post number 7"}},
		"a pipe, a word":      {s.ssh("post-07"), "Post number 7\n", nil},
		"a pipe, open":        {as(s.ssh("open", "post-08"), "post-07"), "Post number 8\n", nil},
		"plain":               {as(s.ssh("plain"), "post-07"), "The Night Shift\n", []string{"The text of Post number 7", "n next post"}},
		"nothing":             {as(s.ssh("-T"), "alice"), "The Night Shift\n", []string{"20 posts. The newest:"}},
		"plain, nothing":      {as(s.ssh("plain"), "alice"), "The Night Shift\n", []string{"Page 1 of 3"}},
		"a terminal of lines": {dumb, "The Night Shift\r\n", []string{"The text of Post number 7", "n next post"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.cmd.Stdin = strings.NewReader("q\n")
			out, err := test.cmd.Output()
			if err != nil || !strings.HasPrefix(string(out), test.begins) {
				t.Errorf("%v: %q", err, out)
			}
			for _, text := range test.has {
				if !strings.Contains(string(out), text) {
					t.Errorf("it does not say %q: %s", text, out)
				}
			}
			if strings.HasPrefix(name, "a pipe") && strings.Contains(string(out), "leaves: ") {
				t.Errorf("it asks something: %s", out)
			}
		})
	}
}

// The command that is copied opens the post, and is one that a shell and the client take as it is.
func TestLoginNames(t *testing.T) {
	t.Parallel()
	for post, want := range map[string]bool{
		"what-a-queue-hides": true, "2024/hello": true, "2024/hello/": true, "über-uns": true,
		"a%20b": false, "long~0123456789abcdef": false, strings.Repeat("a", 100): true, strings.Repeat("a", 101): false,
	} {
		if isLoginName(post) != want {
			t.Errorf("%q: %v", post, !want)
		}
	}
}
