//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// opsAddress is where the server's ops listener is, which it was started with.
func (s *server) opsAddress() string {
	s.t.Helper()
	s.logged("serving health and metrics")
	return opsPattern.FindStringSubmatch(s.log.String())[1]
}

// reload runs the subcommand with environment and arguments of the test's.
func reload(t *testing.T, env []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	return subcommand(t, env, "reload", args...)
}

func subcommand(t *testing.T, env []string, name string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(quickProgram(t), append([]string{name}, args...)...)
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &log, append(os.Environ(), env...)
	_ = cmd.Run() // its status says so
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

func TestReloadCommand(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0", "--drain", "1h")
	env := []string{"SSHBLOG_OPS=" + s.opsAddress(), "SSHBLOG_TITLE=of the server's settings"}
	s.write("hello.md", postText(4, "Hello"))
	s.write("post-01.md", postText(1, "Another"))
	s.write("broken.md", "---\ntitle: [\n---\nText.\n")
	if err := os.Remove(s.posts + "/post-02.md"); err != nil {
		t.Fatal(err)
	}
	out, log, status := reload(t, env)
	want := "1 new post, 1 changed, 1 removed; 1 problem\nnew: hello\nchanged: post-01\nremoved: post-02\nbroken.md:2: "
	if status != 0 || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 5 || log != "" {
		t.Errorf("%d, %q, %q; want %q", status, out, log, want)
	}

	file := s.posts + "/../settings.yaml"
	if err := os.WriteFile(file, []byte("ops: "+s.opsAddress()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, log, status = reload(t, nil, "--config", file, "--json")
	var r reloadResult
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != 0 || log != "" {
		t.Fatalf("%d, %v, %s, %s", status, err, out, log)
	}
	if r.Result != "nothing changed; 1 problem" || r.Changed.Added == nil || len(r.Changed.Added) != 0 || len(r.Problems) != 1 || r.Problems[0].Path != "broken.md" || r.Problems[0].Line != 2 {
		t.Errorf("%+v", r)
	}

	// A failure leaves everything as it is.
	if err := os.Rename(s.posts, s.posts+".away"); err != nil {
		t.Fatal(err)
	}
	out, log, status = reload(t, env)
	if status != 1 || out != "" || !strings.HasPrefix(log, "sshblog: not reloaded: reading the posts folder again: ") || strings.Count(log, "\n") != 1 {
		t.Errorf("without the folder: %d, %q, %q", status, out, log)
	}
	out, _, status = reload(t, env, "--json")
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != 1 || !strings.Contains(r.Error, "no such file") {
		t.Errorf("without the folder: %d, %v, %s", status, err, out)
	}
	s.metric(`sshblog_reloads_total{result="failed"} 2`)

	// While it stops, nothing is reloaded.
	p := s.connect(80, 24, s.ssh())
	p.sees("Hello")
	s.signal(syscall.SIGTERM)
	p.sees("The server restarts")
	if _, log, status = reload(t, env); status != 1 || log != "sshblog: not reloaded: the server is stopping; the next start reads the posts\n" {
		t.Errorf("while it stops: %d, %q", status, log)
	}
	p.types("q")
	p.leaves()
}

func TestNobodyToAskForAReload(t *testing.T) {
	t.Parallel()
	readers := serveBlog(t, 1)
	malformed := net.JoinHostPort("127.0.0.1", readers.port)
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprint(w, "short \x1b[31mand stout\nand more")
	}))
	defer stranger.Close()
	address := strings.TrimPrefix(stranger.URL, "http://")
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "setting ops: it is off, so the server cannot be asked; set it for serve and for reload, as in 127.0.0.1:9222, or send the server SIGHUP"},
		{[]string{"--ops", "127.0.0.1:1"}, "no answer from 127.0.0.1:1, where setting ops says that the server is asked: "},
		{[]string{"--ops", address}, address + ", where setting ops says that the server is asked, answers 418 I'm a teapot: short "},
		{[]string{"--config", "/nowhere/sshblog.yaml"}, "setting config: open /nowhere/sshblog.yaml"},
		{[]string{"--ops", malformed}, "no answer from " + malformed + ", where setting ops says that the server is asked: "},
	} {
		_, log, status := reload(t, nil, test.args...)
		if status != 1 || !strings.HasPrefix(log, "sshblog: "+test.want) || strings.Count(log, "\n") != 1 || strings.ContainsRune(log, '\x1b') {
			t.Errorf("%q: %d, %q", test.args, status, log)
		}
		out, _, status := reload(t, nil, append(test.args, "--json")...)
		if r := (reloadResult{}); status != 1 || json.Unmarshal([]byte(out), &r) != nil || !strings.HasPrefix(r.Error, test.want) || r.Problems == nil {
			t.Errorf("%q as JSON: %d, %q", test.args, status, out)
		}
		out, _, status = subcommand(t, nil, "upgrade", append(test.args, "--json")...)
		if r := (upgradeResult{}); status != 1 || json.Unmarshal([]byte(out), &r) != nil || strings.Contains(out, `"pid"`) || !strings.HasPrefix(r.Error, strings.Replace(strings.Replace(test.want, "for reload", "for upgrade", 1), "SIGHUP", "SIGUSR2", 1)) {
			t.Errorf("upgrade %q as JSON: %d, %q", test.args, status, out)
		}
		if slices.Contains(test.args, malformed) && !strings.Contains(log, "perhaps that of readers; set") {
			t.Errorf("at the port of readers: %q", log)
		}
	}
}

