package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A disk that is full, or nearly, refuses what is published, and all stays as it was.
func TestPublishingToAFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a disk that is small enough")
	}
	state := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", state).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", state).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	p := servePress(t, filepath.Join(state, "state"))
	if said, err := p.publish("# One\n", "publish", "one"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	// More than there is, and then as much as leaves less than the reserve.
	for _, test := range []struct {
		size int
		want string
	}{
		{14 << 20, "no space left on device"},
		{3 << 20, "nothing is published: the server's disk is nearly full, tell who runs it"},
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
