package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// contender is one of the servers that are compared.
type contender struct {
	name    string
	program string
	expect  string // stands in its list
	args    func(c *contender, addr string) []string
	sshload string // the load generator

	posts, hostKeys string // folders

	each float64 // memory of a session, in bytes, in the last run of many
}

// begins stands in every post, and only there.
const begins = "It begins here."

// build builds the programs into dir and writes the posts. The plain blog comes
// first: what the machine does before it is warm shall not be sshblog's gain.
func build(ctx context.Context, dir string, names []string) ([]*contender, error) {
	posts := filepath.Join(dir, "posts")
	if err := writePosts(posts, postCount); err != nil {
		return nil, err
	}
	all := []*contender{
		{name: "plain", expect: "Weblog", args: func(c *contender, addr string) []string {
			return []string{"-listen", addr, "-posts", c.posts, "-hostkey", filepath.Join(c.hostKeys, "plain_ed25519")}
		}},
		// As an operator would start it, but with room for the sessions. The
		// limits of each source stay: the load comes from many addresses.
		{name: "sshblog", expect: "PAGE", args: func(c *contender, addr string) []string {
			return []string{"serve", "--listen", addr, "--posts", c.posts, "--hostkeys", c.hostKeys, "--max-sessions", "15000", "--max-connections", "20000"}
		}},
		{name: "floor", expect: "FLOOR", args: func(_ *contender, addr string) []string { return []string{"-listen", addr} }},
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c *contender) bool { return c.name == name }) {
			return nil, fmt.Errorf("-only %q: there are plain, sshblog and floor", name)
		}
	}
	all = slices.DeleteFunc(all, func(c *contender) bool { return !slices.Contains(names, c.name) })
	packages := map[string]string{
		"plain": "./plain", "floor": "./floor", "sshload": "./sshload",
		"sshblog": "github.com/sshblog/sshblog/cmd/sshblog",
	}
	for _, c := range all {
		c.program, c.sshload = filepath.Join(dir, c.name), filepath.Join(dir, "sshload")
		c.posts, c.hostKeys = posts, filepath.Join(dir, "keys")
	}
	for name, pkg := range packages {
		if name != "sshload" && !slices.Contains(names, name) {
			continue
		}
		if err := goBuild(ctx, filepath.Join(dir, name), pkg); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// goBuild builds a command of this module, or of the one it stands in: that one
// with its own go.mod, so that what is measured is what is shipped.
func goBuild(ctx context.Context, to, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", to, pkg) //nolint:gosec // of our own
	if !strings.HasPrefix(pkg, "./") {
		cmd.Dir = ".."
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w: %s", pkg, err, out)
	}
	return nil
}

// server is a contender that runs.
type server struct {
	*contender
	cmd    *exec.Cmd
	addr   string
	stderr messages
	exited chan struct{}
}

// messages is what a server has written on stderr. It may be read while the
// server runs.
type messages struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (m *messages) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(p)
}

func (m *messages) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

// start starts a contender and waits until it answers.
func (c *contender) start(ctx context.Context) (*server, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{contender: c, addr: addr, exited: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, c.program, c.args(c, addr)...) //nolint:gosec // we built it
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // it is killed in the end, and else nobody connects
		close(s.exited)
	}()
	for range 200 {
		var d net.Dialer
		nc, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			return s, nc.Close()
		}
		select {
		case <-s.exited:
			return nil, fmt.Errorf("it has ended: %s", &s.stderr)
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.stop()
	return nil, errors.New("it does not answer")
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.exited
}

// freeAddress returns an address that nobody listens at.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
