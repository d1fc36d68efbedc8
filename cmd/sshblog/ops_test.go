//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const ctrlC = "\x03"

var opsPattern = regexp.MustCompile(`msg="serving health and metrics" address=(\S+)`)

// ops returns a page of the server's ops listener, which it was started with.
func (s *server) ops(path string) (status int, body string) {
	s.t.Helper()
	s.logged("serving health and metrics")
	found := opsPattern.FindStringSubmatch(s.log.String())
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request(s.t, "http://"+found[1]+path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func request(t testing.TB, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// metric waits until a metric has a value; both as Prometheus gets them.
func (s *server) metric(line string) {
	s.t.Helper()
	eventually(s.t, func() bool {
		_, body := s.ops("/metrics")
		return strings.Contains(body, "\n"+line+"\n")
	}, "the metrics do not come to say %q:\n%s", line, stringer(func() string { _, body := s.ops("/metrics"); return body }))
}

// A supervisor sees the stop before a reader could: first the readiness goes,
// then the port, while the one who reads may finish.
func TestReadinessAndDrain(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--drain", "1h")
			const well = "index: ok\nhost_key: ok\naccepting: ok\ndraining: ok\ndescriptors: ok\n"
			eventually(t, func() bool { status, body := s.ops("/readyz"); return status == http.StatusOK && body == well }, "it does not become ready")
			p := s.connect(80, 24, s.ssh())
			p.sees("PAGE 1 / 1")

			s.signal(sig)
			p.sees("The server restarts")
			status, body := s.ops("/readyz")
			if status != http.StatusServiceUnavailable || !strings.Contains(body, "draining: not ok") || !strings.Contains(body, "accepting: not ok") || !strings.Contains(body, "host_key: ok") {
				t.Errorf("while it drains: %d %s", status, body)
			}
			if status, _ := s.ops("/livez"); status != http.StatusOK {
				t.Errorf("while it drains it is dead: %d", status)
			}
			if nc, err := net.Dial("tcp", "127.0.0.1:"+s.port); err == nil {
				_ = nc.Close()
				t.Error("while it drains it accepts")
			}
			p.types("jk\r") // who is inside still reads
			p.sees("The text of Post number 3")
			p.types(ctrlC)
			p.leaves()
			if status := s.ended(); status != 0 {
				t.Errorf("the server exits with %d", status)
			}
		})
	}
}

// A server that was killed comes back as the one that readers know, even if it
// must not make a key.
func TestKilledAndRequired(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	known := filepath.Join(t.TempDir(), "known_hosts")
	visit := func(trust string) error {
		// The port is another each time; the name that the key is known by is
		// not. Of an option that is given twice, ssh takes the first.
		cmd := s.ssh()
		cmd.Args = append([]string{
			"ssh", "-T", "-o", "HostKeyAlias=blog", "-o", "UserKnownHostsFile=" + known, "-o", "StrictHostKeyChecking=" + trust,
		}, cmd.Args[1:]...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := visit("accept-new"); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGKILL)
	s.ended()
	s.start(append(slices.Clone(s.cmd.Args), "--host-keys", "require")...)
	if err := visit("yes"); err != nil {
		t.Errorf("after a kill the server is another: %v", err)
	}
	s.signal(syscall.SIGTERM)
	s.ended()

	keys := filepath.Join(filepath.Dir(s.posts), "keys")
	if err := os.RemoveAll(keys); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sshblog", s.cmd.Args[1:]...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "sshblog: setting hostkeys: no host key in "+keys+": make one with: ssh-keygen") {
		t.Errorf("without its key: %v, %s", err, out)
	}
	if _, err := os.Stat(keys); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
}

