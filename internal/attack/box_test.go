//go:build linux

package attack

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// What the program has in a container: the figures of deploy/compose.yaml.
const (
	boxMemory = 512 << 20 // bytes; above it the kernel kills
	boxLimit  = 448 << 20 // GOMEMLIMIT, bytes
	boxPort   = "2222"
	boxOps    = "127.0.0.1:9222"
	boxPosts  = 10_000
	// boxShares is the program's part of the processors that the attackers keep busy
	// as well, where 1024 is that of one of the attackers' threads (cpu.shares of
	// cgroups(7), and counts among those in the same control group: the container's
	// is at the top, as theirs are). They would not take it any if they attacked from
	// elsewhere.
	boxShares = "16384"
	boxLabel  = "sshblog-attack" // of containers and images, with the process id of the tests
)

// fullNumber is what the limits allow at once: connections from one source.
const fullNumber = 64

// box is a container with the program in it. The attackers are outside of its
// memory, and open their sockets in its network namespace, which has nothing but
// a loopback interface: all of 127.0.0.0/8 and of 2001:db8::/32 (RFC 3849) are
// addresses of it, and so each of them can be a source.
type box struct {
	id        string // of the container
	namespace *os.File
	memory    string // the folder of its memory's control group
	v2        bool   // whether that is of cgroup v2
	one       bool   // whether it is attacked by one source
	// networksUsed are those that attackers of it came from.
	networksUsed int
	peak         atomic.Int64
}

// boxSpec is what a container has.
type boxSpec struct {
	image    func() (string, error) // nil: that of the program
	options  []string               // of docker run
	posts    map[string]string      // beside the 10,000, and those of a plain program
	settings []string
}

// sieges attacks a program in a container at the full number that one source is
// allowed, and then at that number from eight others. It runs over
// 10,000 posts, those of a plain program, which are the newest, and some more.
//
// Tests that want nothing of their own attack one program after another, as real attackers do: with
// other addresses, which it has not seen yet. What it holds is compared with what it
// held before each.
func sieges(t *testing.T, posts map[string]string, attack func(s *siege, from []string), settings ...string) {
	t.Helper()
	const most = 1 + 8 // sources
	var p *program
	if len(settings) == 0 && len(posts) == 0 {
		p = lasting(t, most)
	} else {
		p = startBox(t, 1, posts, settings...)
	}
	p.besieged(t, most, attack)
}

// besieged attacks the program from one of so many sources, and from the others.
func (p *program) besieged(t *testing.T, most int, attack func(s *siege, from []string)) {
	t.Helper()
	all := p.box.networks(most)
	for _, from := range [][]string{all[:1], all[1:]} {
		t.Run(fmt.Sprintf("%dx%d", len(from), fullNumber), func(t *testing.T) {
			p.serves(t, len(from) == 1)
			p.withstands(func(s *siege) { attack(s, from) })
		})
	}
	p.t = t
}

// siegesOfNew is sieges of two programs, for attacks that want to find nothing that is made
// already, such as pages.
func siegesOfNew(t *testing.T, spec boxSpec, attack func(s *siege, from []string)) {
	t.Helper()
	for _, sources := range []int{1, 8} {
		t.Run(fmt.Sprintf("%dx%d", sources, fullNumber), func(t *testing.T) {
			p := spec.start(t, sources)
			p.withstands(func(s *siege) { attack(s, networks(sources)) })
		})
	}
}

// standing is the program that tests attack one after another, or nil.
var standing *program

// lasting returns it for a test and some addresses. A new one takes its place where it has failed a test, or
// has seen too many addresses.
func lasting(t *testing.T, addresses int) *program {
	t.Helper()
	if standing != nil && standing.box.networksUsed+addresses > attackNetworks {
		endStanding()
	}
	if standing == nil {
		wanted(t)
		needDocker(t)
		standing = boxSpec{}.startFor(t, 1, func(f func()) { standingEnds = append(standingEnds, f) })
	}
	t.Cleanup(func() {
		if t.Failed() {
			endStanding()
		}
	})
	return standing
}

