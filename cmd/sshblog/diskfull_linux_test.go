package main

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// smallDisk returns a folder on a disk of a size.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a disk that is small enough")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// A disk that is full, or nearly, refuses what is published, and all stays as it was.
func TestPublishingToAFullDisk(t *testing.T) {
	t.Parallel()
	state := smallDisk(t, "12m")
	p := servePress(t, filepath.Join(state, "state"))
	if said, err := p.publish("# One\n", "publish", "one"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	// More than there is, and then as much as leaves less than the reserve.
	for _, test := range []struct {
		size int
		want string
	}{
		{14 << 20, "the server's disk is nearly full, contact the operator"},
		{3 << 20, "nothing is published: the server's disk is nearly full, contact the operator"},
	} {
		said, err := p.publish(strings.Repeat("x", test.size), "publish", "large.png")
		if err == nil || !strings.Contains(said, test.want) {
			t.Errorf("%d bytes: %v: %s", test.size, err, said)
		}
	}
	if said, err := p.publish("# Two\n", "publish", "two"); err != nil {
		t.Errorf("there is room again, and: %v: %s", err, said)
	}
	if said, err := p.publish("", "log"); err != nil || strings.Count(said, "\n") != 3 {
		t.Errorf("the history is, %v: %s", err, said)
	}
}

// So it is with git and scp: what does not fit is refused, and what fits afterwards is published.
func TestSendingToAFullDisk(t *testing.T) {
	t.Parallel()
	b := serveGitIn(t, smallDisk(t, "24m"))
	full := func(said string) bool {
		return strings.Contains(said, "no space left on device") || strings.Contains(said, "disk is nearly full")
	}
	noise := make([]byte, 12<<20)
	_, _ = rand.Read(noise)
	c := b.clones(b.alice)
	c.write("pic.png", string(noise))
	c.write("new.md", gitPost)
	c.commit()
	if said, err := b.git(c.dir, b.alice, "push"); err == nil || !full(said) {
		t.Errorf("git: %v: %s", err, said)
	}
	c.git("reset", "-q", "--hard", "origin/main")
	b.same(c)

	dir := t.TempDir()
	for _, name := range []string{"one.png", "two.png"} {
		if err := os.WriteFile(filepath.Join(dir, name), noise, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "small.md"), []byte(gitPost), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, protocol := range [][]string{nil, {"-O"}} {
		scp := func(names ...string) (string, error) {
			cmd := b.files("scp", append(append(append([]string{"-i", b.alice}, protocol...), names...), "x@127.0.0.1:")...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		if said, err := scp("one.png", "two.png", "small.md"); err == nil || !strings.Contains(said, "nothing is published") || !full(said) {
			t.Errorf("scp %q: %v: %s", protocol, err, said)
		}
		b.same(c)
		if said, err := scp("small.md"); err != nil {
			t.Errorf("scp %q, of what fits: %v: %s", protocol, err, said)
		}
		c.git("pull", "-q")
	}
	c.write("small.md", gitPost+"More.\n")
	c.commit()
	c.git("push", "-q")
	b.same(c)
}
