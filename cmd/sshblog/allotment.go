package main

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// allotment is the memory that this process may take now. It changes with the posts, and during an upgrade,
// when two processes serve readers: both together, and their sessions, stay within the limits of one. All
// amounts are in bytes.
type allotment struct {
	logger   *slog.Logger
	settings settings

	mu     sync.Mutex
	limit  int64        // of the process, as it is set
	server *sshd.Server // for a process without predecessor or successor; until there is a server, only whole
	plan   memoryPlan   // the parts of the plan did not exceed the whole at first
	fits   bool         // the parts of the plan were no more than the whole at first
	posts  int64        // of the plan at first, when the posts had taken planned
	// taken is the memory of the posts, and of search indexes that are being replaced.
	taken, planned int64
	replaced       int64     // part of taken that only sessions with an older index keep
	told           int64     // the plan's posts when the plan was last logged
	cycle          uint64    // the last garbage collection that was seen
	collected      int64     // taken, at that time
	measured       time.Time // when a collection was last forced
	// tight is the least memory of sessions while the plan has no room for the posts.
	tight int64
	// before is the memory that the predecessors may still take.
	before supervise.Share
	// most, if not zero, limits the sessions and the process, since a successor starts or serves.
	most supervise.Share
}

// newAllotment returns the allotment of a process whose memory limit is set already.
func newAllotment(limit int64, s settings, logger *slog.Logger) *allotment {
	return &allotment{logger: logger, settings: s, limit: limit, plan: memoryPlan{whole: limit}}
}

// begin applies the plan to the server. The posts of the plan were measured when they had taken what they have
// now.
func (a *allotment) begin(server *sshd.Server, plan memoryPlan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.server, a.plan, a.posts, a.told, a.planned = server, plan, plan.posts, plan.posts, a.taken
	a.fits = plan.beside()+plan.sessions <= plan.whole
	a.apply()
}

// follow takes account of the memory that the predecessors may still take.
func (a *allotment) follow(share supervise.Share) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before = share
	a.apply()
}

// takeTime is how long a reload waits for memory that newcomers may take first.
const takeTime = 30 * time.Second

// Take takes memory for posts from the part of sessions, see [library.Memory]. If none is left, it closes
// connections.
func (a *allotment) Take(bytes int64) error {
	const (
		look     = 20 * time.Millisecond
		patience = 75             // checks until what was closed should be free
		step     = int64(4 << 20) // bytes to free at once, since posts come by the thousand
	)
	for until := time.Now().Add(takeTime); ; {
		err := a.take(bytes, 0)
		if err == nil {
			return nil
		}
		if time.Now().After(until) {
			return err
		}
		if !a.collectReplaced() && (!a.fitsWithFewer(bytes) || a.server.MakeRoom(max(bytes, step)) == 0) {
			return err
		}
		for i := 0; i < patience && err != nil; i++ {
			time.Sleep(look)
			err = a.take(bytes, 0)
		}
		if err == nil {
			return nil
		}
	}
}

// collectReplaced collects the garbage of replaced posts, and reports whether no session held them.
func (a *allotment) collectReplaced() bool {
	const cleanup = 50 * time.Millisecond // the time that cleanups run after a collection
	replaced := func() int64 {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.replaced
	}
	before := replaced()
	if before == 0 {
		return false
	}
	runtime.GC()
	time.Sleep(cleanup)
	return replaced() < before
}

// fitsWithFewer reports whether the plan has memory for posts if sessions get their least.
func (a *allotment) fitsWithFewer(bytes int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.plan.beside()+bytes+leastSessions <= a.limit
}

// TakeSpare takes memory that is not needed otherwise, see [library.Memory].
func (a *allotment) TakeSpare(bytes int64) bool { return a.take(bytes, leastSessions) == nil }

// take takes memory for posts if beside it so many bytes are left.
func (a *allotment) take(bytes, beside int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.room(bytes, beside)
	if err == nil {
		a.count(a.taken + bytes)
	}
	return err
}

// Has reports whether there is memory for posts now, see [library.Memory].
func (a *allotment) Has(bytes int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.room(bytes, 0) == nil
}

// room returns an error if fewer bytes are left for posts beside others. The lock is held.
func (a *allotment) room(bytes, beside int64) error {
	if a.server != nil && a.limited() && !a.roomy(bytes) {
		a.count(a.taken)
		const fresh = 10 * time.Second // how long the figures of a collection are used
		if a.left() < bytes+beside && time.Since(a.measured) > fresh {
			runtime.GC()
			a.measured = time.Now()
			a.count(a.taken)
		}
		// If readers have next to nothing, waiting does not help, and Go may exceed the limit.
		if left := a.left(); left < bytes+beside && (a.fits || a.server.MemoryTaken() > leastSessions || a.replaced > 0) {
			return fmt.Errorf("the changed posts do not fit beside those that readers have: they lack %s of the %s in GOMEMLIMIT; try again with fewer readers, raise it, or restart", mib(bytes-left+1<<20-1), mib(a.limit))
		}
	}
	return nil
}

// Give gives memory back, see [library.Memory].
func (a *allotment) Give(bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count(a.taken - bytes)
}

// report logs the plan for the current posts, without replaced ones.
func (a *allotment) report() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server == nil {
		return
	}
	if plan := a.settled(); plan.posts != a.told {
		a.told = plan.posts
		plan.report(a.logger)
	}
}

