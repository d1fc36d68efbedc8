//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster/natstest"
)

// serveTogether starts n servers with one author, each with folders of its own.
func serveTogether(t *testing.T, n int, args ...string) []*press {
	t.Helper()
	key := newKey(t, "")
	authors := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, authors, publicLine(t, key)+" alice\n")
	servers := make([]*press, n)
	for i := range servers {
		servers[i] = &press{serveBlog(t, 3, append([]string{"--authors", authors, "--state", t.TempDir()}, args...)...), key}
	}
	return servers
}

// shows reports whether readers of a server see a text in a post.
func (p *press) shows(slug, text string) bool {
	p.t.Helper()
	said, _ := p.publish("", "cat", slug) // a post that is not there yet is an error
	return strings.Contains(said, text)
}

func sample(text string) string {
	return "---\ntitle: " + text + "\ndate: 2026-02-02\n---\n" + text + "\n"
}

// What an author publishes to one server readers of all see, whichever way it came; without NATS all read
// on, and nobody publishes.
func TestServersAreOneBlog(t *testing.T) {
	t.Parallel()
	nodes := natstest.Start(t, 1, "")
	servers := serveTogether(t, 2, "--cluster", strings.Join(nodes.URLs(), ","))
	a, b := servers[0], servers[1]
	publish := func(p *press, text string) {
		t.Helper()
		if said, err := p.publish(sample(text), "publish", "shared.md"); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	publish(a, "First of A")
	began := time.Now()
	eventually(t, func() bool { return b.shows("shared", "First of A") }, "B does not show what A has published:\n%s", &b.log)
	t.Logf("B shows it %s after A has", time.Since(began).Round(time.Millisecond))
	publish(b, "Second of B")
	eventually(t, func() bool { return a.shows("shared", "Second of B") }, "A does not show what B has published:\n%s", &a.log)

	a.write("hand.md", sample("By hand"))
	a.signal(syscall.SIGHUP)
	eventually(t, func() bool { return b.shows("hand", "By hand") }, "B does not show what was changed in A's folder:\n%s", &b.log)

	pushByGit(t, b, "pushed.md", sample("By git"))
	eventually(t, func() bool { return a.shows("pushed", "By git") }, "A does not show what was pushed to B:\n%s", &a.log)
	if said, err := a.publish("", "log"); err != nil || !strings.Contains(said, "\talice\tby git") || !strings.Contains(said, "add shared.md") {
		t.Errorf("A's log has %s, %v", said, err)
	}

	nodes.Kill(0)
	a.logged("the cluster is away: readers are served all the same")
	if said, err := a.publish(sample("Nobody's"), "publish", "shared.md"); err == nil || !strings.Contains(said, "nothing can be published") {
		t.Errorf("without NATS an author is told %s, %v", said, err)
	}
	if !a.shows("shared", "Second of B") {
		t.Error("without NATS readers see another post")
	}
	nodes.Start(0)
	eventually(t, func() bool { _, err := a.publish(sample("Third"), "publish", "shared.md"); return err == nil }, "nothing is published after NATS is back:\n%s", &a.log)
	eventually(t, func() bool { return b.shows("shared", "Third") }, "B does not show what A has published:\n%s", &b.log)
}

// pushByGit pushes a file, in a commit of somebody who is none of the authors.
func pushByGit(t *testing.T, p *press, name, text string) {
	t.Helper()
	tool(t, "git", "git")
	c := (&gitBlog{server: p.server, alice: p.key}).clones(p.key)
	c.write(name, text)
	c.git("add", ".")
	c.git("commit", "-qm", "by git")
	c.git("push", "-q")
}

// Servers that share a folder, or have posts in another way, only tell each other that there is
// something new.
func TestServersShareAFolder(t *testing.T) {
	t.Parallel()
	nodes := natstest.Start(t, 1, "")
	args := []string{"--cluster", nodes.URLs()[0], "--cluster-posts", "off"}
	a := serveBlog(t, 3, args...)
	b := serveBlog(t, 3, append(args, "--posts", a.posts)...)
	a.logged("connected to the cluster")
	b.logged("connected to the cluster")
	a.write("new.md", sample("New"))
	a.signal(syscall.SIGHUP)
	b.logged("1 new post")
}

// What is kept of a reader is the same at all servers: a code of one joins a key at another, and what is
// forgotten at one is gone at all.
func TestServersRememberTogether(t *testing.T) {
	t.Parallel()
	nodes := natstest.Start(t, 1, "")
	secret := filepath.Join(t.TempDir(), "readers.secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers := serveTogether(t, 2, "--cluster", nodes.URLs()[0], "--readers-secret", secret)
	a, b := servers[0], servers[1]
	other := &press{b.server, newKey(t, "")} // no author
	said, err := a.publish("", "me", "link")
	code, _, _ := strings.Cut(said, "\n")
	if err != nil || code == "" {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err = other.publish("", "me", "join", code); err != nil || !strings.Contains(said, "2 keys") {
		t.Fatalf("%v: %s", err, said)
	}
	for name, p := range map[string]*press{"A": a, "B": b} {
		eventually(t, func() bool { said, err := p.publish("", "me", "keys"); return err == nil && said == "2 keys\n" }, "%s does not know of two keys:\n%s", name, &p.log)
	}
	if said, err = a.publish("", "me", "forget", "--yes"); err != nil || !strings.Contains(said, "2 keys") {
		t.Fatalf("%v: %s", err, said)
	}
	eventually(t, func() bool { said, err := other.publish("", "me", "keys"); return err == nil && said == "1 key\n" }, "B knows what was forgotten at A:\n%s", &b.log)
}

// A server among others needs the secret that all have.
func TestServersNeedOneSecret(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--cluster", "nats://127.0.0.1:1", "--state", t.TempDir())
	s.logged("readers are not remembered: all servers need one secret; set readers-secret")
}

// A server of a cluster that nobody publishes to tells the others of what has changed, once, and does not reload
// for its own word.
func TestServerWithoutAuthorsRests(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--cluster", natstest.Start(t, 1, "").URLs()[0], "--state", t.TempDir())
	s.logged("connected to the cluster")
	for n := range 3 {
		s.write(fmt.Sprintf("more-%d.md", n), sample("More"))
		s.signal(syscall.SIGHUP)
		s.logged(fmt.Sprintf("posts=%d files", n+2)) // by this reload, or by one that was under way
	}
	time.Sleep(time.Second)
	if n := s.log.count("msg=reloaded"); n > 5 { // and once since it was connected
		t.Errorf("it has reloaded %d times:\n%s", n, &s.log)
	}
}
