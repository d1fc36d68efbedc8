package sshd

import (
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// takes has a source connect, start a session and take so many bytes, and reports whether it could.
// left counts who has to leave.
func (g *admissionTest) takes(key netip.Prefix, bytes int64, left map[netip.Prefix]int) bool {
	a, why := g.admit(key)
	if why != None {
		return false
	}
	account := g.account(a).Open(ledger.Limits{})
	leave := sync.OnceFunc(func() {
		account.Close()
		g.stopSession(a)
		g.release(a, MadeRoom)
	})
	g.attach(a, account, func() {
		left[key]++
		time.AfterFunc(leaveGrace, leave)
	})
	g.loggedIn(a)
	if !g.startSession(a) || !account.Take(bytes) {
		leave()
		return false
	}
	return true
}

// Where memory is short, who has taken the most leaves, and not who has the most
// connections: 22 sources of 8 that hold a megabyte each had the readers behind one
// address leave.
func TestWhoHasTakenTheMostLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MemoryBudget: 1000 * SessionCost}, 0)
		left := make(map[netip.Prefix]int)
		enter := func(key netip.Prefix, bytes int64) bool { return g.takes(key, bytes, left) }
		office := subnet("192.0.2.1")
		for range 20 {
			if !enter(office, SessionCost) {
				t.Fatal("a reader is refused while there is room")
			}
		}
		time.Sleep(2 * activeFor) // they read, and type nothing
		for i := range 22 * 8 {
			enter(subnet("198.%d.1.1", i%22), 1_100_000)
		}
		if taken := g.cfg.Ledger.Taken().Bytes; taken < g.cfg.MemoryBudget/10*7 {
			t.Fatalf("only %d of %d bytes are taken", taken, g.cfg.MemoryBudget)
		}
		for i := range 60 {
			if !enter(subnet("203.%d.1.1", i), SessionCost) {
				t.Errorf("newcomer %d is refused", i)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if left[office] > 0 {
			t.Errorf("%d of 20 readers had to leave, who had taken little", left[office])
		}
		time.Sleep(2 * leaveGrace)
	})
}

// Room for posts is made by those who have more than their fair share, as much as is asked for, and
// by those who type nothing; readers who type and have no more than that stay.
func TestRoomForPosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MemoryBudget: 1000 * SessionCost}, 0)
		left := make(map[netip.Prefix]int)
		idle, greedy := subnet("192.0.2.1"), subnet("198.1.1.1")
		if !g.takes(idle, SessionCost/2, left) {
			t.Fatal("it is refused while there is room")
		}
		time.Sleep(2 * activeFor)
		for range 8 {
			if !g.takes(greedy, 10*SessionCost, left) {
				t.Fatal("it is refused while there is room")
			}
		}
		for i := range 20 {
			if !g.takes(subnet("203.%d.1.1", i), SessionCost, left) {
				t.Fatal("a reader is refused while there is room")
			}
		}
		coming := g.makeRoom(20 * SessionCost)
		if coming != 20*SessionCost || left[greedy] != 2 || len(left) != 1 {
			t.Errorf("%d bytes come free, and there left %v", coming, left)
		}
		time.Sleep(2 * leaveGrace)
		coming = g.makeRoom(1000 * SessionCost)
		if coming < 20*SessionCost || left[idle] != 1 || len(left) != 2 {
			t.Errorf("%d bytes come free, and there left %v", coming, left)
		}
		time.Sleep(2 * leaveGrace)
		if coming := g.makeRoom(SessionCost); coming != 0 || len(left) != 2 {
			t.Errorf("%d bytes come free, and there left %v", coming, left)
		}
	})
}