// standingEnds are what ends it.
var standingEnds []func()

func endStanding() {
	for _, f := range slices.Backward(standingEnds) {
		f()
	}
	standing, standingEnds = nil, nil
}

// serves has a program go on in another test, with nothing in its log.
func (p *program) serves(t *testing.T, one bool) {
	p.t, p.box.one = t, one
	p.mu.Lock()
	p.log = nil
	p.mu.Unlock()
}

// attackNetworks is how many networks attackers come from; readers are in those behind them (somewhere).
const attackNetworks = 200

// networks are addresses each of which is in a network of its own.
func networks(n int) []string {
	return networksFrom(0, n)
}

// networks are those that nobody came from before.
func (b *box) networks(n int) []string {
	from := networksFrom(b.networksUsed, n)
	b.networksUsed += n
	return from
}

func networksFrom(first, n int) []string {
	from := make([]string, n)
	for i := range from {
		from[i] = fmt.Sprintf("127.%d.0.1", 20+first+i)
	}
	return from
}

func startBox(t *testing.T, sources int, posts map[string]string, settings ...string) *program {
	t.Helper()
	return boxSpec{posts: posts, settings: settings}.start(t, sources)
}

// start starts a container that ends with the test.
func (b boxSpec) start(t *testing.T, sources int) *program {
	t.Helper()
	wanted(t)
	needDocker(t)
	return b.startFor(t, sources, t.Cleanup)
}

// startFor starts a container. What ends it is handed to cleanup.
func (b boxSpec) startFor(t *testing.T, sources int, cleanup func(func())) *program {
	t.Helper()
	began := time.Now()
	built := image
	if b.image != nil {
		built = b.image
	}
	id, err := built()
	if err != nil {
		t.Fatal(err)
	}
	many, err := manyPosts()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := boxFolder()
	if err != nil {
		t.Fatal(err)
	}
	few := twentyPosts()
	maps.Copy(few, b.posts)
	if err := writePosts(filepath.Join(dir, "posts"), few); err != nil {
		t.Fatal(err)
	}
	// As in deploy/compose.yaml, but for the network.
	args := []string{
		"docker", "run", "--label", boxLabel + "=" + strconv.Itoa(os.Getpid()), "--cidfile", filepath.Join(dir, "id"), "--log-driver", "none",
		"--memory", strconv.Itoa(boxMemory), "--memory-swap", strconv.Itoa(boxMemory), "--env", "GOMEMLIMIT=" + strconv.Itoa(boxLimit),
		"--cgroup-parent", "/", "--cpu-shares", boxShares, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "256", "--ulimit", "nofile=16384:16384",
		"--user", "65532:65532", "--tmpfs", "/hostkeys:uid=65532,gid=65532,mode=0700",
		"--network", "none", "--sysctl", "net.ipv6.conf.lo.disable_ipv6=0", "--sysctl", "net.ipv6.ip_nonlocal_bind=1",
		"--volume", many + ":/posts:ro", "--volume", filepath.Join(dir, "posts") + ":/posts/few:ro",
	}
	args = append(append(args, b.options...),
		id, "/sshblog", "serve", "--listen", ":"+boxPort, "--posts", "/posts", "--hostkeys", "/hostkeys", "--ops", boxOps,
		"--log-level", "debug", // which tells when all posts can be searched
	)
	p := newProgram(t, append(args, b.settings...))
	p.cleanup = cleanup
	p.box = &box{one: sources == 1}
	p.patience = recovery // nobody waits for longer, and the judge need not
	p.stays = 10_000_000  // the cache of pages
	p.cleanup(func() { p.box.remove(filepath.Join(dir, "id")) })
	p.launch()
	p.addr = "127.0.0.1:" + boxPort
	p.enter(filepath.Join(dir, "id"))
	p.logged(1, "search is ready")
	t.Logf("ready after %s: %s", time.Since(began).Round(time.Millisecond), mb(p.status("VmRSS:")))
	return p
}

