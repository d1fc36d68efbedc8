//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/files"
)

// fileBlog serves posts, one of them with a name that is not ASCII, and drafts.
func fileBlog(t *testing.T, args ...string) *server {
	t.Helper()
	s := serveBlog(t, 3, args...)
	s.write("Über uns.md", "---\ntitle: Über uns\ndate: 2025-03-01\ncategories: [Café Talk]\n---\n"+strings.Repeat("Ein Absatz.\n\n", 9000)) // more than one answer has
	s.write("draft.md", "---\ntitle: A draft\ndraft: true\n---\nSecret.\n")
	s.reload("posts=4")
	return s
}

// files returns the options of OpenSSH's scp and sftp for a server.
func (s *server) files(program string, args ...string) *exec.Cmd {
	options := s.ssh().Args[1:]
	options = options[:len(options)-1] // all but the host
	options[2] = "-P"                  // as these name the port
	return exec.Command(program, append(options, args...)...)
}

// source returns what a reader gets as the source of a post.
func (s *server) source(slug string) string {
	s.t.Helper()
	out, err := s.ssh("cat", slug).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(out)
}

// copied are the files in a folder, by their paths in it.
func copied(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[rel] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What people copy files with gets all of them, as they are: the whole of a folder, a name that is
// not ASCII, and nothing that is not published.
func TestFilesAreCopied(t *testing.T) {
	t.Parallel()
	s := fileBlog(t)
	want := map[string]string{"post-01.md": "", "post-02.md": "", "post-03.md": "", "über-uns.md": ""}
	for name := range want {
		want[name] = s.source(strings.TrimSuffix(name, ".md"))
	}
	putty := []string{"-batch", "-P", s.port, "-hostkey", s.fingerprint()}
	sshpass := "ssh -a -x " + strings.Join(s.ssh().Args[1:len(s.ssh().Args)-1], " ")
	for name, command := range map[string]func(dir string) *exec.Cmd{
		"scp":         func(dir string) *exec.Cmd { return s.files("scp", "-r", "reader@127.0.0.1:posts", dir+"/posts") },
		"scp -p":      func(dir string) *exec.Cmd { return s.files("scp", "-rp", "reader@127.0.0.1:~/posts", dir+"/posts") },
		"scp -O":      func(dir string) *exec.Cmd { return s.files("scp", "-O", "-r", "reader@127.0.0.1:posts", dir) },
		"scp -O -p":   func(dir string) *exec.Cmd { return s.files("scp", "-O", "-rp", "reader@127.0.0.1:/posts", dir) },
		"scp -O, all": func(dir string) *exec.Cmd { return s.files("scp", "-O", "reader@127.0.0.1:posts/*.md", mkdir(t, dir)) },
		"scp, all":    func(dir string) *exec.Cmd { return s.files("scp", "reader@127.0.0.1:posts/*.md", mkdir(t, dir)) },
		"sftp": func(dir string) *exec.Cmd {
			cmd := s.files("sftp", "-b", "-", "reader@127.0.0.1:posts")
			cmd.Stdin, cmd.Dir = strings.NewReader("pwd\nls -l\nmget *.md\ndf\nbye\n"), mkdir(t, dir)
			return cmd
		},
		"sftp -s": func(dir string) *exec.Cmd {
			cmd := s.files("sftp", "-s", "/usr/lib/sftp-server", "-b", "-", "reader@127.0.0.1")
			cmd.Stdin, cmd.Dir = strings.NewReader("get -r posts\n"), dir
			return cmd
		},
		"pscp": func(dir string) *exec.Cmd {
			return exec.Command(tool(t, "pscp", "putty-tools"), append(putty, "-r", "-sftp", "reader@127.0.0.1:posts", dir)...)
		},
		"pscp -scp": func(dir string) *exec.Cmd {
			return exec.Command(tool(t, "pscp", "putty-tools"), append(putty, "-r", "-scp", "reader@127.0.0.1:posts", dir)...)
		},
		"psftp": func(dir string) *exec.Cmd {
			cmd := exec.Command(tool(t, "psftp", "putty-tools"), append(putty, "-b", "/dev/stdin", "reader@127.0.0.1")...)
			cmd.Stdin, cmd.Dir = strings.NewReader("cd posts\nls\nmget *\nquit\n"), mkdir(t, dir)
			return cmd
		},
		"lftp": func(dir string) *exec.Cmd {
			cmd := exec.Command(tool(t, "lftp", "lftp"), "-c", fmt.Sprintf("set net:max-retries 2; set sftp:connect-program '%s'; open sftp://reader:@127.0.0.1:%s; mirror --parallel=2 posts posts", sshpass, s.port))
			cmd.Dir = dir
			return cmd
		},
		"rclone": func(dir string) *exec.Cmd {
			rclone := tool(t, "rclone", "rclone")
			pass, err := exec.Command(rclone, "obscure", "none").Output() // it asks for a key otherwise
			if err != nil {
				t.Fatal(err)
			}
			return exec.Command(rclone, "--config", "/dev/null", "sync", fmt.Sprintf(":sftp,host=127.0.0.1,port=%s,user=reader,pass=%s:posts", s.port, strings.TrimSpace(string(pass))), dir+"/posts")
		},
		"paramiko": func(dir string) *exec.Cmd {
			cmd := exec.Command(python(t), "-c", paramikoCopies, s.port)
			cmd.Dir = mkdir(t, dir)
			return cmd
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out, err := command(dir).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			got := copied(t, filepath.Join(dir, "posts"))
			for name, text := range want {
				if got[name] != text {
					t.Errorf("%s has %d bytes, want %d", name, len(got[name]), len(text))
				}
			}
			if len(got) != len(want) {
				t.Errorf("there are %d files, want %d; it said %s", len(got), len(want), out)
			}
		})
	}
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	dir = filepath.Join(dir, "posts")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	return dir
}

