package main

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/feed"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// The most that parts of the program take, in bytes, besides posts, search and sessions.
const (
	// programBytes is the runtime and what is loaded once: colours, keys, and the lexers of
	// all languages that posts may name, which are three quarters of it.
	programBytes = 44 << 20
	// framesBytes are the parts of frames that sessions share.
	framesBytes = reader.DefaultShared + reader.AuthorsShared
	// leastSessions is what sessions get even where nothing is left for them.
	leastSessions = 16 << 20
	// postsNumbers is the part of the posts' memory by which their numbers in readers' marks grow: 60 bytes for some 10 KB.
	postsNumbers = 128
)

// unlimited and above mean that there is no memory limit.
const unlimited = int64(1) << 62

// memoryPlan divides the process's memory: its limit (GOMEMLIMIT) is the whole, and
// sessions get what the others leave. All are in bytes.
type memoryPlan struct {
	whole int64 // unlimited or more: there is no limit
	// spare is for garbage that has not been collected yet.
	spare int64
	// program is the program without posts and sessions.
	program int64
	// posts is the index.
	posts int64
	// search is the most that searching all posts may take.
	search int64
	// pages are rendered posts, parts of frames, entries of feeds, and the renders under way.
	pages int64
	// readers is what remembering readers takes beside what sessions and states that wait have.
	readers int64
	// sessions is what sessions may take together.
	sessions int64
}

// divide returns the plan for a limit, where the posts take so many bytes. Sessions get what
// is left, unless the operator has set their memory. processors is the number of turns.
func divide(limit, posts int64, processors int, s settings) memoryPlan {
	sh := memoryPlan{
		whole:   limit,
		spare:   spareBytes(limit),
		program: programBytes + int64(s.SSH.MaxSources)*sshd.SourceCost,
		search:  searchBytesOf(limit, s),
		pages:   cacheBytes + framesBytes + feed.Shared + rendersBytes(processors),
	}
	return sh.with(posts, s)
}

// with returns the plan for posts of another size, in bytes.
func (s *memoryPlan) with(posts int64, set settings) memoryPlan {
	sh := *s
	sh.posts = posts
	if set.remembers() {
		sh.readers = memory.Fixed + posts/postsNumbers
	}
	sh.sessions = set.SSH.MemoryBudget
	if sh.sessions == 0 {
		sh.sessions = sshd.DefaultMemoryBudget
		if sh.whole < unlimited {
			sh.sessions = max(sh.whole-sh.beside(), leastSessions)
		}
	}
	return sh
}

// spareBytes is what garbage may take before it is collected.
func spareBytes(limit int64) int64 { return limit / 8 }

// rendersBytes is what renders hold at the worst: render.Cache has no more at once.
func rendersBytes(processors int) int64 {
	return render.LargeLive + int64(processors)*ledger.SmallSlots*render.SmallLive
}

// searchBytesOf is the most that searching may take: what is set, else at most an
// eighth of the limit.
func searchBytesOf(limit int64, s settings) int64 {
	if s.SearchMemory != 0 {
		return s.SearchMemory
	}
	return min(searchBytes, limit/8)
}

// beside returns what everything but the sessions takes.
func (s *memoryPlan) beside() int64 {
	return s.spare + s.program + s.posts + s.search + s.pages + s.readers
}

// report logs the plan, as a warning if its parts exceed the limit.
func (s *memoryPlan) report(logger *slog.Logger) {
	if s.whole >= unlimited {
		return
	}
	level, msg := slog.LevelDebug, "memory is divided"
	var advice []any
	if s.beside()+s.sessions > s.whole {
		level, msg = slog.LevelWarn, "the parts of the memory exceed GOMEMLIMIT"
		advice = []any{"advice", "raise GOMEMLIMIT, or lower memory or search-memory"}
	}
	logger.Log(context.Background(), level, msg, append([]any{
		"gomemlimit", mib(s.whole), "sessions", mib(s.sessions), "posts", mib(s.posts), "search", mib(s.search),
		"pages", mib(s.pages), "readers", mib(s.readers), "program", mib(s.program), "spare", mib(s.spare),
	}, advice...)...)
}

func mib(bytes int64) string { return strconv.FormatInt(bytes>>20, 10) + "MiB" }

// heapInUse returns the bytes of the heap that are in use, after a collection.
func heapInUse() int64 {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapAlloc) //nolint:gosec // no heap is as large
}

// pacer sets GOGC so that garbage stays within its part of the memory, however much is in
// use. By default Go lets the heap grow to twice what is in use, so readers' memory would
// count twice.
type pacer struct {
	limit   int64
	percent int
	over    atomic.Bool
}

// keepPace sets GOGC now and after each collection, until stop is called. It leaves an
// operator's own GOGC.
func keepPace(limit int64) (stop func()) {
	if limit >= unlimited || os.Getenv("GOGC") != "" {
		return func() {}
	}
	p := &pacer{limit: limit}
	p.follow()
	return func() { p.over.Store(true) }
}

// collected is an object without references: its finalizer runs at the end of each garbage
// collection.
type collected struct{ *pacer }

// follow sets GOGC, and arranges to be called again after the next collection.
func (p *pacer) follow() {
	if p.over.Load() {
		return
	}
	live := [...]metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live[:])
	const step = 2 // percent; each change stops all goroutines for some microseconds
	percent := gcPercent(p.limit, live[0].Value.Uint64())
	if percent <= p.percent-step || percent >= p.percent+step {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	runtime.SetFinalizer(&collected{p}, func(c *collected) { c.follow() })
}

// gcPercent returns the GOGC with which a heap of live bytes leaves the spare bytes for
// garbage. Below least, collections would keep the processors busy.
func gcPercent(limit int64, live uint64) int {
	const least, most = 25, 100
	return int(max(min(uint64(spareBytes(limit))*100/max(live, 1), most), least)) //nolint:gosec // 100 at most
}

// limitMemory returns the memory limit of the process. Where the operator has set
// none, but runs it in a control group that has one, it becomes seven eighths of
// that: the kernel ends a process that exceeds it, with all its readers.
func limitMemory(logger *slog.Logger) int64 {
	limit := debug.SetMemoryLimit(-1)
	if limit < unlimited {
		return limit
	}
	group := groupLimit(os.ReadFile)
	if group <= 0 || group >= unlimited {
		return limit
	}
	limit = group / 8 * 7
	debug.SetMemoryLimit(limit)
	logger.Info("GOMEMLIMIT is not set: it is 7/8 of the control group's memory", "gomemlimit", mib(limit))
	return limit
}

// groupLimit returns the memory limit of the control group that the process is
// in, in bytes, or 0 if it has none: of version 2, else of version 1, as they are
// seen from inside of a container (cgroups(7)).
func groupLimit(read func(string) ([]byte, error)) int64 {
	for _, path := range [...]string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := read(path)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			return n
		}
	}
	return 0
}
