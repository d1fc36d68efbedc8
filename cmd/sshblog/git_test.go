//go:build unix

package main

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// gitBlog is a server whose authors are alice and bert, and the folder of its state.
type gitBlog struct {
	*server
	state, alice, bert string
}

func serveGit(t *testing.T, args ...string) *gitBlog { return serveGitIn(t, t.TempDir(), args...) }

// serveGitIn is serveGit with the state in a folder.
func serveGitIn(t *testing.T, dir string, args ...string) *gitBlog {
	t.Helper()
	tool(t, "git", "git")
	b := &gitBlog{state: filepath.Join(dir, "state"), alice: newKey(t, ""), bert: newKey(t, "")}
	file := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, file, publicLine(t, b.alice)+" alice\n"+publicLine(t, b.bert)+" bert\n")
	b.server = serveBlog(t, 2, append([]string{"--authors", file, "--state", b.state, "--session-rate", "1000", "--session-burst", "1000", "--source-rate", "1000", "--source-burst", "1000"}, args...)...)
	return b
}

// clone is somebody's.
type clone struct {
	b        *gitBlog
	dir, key string
}

// git runs git in a folder with a key, and returns all that it says.
func (b *gitBlog) git(dir, key string, args ...string) (said string, err error) {
	b.t.Helper()
	ssh := strings.Replace(strings.Join(b.openSSH([]string{key}).Args, " "), " -p "+b.port, "", 1) // the address has it
	cmd := exec.CommandContext(b.t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_SSH_COMMAND="+ssh, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Somebody", "GIT_AUTHOR_EMAIL=s@example.com", "GIT_COMMITTER_NAME=Somebody", "GIT_COMMITTER_EMAIL=s@example.com")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (b *gitBlog) url(path string) string { return "ssh://x@127.0.0.1:" + b.port + path }

// clones is a new clone.
func (b *gitBlog) clones(key string) *clone {
	b.t.Helper()
	c := &clone{b, filepath.Join(b.t.TempDir(), "posts"), key}
	if said, err := b.git("", key, "clone", "-q", b.url("/posts"), c.dir); err != nil {
		b.t.Fatalf("%v: %s", err, said)
	}
	return c
}

func (c *clone) write(name, text string) {
	c.b.t.Helper()
	name = filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		c.b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		c.b.t.Fatal(err)
	}
}

// git runs what has to succeed, and fails what has not to. They return what git says.
func (c *clone) git(args ...string) string {
	c.b.t.Helper()
	said, err := c.b.git(c.dir, c.key, args...)
	if err != nil {
		c.b.t.Fatalf("git %q: %v: %s", args, err, said)
	}
	return said
}

func (c *clone) fails(want string, args ...string) {
	c.b.t.Helper()
	if said, err := c.b.git(c.dir, c.key, args...); err == nil || !strings.Contains(said, want) {
		c.b.t.Errorf("git %q, want %q: %v: %s", args, want, err, said)
	}
}

func (c *clone) commit() {
	c.b.t.Helper()
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "news")
}

// same asks whether the posts folder, the clone and a new clone have the same, and git finds the
// repository whole.
func (b *gitBlog) same(c *clone) {
	b.t.Helper()
	other := b.clones(b.bert)
	for _, dir := range []string{c.dir, b.posts} {
		if out, err := exec.CommandContext(b.t.Context(), "diff", "-r", "-x", ".git", other.dir, dir).CombinedOutput(); err != nil {
			b.t.Errorf("%v: %s", err, out)
		}
	}
	if c.git("rev-parse", "HEAD") != other.git("rev-parse", "HEAD") {
		b.t.Error("the commits are others than those pushed")
	}
	if said, err := b.git("", b.alice, "--git-dir", filepath.Join(b.state, "posts.git"), "fsck", "--strict", "--full"); err != nil {
		b.t.Errorf("%v: %s", err, said)
	}
}

const gitPost = "---\ntitle: Of a push\ndate: 2026-02-01\n---\nText of it.\n"

