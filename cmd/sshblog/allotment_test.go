package main

import (
	"log/slog"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// alloted is an allotment of a server that is alone, with a limit of the process.
func alloted(t *testing.T, limit int64, s settings) (*allotment, *sshd.Server) {
	t.Helper()
	was := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(was) })
	cfg := s.SSH
	plan := divide(limit, 10<<20, 2, s)
	cfg.MemoryBudget = plan.sessions
	server := idleServer(t, cfg)
	a := newAllotment(limit, s, slog.New(slog.DiscardHandler))
	a.begin(server, plan)
	return a, server
}

// In an upgrade both processes, and their sessions, stay within what one may take.
func TestBothProcessesStayWithinTheMemory(t *testing.T) {
	t.Parallel()
	const whole = 2 << 30 // the test itself is in use, too
	old, oldServer := alloted(t, whole, defaultSettings())
	alone := oldServer.Stats().MaxSessions
	share, err := old.makeRoom()
	if err != nil {
		t.Fatal(err)
	}
	if got := debug.SetMemoryLimit(-1); got != share.Bytes || oldServer.Stats().MaxSessions >= alone {
		t.Errorf("while its successor starts it may take %d bytes and %d sessions, it has said %+v", got, oldServer.Stats().MaxSessions, share)
	}
	successor, server := alloted(t, whole, defaultSettings())
	first := func(share supervise.Share) (sessions int64) {
		t.Helper()
		successor.follow(share)
		if got := debug.SetMemoryLimit(-1); got+share.Bytes > whole {
			t.Errorf("together they may take %d bytes of %d", got+share.Bytes, whole)
		}
		sessions = int64(server.Stats().MaxSessions) * sshd.SessionCost
		if sessions+share.Sessions > successor.plan.sessions {
			t.Errorf("their sessions may take %d bytes, those of one %d", sessions+share.Sessions, successor.plan.sessions)
		}
		return sessions
	}
	starting := first(share)
	later := old.shrink()
	if later.Bytes >= share.Bytes || later.Sessions >= share.Sessions {
		t.Errorf("an idle process keeps %+v of %+v", later, share)
	}
	serving := first(later)
	if serving <= starting || oldServer.Stats().MaxSessions < 1 {
		t.Errorf("the successor has %d bytes for sessions, at its start %d; %d sessions for those who read", serving, starting, oldServer.Stats().MaxSessions)
	}
	if again := old.shrink(); again.Bytes > later.Bytes || again.Sessions > later.Sessions {
		t.Errorf("it takes more again: %+v, %+v", later, again)
	}
	if first(supervise.Share{}); server.Stats().MaxSessions != alone || debug.SetMemoryLimit(-1) != whole {
		t.Errorf("once it is alone the successor has %d sessions of %d", server.Stats().MaxSessions, alone)
	}
	// A third process counts the first, too.
	successor.follow(later)
	if third, err := successor.makeRoom(); err != nil || third.Bytes+later.Bytes+successor.plan.beside() > whole {
		t.Errorf("%+v, %v", third, err)
	}
}

// A start that failed leaves everything as it was.
func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	const whole = 2 << 30
	a, server := alloted(t, whole, defaultSettings())
	alone := server.Stats().MaxSessions
	if _, err := a.makeRoom(); err != nil {
		t.Fatal(err)
	}
	if err := a.Take(1 << 20); err != nil { // meanwhile the posts grow
		t.Fatal(err)
	}
	if server.Stats().MaxSessions >= alone {
		t.Error("the posts' growth has given it back")
	}
	a.giveBack()
	a.Give(1 << 20)
	if server.Stats().MaxSessions != alone || debug.SetMemoryLimit(-1) != whole {
		t.Errorf("%d sessions of %d", server.Stats().MaxSessions, alone)
	}
}

// Without a limit the sessions' memory is what both share.
func TestUpgradeWithoutAMemoryLimit(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.SSH.MemoryBudget = 256 << 20
	a, _ := alloted(t, unlimited, s)
	before := debug.SetMemoryLimit(-1)
	share, err := a.makeRoom()
	if err != nil || share != (supervise.Share{Sessions: 256<<20 - leastSessions}) || debug.SetMemoryLimit(-1) != before {
		t.Errorf("%+v, %v", share, err)
	}
	successor, server := alloted(t, unlimited, s)
	successor.follow(share)
	if got := server.Stats().MaxSessions; got != leastSessions/sshd.SessionCost {
		t.Errorf("the successor may have %d sessions", got)
	}
}

func TestNoRoomForASuccessor(t *testing.T) {
	t.Parallel()
	small, server := alloted(t, 192<<20, defaultSettings())
	before := server.Stats().MaxSessions
	if _, err := small.makeRoom(); err == nil || !strings.HasPrefix(err.Error(), "GOMEMLIMIT of 192MiB is too little for two processes: restart instead") {
		t.Errorf("%v", err)
	}
	s := defaultSettings()
	s.SSH.MemoryBudget = leastSessions - 1
	few, _ := alloted(t, unlimited, s)
	if _, err := few.makeRoom(); err == nil || !strings.HasPrefix(err.Error(), "setting memory: the sessions of two processes do not fit into 15MiB: restart instead") {
		t.Errorf("%v", err)
	}
	if got := server.Stats().MaxSessions; got != before {
		t.Errorf("what is refused has changed the sessions: %d, %d", got, before)
	}
}

