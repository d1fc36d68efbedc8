package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

func TestStores(t *testing.T) {
	t.Run("git", func(t *testing.T) {
		storetest.Run(t, func(tb testing.TB) push.Store {
			s, err := push.OpenGit(filepath.Join(tb.TempDir(), "git"))
			if err != nil {
				tb.Fatal(err)
			}
			return s
		})
	})
	t.Run("shared", func(t *testing.T) {
		storetest.Run(t, func(tb testing.TB) push.Store {
			s, err := push.OpenShared(filepath.Join(tb.TempDir(), "git"), &storetest.Link{Memory: storetest.NewMemory()})
			if err != nil {
				tb.Fatal(err)
			}
			return s
		})
	})
	t.Run("memory", func(t *testing.T) {
		storetest.RunShared(t, func(testing.TB) push.Shared { return &storetest.Link{Memory: storetest.NewMemory()} })
	})
}

// server is one of several.
type server struct {
	*push.Publisher
	link *storetest.Link
	dir  string
	now  func() time.Time // nil: time.Now
}

// join has one begin, or begin again, with its folders in dir.
func join(t *testing.T, memory *storetest.Memory, dir string) *server {
	t.Helper()
	s := &server{link: &storetest.Link{Memory: memory}, dir: dir}
	s.open(t)
	return s
}

