package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sshload runs the program against a blog, for a moment, and returns its
// report and what it told on stderr.
func sshload(t *testing.T, target string, args ...string) (report, string, error) {
	t.Helper()
	return sshloadUntil(t.Context(), t, target, args...)
}

// sshloadUntil is sshload that is interrupted when ctx ends.
func sshloadUntil(ctx context.Context, t *testing.T, target string, args ...string) (report, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{
		target, "--json", "--sessions", "6", "--mix", "idle=1,scrolling=2,browsing=1,opening=1,searching=1",
		"--rate", "400", "--settle", "0s", "--duration", "250ms", "--patience", "10s",
	}, args...)
	err := run(ctx, args, &stdout, &stderr)
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
	if r.Connect.Connected != 6 || r.Connect.FirstPaint.N != 6 || r.Checked != 5 {
		t.Errorf("of 6 sessions, of which one is idle, %d were connected, %d painted, %d checked", r.Connect.Connected, r.Connect.FirstPaint.N, r.Checked)
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
		{"foreign", foreign, []string{"--mix", "browsing=1"}, `the screen begins with "login:"`, ""},
		{"foreign, without a witness", foreign, []string{"--check", "0"}, "the first screen is not the blog's", ""},
		{"rude", rude, []string{"--mix", "browsing=1"}, "not all was well", "the server ended the session: no more reading today"},
		{"refusing", refusing, nil, "asking for a shell: the server refused one", ""},
		{"silent", silent, nil, "logging in: no answer in 2s", ""},
		{"deaf", deaf, nil, "opening a session: no answer in 2s", ""},
		{"shy", shy, nil, "asking for a shell: no answer in 2s", ""},
		{"rude in a burst", rude, []string{"--mix", "idle=1", "--burst", "3000000"}, "not all was well", "before it had all keys of the burst, the server ended the session: no more reading today"},
		{"sick after a burst", sick, []string{"--mix", "idle=1", "--burst", "10"}, "not all was well", "during the burst the server ended the session: exit status 3"},
		{"stuck among idle ones", stuck, []string{"--mix", "idle=5,browsing=1", "--check", "1"}, "a wrong one", `select key "j": a wrong answer`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := serve(t, c.fault)
			r, stderr, err := sshload(t, b.addr, append([]string{"--patience", "2s", "--quiet"}, c.args...)...)
			if err == nil || !told(stderr, c.stderr) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("got %v and %q, want one line with %q", err, stderr, c.stderr)
			}
			if !told(fmt.Sprint(r.Problems), c.report) {
				t.Errorf("the problems are %v, want %q", r.Problems, c.report)
			}
			if c.report != "" && r.Keys.ToPaint.N > 0 && c.fault == mute && r.Keys.ToPaint.P50 < 2000 {
				t.Errorf("keys without an answer count as answered in %v ms", r.Keys.ToPaint.P50)
			}
		})
	}
}

// Every key counts: those that a dead session was to answer, and those that
// were not sent since one before them was given up.
func TestLostKeysTakeAllPatience(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault
	}{{"rude", rude}, {"tardy", tardy}} {
		t.Run(c.name, func(t *testing.T) {
			b := serve(t, c.fault)
			r, _, err := sshload(t, b.addr, "--sessions", "1", "--mix", "browsing=1", "--check", "0", "--rate", "100", "--duration", "4s", "--patience", "2s")
			if err == nil || r.Keys.Sent != 400 || r.Keys.ToPaint.N != 400 || r.Keys.Unanswered < 397 {
				t.Errorf("got %v: of %d keys %d were counted and %d not answered", err, r.Keys.Sent, r.Keys.ToPaint.N, r.Keys.Unanswered)
			}
			if r.Keys.ToPaint.P50 < 1995 {
				t.Errorf("keys without an answer count as answered in %v ms", r.Keys.ToPaint.P50)
			}
			if len(r.Keys.Kinds) != 2 || b.keys() > 3 {
				t.Errorf("the report has the kinds %+v, and %d keys were sent", r.Keys.Kinds, b.keys())
			}
		})
	}
}

