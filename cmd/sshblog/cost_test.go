package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// sectionedPost is a post of sections, each with a link, so many words "e", and code.
func sectionedPost(title, link string, sections, words int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\ndate: 2026-01-01\n---\nIt begins here.\n", title)
	for n := range sections {
		fmt.Fprintf(&b, "\n## Section %d\n\n[away](%s) %s\n\n```go\nvar e = %d\n```\n", n, link, strings.Repeat("e ", words), n)
	}
	return b.String()
}

// SessionCost is what a session holds at the worst, over SSH, beside what it has taken
// from its account in addition: no more, and not much less. Nothing is kept for others
// to share, so that all that is held is a session's. Clients are another process's.
func TestSessionCost(t *testing.T) {
	if underRace {
		t.Skip("the race detector holds memory of its own")
	}
	const sessions = 64
	s := &inside{t: t, posts: t.TempDir()}
	s.writeAll(map[string]string{
		"middling": sectionedPost("Middling", "#section-0", 60, 100),
		"greedy":   sectionedPost("Greedy", "#section-0", 300, 200),
		"there":    sectionedPost("There", "back.md", 40, 100),
		"back":     sectionedPost("Back", "there.md", 40, 100),
	})
	for i := range 300 {
		s.writeAll(map[string]string{fmt.Sprintf("post-%03d", i): fmt.Sprintf(
			"---\ntitle: Post %d\ndate: 2025-01-01\n---\n%s word.\n", i, strings.Repeat("Some text before the ", 20))})
	}
	cfg := defaultSettings().SSH
	cfg.Ledger = ledger.New(ledger.Limits{Bytes: 4 << 30})
	cfg.WriteTimeout = time.Hour
	s.serve(render.NewCache(0, 0), cfg, reader.Shared(0))
	go func() { _ = s.lib.Run(t.Context()) }()
	<-s.lib.Current().Searchable()
	worst := 0.0
	for _, at := range situations() {
		s.narrow.Store(at.deaf)
		s.crowd(1, &at)() // makes what all share
		s.settles(cfg.Ledger)
		before, taken := standingNow(), cfg.Ledger.Taken().Bytes
		leave := s.crowd(sessions, &at)
		s.settles(cfg.Ledger)
		got := standingNow().since(before, sessions)
		extra := float64(cfg.Ledger.Taken().Bytes-taken)/sessions - sshd.SessionCost
		cost := got.heap + got.stacks - extra
		t.Logf("%s: %.0f KiB of heap and %.0f of stacks; %.0f are taken in addition, %.0f are not", at.name,
			got.heap/1024, got.stacks/1024, extra/1024, cost/1024)
		if cost > sshd.SessionCost {
			t.Errorf("%s: a session holds %.0f bytes that it has not taken in addition, and SessionCost is %d", at.name, cost, sshd.SessionCost)
		}
		if extra > at.taken*1024 {
			t.Errorf("%s: a session has taken %.0f KiB in addition, at most %.0f are in the budget", at.name, extra/1024, at.taken)
		}
		worst = max(worst, cost)
		leave()
		s.settles(cfg.Ledger)
	}
	const least = 0.75 * sshd.SessionCost
	if worst < least {
		t.Errorf("a session holds %.0f bytes at the worst, and SessionCost is %d: lower it", worst, sshd.SessionCost)
	}
}

// crowd has clients come into a situation, and returns what has them leave.
func (s *inside) crowd(n int, at *situation) (leave func()) {
	s.t.Helper()
	clients := exec.Command("crowd", s.addr, fmt.Sprint(n), at.name)
	in, err := clients.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := clients.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := clients.Start(); err != nil {
		s.t.Fatal(err)
	}
	leave = func() {
		_ = in.Close()
		_ = clients.Wait()
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "all are there\n" {
		leave()
		s.t.Fatalf("%s: the clients say %q, %v", at.name, line, err)
	}
	if at.deaf { // a look stops all goroutines, so there are not many
		waiting := 0
		for deadline := time.Now().Add(patience); waiting < n && time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			waiting = stacksWith("terminal.writeParts(")
		}
		if waiting != n {
			leave()
			s.t.Fatalf("%s: %d of %d sessions wait to write", at.name, waiting, n)
		}
	}
	return leave
}

// writeAll writes posts by their slugs.
func (s *inside) writeAll(texts map[string]string) {
	s.t.Helper()
	for slug, text := range texts {
		if err := os.WriteFile(filepath.Join(s.posts, slug+".md"), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// stacksWith returns how many goroutines are in a function.
func stacksWith(function string) int {
	buf := make([]byte, 8<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), function)
}

// settles waits until accounts take and give nothing for a while.
func (s *inside) settles(l *ledger.Ledger) {
	s.t.Helper()
	last, same := l.Taken(), 0
	eventually(s.t, func() bool {
		now := l.Taken()
		if same++; now != last {
			last, same = now, 0
		}
		return same > 40
	}, "accounts still take and give: %v", &last)
}