// Between two upgrades the first process may not have said yet that it needs less.
func TestNoRoomYet(t *testing.T) {
	t.Parallel()
	a, _ := alloted(t, unlimited, defaultSettings())
	a.follow(supervise.Share{Sessions: a.plan.sessions - leastSessions})
	if _, err := a.makeRoom(); err == nil || !strings.HasPrefix(err.Error(), "readers of the processes before this one may take 1008MiB of the 1024MiB") {
		t.Errorf("%v", err)
	}
	a.follow(supervise.Share{Sessions: sshd.SessionCost})
	if _, err := a.makeRoom(); err != nil {
		t.Error(err)
	}
}

// While posts are read anew, both versions are within the memory, and so are the sessions: first
// they may take what the plan leaves, then half of what is really left. Where posts do not fit into
// that either, there is no reload.
func TestBothVersionsOfPostsStayWithinTheMemory(t *testing.T) {
	const whole = 2 << 30
	a, server := alloted(t, whole, defaultSettings())
	// A collection would tell that nothing uses what is taken here.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	a.measured = time.Now()
	alone := server.Stats().MaxSessions
	sessions := func() int64 { return int64(server.Stats().MaxSessions) * sshd.SessionCost }
	for taken := int64(0); ; taken += 64 << 20 {
		err := a.Take(64 << 20)
		if left := whole - whole/8 - inUse() - taken; err != nil {
			if !strings.HasPrefix(err.Error(), "the changed posts do not fit beside those that readers have: ") || left > 128<<20 {
				t.Errorf("with %d bytes left: %v", left, err)
			}
			if a.Has(64 << 20) {
				t.Error("there is what could not be taken")
			}
			break
		} else if left < 0 {
			t.Fatalf("%d bytes too many are taken", -left)
		}
		planned := whole - a.plan.beside()
		if got, rest := sessions(), whole-taken; got > max(planned, rest/2, leastSessions) {
			t.Errorf("with %d bytes of posts more sessions may take %d: the plan leaves them %d, and of all there is %d", taken, got, planned, rest)
		}
	}
	if got := sessions(); got > 96<<20 {
		t.Errorf("when no posts fit any more, sessions may take %d bytes", got)
	}
	a.Give(a.taken)
	if taken := a.taken; !a.Has(64<<20) || a.taken != taken {
		t.Errorf("%d bytes are taken to look whether there are some", a.taken-taken)
	}
	if got := server.Stats().MaxSessions; got != alone {
		t.Errorf("afterwards there may be %d sessions, want %d", got, alone)
	}
}

// An operator's own memory for sessions, too, leaves posts what they take, if it did so at first.
func TestPostsTakeFromSetMemory(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.SSH.MemoryBudget = 1 << 30
	a, server := alloted(t, 2<<30, s)
	alone := server.Stats().MaxSessions
	if err := a.Take(1 << 30); err != nil {
		t.Fatal(err)
	}
	if got := int64(server.Stats().MaxSessions) * sshd.SessionCost; a.plan.beside()+got > 2<<30 {
		t.Errorf("beside %d bytes of others sessions may take %d", a.plan.beside(), got)
	}
	a.Give(1 << 30)
	if got := server.Stats().MaxSessions; got != alone {
		t.Errorf("afterwards there may be %d sessions, want %d", got, alone)
	}
}

// A successor needs memory for one version of the posts, whatever readers of others keep here.
func TestSuccessorNeedsOneVersion(t *testing.T) {
	t.Parallel()
	const whole = 2 << 30
	a, _ := alloted(t, whole, defaultSettings())
	alone, err := a.makeRoom()
	if err != nil {
		t.Fatal(err)
	}
	a.giveBack()
	give := a.Replaced(600 << 20)
	if err := a.Take(600 << 20); err != nil {
		t.Fatal(err)
	}
	if share, err := a.makeRoom(); err != nil || share.Sessions < alone.Sessions/2 {
		t.Errorf("%+v, %v; without old posts %+v", share, err, alone)
	}
	a.giveBack()
	give()
	if a.taken != a.planned || a.replaced != 0 {
		t.Errorf("%d bytes are taken, %d of posts that were replaced", a.taken-a.planned, a.replaced)
	}
}

// Where the parts of the memory do not fit to begin with, and readers have next to nothing, posts
// are read as before: it is for the operator to give more.
func TestSmallMachinesReload(t *testing.T) {
	t.Parallel()
	a, _ := alloted(t, 64<<20, defaultSettings())
	if err := a.Take(60 << 20); err != nil {
		t.Error(err)
	}
	a.Replaced(1 << 20)
	if err := a.Take(60 << 20); err == nil {
		t.Error("version after version is kept")
	}
}
