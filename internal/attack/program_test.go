//go:build linux

package attack

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	full = flag.Bool("full", false, "attack the limits that the program has by default, however long that takes")
	soak = flag.Duration("soak", 15*time.Second, "how long the soak lasts")
)

// patience is how long a test waits for what has to happen. It bounds a
// failure, not a success.
func patience() time.Duration {
	if *full {
		return 6 * time.Minute // the keepalive's five, and some
	}
	return time.Minute
}

// workshop is a folder for as long as the tests run. The programs are built into
// it when a test first needs them: the one that all attack, and one with bugs.
var (
	workshop   string
	executable = sync.OnceValues(func() (string, error) { return build(workshop, "sshblog", nil) })
	buggy      = sync.OnceValues(func() (string, error) {
		return build(workshop, "buggy", func() (map[string]string, error) { return plantBombs(workshop) })
	})
)

func TestMain(m *testing.M) {
	if role := os.Getenv(witnessRole); role != "" {
		if err := bearWitness(role, os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	var err error
	if workshop, err = os.MkdirTemp("", "sshblog-attack-"); err != nil {
		panic(err)
	}
	m.Run()
	endStanding()
	removeImages()
	_ = os.RemoveAll(workshop)
}

// build builds the program with testdata/probe.go as one more of its files, and
// with those that plant tells of, by their names in its folder.
func build(dir, name string, plant func() (map[string]string, error)) (string, error) {
	files := map[string]string{"probe_of_the_attack_tests.go": "testdata/probe.go"}
	if plant != nil {
		more, err := plant()
		if err != nil {
			return "", err
		}
		maps.Copy(files, more)
	}
	replace := make(map[string]string)
	for file, with := range files {
		as, err := filepath.Abs(filepath.Join("..", "..", "cmd", "sshblog", file))
		if err != nil {
			return "", err
		}
		if replace[as], err = filepath.Abs(with); err != nil {
			return "", err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, name+".json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	program := filepath.Join(dir, name)
	compiler := exec.Command("go", "build", "-overlay", file, "-o", program, "../../cmd/sshblog")
	compiler.Env = append(os.Environ(), "CGO_ENABLED=0") // as in the Dockerfile: an image has no libraries
	out, err := compiler.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
}

// program is the server, running.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd // the program, or the docker client that holds its output
	pid   int       // of the program, as this side sees it
	addr  string
	posts string        // their folder
	ended chan struct{} // closed when the program has ended
	stays int           // bytes that an attack may fill for good: caches of a fixed size
	files int           // descriptors that the program itself opens and closes now and then
	box   *box          // nil if the program runs beside the tests

	cleanup  func(func())  // has something done when nobody needs the program any more
	patience time.Duration // of those who want to read
	role     string        // what they do, if this is their process

	mu   sync.Mutex
	log  []string
	more chan struct{} // closed when the log grows
}

var portPattern = regexp.MustCompile(`ssh -p (\d+)`)

// start starts the program over a blog of 20 posts, with settings. What must
// come before it on its command line ("sh", "-c", …) is in front.
func start(t *testing.T, settings ...string) *program {
	t.Helper()
	return startBehind(t, nil, settings...)
}

func startBehind(t *testing.T, front []string, settings ...string) *program {
	t.Helper()
	return startBuilt(t, executable, front, settings...)
}

func startBuilt(t *testing.T, executable func() (string, error), front []string, settings ...string) *program {
	t.Helper()
	wanted(t)
	built, err := executable()
	if err != nil {
		t.Fatalf("building the program: %v", err)
	}
	dir := t.TempDir()
	posts := filepath.Join(dir, "posts")
	if err := writePosts(posts, twentyPosts()); err != nil {
		t.Fatal(err)
	}
	args := append(append([]string(nil), front...), built, "serve",
		"--listen", "127.0.0.1:0", "--posts", posts, "--hostkeys", filepath.Join(dir, "keys"))
	args = append(args, settings...)
	p := newProgram(t, args)
	p.posts = posts
	port := portPattern.FindStringSubmatch(p.launch())
	if port == nil {
		t.Fatalf("the program has no port; the last lines:\n%s", p.lastLines())
	}
	p.pid = p.cmd.Process.Pid
	p.addr = "127.0.0.1:" + port[1]
	return p
}

// wanted skips a test unless attacks were asked for.
func wanted(t *testing.T) {
	t.Helper()
	if os.Getenv("SSHBLOG_ATTACK") == "" || raceEnabled {
		t.Skip("attacks want the machine for themselves: see doc.go")
	}
}

// twentyPosts are a blog, by the names of its files.
func twentyPosts() map[string]string {
	posts := make(map[string]string)
	for i := range 20 {
		var text strings.Builder
		fmt.Fprintf(&text, "---\ntitle: Post number %d\ndate: 2026-01-%02d\n---\n", i+1, i+1)
		for j := range 100 {
			fmt.Fprintf(&text, "## Part %d\n\nParagraph %d of *many*, like `none` before: %x.\n\n", j, j, sha256.Sum256([]byte{byte(i), byte(j)}))
		}
		posts[fmt.Sprintf("post-%02d.md", i+1)] = text.String()
	}
	return posts
}

// writePosts makes a folder of posts that everybody may read, as those in an
// image are.
func writePosts(dir string, posts map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range posts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func newProgram(t *testing.T, args []string) *program {
	p := &program{t: t, cleanup: t.Cleanup, patience: patience(), cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{}), more: make(chan struct{})}
	p.cmd.Env = plainEnviron()
	return p
}

// launch runs the command, waits for the program's greeting and returns it. The
// command is killed when the test is over.
func (p *program) launch() (greeting string) {
	p.t.Helper()
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	logged := make(chan struct{})
	go func() { defer close(logged); p.collect(stderr) }()
	p.cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	if slices.Contains(p.cmd.Args, "json") {
		greeting = p.logged(1, `"msg":"serving"`)[0]
	} else {
		greeting, err = bufio.NewReader(stdout).ReadString('\n')
	}
	go func() {
		<-logged // Wait must come after all that is read
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	if err != nil {
		<-logged
		p.t.Fatalf("the program said %q: %v; the last lines:\n%s", greeting, err, p.lastLines())
	}
	return greeting
}

// dead reports whether the program has ended.
func (p *program) dead() bool {
	select {
	case <-p.ended:
		return true
	default:
	}
	// A container is taken down some time after its program.
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	return p.pid != 0 && (err != nil || !strings.Contains(string(status), "VmRSS:"))
}

// plainEnviron is the environment without what changes how Go uses memory, and
// without settings of the program.
func plainEnviron() []string {
	var env []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); name != "GOMEMLIMIT" && name != "GOGC" && name != "GODEBUG" && !strings.HasPrefix(name, "SSHBLOG_") {
			env = append(env, e)
		}
	}
	return env
}

// collect keeps what the program logs.
func (p *program) collect(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.log = append(p.log, lines.Text())
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
}

// lines returns the lines of the log that hold all the texts.
func (p *program) lines(texts ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return matching(p.log, texts)
}

func matching(log, texts []string) []string {
	var found []string
next:
	for _, line := range log {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}

// logged waits for n lines of the log that hold all the texts.
func (p *program) logged(n int, texts ...string) []string {
	p.t.Helper()
	deadline := time.After(patience())
	for {
		p.mu.Lock()
		found, more := matching(p.log, texts), p.more
		p.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-more:
		case <-p.ended:
			p.t.Fatalf("the program has ended%s; the last lines:\n%s", p.box.verdict(), p.lastLines())
		case <-deadline:
			p.t.Fatalf("%d lines of the log, and not %d, have %q; the last lines:\n%s", len(found), n, texts, p.lastLines())
		}
	}
}

// fromReaders is a line of those who only want to read; see somewhere.
var fromReaders = regexp.MustCompile(`remote=127\.(0|2[234]\d)\.`)

// lastLines is the end of the log, without those who only wanted to read.
func (p *program) lastLines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var last []string
	for _, line := range p.log {
		if !fromReaders.MatchString(line) && !strings.Contains(line, "level=DEBUG") && !strings.HasPrefix(line, "probe: ") {
			last = append(last, line)
		}
	}
	return strings.Join(last[max(0, len(last)-20):], "\n")
}

func (p *program) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.pid, sig); err != nil {
		p.t.Fatal(err)
	}
}
