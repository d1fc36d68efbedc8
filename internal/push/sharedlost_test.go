package push_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

// What is lost where it is shared comes back from the servers, the newest of it.
func TestSharedIsLost(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	b.follow(t, true)
	if err := a.publish(t, "a.md", "2"); err != nil {
		t.Fatal(err)
	}
	memory.Clear()
	b.follow(t, false) // who is behind brings what it has
	a.follow(t, false)
	b.follow(t, true)
	a.has(t, "a.md", "2")
	b.has(t, "a.md", "2")
}

// An object that is not what its name says is not taken.
func TestSharedIsSpoiled(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "12345"); err != nil {
		t.Fatal(err)
	}
	memory.Spoil("12345", "54321")
	if changed, err := b.Follow(t.Context()); err == nil || changed {
		t.Errorf("what was spoiled is taken: %t, %v", changed, err)
	}
	b.has(t)
}

// A name that no author may send is not taken from the others either.
func TestSharedHasAForeignName(t *testing.T) {
	memory := storetest.NewMemory()
	s, err := push.OpenShared(filepath.Join(t.TempDir(), "git"), &storetest.Link{Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	content, err := s.Put(4, strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replace("", map[string]string{"a.md": content, ".git/config": content}, push.Signature{Author: "anna", When: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	b := &server{link: &storetest.Link{Memory: memory}, dir: t.TempDir()}
	b.open(t) // its readers are served, whatever the others have
	if changed, err := b.Follow(t.Context()); err == nil || changed || !strings.Contains(err.Error(), "begin with a dot") {
		t.Errorf("it is taken: %t, %v", changed, err)
	}
	b.has(t)
}

// Readers see what others have published, also if this server had taken it over before it was told: as whoever
// begins to publish does.
func TestTakenOverByWhoPublishes(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	tr, err := b.Begin(t.Context(), push.Client{Author: "bert"})
	if err != nil {
		t.Fatal(err)
	}
	tr.End()
	b.has(t, "a.md", "1")
	b.follow(t, true)
	b.follow(t, false)
}