// needDocker skips a test where no container can be started, and fails it on CI.
func needDocker(t *testing.T) {
	t.Helper()
	var why string
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil {
		why = fmt.Sprintf("the tests in containers need Docker and its daemon, running: %v\n%s", err, lastLine(out))
	} else if os.Getuid() != 0 {
		why = "the tests in containers need root, for their network namespaces"
	}
	switch {
	case why == "":
	case os.Getenv("CI") != "":
		t.Fatal(why)
	default:
		t.Skip(why)
	}
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// boxFolder is a folder for a container, which may outlive the test that starts it.
func boxFolder() (string, error) { return os.MkdirTemp(workshop, "box-") }

// manyPosts is a folder with the posts that all containers have. They are older
// than those that a test adds in its folder "few".
var manyPosts = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(workshop, "posts")
	posts := corpus.New()
	for i := range boxPosts {
		path, text := posts.Post(i)
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return "", err
		}
	}
	return dir, os.MkdirAll(filepath.Join(dir, "few"), 0o755)
})

// enter finds the program in its container, and makes the addresses of the
// attackers.
func (p *program) enter(cidfile string) {
	p.t.Helper()
	id, err := os.ReadFile(cidfile)
	if err != nil {
		p.t.Fatal(err)
	}
	b := p.box
	b.id = string(id)
	pid, err := docker(nil, "inspect", "--format", "{{.State.Pid}}", b.id)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.pid, err = strconv.Atoi(pid); err != nil || p.pid == 0 {
		p.t.Fatalf("the container has no process: %q, %v", pid, err)
	}
	if out, err := exec.Command("nsenter", "-t", pid, "-n", "ip", "-6", "route", "add", "local", "2001:db8::/32", "dev", "lo").CombinedOutput(); err != nil {
		p.t.Fatalf("addresses for the attackers: %v\n%s", err, out)
	}
	if b.namespace, err = os.Open("/proc/" + pid + "/ns/net"); err != nil {
		p.t.Fatal(err)
	}
	if err := b.findMemory(pid); err != nil {
		p.t.Fatal(err)
	}
	watched := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(watched); b.watchMemory(stop) }()
	p.cleanup(func() { close(stop); <-watched; _ = b.namespace.Close() })
}

func (b *box) remove(cidfile string) {
	id, err := os.ReadFile(cidfile)
	if err != nil {
		return // it was not made
	}
	if _, err := docker(nil, "rm", "--force", "--volumes", string(id)); err != nil {
		panic(err) // there may be no test any more to fail
	}
}

// verdict says how a container that has ended did so.
func (b *box) verdict() string {
	if b == nil || b.id == "" {
		return ""
	}
	state, err := docker(nil, "inspect", "--format", "{{if .State.OOMKilled}}, killed for its memory{{end}}, with status {{.State.ExitCode}}", b.id)
	if err != nil {
		return ", " + err.Error()
	}
	return state
}

// idle waits until the program does nothing.
func (p *program) idle(limit time.Duration) {
	p.t.Helper()
	const look = 300 * time.Millisecond
	for deadline := time.Now().Add(limit); !p.dead(); {
		before := p.cpu()
		time.Sleep(look) // the measure itself
		spent := p.cpu() - before
		if spent <= look/10 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the program still works: %s of CPU in %s", spent, look)
		}
	}
}

// collections returns how often the program's garbage was collected.
func (p *program) collections() int { return p.metric("go_gc_duration_seconds_count") }

// metric returns one of the operator's figures, without labels.
func (p *program) metric(name string) int {
	metrics, err := p.opsGet("localhost", "/metrics")
	if err != nil {
		p.t.Error(err)
		return math.MaxInt
	}
	for line := range strings.Lines(metrics.body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				p.t.Error(err)
			}
			return int(n)
		}
	}
	p.t.Errorf("there is no metric %s", name)
	return math.MaxInt
}
