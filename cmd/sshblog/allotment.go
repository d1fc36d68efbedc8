package main

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// allotment is the memory that this process may take now. It changes with the posts, and in an
// upgrade, when two processes serve readers: both together stay within the limit of one, and so
// do their sessions. All amounts are in bytes.
type allotment struct {
	logger   *slog.Logger
	settings settings

	mu     sync.Mutex
	limit  int64        // of the process, as it is set
	server *sshd.Server // nil until there is one
	plan   memoryPlan   // for a process that is alone; until there is a server, only whole
	text   int64        // library.Index.Bytes of the posts that plan is for
	// before is what the predecessors may still take.
	before supervise.Share
	// most, if not zero, bounds the sessions and all of the process, since a successor starts
	// or serves.
	most supervise.Share
}

// newAllotment returns that of a process with a memory limit which is set already.
func newAllotment(limit int64, s settings, logger *slog.Logger) *allotment {
	return &allotment{logger: logger, settings: s, limit: limit, plan: memoryPlan{whole: limit}}
}

// begin has the server get what the plan says. text is library.Index.Bytes.
func (a *allotment) begin(server *sshd.Server, plan memoryPlan, text int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.server, a.plan, a.text = server, plan, text
	a.apply()
}

// follow takes what the predecessors may still take into account.
func (a *allotment) follow(share supervise.Share) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before = share
	a.apply()
}

// resize gives sessions the memory that posts with another text leave. With readers connected
// the posts' memory cannot be measured; it is estimated by their text.
func (a *allotment) resize(text int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server == nil || text == a.text {
		return
	}
	a.plan = a.plan.with(max(a.plan.posts+text-a.text, 0), a.settings)
	a.text = text
	a.plan.report(a.logger)
	a.apply()
}

// limited reports whether the process has a memory limit.
func (a *allotment) limited() bool { return a.plan.whole < unlimited }

// apply sets the limits. The lock is held.
func (a *allotment) apply() {
	whole := a.plan.whole
	if a.limited() {
		whole -= a.before.Bytes
		if a.most.Bytes != 0 {
			whole = min(whole, a.most.Bytes)
		}
		if whole != a.limit {
			debug.SetMemoryLimit(whole)
			a.limit = whole
		}
	}
	if a.server == nil {
		return
	}
	sessions := a.plan.sessions
	if a.before != (supervise.Share{}) {
		sessions -= a.before.Sessions
		if a.limited() {
			sessions = min(sessions, whole-a.plan.beside())
		}
		sessions = max(sessions, leastSessions)
	}
	if a.most.Sessions != 0 {
		sessions = min(sessions, a.most.Sessions)
	}
	a.server.SetMemoryBudget(sessions)
}

// makeRoom leaves the memory for a successor, and returns what is to be told it: what this
// process may take from now on. New readers still find room meanwhile. The
// error says that there is not enough, and changes nothing.
func (a *allotment) makeRoom() (supervise.Share, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.server.MemoryTaken()
	most := supervise.Share{Sessions: a.plan.sessions - a.before.Sessions - leastSessions}
	if most.Sessions <= 0 && a.before.Sessions > 0 {
		return supervise.Share{}, fmt.Errorf("readers of the processes before this one may take %s of the %s that sessions may take: try again when there are fewer, or restart", mib(a.before.Sessions), mib(a.plan.sessions))
	}
	if most.Sessions <= 0 {
		return supervise.Share{}, fmt.Errorf("setting memory: the sessions of two processes do not fit into %s: restart instead, or set %s or more", mib(a.plan.sessions-a.before.Sessions), mib(2*leastSessions))
	}
	if most.Sessions < taken {
		return supervise.Share{}, fmt.Errorf("readers have %s of the %s that sessions may take, and a successor needs %s: try again when there are fewer, or restart", mib(taken), mib(a.plan.sessions-a.before.Sessions), mib(leastSessions))
	}
	if a.limited() {
		debug.FreeOSMemory()
		successor := a.plan.beside() + leastSessions
		most.Bytes = a.plan.whole - a.before.Bytes - successor
		used := inUse()
		room := most.Bytes - used - garbageOf(most.Bytes)
		if least := successor + a.before.Bytes + (used-taken)/7*8; least > a.plan.whole {
			return supervise.Share{}, fmt.Errorf("GOMEMLIMIT of %s is too little for two processes: restart instead, or give %s or more", mib(a.plan.whole), mib(least+leastSessions))
		}
		if room < 0 {
			return supervise.Share{}, fmt.Errorf("this process has %s in use, and a successor needs %s of the %s in GOMEMLIMIT: try again with fewer readers, raise it, or restart", mib(used), mib(successor), mib(a.plan.whole))
		}
		most.Sessions = min(most.Sessions, taken+room)
	}
	a.most = most
	a.apply()
	return a.most, nil
}

// giveBack takes the memory that was left for a successor which there is not.
func (a *allotment) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most = supervise.Share{}
	a.apply()
}

// shrink leaves all memory that this process does not need any more to its successor, and
// returns what is to be told it. Its readers keep some room, since they may open further posts.
func (a *allotment) shrink() supervise.Share {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.server.MemoryTaken()
	a.most.Sessions = min(a.most.Sessions, taken+taken/4+sshd.SessionCost)
	if a.limited() {
		debug.FreeOSMemory()
		used := inUse() + a.most.Sessions - taken
		a.most.Bytes = min(a.most.Bytes, used+garbageOf(used))
	}
	a.apply()
	return a.most
}

// garbageOf is what garbage may take of a process that shrinks.
func garbageOf(bytes int64) int64 { return bytes / 8 }

// inUse returns the memory that counts against GOMEMLIMIT, see debug.SetMemoryLimit.
func inUse() int64 {
	samples := [...]metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples[:])
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()) //nolint:gosec // no memory is as large
}
