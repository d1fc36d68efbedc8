//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/command"
)

// press is a server with an author, alice, and her key.
type press struct {
	*server
	key string
}

// servePress starts one over a folder of three posts.
func servePress(t *testing.T, state string, args ...string) *press {
	t.Helper()
	key := newKey(t, "")
	authors := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, authors, publicLine(t, key)+" alice\n")
	return &press{serveBlog(t, 3, append(args, "--authors", authors, "--state", state)...), key}
}

// publish runs a command of the author's with an input.
func (p *press) publish(input string, words ...string) (said string, err error) {
	p.t.Helper()
	cmd := p.openSSH([]string{p.key}, append([]string{"alice@127.0.0.1"}, words...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// author connects as the author.
func (p *press) author() (*ssh.Client, net.Conn) {
	p.t.Helper()
	text, err := os.ReadFile(p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", p.port))
	if err != nil {
		p.t.Fatal(err)
	}
	c, channels, requests, err := ssh.NewClientConn(conn, p.port, &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	client := ssh.NewClient(c, channels, requests)
	p.t.Cleanup(func() { _ = client.Close() })
	return client, conn
}

// Authors send more, and faster, than readers may. What is larger than a file may be is refused.
func TestAuthorsSendMore(t *testing.T) {
	t.Parallel()
	p := servePress(t, t.TempDir(), "--max-input", "1MiB", "--input-rate", "64KiB")
	large := strings.Repeat("x", 16<<20)
	if said, err := p.publish(large, "publish", "large.png"); err != nil || said != "published posts/large.png\n" {
		t.Errorf("%v: %s", err, said)
	}
	if info, err := os.Stat(filepath.Join(p.posts, "large.png")); err != nil || info.Size() != int64(len(large)) {
		t.Errorf("it is %v, %v", info, err)
	}
	if said, err := p.publish(large+"x", "publish", "larger.png"); err == nil || said != "sshblog: a file has at most 16777216 bytes: make it smaller\n" {
		t.Errorf("%v: %s", err, said)
	}
	if said, err := p.publish(large[:300<<10], "publish", "long.md"); err == nil || !strings.Contains(said, "posts/long.md:1: the file is 307200 bytes and the limit is 262144: split the post\n") {
		t.Errorf("%v: %s", err, said)
	}
}

// A connection that is lost while a post is sent publishes nothing, wherever that is.
func TestCutPublishing(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	p := servePress(t, state)
	staged := func() int {
		transfers, err := filepath.Glob(filepath.Join(state, "posts.staged", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(transfers)
	}
	text := "---\ntitle: Cut\ndate: 2026-01-02\n---\n" + strings.Repeat("Some words.\n", 1000)
	for tenth := range 10 {
		client, conn := p.author()
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		in, err := session.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Start(fmt.Sprintf("publish cut-%d", tenth)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(in, text[:len(text)*tenth/10]); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return staged() == 1 }, "nothing is staged")
		_ = conn.Close()
		eventually(t, func() bool { return staged() == 0 }, "what was cut stays staged")
	}
	if said, err := p.publish(text, "publish", "whole"); err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if said, err := p.publish("", "log"); err != nil || strings.Count(said, "\n") != 2 || !strings.Contains(said, "alice\tadd whole.md\n") {
		t.Errorf("the history is, %v: %s", err, said)
	}
}

// Who publishes on a connection to a process that has been upgraded publishes what the successor serves,
// and both keep one history.
func TestPublishingWhileUpgraded(t *testing.T) {
	t.Parallel()
	ops := freeAddress(t)
	p := servePress(t, t.TempDir(), "--ops", ops)
	old, _ := p.author()
	if status, r := p.upgrade(ops); status != 200 {
		t.Fatal(status, r)
	}
	if said, err := p.publish("# New\n", "publish", "new"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	session, err := old.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	session.Stdin = strings.NewReader("# Old\n")
	out, err := session.CombinedOutput("publish old")
	if err != nil || string(out) != "published posts/old.md\nreaders see it when the posts are read again: the server has been upgraded, and its successor reads them\n" {
		t.Errorf("%v: %s", err, out)
	}
	eventually(t, func() bool {
		said, err := p.publish("", "cat", "old")
		return err == nil && strings.Contains(said, "# Old")
	}, "the successor does not read what was published before it")
	if said, err := p.publish("", "log"); err != nil || !strings.HasPrefix(strings.Join(strings.Split(said, "\t"), " ")[len("2026-01-02 15:04 "):], "alice add old.md\n") || strings.Count(said, "\n") != 3 {
		t.Errorf("the history is, %v: %s", err, said)
	}
}

// A reader who is in a post that an author replaces, and then removes, goes on.
func TestReaderOfAPostThatIsReplaced(t *testing.T) {
	t.Parallel()
	p := servePress(t, t.TempDir())
	reading := p.onTerminal()
	if !reading() {
		t.Fatal("nothing moves")
	}
	for _, input := range []string{postText(1, "Another title"), ""} {
		words := []string{"publish", "post-01"}
		if input == "" {
			words = []string{"rm", "--yes", "post-01"}
		}
		if said, err := p.publish(input, words...); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		if !reading() {
			t.Error("the reader is stuck")
		}
	}
}

// freeAddress returns an address of this machine that nothing listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// What an author has with cat is the file, so that it can be changed and published again: a draft stays one. Readers
// have it without what is not for them, and none where they may not have it; a removed key is none from the next reload on.
func TestAuthorsHaveTheFile(t *testing.T) {
	t.Parallel()
	p := servePress(t, t.TempDir(), "--source", "off")
	const draft = "---\ntitle: Queues\ndraft: true\nown: key\n---\n<!-- to do -->\nThe text.\n"
	p.write("queues.md", draft)
	p.reload("msg=reloaded")
	out, err := p.openSSH([]string{p.key}, "-T", "alice@127.0.0.1", "cat", "queues").Output()
	if err != nil || string(out) != draft {
		t.Errorf("an author has %q, %v", out, err)
	}
	if said, err := p.publish(string(out), "publish", "queues"); err != nil {
		t.Errorf("it is not published again: %v: %s", err, said)
	}
	if out, err := p.ssh("cat", "queues").CombinedOutput(); err == nil || strings.Contains(string(out), "text") {
		t.Errorf("a reader has %q, %v", out, err)
	}
	if said, err := p.publish("", "cat", "quues"); err == nil || !strings.Contains(said, "did you mean") {
		t.Errorf("of what there is not: %v: %s", err, said)
	}
	authors := p.cmd.Args[slices.Index(p.cmd.Args, "--authors")+1]
	writeAuthors(t, authors, "# nobody\n")
	if said, err := p.publish("# More\n", "publish", "more"); err != nil { // which reloads the posts
		t.Errorf("%v: %s", err, said)
	}
	if said, err := p.publish("# Again\n", "publish", "again"); err == nil || !strings.Contains(said, "authors") {
		t.Errorf("a key that is none of an author's any more publishes: %v: %s", err, said)
	}
}

// Where publishing is off, authors have the files as well, also by a link inside the folder; what leads out of it is
// no post's.
func TestAuthorsHaveTheFileOfARepository(t *testing.T) {
	t.Parallel()
	posts, key := t.TempDir(), newKey(t, "")
	authors := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, authors, publicLine(t, key)+" alice\n")
	const text = "---\ntitle: Queues\ndate: 2026-01-02\nown: key\n---\n<!-- to do -->\nThe text.\n"
	for _, dir := range []string{".git", "_kept"} {
		if err := os.Mkdir(filepath.Join(posts, dir), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"plain.md", "_kept/linked.txt"} {
		if err := os.WriteFile(filepath.Join(posts, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("_kept/linked.txt", filepath.Join(posts, "linked.md")); err != nil {
		t.Fatal(err)
	}
	p := &press{serveBlog(t, 1, "--posts", posts, "--authors", authors, "--state", t.TempDir()), key}
	for _, name := range []string{"plain", "linked"} {
		if said, err := p.publish("", "cat", name); err != nil || said != text {
			t.Errorf("an author has %q of %s, %v", said, name, err)
		}
	}
	if err := os.Remove(filepath.Join(posts, "linked.md")); err != nil {
		t.Fatal(err)
	}
	if said, err := p.publish("", "cat", "linked"); err != nil || !strings.Contains(said, "sshblog: linked.md cannot be read: no such file") || strings.Contains(said, "own: key") {
		t.Errorf("of a file that is gone an author has %q, %v", said, err)
	}
}

// Authors may have so many files open, those of one source half of them, and no more.
func TestPostFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("# A\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newPostFiles(dir)
	for range 2 {
		var all []io.Closer
		fill := func(source string, want int) {
			before := len(all)
			for {
				r, err := f.openFile(source, "a.md")
				if errors.Is(err, command.ErrBusy) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, r)
				if len(all)-before < want {
					if _, err := f.openFile(source, "b.md"); err == nil || errors.Is(err, command.ErrBusy) {
						t.Errorf("of a file that is not there: %v", err)
					}
				}
			}
			if n := len(all) - before; n != want {
				t.Errorf("%s has %d files open, want %d", source, n, want)
			}
		}
		fill("one", maxPostFilesOfSource)
		fill("two", maxPostFiles-maxPostFilesOfSource)
		fill("three", 0)
		for _, r := range all {
			_ = r.Close()
		}
		if f.open != 0 || len(f.bySource) != 0 {
			t.Errorf("%d are left open, of %d sources", f.open, len(f.bySource))
		}
	}
}
