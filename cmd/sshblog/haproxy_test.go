//go:build unix

package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// haproxy is a running HAProxy before some servers.
type haproxy struct {
	t     *testing.T
	port  string
	stats string // its socket
}

// HAProxy with what deploy/README.md says of it. Its checks come ten times as often
// as is usual, so that a few seconds show what would happen in a minute.
const haproxyConfig = `
global
	stats socket %s mode 600
defaults
	mode tcp
	timeout connect 5s
	timeout client 1m
	timeout server 1m
	timeout check 5s
	option redispatch
listen blog
	bind fd@3
	balance roundrobin
	option tcp-check
	tcp-check expect rstring ^SSH-2\.0-
	default-server check inter 100ms fall 2 rise 1 send-proxy-v2
`

func startHAProxy(t *testing.T, servers ...*server) *haproxy {
	t.Helper()
	program := tool(t, "haproxy", "haproxy")
	dir, err := os.MkdirTemp("", "") //nolint:usetesting // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	h := &haproxy{t: t, stats: filepath.Join(dir, "stats")}
	config := fmt.Sprintf(haproxyConfig, h.stats)
	for i, s := range servers {
		config += fmt.Sprintf("\tserver replica%d 127.0.0.1:%s\n", i, s.port)
	}
	path := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	if _, h.port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // the file is a listener, too
	cmd := exec.Command(program, "-db", "-f", path)
	cmd.ExtraFiles = []*os.File{file}
	var said lockedBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("HAProxy says:\n%s", &said)
		}
	})
	return h
}

// replica returns what HAProxy's statistics say of a server, by field.
func (h *haproxy) replica(i int) map[string]string {
	h.t.Helper()
	nc, err := net.Dial("unix", h.stats)
	if err != nil {
		return nil // it is still starting
	}
	defer func() { _ = nc.Close() }()
	_, _ = io.WriteString(nc, "show stat\n")
	rows, err := csv.NewReader(nc).ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, row := range rows[1:] {
		fields := make(map[string]string)
		for j, name := range rows[0] {
			fields[strings.TrimPrefix(name, "# ")] = row[j]
		}
		if fields["svname"] == "replica"+strconv.Itoa(i) {
			return fields
		}
	}
	return nil
}

// through reads the blog through HAProxy, from an address of the reader's own.
func (h *haproxy) through(from string) string {
	h.t.Helper()
	cmd := (&server{t: h.t, port: h.port}).ssh()
	cmd.Args = append([]string{"ssh", "-T", "-b", from}, cmd.Args[1:]...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Errorf("a reader does not get through: %v: %s", err, out)
	}
	return string(out)
}

var connectionsTotal = regexp.MustCompile(`(?m)^sshblog_connections_total (\d+)`)

// accepted is how many connections a server has let in.
func (s *server) accepted() int {
	_, metrics := s.ops("/metrics")
	found := connectionsTotal.FindStringSubmatch(metrics)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// HAProxy looks at the version of two replicas again and again. Neither is ever
// taken out, readers get through to both, and are known by their own address; and a
// replica that stops leaves them to the other.
func TestHAProxy(t *testing.T) {
	t.Parallel()
	// One connection a second would be too little for the checks, which are exempt.
	settings := []string{"--proxy-from", "127.0.0.1/32", "--ops", "127.0.0.1:0", "--source-rate", "1", "--source-burst", "8"}
	replicas := []*server{serveBlog(t, 3, settings...), serveBlog(t, 3, settings...)}
	h := startHAProxy(t, replicas...)
	const checks = 40 // 15 failed logins shut a source out
	for _, s := range replicas {
		eventually(t, func() bool { return s.accepted() >= checks }, "there are no %d checks", checks)
	}
	for i := range replicas {
		if r := h.replica(i); r["status"] != "UP" || r["chkdown"] != "0" || r["chkfail"] != "0" {
			t.Errorf("replica %d is %s after %s failed checks, was taken out %s times: %s", i, r["status"], r["chkfail"], r["chkdown"], r["last_chk"])
		}
	}
	for range 2 * len(replicas) {
		if out := h.through("127.0.0.5"); !strings.Contains(out, "Post number 3") {
			t.Errorf("a reader sees %q", out)
		}
	}
	for i, s := range replicas {
		s.logged("remote=127.0.0.5:")
		if strings.Contains(s.log.String(), "level=WARN") {
			t.Errorf("replica %d warns of what is in order", i)
		}
	}

	replicas[0].signal(syscall.SIGTERM)
	eventually(t, func() bool { return h.replica(0)["status"] == "DOWN" }, "HAProxy does not see that a replica is gone")
	if status := replicas[0].ended(); status != 0 {
		t.Errorf("it ends with %d", status)
	}
	for range 3 {
		h.through("127.0.0.6")
	}
}

// HAProxy sends a header, and proxy-from was forgotten: the log tells the operator,
// in one line.
func TestHAProxyThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	h := startHAProxy(t, s)
	s.logged("proxy-from")
	eventually(t, func() bool { return h.replica(0)["status"] == "DOWN" }, "HAProxy takes it for a healthy one")
	if n := strings.Count(s.log.String(), "reason=forged_header"); n > 2 { // one in ten seconds
		t.Errorf("it is told %d times", n)
	}
}
