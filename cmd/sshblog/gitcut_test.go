//go:build unix

package main

import (
	"crypto/rand"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A push whose connection is cut at a tenth of it leaves the posts as they were, and nothing else; the
// same push then goes through.
func TestGitCut(t *testing.T) {
	t.Parallel()
	b := serveGit(t)
	c := b.clones(b.alice)
	noise := make([]byte, 600<<10) // which does not become smaller
	_, _ = rand.Read(noise)
	c.write("pic.png", string(noise))
	c.write("new.md", gitPost)
	c.commit()
	before, err := os.ReadDir(b.posts)
	if err != nil {
		t.Fatal(err)
	}
	for tenth := range 10 {
		const login = 5000 // bytes, about
		cut := passing(t, b.port, login+int64(tenth*len(noise)/10))
		if said, err := b.git(c.dir, b.alice, "push", "ssh://x@127.0.0.1:"+cut+"/posts", "main"); err == nil {
			t.Errorf("after %d tenths: %s", tenth, said)
		}
	}
	after, err := os.ReadDir(b.posts)
	if err != nil || len(after) != len(before) {
		t.Errorf("%v: %v", err, after)
	}
	c.git("push", "-q")
	b.same(c)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, err := os.ReadDir(filepath.Join(b.state, "posts.staged"))
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v: %v is left", err, left)
		}
	}
}

// passing is a port that leads to another, and cuts each connection after so many bytes of the client's.
func passing(t *testing.T, to string, most int64) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", "127.0.0.1:"+to)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() {
				_, _ = io.Copy(client, server)
				_ = client.Close()
			}()
			go func() {
				_, _ = io.CopyN(server, client, most)
				_ = client.Close()
				_ = server.Close()
			}()
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
