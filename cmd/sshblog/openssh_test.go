//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// person reads with the real OpenSSH client in a real pseudo terminal; what
// the terminal shows is known by a terminal emulator.
type person struct {
	t    testing.TB
	tty  *os.File
	cmd  *exec.Cmd
	done chan error

	mu     sync.Mutex
	all    []byte // that the client has written
	term   *vt.Emulator
	resize func() // to do when the first frame of the new size begins
	held   []byte // what came since, until that frame begins
}

// wholeFrame is how a frame begins that does not rely on an earlier one.
const wholeFrame = "\x1b[m\x1b[H\x1b[2J"

// ssh is the real client's command line for a server.
func (s *server) ssh(args ...string) *exec.Cmd {
	s.t.Helper()
	return exec.Command("ssh", append([]string{
		"-F", "none", "-p", s.port,
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"-o", "IdentityAgent=none", "-o", "BatchMode=yes", "reader@127.0.0.1",
	}, args...)...)
}

// connect starts a session in a window of the given size.
func (s *server) connect(cols, rows uint16, cmd *exec.Cmd) *person {
	s.t.Helper()
	p := &person{t: s.t, cmd: cmd, term: vt.NewEmulator(int(cols), int(rows)), done: make(chan error, 1)}
	if p.cmd.Env == nil {
		p.cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	}
	tty, err := pty.StartWithSize(p.cmd, &pty.Winsize{Cols: cols, Rows: rows})
	if err != nil {
		s.t.Fatalf("the OpenSSH client is needed for this test: %v", err)
	}
	p.tty = tty
	go func() { _, _ = io.Copy(tty, p.term) }() // the terminal's answers
	go p.watch()
	s.t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = tty.Close() })
	return p
}

// watch gives the emulator what the client writes, until it ends.
func (p *person) watch() {
	buf := make([]byte, 32<<10)
	for {
		n, err := p.tty.Read(buf)
		p.mu.Lock()
		p.shows(buf[:n])
		p.mu.Unlock()
		if err != nil {
			p.done <- p.cmd.Wait()
			return
		}
	}
}

// shows writes to the emulator. Frames that were under way when the window
// changed go to a window of the old size: a terminal clips them to the new one,
// but the emulator panics on scroll margins beyond its last row.
func (p *person) shows(out []byte) {
	p.all = append(p.all, out...)
	if p.resize != nil {
		p.held = append(p.held, out...)
		before, _, whole := bytes.Cut(p.held, []byte(wholeFrame))
		if !whole {
			return
		}
		_, _ = p.term.Write(before)
		p.resize()
		out = p.held[len(before):]
		p.resize, p.held = nil, nil
	}
	_, _ = p.term.Write(out)
}

func (p *person) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.term.String()
}

func (p *person) written() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// sees waits until the screen shows all texts.
func (p *person) sees(texts ...string) {
	p.t.Helper()
	eventually(p.t, func() bool {
		screen := p.screen()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	}, "the screen does not come to show %q:\n%v", texts, stringer(p.screen))
}

// stringer formats a value when it is needed.
type stringer func() string

func (s stringer) String() string { return s() }

func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := p.tty.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// resizes changes the window and waits for the first frame of its new size.
func (p *person) resizes(cols, rows uint16) {
	p.t.Helper()
	p.mu.Lock()
	p.resize = func() { p.term.Resize(int(cols), int(rows)) }
	p.mu.Unlock()
	if err := pty.Setsize(p.tty, &pty.Winsize{Cols: cols, Rows: rows}); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.resize == nil
	}, "the screen is not drawn again for %d×%d", cols, rows)
}

// leaves waits for the client's end and returns its exit status.
func (p *person) leaves() int {
	p.t.Helper()
	var exit *exec.ExitError
	select {
	case err := <-p.done:
		if err != nil && !errors.As(err, &exit) {
			p.t.Fatal(err)
		}
	case <-time.After(5 * patience): // a long paste is on its way for as long as the server takes
		p.t.Fatalf("the client does not end; its screen:\n%s", p.screen())
	}
	return p.cmd.ProcessState.ExitCode()
}

