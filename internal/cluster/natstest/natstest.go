// Package natstest runs NATS servers for tests: processes of the nats-server that the module bench has
// as a tool, on addresses of this machine alone.
package natstest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Nodes are NATS servers that are one cluster, or one that is alone.
type Nodes struct {
	tb     testing.TB
	binary string
	nodes  []*node
}

type node struct {
	config, log string
	address     string
	process     *exec.Cmd // nil: it does not run
}

// Start starts n servers with JetStream, each flushing every write to the disk. They do not tell clients of
// each other, so that one may be parted from all. more is added to the
// configuration of each. They end with the test.
func Start(tb testing.TB, n int, more string) *Nodes {
	tb.Helper()
	c := &Nodes{tb: tb, binary: build(tb)}
	dir := tb.TempDir()
	routes := make([]string, n)
	for i := range n {
		routes[i] = "nats://" + freeAddress(tb)
	}
	for i := range n {
		name := fmt.Sprintf("n%d", i)
		at := &node{config: filepath.Join(dir, name+".conf"), log: filepath.Join(dir, name+".log"), address: freeAddress(tb)}
		text := fmt.Sprintf("server_name: %s\nlisten: %q\nmax_payload: 2MB\njetstream { store_dir: %q, sync_interval: always, max_mem: 64MB, max_file: 1GB }\n%s\n", name, at.address, filepath.Join(dir, name), more)
		if n > 1 {
			text += fmt.Sprintf("cluster { name: test, listen: %q, routes: [%s], no_advertise: true }\n", strings.TrimPrefix(routes[i], "nats://"), strings.Join(routes, ", "))
		}
		if err := os.WriteFile(at.config, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		c.nodes = append(c.nodes, at)
	}
	tb.Cleanup(func() {
		for i := range c.nodes {
			c.Kill(i)
		}
		if tb.Failed() {
			for _, at := range c.nodes {
				text, _ := os.ReadFile(at.log)
				const last = 2000
				tb.Logf("the end of %s:\n%s", at.log, text[max(len(text)-last, 0):])
			}
		}
	})
	for i := range c.nodes {
		c.Start(i)
	}
	return c
}

// build returns the path of nats-server. Go keeps it in its cache.
func build(tb testing.TB) string {
	tb.Helper()
	root, err := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		tb.Fatalf("the module is not found: %v", err)
	}
	var complaint bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), "go", "tool", "-n", "nats-server")
	cmd.Dir, cmd.Stderr = filepath.Join(strings.TrimSpace(string(root)), "bench"), &complaint
	path, err := cmd.Output()
	if err != nil {
		tb.Fatalf("nats-server is not built: %v\n%s", err, complaint.String())
	}
	return strings.TrimSpace(string(path))
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nobody has connected
	return l.Addr().String()
}

// Start starts a server that does not run, and waits until it takes connections.
func (c *Nodes) Start(i int) {
	c.tb.Helper()
	at := c.nodes[i]
	log, err := os.OpenFile(at.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.tb.Fatal(err)
	}
	at.process = exec.Command(c.binary, "-c", at.config) //nolint:gosec,noctx // it runs until Kill
	at.process.Stderr = log
	err = at.process.Start()
	_ = log.Close() // the process has it
	if err != nil {
		c.tb.Fatal(err)
	}
	const patience = 20 * time.Second
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", at.address)
		if err == nil {
			_ = conn.Close() // it was only to see
			return
		}
		if time.Now().After(until) {
			c.tb.Fatalf("nats-server does not start: %v", err)
		}
	}
}

// Kill ends a server at once, if it runs, as a failure of its machine would.
func (c *Nodes) Kill(i int) {
	if at := c.nodes[i]; at.process != nil {
		_ = at.process.Process.Kill() // it may have ended
		_ = at.process.Wait()         // with that
		at.process = nil
	}
}

// Holding returns the files of all servers in which a text is, wherever it lies.
func (c *Nodes) Holding(text string) (files []string) {
	c.tb.Helper()
	for _, at := range c.nodes {
		err := filepath.WalkDir(strings.TrimSuffix(at.config, ".conf"), func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				var is []byte
				if is, err = os.ReadFile(name); bytes.Contains(is, []byte(text)) { //nolint:gosec // a file of the test
					files = append(files, name)
				}
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // files come and go
			c.tb.Fatal(err)
		}
	}
	return files
}

// Len is how many there are.
func (c *Nodes) Len() int { return len(c.nodes) }

// Address is where a server takes connections.
func (c *Nodes) Address(i int) string { return c.nodes[i].address }

// URLs are the addresses of all.
func (c *Nodes) URLs() []string {
	urls := make([]string, len(c.nodes))
	for i, at := range c.nodes {
		urls[i] = "nats://" + at.address
	}
	return urls
}