// What happens to connections, and to the posts, shows in the metrics; what
// clients choose does not.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--title", "X")
	s.write("later.md", "---\ntitle: Later\ndate: 2999-01-01\n---\nText.\n")
	s.write("draft.md", "---\ntitle: Draft\ndraft: true\n---\nText.\n")
	s.write("broken.md", "---\ntitle: [\n---\nText.\n")
	s.signal(syscall.SIGHUP)
	s.metric(`sshblog_reloads_total{result="changed"} 2`)
	s.metric(`sshblog_posts{state="listed"} 3`)
	s.metric(`sshblog_posts{state="future"} 1`)
	s.metric(`sshblog_posts{state="draft"} 1`)
	s.metric(`sshblog_posts{state="broken"} 1`)

	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	s.metric(`sshblog_sessions_active 1`)
	p.types("\r")
	p.sees("The text of Post number 3")
	s.metric(`sshblog_render_duration_seconds_count 1`)
	s.metric(`sshblog_page_cache_pages 1`)
	p.types(ctrlC)
	p.leaves()
	s.metric(`sshblog_sessions_active 0`)
	s.metric(`sshblog_sessions_ended_total{reason="quit"} 1`)
	s.metric(`sshblog_first_paint_seconds_count 1`)
	s.metric(`sshblog_session_duration_seconds_count{kind="tui"} 1`)
	_, before := s.ops("/metrics")

	// Everything that a client has a say in.
	const evil = "pwned"
	cmd := s.ssh(evil)
	cmd.Args = append([]string{"ssh", "-l", evil, "-o", "SetEnv=LANG=" + evil}, cmd.Args[1:]...)
	cmd.Env = append(os.Environ(), "TERM="+evil)
	_ = cmd.Run() // there is no such command
	nc, err := net.Dial("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(nc, "SSH-2.0-"+evil+"\r\n")
	_ = nc.Close()
	s.metric(`sshblog_sessions_total{kind="command"} 1`)
	s.metric(`sshblog_connections_ended_total{reason="knocked"} 1`)
	_, after := s.ops("/metrics")
	if strings.Contains(after, evil) {
		t.Errorf("a client's word is in the metrics:\n%s", after)
	}
	if n := series(after) - series(before); n != 0 {
		t.Errorf("clients have added %d series:\n%s", n, after)
	}

	if err := os.Rename(s.posts, s.posts+".away"); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	s.metric(`sshblog_reloads_total{result="failed"} 1`)
}

// series counts the series of ours in what Prometheus gets.
func series(text string) (n int) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "sshblog_") {
			n++
		}
	}
	return n
}

func TestPprofIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   []string
		status int
	}{
		{[]string{"--ops", "127.0.0.1:0"}, http.StatusNotFound},
		{[]string{"--ops", "127.0.0.1:0", "--ops-pprof"}, http.StatusOK},
	} {
		if status, _ := serveBlog(t, 1, test.args...).ops("/debug/pprof/"); status != test.status {
			t.Errorf("%q: %d, want %d", test.args, status, test.status)
		}
	}
}

// The log that a machine keeps: one line for a session, whose fields have the
// names and kinds that were promised, and no reader's key or full address.
func TestSessionLog(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--log-format", "json", "--truncate-addresses")
	key := filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.ssh()
	cmd.Args = append([]string{"ssh", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey"}, cmd.Args[1:]...)
	p := s.connect(80, 24, cmd)
	p.sees("PAGE 1 / 1")
	p.types("q")
	p.leaves()
	s.logged("session ended")
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, `"session"`) })
	if len(lines) != 1 {
		t.Fatalf("%d lines for a session:\n%s", len(lines), &s.log)
	}
	var fields struct {
		Session, Remote, User, Client, Kind, Term, Size, Command, Reason string

		KeyType  string `json:"key_type"`
		Duration float64
		BytesIn  int64 `json:"bytes_in"`
		BytesOut int64 `json:"bytes_out"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &fields); err != nil {
		t.Fatal(err)
	}
	if fields.Remote != "127.0.0.0/24" || fields.User != "reader" || fields.Kind != "tui" || fields.Term != "xterm-256color" ||
		fields.Size != "80x24" || fields.Reason != "quit" || !strings.HasPrefix(fields.Client, "SSH-2.0-OpenSSH") {
		t.Errorf("%+v", fields)
	}
	// In seconds: a number of nanoseconds would be a day.
	if fields.Duration <= 0 || fields.Duration > 3600 || fields.BytesIn == 0 || fields.BytesOut < 100 {
		t.Errorf("%+v", fields)
	}
	// "none" is asked for first by every client, and lets it in.
	if fields.KeyType != "none" && fields.KeyType != "ssh-ed25519" {
		t.Errorf("key_type is %q", fields.KeyType)
	}
	if text := s.log.String(); strings.Contains(text, strings.Fields(string(public))[1]) || strings.Contains(text, "127.0.0.1:") && strings.Contains(text, `"remote":"127.0.0.1`) {
		t.Errorf("the log tells too much:\n%s", text)
	}
}
