package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// sshload runs the program against a blog, for a moment, and returns its
// report and what it told on stderr.
func sshload(t *testing.T, target string, args ...string) (report, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{
		target, "--json", "--sessions", "6", "--mix", "idle=1,scrolling=2,browsing=1,opening=1,searching=1",
		"--rate", "400", "--settle", "0s", "--duration", "250ms", "--patience", "10s",
	}, args...)
	err := run(t.Context(), args, &stdout, &stderr)
	var r report
	if stdout.Len() > 0 {
		if wrong := json.Unmarshal(stdout.Bytes(), &r); wrong != nil {
			t.Fatalf("%v in %s", wrong, &stdout)
		}
	}
	return r, stderr.String(), err
}

func TestLoad(t *testing.T) {
	b := serve(t, healthy)
	r, stderr, err := sshload(t, b.addr, "--check", "6", "--expect-post", "of a post")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if r.Connect.Connected != 6 || r.Connect.FirstPaint.N != 6 || r.Checked != 6 {
		t.Errorf("of 6 sessions %d were connected, %d painted, %d checked", r.Connect.Connected, r.Connect.FirstPaint.N, r.Checked)
	}
	if r.Keys.Sent != 100 || r.Keys.Unanswered+r.Keys.Wrong != 0 {
		t.Errorf("%d keys were sent in 250 ms at 400 a second, %d not answered, %d wrongly", r.Keys.Sent, r.Keys.Unanswered, r.Keys.Wrong)
	}
	var kinds []string
	var answered uint64
	for _, k := range r.Keys.Kinds {
		kinds = append(kinds, k.Kind)
		answered += k.ToPaint.N
		if k.BytesPerKey < 20 || k.BytesPerKey > 60 {
			t.Errorf("a %s key brought %.0f bytes", k.Kind, k.BytesPerKey)
		}
	}
	if got, want := strings.Join(kinds, " "), "select turn page open back line down line up page down page up search escape"; got != want {
		t.Errorf("kinds of keys: %s, want %s", got, want)
	}
	if answered != 100 {
		t.Errorf("%d answers to 100 keys", answered)
	}
}

func TestTable(t *testing.T) {
	b := serve(t, healthy)
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{b.addr, "--sessions", "2", "--settle", "0s", "--duration", "50ms", "--mix", "browsing=1"}, &stdout, &stderr); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	for _, want := range []string{"2 sessions of 80x24", "connect to first paint", "key to paint", "  select", "connects", "0 failed"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &stdout)
		}
	}
}

// What is not a blog's answer is no fast answer.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  fault
		args   []string
		stderr string // of the program
		report string // among the problems
	}{
		{"mute", mute, []string{"--mix", "browsing=1"}, "keys had no answer", `select key "j": no answer`},
		{"stuck", stuck, []string{"--mix", "browsing=1"}, "a wrong one", `select key "j": a wrong answer: the screen begins with "PAGE 1"`},
		{"never opens", stuck, []string{"--mix", "opening=1", "--expect-post", "of a post"}, "a wrong one", `open key "\r": a wrong answer`},
		{"foreign", foreign, nil, `the screen begins with "login:"`, ""},
		{"foreign, without a witness", foreign, []string{"--check", "0"}, "the first screen is not the blog's", ""},
		{"rude", rude, []string{"--mix", "browsing=1"}, "not all was well", "the server ended the session: no more reading today"},
		{"refusing", refusing, nil, "the server refused a shell", ""},
		{"silent", silent, nil, "logging in", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := serve(t, c.fault)
			r, stderr, err := sshload(t, b.addr, append([]string{"--patience", "300ms", "--quiet"}, c.args...)...)
			if err == nil || !told(stderr, c.stderr) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("got %v and %q, want one line with %q", err, stderr, c.stderr)
			}
			if !told(fmt.Sprint(r.Problems), c.report) {
				t.Errorf("the problems are %v, want %q", r.Problems, c.report)
			}
			if c.report != "" && r.Keys.ToPaint.N > 0 && c.fault == mute && r.Keys.ToPaint.P50 < 300 {
				t.Errorf("keys without an answer count as answered in %v ms", r.Keys.ToPaint.P50)
			}
		})
	}
}

// SIGHUP ends a process that is no server.
func TestOnlyServersAreReloaded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	b := serve(t, healthy)
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	_, stderr, err := sshload(t, b.addr, "--pid", fmt.Sprint(other.Process.Pid), "--reload", "what is new")
	if err == nil || !told(stderr, "listens at no TCP port") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("got %v and %q", err, stderr)
	}
}

func TestSources(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets all of 127.0.0.0/8 be bound")
	}
	b := serve(t, healthy)
	if _, stderr, err := sshload(t, b.addr, "--per-source", "2", "--source-range", "127.9.0.0/24"); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if connections, addresses := b.seen(); connections != 6 || addresses != 3 {
		t.Errorf("%d connections came from %d addresses, want 6 from 3", connections, addresses)
	}
	_, stderr, err := sshload(t, b.addr, "--source-range", "127.9.0.0/24", "--sessions", "1")
	if err != nil {
		t.Errorf("one session: %v: %s", err, stderr)
	}
}