// settled returns the plan without the posts that were replaced. The lock is held.
func (a *allotment) settled() memoryPlan {
	return a.plan.with(max(a.plan.posts-a.replaced, 0), a.settings)
}

// Replaced counts memory that only sessions with an older index keep, see [library.Memory].
func (a *allotment) Replaced(bytes int64) (give func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replaced += bytes
	return func() {
		a.mu.Lock()
		a.replaced -= bytes
		a.mu.Unlock()
		a.Give(bytes)
	}
}

// count updates the plan after a change of taken. The lock is held.
func (a *allotment) count(taken int64) {
	if _, cycle := liveMemory(); cycle != a.cycle { // liveMemory now includes all that was taken before
		a.cycle, a.collected = cycle, a.taken
	}
	a.taken = taken
	if a.server == nil {
		return
	}
	a.plan = a.plan.with(max(a.posts+taken-a.planned, 0), a.settings)
	a.tight = 0
	if a.limited() && !a.roomy(0) {
		a.tight = a.server.MemoryTaken() + max(a.left(), 0)/2 // the other half is for searches and pages
	}
	a.apply()
}

// roomy reports whether the plan has room for so many bytes of posts beside what sessions have, and
// for newcomers. The lock is held.
func (a *allotment) roomy(bytes int64) bool {
	return a.plan.beside()+bytes+a.server.MemoryTaken()+leastSessions <= a.limit
}

// left returns the memory that is not in use: not every part of the plan takes all that it may.
// The lock is held.
func (a *allotment) left() int64 {
	live, _ := liveMemory()
	return a.limit - garbageOf(a.limit) - live - max(a.taken-a.collected, 0)
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
	if a.limited() && a.fits {
		sessions = max(min(sessions, a.plan.whole-a.plan.beside()), leastSessions)
	}
	if a.before != (supervise.Share{}) {
		sessions -= a.before.Sessions
		if a.limited() {
			sessions = min(sessions, whole-a.plan.beside())
		}
		sessions = max(sessions, leastSessions)
	}
	sessions = max(sessions, min(a.tight, a.plan.whole-a.before.Sessions))
	if a.most.Sessions != 0 {
		sessions = min(sessions, a.most.Sessions)
	}
	a.server.SetMemoryBudget(sessions)
}

// makeRoom frees the memory for a successor, and returns how much this process may take from now on, to be sent
// to the successor. New readers still find room meanwhile. If there is not enough the error says so, and
// nothing changes.
func (a *allotment) makeRoom() (supervise.Share, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.server.MemoryTaken()
	// A successor has only one version of the posts.
	plan := a.settled()
	most := supervise.Share{Sessions: plan.sessions - a.before.Sessions - leastSessions}
	if most.Sessions <= 0 && a.before.Sessions > 0 {
		return supervise.Share{}, fmt.Errorf("readers of the processes before this one may take %s of the %s that sessions may take: try again when there are fewer, or restart", mib(a.before.Sessions), mib(plan.sessions))
	}
	if most.Sessions <= 0 {
		return supervise.Share{}, fmt.Errorf("setting memory: the sessions of two processes do not fit into %s: restart instead, or set %s or more", mib(plan.sessions-a.before.Sessions), mib(2*leastSessions))
	}
	if most.Sessions < taken {
		return supervise.Share{}, fmt.Errorf("readers have %s of the %s that sessions may take, and a successor needs %s: try again when there are fewer, or restart", mib(taken), mib(plan.sessions-a.before.Sessions), mib(leastSessions))
	}
	if a.limited() {
		debug.FreeOSMemory()
		successor := plan.beside() + leastSessions
		most.Bytes = plan.whole - a.before.Bytes - successor
		used := inUse()
		room := most.Bytes - used - garbageOf(most.Bytes)
		if least := successor + a.before.Bytes + (used-taken)/7*8; least > plan.whole {
			return supervise.Share{}, fmt.Errorf("GOMEMLIMIT of %s is too little for two processes: restart instead, or give %s or more", mib(plan.whole), mib(least+leastSessions))
		}
		if room < 0 {
			return supervise.Share{}, fmt.Errorf("this process has %s in use, and a successor needs %s of the %s in GOMEMLIMIT: try again with fewer readers, raise it, or restart", mib(used), mib(successor), mib(plan.whole))
		}
		most.Sessions = min(most.Sessions, taken+room)
	}
	a.most = most
	a.apply()
	return a.most, nil
}

// giveBack takes back the memory that was freed for a successor, since there is none.
func (a *allotment) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most = supervise.Share{}
	a.apply()
}

// shrink leaves all memory that this process no longer needs to its successor, and returns how much it may
// still take. Its readers keep some room, since they may open further posts.
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

// garbageOf is the garbage that is allowed for a shrinking process.
func garbageOf(bytes int64) int64 { return bytes / 8 }

// inUse returns the memory that counts against GOMEMLIMIT, see debug.SetMemoryLimit.
func inUse() int64 {
	samples := [...]metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples[:])
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()) //nolint:gosec // no memory is as large
}

// liveMemory returns the part of inUse that the last garbage collection has left, and the number
// of that collection.
func liveMemory() (bytes int64, cycle uint64) {
	samples := [...]metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
	}
	used := inUse()
	metrics.Read(samples[:])
	of := func(i int) int64 { return int64(samples[i].Value.Uint64()) } //nolint:gosec // no memory is as large
	return used - of(0) - of(1) + of(2), samples[3].Value.Uint64()
}