// An author clones, edits and pushes; what is wrong stands in the terminal and changes nothing; who is
// behind catches up as with any other server.
func TestGit(t *testing.T) {
	t.Parallel()
	b := serveGit(t)
	hooks := filepath.Join(b.state, "posts.git", "hooks")
	if err := os.MkdirAll(hooks, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"pre-receive", "update", "post-receive", "post-update"} { // which are for programs
		if err := os.WriteFile(filepath.Join(hooks, hook), []byte("#!/bin/sh\necho run\nexit 1\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	alice, bert := b.clones(b.alice), b.clones(b.bert)
	alice.write("trip/index.md", gitPost)
	alice.commit()
	alice.write("post-01.md", gitPost)
	alice.git("rm", "-q", "post-02.md")
	alice.commit()
	said := alice.git("push", "origin", "main")
	for _, want := range []string{"remote: updated posts/post-01.md: ssh -p ", "remote: published posts/trip/index.md: ssh -p ", " trip/@127.0.0.1", "remote: removed posts/post-02.md", "main -> main"} {
		if !strings.Contains(said, want) {
			t.Errorf("git does not say %q: %s", want, said)
		}
	}
	b.same(alice)
	if out, err := b.openSSH([]string{b.alice}, "x@127.0.0.1", "cat", "trip/").Output(); err != nil || !strings.Contains(string(out), "Text of it.") {
		t.Errorf("readers see %v: %s", err, out)
	}

	for _, args := range [][]string{{"gc", "-q", "--prune=now"}, {"pack-refs", "--all"}} { // the operator's
		if said, err := b.git("", b.alice, append([]string{"--git-dir", filepath.Join(b.state, "posts.git")}, args...)...); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	b.same(alice)
	alice.write("bad.md", "---\ntitle: Bad\ndate: never\n---\nText.\n")
	alice.commit()
	alice.fails("remote: posts/bad.md:3: ", "push")
	alice.fails("! [remote rejected] main -> main (posts have problems)", "push")
	alice.git("reset", "-q", "--hard", "origin/main")
	b.same(alice)

	bert.write("of-bert.md", gitPost)
	bert.commit()
	bert.fails("! [rejected]        main -> main (fetch first)", "push")
	bert.git("pull", "-q", "--rebase")
	bert.git("push", "-q")
	b.same(bert)

	if err := os.WriteFile(filepath.Join(b.posts, "hand.md"), []byte(gitPost), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.git("pull", "-q")
	if log := alice.git("log", "--format=%an: %s"); !strings.HasPrefix(log, "sshblog: by hand: add hand.md\nSomebody: news\n") {
		t.Errorf("the log has %s", log)
	}
	alice.git("mv", "hand.md", "foot.md")
	alice.commit()
	alice.git("push", "-q")
	b.same(alice)
}

// Whatever is not a line of commits on main is refused, and so is who is no author.
func TestGitRefusals(t *testing.T) {
	t.Parallel()
	b := serveGit(t)
	c := b.clones(b.alice)
	c.write("new.md", gitPost)
	c.commit()
	c.git("tag", "v1")
	c.fails("[remote rejected] main -> side (there is only the branch main here)", "push", "origin", "main:side")
	b.logged("status=1")
	c.fails("[remote rejected] v1 -> v1 (there is only the branch main here)", "push", "origin", "v1")
	c.fails("remote does not support deleting refs", "push", "origin", ":main")
	c.fails("no such repository; try ssh://127.0.0.1:"+b.port+"/posts", "push", b.url("/other"), "main")
	c.fails("Server does not support shallow clients", "fetch", "--depth", "1")
	c.git("push", "-q", b.url("/~/posts.git"), "main")
	c.git("fetch", "-q")
	c.git("commit", "-q", "--amend", "-m", "other")
	c.fails("[remote rejected] main -> main (non-fast-forward)", "push", "--force", "origin", "main")
	c.git("reset", "-q", "--hard", "origin/main")

	c.git("checkout", "-q", "-b", "side", "HEAD~1")
	c.write("side.md", gitPost)
	c.commit()
	c.git("checkout", "-q", "main")
	c.git("merge", "-q", "--no-edit", "side")
	c.fails("is a merge, and the history here is one line: git pull --rebase, and push again", "push")
	c.git("pull", "-q", "--rebase")
	c.git("push", "-q")
	b.same(c)

	if err := os.Symlink("/etc/passwd", filepath.Join(c.dir, "link.md")); err != nil {
		t.Fatal(err)
	}
	c.commit()
	c.fails(`"link.md": it is no file`, "push")
	c.git("reset", "-q", "--hard", "origin/main")
	c.write(".gitattributes", "* text\n")
	c.commit()
	c.fails(`".gitattributes": names that begin with a dot are not published`, "push")
	c.git("reset", "-q", "--hard", "origin/main")

	unrelated := filepath.Join(t.TempDir(), "other")
	if said, err := b.git("", b.alice, "init", "-q", "-b", "main", unrelated); err != nil {
		t.Fatal(said, err)
	}
	o := &clone{b, unrelated, b.alice}
	o.write("a.md", gitPost)
	o.commit()
	o.fails("(fetch first)", "push", b.url("/posts"), "main")
	o.fails("[remote rejected] main -> main (non-fast-forward)", "push", "--force", b.url("/posts"), "main")

	for _, args := range [][]string{{"clone", b.url("/posts"), filepath.Join(t.TempDir(), "x")}, {"-C", c.dir, "push"}, {"archive", "--remote", b.url("/posts"), "main"}} {
		said, err := b.git("", newKey(t, ""), args...)
		if err == nil || !strings.Contains(said, "sshblog: this is for the blog's authors, and your key is none of theirs: SHA256:") {
			t.Errorf("%q: %v: %s", args, err, said)
		}
	}
	b.same(c)
}

// Of two authors who push at once exactly one is published, and the other is told, again and again.
func TestGitRace(t *testing.T) {
	t.Parallel()
	b := serveGit(t)
	authors := []*clone{b.clones(b.alice), b.clones(b.bert)}
	for round := range 3 {
		var failed [2]string
		var pushing sync.WaitGroup
		for i, c := range authors {
			c.git("pull", "-q", "--rebase")
			c.write("post-01.md", gitPost+strings.Repeat("more ", round+1)+[]string{"of alice", "of bert"}[i]+"\n")
			c.commit()
		}
		for i, c := range authors {
			pushing.Go(func() {
				if said, err := b.git(c.dir, c.key, "push"); err != nil {
					failed[i] = said
				}
			})
		}
		pushing.Wait()
		if (failed[0] == "") == (failed[1] == "") || !strings.Contains(failed[0]+failed[1], "(fetch first)") {
			t.Fatalf("round %d: %q", round, failed)
		}
		for i, c := range authors {
			if failed[i] == "" {
				b.same(c)
			} else {
				c.git("reset", "-q", "--hard", "HEAD~1")
			}
		}
	}
}

// A client without side bands is told on standard error.
func TestGitWithoutSideBands(t *testing.T) {
	t.Parallel()
	b := serveGit(t)
	c := b.clones(b.alice)
	c.write("bad.md", "---\ntitle: Bad\ndate: never\n---\nText.\n")
	c.commit()
	head, parent := strings.TrimSpace(c.git("rev-parse", "HEAD")), strings.TrimSpace(c.git("rev-parse", "HEAD~1"))
	pack := exec.CommandContext(t.Context(), "git", "-C", c.dir, "pack-objects", "--stdout", "--revs", "-q")
	pack.Stdin = strings.NewReader(head + "\n^" + parent + "\n")
	objects, err := pack.Output()
	if err != nil {
		t.Fatal(err)
	}
	line := parent + " " + head + " refs/heads/main\x00report-status"
	push := b.openSSH([]string{b.alice}, "x@127.0.0.1", "git-receive-pack", "/posts")
	push.Stdin = io.MultiReader(strings.NewReader("00"+hex(len(line)+4)+line+"0000"), bytes.NewReader(objects))
	var out, stderr bytes.Buffer
	push.Stdout, push.Stderr = &out, &stderr
	if err := push.Run(); err == nil || !strings.Contains(stderr.String(), "posts/bad.md:3: ") || !strings.Contains(out.String(), "ng refs/heads/main posts have problems\n") {
		t.Errorf("%v: %q, %q", err, out.String(), stderr.String())
	}
}

// hex is a byte.
func hex(n int) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>4&15], digits[n&15]})
}

// An author who pushes far too much is told, and can push again at once: what was under way is no flood
// for which the source is shut out.
func TestGitTooLarge(t *testing.T) {
	t.Parallel()
	b := serveGit(t, "--author-max-input", "2MiB")
	c := b.clones(b.alice)
	noise := make([]byte, 12<<20)
	_, _ = rand.Read(noise)
	c.write("pic.png", string(noise))
	c.commit()
	c.fails("Closed: this session has sent too much.", "push")
	c.git("reset", "-q", "--hard", "HEAD~1")
	c.write("new.md", gitPost)
	c.commit()
	c.git("push", "-q")
	c.write("pic.png", strings.Repeat("\x00", 17<<20))
	c.commit()
	c.fails("remote unpack failed: an object has more than 16 MiB: make the file smaller", "push")
	c.git("reset", "-q", "--hard", "HEAD~1")
	b.same(c)
}

// An author may send as much as is taken at the rate that is set, for as long as that lasts: it is no flood.
func TestGitAtTheRate(t *testing.T) {
	t.Parallel()
	b := serveGit(t, "--author-input-rate", "1MiB")
	c := b.clones(b.alice)
	noise := make([]byte, 12<<20)
	_, _ = rand.Read(noise)
	c.write("pic.png", string(noise))
	c.commit()
	c.git("push", "-q")
	b.same(c)
}