func TestOnlyOwnServers(t *testing.T) {
	// Nobody is there (RFC 5737), and nobody is asked.
	_, stderr, err := sshload(t, "192.0.2.1:22")
	if err == nil || !told(stderr, "--yes-this-is-mine") {
		t.Errorf("got %v and %q", err, stderr)
	}
	at, err := resolve(t.Context(), "192.0.2.1:22", true)
	if err != nil || at.String() != "192.0.2.1:22" {
		t.Errorf("one's own server: got %v, %v", at, err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--sessions 0", "setting sessions: 0: want a number from 1"},
		{"--rate 0", "setting rate"},
		{"--rate nan", "setting rate"},
		{"--ramp -1", "setting ramp"},
		{"--parallel 0", "setting parallel"},
		{"--duration 2h", "setting duration"},
		{"--duration soon", "duration"},
		{"--patience 0s", "setting patience"},
		{"--size 80", "want columns and rows"},
		{"--size 80x2", "want columns and rows"},
		{"--mix reading=1", "want shares such as"},
		{"--mix idle=0", "at least one share above 0"},
		{"--source-range 127.0.0.1/8", "want an IPv4 range"},
		{"--posts 0", "setting posts"},
		{"--search é", "setting search"},
		{"--burst -1", "setting burst"},
		{"--check -1", "setting check"},
		{"--expect=", "setting expect"},
		{"--reload x", "setting reload: needs --pid"},
		{"--pid 999999999", "setting pid: there is no process"},
		{"--no-such", "unknown flag"},
	} {
		_, stderr, err := sshload(t, "127.0.0.1:1", strings.Fields(c.args)...)
		if err == nil || !told(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: got %v and %q, want one line with %q", c.args, err, stderr, c.want)
		}
	}
	for _, target := range []string{"localhost", "localhost:nowhere", "127.0.0.1:1"} {
		if _, stderr, err := sshload(t, target); err == nil || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: got %v and %q", target, err, stderr)
		}
	}
}

// A burst, a reload, and what a process spends: here the test's own.
func TestServerIsMeasured(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	b := serve(t, healthy)
	reloads := make(chan os.Signal, 1)
	signal.Notify(reloads, syscall.SIGHUP)
	defer signal.Stop(reloads)
	go func() {
		<-reloads
		b.tell("what is new")
	}()
	r, stderr, err := sshload(t, b.addr, "--pid", fmt.Sprint(os.Getpid()), "--burst", "5000", "--reload", "what is new")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if s := r.Server; s == nil || s.PID != os.Getpid() || s.Memory <= 0 || s.Threads <= 0 || s.FDs < 12 || s.Metric == "" {
		t.Errorf("the server spent %+v", s)
	}
	if r.Burst == nil || r.Burst.Keys != 5000 {
		t.Errorf("the burst: %+v", r.Burst)
	}
	if r.Reload == nil || r.Reload.Count != 6 {
		t.Errorf("the reload: %+v", r.Reload)
	}
}

var portPattern = regexp.MustCompile(`ssh -p (\d+)`)

// The blog that this program was made for.
func TestSSHBlog(t *testing.T) {
	if testing.Short() {
		t.Skip("builds sshblog")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "sshblog")
	if out, err := exec.Command("go", "build", "-o", program, "../sshblog").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	posts := filepath.Join(dir, "posts")
	if err := os.Mkdir(posts, 0o750); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		text := fmt.Sprintf("---\ntitle: Post %d\ndate: 2026-01-%02d\n---\nIt begins here.\n\n%s", i, i+1, strings.Repeat("One more paragraph to read.\n\n", 60))
		if err := os.WriteFile(filepath.Join(posts, fmt.Sprintf("post-%02d.md", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--posts", posts, "--hostkeys", filepath.Join(dir, "keys"))
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	greeting := make([]byte, 200)
	n, err := stdout.Read(greeting)
	port := portPattern.FindSubmatch(greeting[:n])
	if err != nil || port == nil {
		t.Fatalf("the server said %q: %v", greeting[:n], err)
	}
	r, stderr, err := sshload(t, "127.0.0.1:"+string(port[1]), "--sessions", "12", "--mix", "idle=1,scrolling=2,browsing=2,opening=1", "--check", "12",
		"--expect-post", "It begins here", "--pid", fmt.Sprint(server.Process.Pid), "--burst", "2000", "--per-source", "3", "--patience", "20s")
	if err != nil {
		t.Fatalf("%v: %s\n%+v", err, stderr, r.Problems)
	}
	if r.Connect.Connected != 12 || r.Keys.Sent != 100 {
		t.Errorf("%d sessions were connected and %d keys sent, want 12 and 100", r.Connect.Connected, r.Keys.Sent)
	}
}
