package push_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

// A server whose folder is not mounted takes nothing over, and removes nothing for others.
func TestUnmountedFolderFollowsNobody(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1", "b.md", "1"); err != nil {
		t.Fatal(err)
	}
	b.follow(t, true)
	away := b.posts() + ".away"
	if err := errors.Join(os.Rename(b.posts(), away), os.Mkdir(b.posts(), 0o750)); err != nil {
		t.Fatal(err)
	}
	if err := a.publish(t, "c.md", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Follow(t.Context()); err == nil || !strings.Contains(err.Error(), "mount the folder") {
		t.Errorf("it follows into a folder that is not mounted: %v", err)
	}
	a.follow(t, false)
	a.has(t, "a.md", "1", "b.md", "1", "c.md", "1")
	if err := errors.Join(os.Remove(b.posts()), os.Rename(away, b.posts())); err != nil {
		t.Fatal(err)
	}
	b.follow(t, true)
	b.has(t, "a.md", "1", "b.md", "1", "c.md", "1")
}

// A new server that is started at the same time as what it shares with the others waits for it.
func TestNewServerWaitsForTheOthers(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	asked := 0
	b := &server{link: &storetest.Link{Memory: memory}, dir: t.TempDir()}
	b.link.Fail = func(string) error {
		if asked++; asked <= 2 {
			return push.ErrApart
		}
		return nil
	}
	b.open(t)
	b.has(t, "a.md", "1")
}
