package main

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/sshd"
)

// All that the program may take is together no more than the limit.
func TestSharesAreTheWhole(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{256 << 20, 448 << 20, 2 << 30} {
		for _, posts := range []int64{0, 10 << 20, 60 << 20} {
			sh := divide(limit, posts, 2, defaultSettings())
			if got := sh.beside() + sh.sessions; got > limit && sh.sessions != leastSessions {
				t.Errorf("with a limit of %s and %s of posts the shares are %s", mib(limit), mib(posts), mib(got))
			}
			if sh.sessions < leastSessions {
				t.Errorf("sessions get %s", mib(sh.sessions))
			}
		}
	}
	remembering := defaultSettings()
	remembering.State = "state"
	for _, posts := range []int64{0, 60 << 20} {
		with, without := divide(448<<20, posts, 2, remembering), divide(448<<20, posts, 2, defaultSettings())
		if part := memory.Fixed + posts/postsNumbers; with.readers != part || without.sessions-with.sessions != part || with.beside()+with.sessions != 448<<20 {
			t.Errorf("with readers remembered sessions get %s, without %s", mib(with.sessions), mib(without.sessions))
		}
	}
	if sh := divide(448<<20, 20<<20, 2, remembering); sh.sessions < 128<<20 {
		t.Errorf("in the recommended container sessions get %s", mib(sh.sessions))
	}
	if sh := divide(1<<63-1, 0, 2, defaultSettings()); sh.sessions != sshd.DefaultMemoryBudget || sh.search != searchBytes {
		t.Errorf("without a limit sessions get %s and search %s, want the defaults", mib(sh.sessions), mib(sh.search))
	}
}

func TestSharesThatDoNotFitAreSaid(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.SSH.MemoryBudget = 400 << 20
	for name, c := range map[string]struct {
		plan memoryPlan
		says string
	}{
		"set too large":  {divide(448<<20, 0, 2, s), "level=WARN"},
		"many posts":     {divide(448<<20, 300<<20, 2, defaultSettings()), "level=WARN"},
		"what is left":   {divide(448<<20, 0, 2, defaultSettings()), "level=DEBUG"},
		"without limits": {divide(1<<63-1, 0, 2, s), ""},
	} {
		var log bytes.Buffer
		c.plan.report(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		if !strings.Contains(log.String(), c.says) || (c.says == "") != (log.Len() == 0) {
			t.Errorf("%s: the log has %q, want %q", name, log.String(), c.says)
		}
	}
}

func TestGarbageStaysWithinItsShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live uint64
		want int
	}{{4 << 20, 100}, {56 << 20, 100}, {112 << 20, 50}, {400 << 20, 25}} {
		if got := gcPercent(448<<20, c.live); got != c.want {
			t.Errorf("with %d MiB in use GOGC is %d, want %d", c.live>>20, got, c.want)
		}
	}
}

func TestGroupLimit(t *testing.T) {
	t.Parallel()
	const v1, v2 = "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"version 2":           {map[string]string{v2: "536870912\n"}, 512 << 20},
		"version 2, none":     {map[string]string{v2: "max\n"}, 0},
		"version 1":           {map[string]string{v1: "536870912\n"}, 512 << 20},
		"no control group":    {nil, 0},
		"version 1, no limit": {map[string]string{v1: "9223372036854771712\n"}, 9223372036854771712},
	} {
		got := groupLimit(func(path string) ([]byte, error) {
			if text, ok := c.files[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		})
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// The share does not grow with what is in use: it is looked at after each collection.
func TestGarbageStaysWithinItsShareAsMoreIsInUse(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	// What other tests hold counts too.
	runtime.GC()
	live := [...]metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live[:])
	held := max(live[0].Value.Uint64(), 64<<20)
	// An eighth of it is 45 % of what is in use with much, and at least 90 % with little.
	const between = 60
	endPace := keepPace(int64((live[0].Value.Uint64() + held) * 45 / 100 * 8))
	defer endPace()
	becomes := func(what string, fits func(percent uint64) bool) {
		t.Helper()
		percent := [...]metrics.Sample{{Name: "/gc/gogc:percent"}}
		for range 1000 {
			runtime.GC()
			if metrics.Read(percent[:]); fits(percent[0].Value.Uint64()) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s GOGC stays at %d", what, percent[0].Value.Uint64())
	}
	much := make([]byte, held)
	becomes("with much in use", func(percent uint64) bool { return percent < between })
	runtime.KeepAlive(much)
	becomes("with little in use again", func(percent uint64) bool { return percent > between })
}

// Posts that a reload brings take from what sessions may have, and give it back when
// they go; if the shares do not fit any more, the log says so.
func TestSharesFollowReload(t *testing.T) {
	const added = 270 // more posts than the plan has room for, but not more than there really is
	if inItsOwnProcess(t) {
		return
	}
	dir := t.TempDir()
	put := func(name string, size int) {
		t.Helper()
		text := "---\ntitle: A post\n---\n\n" + strings.Repeat("Some words.\n", size/12)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("first.md", 100)
	s := defaultSettings()
	s.Posts, s.SearchMemory = dir, 1<<20
	var log bytes.Buffer
	p := &program{settings: s, logger: slog.New(slog.NewTextHandler(&log, nil))}
	p.metrics = newMetrics(&p.health, newPages(s, p.logger), func() uint64 { return 0 })
	cfg := s.SSH
	// So that it does not matter how many processors there are.
	others := divide(0, 0, 2, s)
	p.limit = 8 * (others.beside() + 64<<20) / 7
	plan := divide(p.limit, 0, 2, s)
	cfg.MemoryBudget = plan.sessions
	server := idleServer(t, cfg)
	p.memory = newAllotment(p.limit, s, p.logger)
	lib, err := openLibrary(s, p.logger, p.memory, p.reloaded)
	if err != nil {
		t.Fatal(err)
	}
	p.memory.begin(server, plan)
	p.health.library.Store(lib)
	p.health.server.Store(server)
	reload := func() int {
		t.Helper()
		log.Reset()
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
		return server.Stats().MaxSessions
	}
	before := server.Stats().MaxSessions
	for i := range added {
		put(fmt.Sprintf("%d.md", i), 200<<10)
	}
	if after := reload(); after >= before {
		t.Errorf("with %d posts more there may be %d sessions, with the first %d", added, after, before)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "exceed GOMEMLIMIT") {
		t.Errorf("the log does not say that the shares do not fit: %s", log.String())
	}
	for i := range added {
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("%d.md", i))); err != nil {
			t.Fatal(err)
		}
	}
	reload()
	eventually(t, func() bool {
		runtime.GC() // of the index before
		return server.Stats().MaxSessions == before
	}, "when they have gone there may not be %d sessions, as before", before)
}

// inItsOwnProcess runs the test that calls it in a process of its own, where other tests have left nothing
// in memory, and reports whether it has: false in that process.
func inItsOwnProcess(t *testing.T) bool {
	t.Helper()
	const alone = "SSHBLOG_TEST_ALONE"
	if os.Getenv(alone) == t.Name() {
		return false
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), alone+"="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
		t.Errorf("%v\n%s", err, out)
	}
	return true
}

// idleServer is a server that serves nothing.
func idleServer(t *testing.T, cfg sshd.Config) *sshd.Server {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cfg.HostKeys, cfg.Handler = []sshd.HostKey{{Signer: signer}}, func(ssh.Session) {}
	server, err := sshd.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return server
}
