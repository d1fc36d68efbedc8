//go:build unix

package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 1, "so many `times` the server is killed during each way to publish")

// A server that is killed while somebody publishes, at any moment of it, has all of that or nothing when it is
// started again: in the history, which git finds whole, and in the folder. Who was told that it is published finds it
// there. Nothing else is left, and the next publish goes on from there.
//
// There are more moments with -args -kills 100.
func TestKilledWhilePublishing(t *testing.T) {
	b := serveGit(t)
	c := b.clones(b.alice)
	dir := t.TempDir()
	version := 0
	text := func() string {
		return fmt.Sprintf("%sVersion %d.\n%s", gitPost, version, strings.Repeat("More of it.\n\n", 2000))
	}
	scp := func(options ...string) func() *exec.Cmd {
		return func() *exec.Cmd {
			for _, name := range []string{"a.md", "b.md"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := b.files("scp", append(append([]string{"-i", b.alice}, options...), "a.md", "b.md", "x@127.0.0.1:")...)
			cmd.Dir = dir
			return cmd
		}
	}
	ways := []struct {
		name string
		send func() *exec.Cmd
	}{
		{"git push", func() *exec.Cmd {
			c.git("pull", "-q", "--rebase", b.url("/posts"), "main")
			c.write("a.md", text())
			c.write("b.md", text())
			c.commit()
			cmd := exec.Command("git", "push", "-q", b.url("/posts"), "main")
			cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "GIT_SSH_COMMAND="+strings.Replace(strings.Join(b.openSSH([]string{b.alice}).Args, " "), " -p "+b.port, "", 1))
			return cmd
		}},
		{"scp", scp()},
		{"scp -O", scp("-O")},
		{"publish", func() *exec.Cmd {
			cmd := b.openSSH([]string{b.alice}, "x@127.0.0.1", "publish", "a")
			cmd.Stdin = strings.NewReader(text())
			return cmd
		}},
	}
	for _, way := range ways {
		files := []string{"a.md", "b.md"}
		if way.name == "publish" {
			files = files[:1]
		}
		version++
		took, err := b.killedIn(way.send(), -1)
		if err != nil {
			t.Fatalf("%s: %v", way.name, err)
		}
		for i := range *kills {
			at := fmt.Sprintf("%s, kill %d of %d", way.name, i+1, *kills)
			before := b.has("a.md")
			version++
			_, err := b.killedIn(way.send(), took*time.Duration(i+1)/time.Duration(*kills+1))
			b.startAgain()
			head := b.restored(at)
			for _, name := range files {
				switch is := head[name]; {
				case is != text() && (err == nil || is != before):
					t.Errorf("%s, and the client ended with %v: %s is not as it was sent, and it is %d bytes", at, err, name, len(is))
				case is != head[files[0]]:
					t.Errorf("%s: half of it is published", at)
				}
			}
			version++
			if out, err := way.send().CombinedOutput(); err != nil || b.has("a.md") != text() {
				t.Fatalf("%s, and then nothing can be published: %v: %s", at, err, out)
			}
		}
	}
}

// killedIn runs a client, and kills the server so long after something has begun to be staged; a negative time
// is never. It returns how long the client took from there, and how it ended.
func (b *gitBlog) killedIn(cmd *exec.Cmd, after time.Duration) (took time.Duration, err error) {
	b.t.Helper()
	ended := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() { ended <- cmd.Wait() }()
	staged := filepath.Join(b.state, "posts.staged")
	var began time.Time
	for began.IsZero() {
		if entries, _ := os.ReadDir(staged); len(entries) > 0 {
			began = time.Now()
			break
		}
		select {
		case err := <-ended:
			b.t.Fatalf("nothing was staged: %v", err)
		case <-time.After(100 * time.Microsecond): // how closely it looks
		}
	}
	if after >= 0 {
		time.Sleep(after) // what the test is about
		_ = b.cmd.Process.Signal(syscall.SIGKILL)
	}
	err = <-ended
	return time.Since(began), err
}

// startAgain starts the server again that was killed.
func (b *gitBlog) startAgain() {
	b.t.Helper()
	args := b.cmd.Args
	b.kill()
	b.start(args...)
}

// restored returns what is in the newest version, and checks that the folder is its checkout, that git finds the
// repository whole, and that nothing is left of what was under way.
func (b *gitBlog) restored(at string) map[string]string {
	t := b.t
	t.Helper()
	repository, dir := filepath.Join(b.state, "posts.git"), filepath.Join(t.TempDir(), "posts")
	if said, err := b.git("", b.alice, "--git-dir", repository, "fsck", "--strict", "--full"); err != nil || strings.Contains(said, "error") || strings.Contains(said, "warning") {
		t.Errorf("%s: git fsck: %v: %s", at, err, said)
	}
	if said, err := b.git("", b.alice, "clone", "-q", repository, dir); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if out, err := exec.Command("diff", "-r", "-x", ".git", dir, b.posts).CombinedOutput(); err != nil {
		t.Errorf("%s: the folder is another one than the newest version: %v: %s", at, err, out)
	}
	_ = filepath.WalkDir(b.state, func(name string, _ fs.DirEntry, err error) error {
		base := filepath.Base(name)
		if err == nil && (strings.HasPrefix(base, ".tmp-") || strings.HasPrefix(base, "tmp_") || base == "posts.publishing" || filepath.Base(filepath.Dir(name)) == "posts.staged") {
			t.Errorf("%s: %s is left", at, name)
		}
		return err
	})
	return copied(t, dir)
}