func (s *server) open(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(s.posts(), 0o750); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.Publisher, err = push.Open(t.Context(), push.Config{
		Posts: s.posts(), State: filepath.Join(s.dir, "state"), Shared: s.link, Now: s.now, Logger: slog.New(slog.DiscardHandler),
		Check: func(context.Context, *ledger.Account, string) (problems, notes []post.Problem, err error) {
			return nil, nil, nil
		},
		Reload: func(context.Context) error { return nil },
		Locate: func(file string) (address, held string) { return post.AddressOf(file), "" },
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *server) posts() string { return filepath.Join(s.dir, "posts") }

func (s *server) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(s.posts(), filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// publish publishes names and texts, "" to remove.
func (s *server) publish(t *testing.T, texts ...string) error {
	t.Helper()
	tr, err := s.Begin(t.Context(), push.Client{Author: "anna"})
	if err != nil {
		return err
	}
	defer tr.End()
	for i := 0; i < len(texts); i += 2 {
		if texts[i+1] == "" {
			err = tr.Remove(texts[i])
		} else {
			var f *push.File
			if f, err = tr.Create(texts[i]); err == nil {
				_, err = f.WriteAt([]byte(texts[i+1]), 0)
				_, failed := f.Keep(t.Context())
				err = errors.Join(err, failed)
			}
		}
		if err != nil {
			return err
		}
	}
	_, err = tr.Finish(t.Context())
	return err
}

// folder is what the folder of a server has, by its names.
func (s *server) folder(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	if err := fs.WalkDir(os.DirFS(s.posts()), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var text []byte
			text, err = os.ReadFile(filepath.Join(s.posts(), name))
			files[name] = string(text)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func (s *server) has(t *testing.T, texts ...string) {
	t.Helper()
	want := make(map[string]string)
	for i := 0; i < len(texts); i += 2 {
		want[texts[i]] = texts[i+1]
	}
	if is := s.folder(t); !maps.Equal(is, want) {
		t.Errorf("a folder has %q, not %q", is, want)
	}
	repository := filepath.Join(s.dir, "state", "posts.git")
	if said, err := exec.CommandContext(t.Context(), "git", "--git-dir", repository, "fsck", "--strict").CombinedOutput(); err != nil {
		t.Errorf("git fsck says %s, %v", said, err)
	}
}

func (s *server) follow(t *testing.T, want bool) {
	t.Helper()
	if changed, err := s.Follow(t.Context()); err != nil || changed != want {
		t.Errorf("it has changed: %t, %v", changed, err)
	}
}

// What one server publishes is in the folders of all, with its history; who was away catches up.
func TestServersFollow(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	a.write(t, "hand.md", "by hand")
	if err := a.publish(t, "a.md", "1", "trip/index.md", "text"); err != nil {
		t.Fatal(err)
	}
	b.follow(t, true)
	b.has(t, "a.md", "1", "trip/index.md", "text", "hand.md", "by hand")
	b.follow(t, false)
	if err := b.publish(t, "a.md", "2", "trip/index.md", "", "c.md", "c"); err != nil {
		t.Fatal(err)
	}
	if err := b.publish(t, "a.md", "3"); err != nil {
		t.Fatal(err)
	}
	a.follow(t, true)
	a.has(t, "a.md", "3", "c.md", "c", "hand.md", "by hand")
	// A new server gets all of it.
	c := join(t, memory, t.TempDir())
	c.has(t, "a.md", "3", "c.md", "c", "hand.md", "by hand")
	var log []string
	if err := c.Log(func(e push.Entry) bool { log = append(log, e.Author+" "+e.Message); return true }); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(log, "; "), "anna change a.md; anna change a.md, add c.md, remove trip/index.md; anna add a.md, add trip/index.md; sshblog the posts as they were found"; got != want {
		t.Errorf("the log has %q", got)
	}
}

// A folder that a new server brings is replaced by what all have, and what was in it is kept.
func TestNewServerTakesOver(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "new", "b.md", "b"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	old := &server{dir: dir}
	old.write(t, "a.md", "of the image")
	old.write(t, "gone.md", "removed since")
	old.write(t, "b.md", "b")
	b := join(t, memory, dir)
	b.has(t, "a.md", "of the image", "gone.md", "removed since", "b.md", "b") // readers do not wait for the others
	b.follow(t, true)
	b.has(t, "a.md", "new", "b.md", "b")
	a.follow(t, false)
	said, err := exec.CommandContext(t.Context(), "git", "--git-dir", filepath.Join(dir, "state", "posts.git"), "grep", "-h", "-e", ".", "refs/heads/"+asideBranch(t, dir)).Output()
	if got := string(said); err != nil || !strings.Contains(got, "of the image") || !strings.Contains(got, "removed since") {
		t.Errorf("the branch has %q, %v", got, err)
	}
}

// Servers that begin with the same posts in the same second have made the same version.
func TestNewServersAreAlike(t *testing.T) {
	memory := storetest.NewMemory()
	when := time.Unix(1_800_000_000, 0)
	for range 3 {
		s := &server{link: &storetest.Link{Memory: memory}, dir: t.TempDir(), now: func() time.Time { return when }}
		s.write(t, "a.md", "of the image")
		s.open(t)
		s.follow(t, true)
		s.follow(t, false)
		s.has(t, "a.md", "of the image")
		if aside, _ := filepath.Glob(filepath.Join(s.dir, "state", "posts.git", "refs", "heads", "aside-*")); len(aside) > 0 {
			t.Errorf("it was another version: %q", aside)
		}
	}
}

func asideBranch(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "state", "posts.git", "refs", "heads", "aside-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("what was there is in %q, %v", found, err)
	}
	return filepath.Base(found[0])
}

// Two authors on two servers: the files of both, or the second is told; never one over the other.
func TestServersRace(t *testing.T) {
	memory := storetest.NewMemory()
	a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	late, err := b.Begin(t.Context(), push.Client{Author: "bert"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := late.Create("a.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(io.NewOffsetWriter(f, 0), "Bert's"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.publish(t, "a.md", "2", "other.md", "o"); err != nil {
		t.Fatal(err)
	}
	if _, err := late.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), "a.md was changed by somebody else") {
		t.Errorf("who comes late is told %v", err)
	}
	// Between the look and the move.
	before := true
	b.link.Fail = func(step string) error {
		if step == "move" && before {
			before = false
			return a.publish(t, "a.md", "3")
		}
		return nil
	}
	if err := b.publish(t, "b.md", "b"); err == nil || !strings.Contains(err.Error(), "nothing is published") {
		t.Errorf("who is late by a moment is told %v", err)
	}
	b.follow(t, true)
	for _, s := range []*server{a, b} {
		s.has(t, "a.md", "3", "other.md", "o")
	}
	if err := b.publish(t, "b.md", "b"); err != nil {
		t.Error(err)
	}
}

// While the others cannot be reached nothing is published, and readers are served.
func TestServerIsApart(t *testing.T) {
	memory := storetest.NewMemory()
	a := join(t, memory, t.TempDir())
	if err := a.publish(t, "a.md", "1"); err != nil {
		t.Fatal(err)
	}
	away := func(string) error { return push.ErrApart }
	a.link.Fail = away
	if err := a.publish(t, "a.md", "2"); !errors.Is(err, push.ErrApart) {
		t.Errorf("who is apart is told %v", err)
	}
	a.write(t, "hand.md", "by hand")
	if changed, err := a.Follow(t.Context()); changed || !errors.Is(err, push.ErrApart) {
		t.Errorf("a server that is apart follows: %t, %v", changed, err)
	}
	called := false
	a.link.Fail = func(step string) error { t.Errorf("the readers' posts wait for %s", step); return push.ErrApart }
	if err := a.Still(t.Context(), func() { called = true }); !called || err != nil {
		t.Errorf("a reload is done: %t, %v", called, err)
	}
	a.has(t, "a.md", "1", "hand.md", "by hand")
	dir := t.TempDir()
	b := &server{link: &storetest.Link{Memory: memory, Fail: away}, dir: dir}
	b.write(t, "a.md", "of the image")
	b.open(t) // it starts
	b.has(t, "a.md", "of the image")
	a.link.Fail, b.link.Fail = nil, nil
	a.follow(t, true)
	b.follow(t, true)
	b.has(t, "a.md", "1", "hand.md", "by hand")
}

// Wherever a step fails, or the process ends, a publish is whole on all servers or on none.
func TestServersCut(t *testing.T) {
	for _, lost := range []string{"head", "put", "move", "moved"} {
		for nth := range 4 {
			t.Run(fmt.Sprint(lost, nth), func(t *testing.T) {
				memory := storetest.NewMemory()
				a, b := join(t, memory, t.TempDir()), join(t, memory, t.TempDir())
				if err := a.publish(t, "a.md", "1", "b.md", "1"); err != nil {
					t.Fatal(err)
				}
				b.follow(t, true)
				seen := 0
				a.link.Fail = func(step string) error {
					if step == lost {
						seen++
					}
					if seen > nth { // from here on nothing comes through
						if step == "moved" {
							return errors.Join(push.ErrUnsure, push.ErrApart)
						}
						return push.ErrApart
					}
					return nil
				}
				err := a.publish(t, "a.md", "2", "b.md", "2", "c.md", "2")
				a.link.Fail = nil
				if nth%2 == 1 {
					a.open(t) // it is another process
				}
				_, failed := a.Follow(t.Context())
				_, failed2 := b.Follow(t.Context())
				if failed != nil || failed2 != nil {
					t.Fatal(failed, failed2)
				}
				want := []string{"a.md", "2", "b.md", "2", "c.md", "2"}
				if err != nil && !errors.Is(err, push.ErrUnsure) {
					want = []string{"a.md", "1", "b.md", "1"}
				}
				a.has(t, want...)
				b.has(t, want...)
			})
		}
	}
}