func TestReloadAnswers(t *testing.T) {
	t.Parallel()
	var p program
	if status, answer := p.answerReload(t.Context()); status != http.StatusConflict || answer.(*reloadResult).Error != errStarting.Error() {
		t.Errorf("at the start: %d, %+v", status, answer)
	}
	many := slices.Repeat([]string{"a\u202eb"}, maxProblems+3)
	problems := slices.Repeat([]post.Problem{{Path: "x\x1b[2J.md", What: "wrong\x9b2J"}}, maxProblems+4)
	report := reloadReport{Report: library.Report{Changes: library.Changes{Added: many}, Problems: append(problems, post.Problem{Severity: post.Notice})}}
	p.reloads.start(func(scope) (reloadReport, error) { return report, nil })
	status, answer := p.answerReload(t.Context())
	text, err := json.Marshal(answer)
	if err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	r := answer.(*reloadResult)
	if len(r.Changed.Added) != maxProblems || len(r.Problems) != maxProblems || r.Omitted != 3+4 || report.Added[0] != many[0] {
		t.Errorf("%d posts, %d problems, %d omitted", len(r.Changed.Added), len(r.Problems), r.Omitted)
	}
	if strings.ContainsAny(string(text), "\x1b\u009b\u202e") || strings.Contains(string(text), `\u001b`) {
		t.Errorf("not clean: %.200q", text)
	}
	var shown strings.Builder
	if err := r.print(&shown); err != nil || !strings.HasSuffix(shown.String(), "\nand 7 more\n") || strings.ContainsAny(shown.String(), "\x1b\u009b\u202e") {
		t.Errorf("%v: %.200q", err, shown.String())
	}
	p.reloads.start(func(scope) (reloadReport, error) { return report, keysError{errors.New("bad"), "host keys"} })
	status, answer = p.answerReload(t.Context())
	if r := answer.(*reloadResult); status != http.StatusInternalServerError || !strings.HasSuffix(r.Error, "not the host keys: bad") || r.Result == "" || len(r.Problems) == 0 {
		t.Errorf("with bad host keys: %d, %+.200v", status, r)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	p.reloads.start(func(scope) (reloadReport, error) { <-t.Context().Done(); return report, nil })
	if status, _ := p.answerReload(gone); status != http.StatusServiceUnavailable {
		t.Errorf("one that hangs: %d", status)
	}
}

// What the lists of answers take while they are sent, to clients that may not read, is taken from
// what sessions may have. Where there is none, the answer has only the result.
func TestReloadAnswersTakeMemory(t *testing.T) {
	t.Parallel()
	p := program{}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 3 << 20})
	p.health.answers.Store(account)
	report := reloadReport{Report: library.Report{Changes: library.Changes{Added: slices.Repeat([]string{strings.Repeat("\xff", 50)}, maxProblems+5)}}}
	report.Problems = slices.Repeat([]post.Problem{{Path: strings.Repeat(`"`, 50), What: strings.Repeat("\u2028", 20)}}, maxProblems)
	p.reloads.start(func(scope) (reloadReport, error) { return report, nil })
	var sent []*reloadResult
	for range 10 {
		_, answer := p.answerReload(t.Context())
		r := answer.(*reloadResult)
		text, err := json.Marshal(r)
		if err != nil || r.Result == "" || r.Omitted+len(r.Changed.Added)+len(r.Problems) != 2*maxProblems+5 {
			t.Fatalf("%v: %d omitted of %d and %d: %.200s", err, r.Omitted, len(r.Changed.Added), len(r.Problems), text)
		}
		takes := len(text)
		for _, post := range r.Changed.Added {
			takes += len(post) + 16
		}
		for _, problem := range r.Problems {
			takes += len(problem.Path) + len(problem.What) + 56
		}
		if len(r.Problems) == 0 {
			if r.held != 0 || len(sent) == 0 {
				t.Errorf("%d bytes are taken for nothing, after %d answers", r.held, len(sent))
			}
			continue
		}
		if int64(takes) > r.held {
			t.Errorf("an answer takes %d bytes, and %d are taken for it", takes, r.held)
		}
		sent = append(sent, r)
	}
	if len(sent) == 10 {
		t.Error("all have lists, whatever they take")
	}
	for _, r := range sent {
		r.Sent()
	}
	if n := account.Taken().Bytes; n != 0 {
		t.Errorf("%d bytes are not given back", n)
	}
}