const (
	enter = "\r"
	esc   = "\x1b"
	right = "\x1b[C"
)

// What is pasted comes in packets of less than 4 KB. It is taken, and whoever pastes more
// than a session may send is told so.
func TestLongPastes(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3)
	p := s.connect(80, 24, s.ssh("-tt"))
	p.sees("The Night Shift")
	p.types(strings.Repeat("jjjjkkkkjjkkjkjk", 1500<<10/16))
	p.types("q")
	if status := p.leaves(); status != 0 {
		t.Errorf("after a paste of 1500 KiB the client exits with %d", status)
	}
	s.logged("reason=quit")
	p = s.connect(80, 24, s.ssh("-tt"))
	p.sees("The Night Shift")
	go func() { _, _ = p.tty.WriteString(strings.Repeat("jjjjkkkkjjkkjkjk", 4<<20/16)) }() // ends when the client does
	if status := p.leaves(); status != 1 || !bytes.Contains(p.written(), []byte("Closed: this session has sent too much.")) {
		t.Errorf("after a paste of 4 MiB the client exits with %d", status)
	}
	s.logged("reason=input_limit")
}

// A client that is told to exchange keys often reads on, as does one that does it after
// nearly every packet.
func TestFrequentRekeying(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	for _, limit := range []string{"16K", "16"} {
		p := s.connect(80, 24, s.ssh("-tt", "-o", "RekeyLimit="+limit))
		p.sees("The Night Shift", "PAGE 1 / 3")
		for range 12 {
			p.types(right)
			p.sees("PAGE 2 / 3")
			p.types("h")
			p.sees("PAGE 1 / 3")
		}
		p.types("q")
		if status := p.leaves(); status != 0 {
			t.Errorf("with RekeyLimit=%s the client exits with %d", limit, status)
		}
	}
	eventually(t, func() bool { return strings.Count(s.log.String(), "reason=quit") == 2 }, "two sessions that quit are not logged:\n%s", &s.log)
	if s.log.holds("flood") {
		t.Errorf("logged:\n%s", &s.log)
	}
}

func TestReadWithOpenSSH(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	p := s.connect(80, 24, s.ssh())
	p.sees("The Night Shift", "20 posts so far", "PAGE 1 / 3 · 20 POSTS", "▌ Post number 20")
	p.types(right)
	p.sees("PAGE 2 / 3", "▌ Post number 12")
	p.types("j" + enter)
	p.sees("The text of Post number 11", "min left")
	p.resizes(50, 12)
	p.sees("The text of Post number 11")
	p.types("G")
	p.sees("100%")
	p.resizes(120, 40)
	p.types(esc)
	p.sees("PAGE 2 / 3", "▌ Post number 11")
	p.types("c")
	p.sees("Categories", "7 articles")
	p.types("jj" + enter)
	p.sees("CI/CD", "PAGE 1 / 1")
	p.types("q")
	if status := p.leaves(); status != 0 {
		t.Errorf("the client exits with %d", status)
	}
	if p.mu.Lock(); p.term.IsAltScreen() {
		t.Error("the client is left on the alternate screen")
	}
	p.mu.Unlock()
	s.logged("reason=quit")
}

func TestReloadUnderAReader(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	p := s.connect(80, 24, s.ssh())
	p.sees("▌ Post number 20")
	p.types("jj")
	p.sees("▌ Post number 18")
	s.write("new.md", postText(25, "A brand new post"))
	s.signal(syscall.SIGHUP)
	p.sees("1 new post", "21 POSTS", "▌ Post number 18", "A brand new post")

	// A post that breaks while it is read stays as it was, and the author is
	// told where it is broken.
	p.types(enter)
	p.sees("The text of Post number 18")
	s.write("post-18.md", "---\ntitle: [\n---\nBroken.\n")
	s.reload("post-18.md")
	p.sees("The text of Post number 18")
	p.types(esc)
	p.sees("▌ Post number 18", "21 POSTS")

	// A post that is deleted while it is read stays readable.
	p.types(enter)
	p.sees("The text of Post number 18")
	if err := os.Remove(filepath.Join(s.posts, "post-18.md")); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	p.sees("this post has been removed", "The text of Post number 18")

	// The folder vanishes: everything stays.
	if err := os.Rename(s.posts, s.posts+".away"); err != nil {
		t.Fatal(err)
	}
	s.reload("reload failed")
	p.types(esc)
	p.sees("20 POSTS")
}