// Where the screen is seen, an answer has come when it is right.
func TestRightScreenIsTimed(t *testing.T) {
	b := serve(t, slow)
	r, stderr, err := sshload(t, b.addr, "--sessions", "1", "--mix", "browsing=1", "--rate", "4", "--duration", "500ms")
	if err != nil || r.Keys.ToPaint.N != 2 || r.Keys.ToPaint.P50 < millis(delay) {
		t.Errorf("got %v and %q: keys took %+v, want %v at least", err, stderr, r.Keys.ToPaint, delay)
	}
}

func TestIdleSessionsAreFollowedIfThereAreNoOthers(t *testing.T) {
	b := serve(t, healthy)
	for mix, want := range map[string]int{"idle=1": 3, "idle=5,browsing=1": 1} {
		r, stderr, err := sshload(t, b.addr, "--check", "3", "--mix", mix)
		if err != nil || r.Checked != want {
			t.Errorf("%s: %v and %q: %d sessions were followed, want %d", mix, err, stderr, r.Checked, want)
		}
	}
}

// Whatever a server does not do, an interrupt ends the load at once, and what
// has been measured is told.
func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault
		args  []string
		phase string
		under func(*blog) bool // way
	}{
		{"silent", silent, nil, "connecting", (*blog).busy},
		{"deaf", deaf, nil, "connecting", (*blog).busy},
		{"shy", shy, nil, "connecting", (*blog).busy},
		{"full", full, []string{"--mix", "idle=1", "--burst", "3000000"}, "a burst", func(b *blog) bool { n, _ := b.seen(); return n == 7 }},
		{"mute", mute, []string{"--mix", "opening=1"}, "going to their places", func(b *blog) bool { return b.keys() > 0 }},
		{"healthy", healthy, []string{"--mix", "browsing=1"}, "reading", func(b *blog) bool { return b.keys() > 20 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := serve(t, c.fault)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			var since time.Time
			go func() {
				for !c.under(b) && ctx.Err() == nil {
					time.Sleep(5 * time.Millisecond)
				}
				time.Sleep(100 * time.Millisecond) // into what is never answered
				since = time.Now()
				interrupt()
			}()
			duration := "1m"
			if c.fault == full {
				duration = "1ms"
			}
			r, stderr, err := sshloadUntil(ctx, t, b.addr, append([]string{"--patience", "1m", "--quiet", "--duration", duration}, c.args...)...)
			if took := time.Since(since); ctx.Err() == nil || took > 10*time.Second {
				t.Errorf("it ended %v after the interrupt", took)
			}
			if err == nil || !told(stderr, `interrupted at "`+c.phase+`"`) || strings.Count(stderr, "\n") != 1 || r.Interrupted != c.phase {
				t.Errorf("got %v, %q and %q, want %q", err, stderr, r.Interrupted, c.phase)
			}
			if len(r.Problems) > 0 || r.Connect.Failed > 0 || r.Keys.Unanswered > 0 {
				t.Errorf("the interrupt is taken for the server's fault: %v, %d connects failed, %d keys without an answer", r.Problems, r.Connect.Failed, r.Keys.Unanswered)
			}
			if c.phase == "reading" && (r.Connect.FirstPaint.N != 6 || r.Keys.ToPaint.N < 20) {
				t.Errorf("the report has %d first screens and %d keys, want 6 and 20 or more", r.Connect.FirstPaint.N, r.Keys.ToPaint.N)
			}
		})
	}
}

// A burst has a limit of its own.
func TestBurstIsLimited(t *testing.T) {
	b := serve(t, full)
	s := defaultSettings()
	s.Target, s.Sessions, s.Mix, s.Burst, s.Quiet = b.addr, 1, mix{idle: 1}, 3_000_000, true
	s.Settle, s.Duration = 0, time.Millisecond
	l, err := newLoader(t.Context(), *s, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	l.burstTime = 300 * time.Millisecond
	r, err := l.run(t.Context())
	if err != nil || r.Problems["the burst was not taken in 300ms"] != 1 {
		t.Errorf("got %v and the problems %v", err, r.Problems)
	}
}

func TestInterruptedTable(t *testing.T) {
	var out bytes.Buffer
	if err := (&report{Interrupted: "reading"}).writeTable(&out); err != nil || !told(out.String(), `at "reading"`) {
		t.Errorf("got %v and %s", err, &out)
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
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", program, "./cmd/sshblog").CombinedOutput(); err != nil {
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