// paramikoCopies copies with what fetches ahead, sixteen pieces and more at once.
const paramikoCopies = `
import paramiko, socket, sys
transport = paramiko.Transport(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
transport.start_client(timeout=20)
transport.auth_none("reader")
sftp = paramiko.SFTPClient.from_transport(transport)
sftp.chdir("posts")
for name in sftp.listdir():
    sftp.get(name, name)
for attempt in (lambda: sftp.chmod("post-01.md", 0o777), lambda: sftp.rename("post-01.md", "x.md"), lambda: sftp.symlink("/etc/passwd", "x.md"), lambda: sftp.open("x.md", "w")):
    try:
        attempt()
    except PermissionError as e:
        assert "read-only" in str(e), e
    else:
        raise AssertionError("it was let")
transport.close()
`

// The feed is a file as well, and the whole is copied at once.
func TestTheWholeIsCopied(t *testing.T) {
	t.Parallel()
	s := fileBlog(t)
	feed, _, _ := s.feed("atom")
	for name, args := range map[string][]string{"scp": {"-r"}, "scp -O": {"-O", "-r"}} {
		dir := t.TempDir()
		if out, err := s.files("scp", append(args, "reader@127.0.0.1:.", dir)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		got := copied(t, dir)
		if got["feed.atom"] != feed || got["posts/post-01.md"] == "" || len(got) != 9 {
			t.Errorf("%s: there are %d files, and the feed has %d bytes, want %d", name, len(got), len(got["feed.atom"]), len(feed))
		}
	}
	if out, err := s.batch("ls -l").CombinedOutput(); err != nil || !strings.Contains(string(out), fmt.Sprintf(" %d ", len(feed))) {
		t.Errorf("%v: %s", err, out)
	}
}

// OpenSSH asks for no password with a login name that is too long.
func TestTooLongName(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	asked := filepath.Join(t.TempDir(), "asked")
	ask := filepath.Join(t.TempDir(), "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\ntouch "+asked+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	options := s.ssh().Args[1:]
	cmd := exec.Command("ssh", append(append([]string{"-o", "BatchMode=no", "-o", "LogLevel=INFO"}, options[:len(options)-1]...), strings.Repeat("u", 257)+"@127.0.0.1")...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force")
	out, err := cmd.CombinedOutput()
	if _, there := os.Stat(asked); err == nil || there == nil || !strings.Contains(string(out), "Login names have at most 256 bytes here.") {
		t.Errorf("asked for a password: %v, %v: %s", there == nil, err, out)
	}
}

// A file system of the posts, where there may be one: what is on it is read by any program.
func TestFilesAreMounted(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		t.Skip("there is no /dev/fuse here, or it may not be used")
	}
	sshfs := tool(t, "sshfs", "sshfs")
	s := fileBlog(t)
	dir := t.TempDir()
	options := s.ssh().Args[1:]
	if out, err := exec.Command(sshfs, append(options[:len(options)-1], "-o", "ro", "reader@127.0.0.1:/", dir)...).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "fuse:") { // a container may have the device and not be let
			t.Skipf("nothing can be mounted here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("fusermount", "-u", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}()
	got := copied(t, dir)
	if want := s.source("über-uns"); got["posts/über-uns.md"] != want || got["categories/café-talk/über-uns.md"] != want || len(got) != 9 {
		t.Errorf("there are %d files", len(got))
	}
	if out, err := exec.Command("df", dir).CombinedOutput(); err != nil || !strings.Contains(string(out), "100%") {
		t.Errorf("df: %v: %s", err, out)
	}
}

// Whoever wants to write is refused, whatever they do it with, and told so in one line.
func TestNothingCanBeUploaded(t *testing.T) {
	t.Parallel()
	s := fileBlog(t)
	before := copied(t, s.posts)
	putty := []string{"-batch", "-P", s.port, "-hostkey", s.fingerprint()}
	for name, command := range map[string]func() *exec.Cmd{
		"scp":       func() *exec.Cmd { return s.files("scp", "files_test.go", "reader@127.0.0.1:") },
		"scp -r":    func() *exec.Cmd { return s.files("scp", "-r", "testdata", "reader@127.0.0.1:posts") },
		"scp -O":    func() *exec.Cmd { return s.files("scp", "-O", "files_test.go", "reader@127.0.0.1:posts/post-01.md") },
		"scp -O -r": func() *exec.Cmd { return s.files("scp", "-O", "-r", "testdata", "reader@127.0.0.1:") },
		"pscp": func() *exec.Cmd {
			return exec.Command(tool(t, "pscp", "putty-tools"), append(putty, "-sftp", "files_test.go", "reader@127.0.0.1:posts/post-01.md")...)
		},
		"pscp -scp": func() *exec.Cmd {
			return exec.Command(tool(t, "pscp", "putty-tools"), append(putty, "-scp", "files_test.go", "reader@127.0.0.1:post.md")...)
		},
		"put":       func() *exec.Cmd { return s.batch("put files_test.go x.md") },
		"overwrite": func() *exec.Cmd { return s.batch("put files_test.go posts/post-01.md") },
		"append":    func() *exec.Cmd { return s.batch("put -a files_test.go posts/post-01.md") },
		"rm":        func() *exec.Cmd { return s.batch("rm posts/post-01.md") },
		"mkdir":     func() *exec.Cmd { return s.batch("mkdir drafts") },
		"rmdir":     func() *exec.Cmd { return s.batch("rmdir posts") },
		"rename":    func() *exec.Cmd { return s.batch("rename posts/post-01.md posts/x.md") },
		"symlink":   func() *exec.Cmd { return s.batch("symlink /etc/passwd posts/x.md") },
		"chmod":     func() *exec.Cmd { return s.batch("chmod 777 posts/post-01.md") },
	} {
		t.Run(name, func(t *testing.T) {
			out, err := command().CombinedOutput()
			if err == nil || strings.Count(string(out), "sshblog: "+files.ReadOnly) != 1 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	for _, line := range []string{"get ../../../etc/passwd x", "get posts/draft.md x", "get /proc/self/environ x", "ls ../drafts"} {
		if out, err := s.batch(line).CombinedOutput(); err == nil || !strings.Contains(string(out), "not found") {
			t.Errorf("%s: %v: %s", line, err, out)
		}
	}
	if after := copied(t, s.posts); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the folder of the posts has changed")
	}
	s.logged(`msg="request refused" remote=127.0.0.1`)
	s.logged(`asked="writing files" reason=request`)
}

// batch is sftp with one command.
func (s *server) batch(line string) *exec.Cmd {
	cmd := s.files("sftp", "-b", "-", "reader@127.0.0.1")
	cmd.Stdin = strings.NewReader(line + "\n")
	return cmd
}

// rsync would have to run here; it is told what else there is.
func TestRsyncIsTold(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	options := s.ssh().Args[:len(s.ssh().Args)-1]
	out, err := exec.Command(tool(t, "rsync", "rsync"), "-e", strings.Join(options, " "), "reader@127.0.0.1:posts/", t.TempDir()).CombinedOutput()
	if err == nil || strings.Count(string(out), "sshblog: ") != 1 || !slices.ContainsFunc(strings.Split(string(out), "\n"), func(line string) bool {
		return strings.Contains(line, "sftp") && strings.Contains(line, "lftp") && strings.Contains(line, "rclone")
	}) {
		t.Errorf("%v: %s", err, out)
	}
	for _, s := range []*server{s, serveBlog(t, 1, "--source", "off")} {
		if out, err := s.ssh("rsync", "--server").CombinedOutput(); err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(string(out), "rsync does not work here") {
			t.Errorf("%v: %s", err, out)
		}
	}
}
