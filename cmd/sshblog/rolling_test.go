//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/sshblog/sshblog/internal/cluster/natstest"
)

// Three servers behind HAProxy are replaced one after the other, and posts are published meanwhile: every
// reader who comes gets in, and what was published is on all.
func TestRollingReplacement(t *testing.T) {
	t.Parallel()
	nodes := natstest.Start(t, 1, "")
	const n = 3
	key, authors := newKey(t, ""), filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, authors, publicLine(t, key)+" alice\n")
	servers, states := make([]*server, n), make([]string, n)
	settings := func(i int) []string {
		return []string{
			"--authors", authors, "--state", states[i], "--cluster", nodes.URLs()[0], "--proxy-from", "127.0.0.1/32", "--ops", "127.0.0.1:0",
		}
	}
	for i := range servers {
		states[i] = t.TempDir()
		servers[i] = serveBlog(t, 3, settings(i)...)
	}
	h := startHAProxy(t, servers...)
	up := func(i int) func() bool { return func() bool { return h.replica(i)["status"] == "UP" } }
	for i := range servers {
		eventually(t, up(i), "HAProxy does not find server %d", i)
	}
	through := &press{&server{t: t, port: h.port}, key}
	stop := make(chan struct{})
	var came, failed atomic.Int64
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				cmd := through.openSSH([]string{key}, "-T", "-b", fmt.Sprintf("127.0.7.%d", came.Add(1)%200+1), "reader@127.0.0.1")
				if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Post number 3") {
					failed.Add(1)
					t.Errorf("a reader does not get in: %v: %s", err, out)
				}
			}
		})
	}
	for i, s := range servers {
		s.signal(syscall.SIGTERM)
		if said, err := through.publish(sample(fmt.Sprintf("While %d is away", i)), "publish", "rolling.md"); err != nil {
			t.Errorf("%v: %s", err, said)
		}
		if status := s.ended(); status != 0 {
			t.Errorf("it ends with %d", status)
		}
		s.start(append([]string{"sshblog", "serve", "--listen", "127.0.0.1:" + s.port, "--posts", s.posts, "--hostkeys", filepath.Join(filepath.Dir(s.posts), "keys")}, settings(i)...)...)
		eventually(t, up(i), "HAProxy does not find server %d again", i)
	}
	close(stop)
	wg.Wait()
	if came.Load() < 10 {
		t.Errorf("only %d readers have come", came.Load())
	}
	t.Logf("of %d readers %d did not get in", came.Load(), failed.Load())
	for i, s := range servers {
		newest := fmt.Sprintf("While %d is away", n-1) // one that has just started begins with what it had
		eventually(t, func() bool { return strings.Contains(read(t, filepath.Join(s.posts, "rolling.md")), newest) }, "server %d has not what was published last", i)
	}
}
