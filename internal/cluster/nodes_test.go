package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// blogServer is a server, as far as its posts are concerned.
type blogServer struct {
	*push.Publisher
	cluster *cluster.Cluster
	folder  string
}

// serve starts one that follows the others until the test ends. A version of its folder has one text in
// all files.
func serve(t *testing.T, c cluster.Config) *blogServer {
	t.Helper()
	s := &blogServer{cluster: open(t, c), folder: t.TempDir()}
	await(t, s.cluster)
	var err error
	s.Publisher, err = push.Open(t.Context(), push.Config{
		Posts: s.folder, State: t.TempDir(), Shared: s.cluster.Posts(), Logger: slog.New(slog.DiscardHandler),
		Check: func(context.Context, *ledger.Account, string) (problems, notes []post.Problem, err error) {
			return nil, nil, nil
		},
		Reload: func(context.Context) error { return nil },
		Locate: func(file string) (address, held string) { return post.AddressOf(file), "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.cluster.Changes(ctx, func(bool) {
			_, _ = s.Follow(ctx) // what cannot be reached now is tried again
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// files are how many a version has.
const files = 5

func fileName(i int) string { return fmt.Sprintf("post-%d.md", i) }

// publish publishes a version.
func (s *blogServer) publish(t *testing.T, text string) error {
	t.Helper()
	tr, err := s.Begin(t.Context(), push.Client{Author: "anna"})
	if err != nil {
		return err
	}
	defer tr.End()
	for i := range files {
		f, err := tr.Create(fileName(i))
		if err != nil {
			return err
		}
		if _, err = f.WriteAt([]byte(text), 0); err != nil {
			return err
		}
		if _, err = f.Keep(t.Context()); err != nil {
			return err
		}
	}
	_, err = tr.Finish(t.Context())
	return err
}

// shows returns the version in the folder, which is not changed meanwhile.
func (s *blogServer) shows(t *testing.T) (version string) {
	t.Helper()
	_ = s.Still(t.Context(), func() { // that the others cannot be reached is not asked
		for i := range files {
			text, err := os.ReadFile(filepath.Join(s.folder, fileName(i)))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
			if i > 0 && string(text) != version {
				t.Errorf("%s is of %q, the others of %q", fileName(i), text, version)
			}
			version = string(text)
		}
	})
	return version
}

// within waits until all servers show a version, and logs how long it took.
func within(t *testing.T, patience time.Duration, version string, servers ...*blogServer) {
	t.Helper()
	began := time.Now()
	for _, s := range servers {
		eventually(t, patience, func() bool { return s.shows(t) == version }, fmt.Sprintf("after %s a server does not show %q", patience, version))
	}
	t.Logf("%q is on all after %s", version, time.Since(began).Round(time.Millisecond))
}

// Servers of a blog over three of NATS, which fail and are parted: what is published is whole on all, or
// refused.
func TestNodesFail(t *testing.T) {
	nodes := natstest.Start(t, 3, "")
	proxy := natstest.NewProxy(t, nodes.Address(2))
	a := serve(t, cluster.Config{URLs: nodes.URLs()})
	b := serve(t, cluster.Config{URLs: []string{proxy.URL()}})
	eventually(t, 30*time.Second, func() bool { return a.publish(t, "one") == nil }, "nothing is published")
	within(t, 10*time.Second, "one", a, b)

	t.Run("one is killed", func(t *testing.T) {
		for i := range 2 { // b stays with the third
			nodes.Kill(i)
			text := fmt.Sprintf("without %d", i)
			eventually(t, 30*time.Second, func() bool { return a.publish(t, text) == nil }, "nothing is published without one of three")
			within(t, 10*time.Second, text, a, b)
			nodes.Start(i)
			eventually(t, 30*time.Second, func() bool { return a.publish(t, text+", back") == nil }, "nothing is published after one of three is back")
			within(t, 10*time.Second, text+", back", a, b)
		}
	})
	t.Run("parted", func(t *testing.T) {
		eventually(t, 30*time.Second, func() bool { return a.publish(t, "before") == nil }, "nothing is published after both are back")
		within(t, 10*time.Second, "before", a, b)
		proxy.Cut()
		if err := a.publish(t, "while b is away"); err != nil {
			t.Error(err)
		}
		err := b.publish(t, "of b alone")
		if err == nil {
			t.Error("a server that is parted publishes")
		}
		t.Logf("who publishes there is told: %v", err)
		if is := b.shows(t); is != "before" {
			t.Errorf("a server that is parted shows %q", is)
		}
		proxy.Mend()
		within(t, 20*time.Second, "while b is away", b, a)
	})
	t.Run("all are killed", func(t *testing.T) {
		for i := range nodes.Len() {
			nodes.Kill(i)
		}
		eventually(t, 20*time.Second, func() bool { return !a.cluster.Stats().Connected }, "it is not noticed that all are gone")
		began := time.Now()
		if err := a.publish(t, "alone"); !errors.Is(err, push.ErrApart) {
			t.Errorf("without NATS a publish is %v", err)
		}
		t.Logf("refused after %s", time.Since(began).Round(time.Millisecond))
		if is := a.shows(t); is != "while b is away" {
			t.Errorf("without NATS a server shows %q", is)
		}
		for i := range nodes.Len() {
			nodes.Start(i)
		}
		eventually(t, 60*time.Second, func() bool { return b.publish(t, "again") == nil }, "nothing is published after all are back")
		within(t, 10*time.Second, "again", a, b)
	})
}