func TestDrainTellsReaders(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--drain", "10s")
	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	s.signal(syscall.SIGTERM)
	p.sees("The server restarts in 10s")
	p.types("q")
	if status := p.leaves(); status != 0 {
		t.Errorf("the client exits with %d", status)
	}
	if status := s.ended(); status != 0 {
		t.Errorf("the server exits with %d", status)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--drain", "1h")
	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	s.signal(syscall.SIGTERM)
	p.sees("The server restarts")
	s.signal(syscall.SIGTERM)
	if status := s.ended(); status != 0 {
		t.Errorf("the server exits with %d", status)
	}
	p.leaves()
	if out := string(p.written()); strings.LastIndex(out, "\x1b[?1049l") < strings.LastIndex(out, "\x1b[?1049h") || strings.LastIndex(out, "\x1b[?25h") < strings.LastIndex(out, "\x1b[?25l") {
		t.Errorf("the reader's terminal is left as the blog had it: it ends with %q", out[max(0, len(out)-200):])
	}
}

func TestFingerprintSurvivesAKill(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	key := func() string {
		out, err := exec.Command("ssh-keyscan", "-p", s.port, "127.0.0.1").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out[strings.LastIndexByte(strings.TrimSpace(string(out)), ' '):])
	}
	before := key()
	s.signal(syscall.SIGKILL)
	s.ended()
	s.start(s.cmd.Args...)
	if after := key(); before != after || before == "" {
		t.Errorf("the host key was %q and is %q", before, after)
	}
}

func TestWithoutATerminal(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3)
	cmd := s.ssh()
	out, err := cmd.Output() // standard input is /dev/null
	if err != nil || !strings.Contains(string(out), "2026-01-03\tpost-03\tPost number 3\n") || strings.Contains(string(out), "\x1b") {
		t.Errorf("without a terminal it says %q, %v", out, err)
	}
	cmd = s.ssh("some-command")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(stderr.String(), "there is no command some-command;") {
		t.Errorf("a command gives %v and %q, want exit status 2", err, stderr.String())
	}
}

// A terminal whose window is closed while the connection stays, as OpenSSH's
// ControlMaster does, leaves nothing running on the server.
func TestControlMasterWindowCloses(t *testing.T) {
	s := serveBlog(t, 3)
	socket := filepath.Join(t.TempDir(), "mux")
	master := s.ssh()
	master.Args = append([]string{"ssh", "-M", "-S", socket}, master.Args[1:]...)
	first := s.connect(80, 24, master)
	first.sees("PAGE 1 / 1")
	second := s.ssh()
	second.Args = append([]string{"ssh", "-S", socket}, second.Args[1:]...)
	window := s.connect(80, 24, second)
	window.sees("PAGE 1 / 1")
	_ = window.cmd.Process.Signal(syscall.SIGHUP) // as when its terminal is closed
	// The master tells the server when it next has something to do after it has
	// noticed.
	eventually(t, func() bool {
		first.types("jk")
		return strings.Contains(s.log.String(), "session ended")
	}, "the server is not told of the closed window")
	const watch = 500 * time.Millisecond
	least := watch
	for n := 0; n < 5 && least > watch/2; n++ { // there may be something to do right after the end
		before := cpuOf(t, s.cmd.Process.Pid)
		time.Sleep(watch) // what is measured is this time: a spinning session uses all of it
		least = min(least, cpuOf(t, s.cmd.Process.Pid)-before)
	}
	if least > watch/2 {
		t.Errorf("the server used %s of CPU in each %s after a window was closed", least, watch)
	}
	first.types("q")
	first.leaves()
}
