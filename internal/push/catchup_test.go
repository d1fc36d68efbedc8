package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

// history puts so many versions of one post into a memory, and makes the last the newest.
func history(t *testing.T, memory *storetest.Memory, versions int) {
	t.Helper()
	link, parent := &storetest.Link{Memory: memory}, ""
	contents := iter.Seq2[push.Content, error](func(yield func(push.Content, error) bool) {
		add := func(kind plumbing.ObjectType, text string) plumbing.Hash {
			h := plumbing.ComputeHash(kind, []byte(text))
			whole := fmt.Sprintf("%s %d\x00%s", kind, len(text), text)
			yield(push.Content{Name: h.String(), Size: int64(len(whole)), Open: func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(whole)), nil
			}}, nil)
			return h
		}
		for i := range versions {
			blob := add(plumbing.BlobObject, fmt.Sprintf("version %d", i+1))
			tree := add(plumbing.TreeObject, "100644 a.md\x00"+string(blob[:]))
			after, by := "", "Anna <> 1800000000 +0000\n"
			if parent != "" {
				after = "parent " + parent + "\n"
			}
			parent = add(plumbing.CommitObject, fmt.Sprintf("tree %s\n%sauthor %scommitter %s\nchange a.md\n", tree, after, by, by)).String()
		}
	})
	if err := errors.Join(link.Put(t.Context(), contents), link.Move(t.Context(), "", parent)); err != nil {
		t.Fatal(err)
	}
}

// packs and loose objects of a server's repository.
func (s *server) objects(t *testing.T) (packs, loose int) {
	t.Helper()
	dir := filepath.Join(s.dir, "state", "posts.git", "objects")
	found, err := filepath.Glob(filepath.Join(dir, "pack", "*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "[0-9a-f][0-9a-f]", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found), len(files)
}

// A long history comes in packs. A server that is stopped meanwhile goes on where it was.
func TestLongHistory(t *testing.T) {
	memory := storetest.NewMemory()
	const versions = 1500 // of three objects each: more than a pack
	history(t, memory, versions)
	got := 0
	s := &server{link: &storetest.Link{Memory: memory}, dir: t.TempDir()}
	s.link.Fail = func(step string) error {
		if step == "get" {
			if got++; got > versions+3*versions-10 { // the versions are looked through first
				return push.ErrApart
			}
		}
		return nil
	}
	s.open(t)
	s.has(t)
	got, s.link.Fail = 0, func(step string) error {
		if step == "get" {
			got++
		}
		return nil
	}
	s.follow(t, true)
	if got > 30 {
		t.Errorf("%d objects came once more", got)
	}
	s.has(t, "a.md", fmt.Sprintf("version %d", versions))
	if packs, loose := s.objects(t); packs == 0 || packs > 3 || loose > 200 {
		t.Errorf("of %d objects %d are in files of their own, and there are %d packs", 3*versions, loose, packs)
	}
}

// While what others have published is on its way, readers' posts are read, and authors are told.
func TestFollowingHoldsNobody(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	reached, goOn := make(chan struct{}), make(chan struct{})
	first := true
	b.link.Fail = func(step string) error {
		if step == "get" && first {
			first = false
			close(reached)
			<-goOn
		}
		return nil
	}
	done := make(chan error)
	go func() {
		_, err := b.Follow(t.Context())
		done <- err
	}()
	<-reached
	over, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	if err := b.Still(over, func() { called = true }); err != nil || !called {
		t.Errorf("the posts are read: %t, %v", called, err)
	}
	if _, err := b.Begin(over, push.Client{Author: "bert"}); !errors.Is(err, push.ErrCatchingUp) {
		t.Errorf("an author is told %v", err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.has(t, "a.md", "1")
}

// Who reads the posts waits for a publish no longer than was said.
func TestStillHasALimit(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	reached, goOn := make(chan struct{}), make(chan struct{})
	first := true
	a.link.Fail = func(step string) error {
		if step == "put" && first {
			first = false
			close(reached)
			<-goOn
		}
		return nil
	}
	done := make(chan error)
	go func() { done <- a.publish(t, "a.md", "1") }()
	<-reached
	over, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	if err := a.Still(over, func() { called = true }); !called || !errors.Is(err, context.Canceled) {
		t.Errorf("the posts are read: %t, %v", called, err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	a.has(t, "a.md", "1")
}

// A server that has posts serves them before it asks for others; one that has none waits, but not for ever.
func TestServersBeginWithWhatTheyHave(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	asked := 0
	b := &server{link: &storetest.Link{Memory: memory}, dir: t.TempDir()}
	b.link.Fail = func(string) error { asked++; return nil }
	b.write(t, "b.md", "of the image")
	b.open(t)
	b.has(t, "b.md", "of the image")
	if asked > 0 {
		t.Errorf("it has asked the others %d times before it serves", asked)
	}
	c := join(t, memory, t.TempDir())
	c.has(t, "a.md", "1")
}

// Whether there is something new is one request.
func TestAhead(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	var steps []string
	b.link.Fail = func(step string) error { steps = append(steps, step); return nil }
	ahead := func(want bool) {
		t.Helper()
		steps = nil
		if is, err := b.Ahead(t.Context()); is != want || err != nil || strings.Join(steps, " ") != "head" {
			t.Errorf("there is something new: %t, %v, after %q", is, err, steps)
		}
	}
	ahead(false)
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	ahead(true)
	b.follow(t, true)
	ahead(false)
}

// Objects that are lost are put back by a server that has them, if another asks or when it finds that some are, and
// once only.
func TestObjectsAreLost(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	if err := errors.Join(a.publish(t, "a.md", "1"), a.publish(t, "b.md", "2")); err != nil {
		t.Fatal(err)
	}
	puts := 0
	a.link.Fail = func(step string) error {
		if step == "put" {
			puts++
		}
		return nil
	}
	restore := func(asked bool, want int) {
		t.Helper()
		puts = 0
		if err := a.Restore(t.Context(), asked); err != nil || puts != want {
			t.Errorf("%d objects were put, not %d, %v", puts, want, err)
		}
	}
	restore(false, 0)
	const all = 6 // commits, folders, files
	memory.Lose()
	asked := false
	b := &server{link: &storetest.Link{Memory: memory, Told: func(lacks bool) { asked = asked || lacks }}, dir: t.TempDir()}
	b.open(t) // its readers are served
	if changed, err := b.Follow(t.Context()); changed || !errors.Is(err, push.ErrLost) || !asked {
		t.Errorf("what is lost is followed: %t, %v; the others are asked: %t", changed, err, asked)
	}
	restore(true, all)
	b.follow(t, true)
	b.has(t, "a.md", "1", "b.md", "2")
	restore(true, 0)
	memory.Lose()
	restore(false, all)
	restore(false, 0)
	a.open(t) // it is another process
	restore(false, 0)
	if _, err := os.Stat(filepath.Join(a.dir, "state", "posts.shared")); err != nil {
		t.Error(err)
	}
}
