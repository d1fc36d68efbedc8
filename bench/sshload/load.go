package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// loader runs one load from the first connection to the last.
type loader struct {
	set       settings
	dialer    dialer
	progress  *progress
	tally     tally
	witnesses atomic.Int64 // that are still to be placed
	allIdle   bool         // nobody presses a key
	burstTime time.Duration
	report    report

	mu       sync.Mutex
	sessions []*session
	failed   int
}

// spareFiles is how many descriptors the program needs beside connections.
const spareFiles = 64

func newLoader(ctx context.Context, s settings, stderr io.Writer) (*loader, error) {
	to, err := resolve(ctx, s.Target, s.Mine)
	if err != nil {
		return nil, err
	}
	if err := allowFiles(s.Sessions + spareFiles); err != nil {
		return nil, err
	}
	if s.PID != 0 {
		if _, err := usageOf(s.PID); err != nil {
			return nil, err
		}
		if err := checkListens(s.PID); err != nil {
			return nil, err
		}
	}
	l := &loader{set: s, dialer: newDialer(to, &s), burstTime: maxBurstTime}
	l.tally.patience = s.Patience
	l.witnesses.Store(int64(s.Check))
	if s.Quiet {
		stderr = io.Discard
	}
	l.progress = &progress{to: stderr, loader: l}
	return l, nil
}

// run goes through the phases: all connect, all go to their places, they read,
// and at the end there may be a burst and a reload. The end of ctx ends it, and
// what has been measured until then is reported.
func (l *loader) run(ctx context.Context) (*report, error) {
	// This program's own pauses would be taken for the server's.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer l.leave()
	stop := l.progress.start()
	defer stop()
	r := &l.report
	r.begin(l)
	for _, phase := range []func(context.Context) error{l.connectAll, l.prepareAll, l.read, l.burst, l.reload} {
		err := phase(ctx)
		if ctx.Err() != nil {
			r.Interrupted = l.progress.doing
			break
		}
		if err != nil {
			return nil, err
		}
	}
	r.end(l)
	return r, nil
}

// usage looks at the server, if we were told which it is.
func (l *loader) usage() *usage {
	if l.set.PID == 0 {
		return nil
	}
	u, err := usageOf(l.set.PID)
	if err != nil {
		l.tally.problem(fmt.Sprintf("the server's process: %v", err))
		return nil
	}
	return &u
}

// connectAll connects the readers, a few at a time.
func (l *loader) connectAll(ctx context.Context) error {
	l.progress.phase("connecting")
	does := l.set.Mix.assign(l.set.Sessions)
	l.allIdle = !slices.ContainsFunc(does, func(a activity) bool { return a != idle })
	before, start := l.usage(), time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(l.set.Parallel, l.set.Sessions) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < l.set.Sessions && ctx.Err() == nil && !l.hopeless(); i = int(next.Add(1)) - 1 {
				due := time.Now()
				if l.set.Ramp > 0 {
					due = start.Add(time.Duration(float64(i) / l.set.Ramp * float64(time.Second)))
					if wait(ctx, due) != nil {
						return
					}
				}
				s, err := l.connect(ctx, i, does[i], due)
				if err != nil && ctx.Err() != nil {
					return // it is our doing
				}
				l.connected(s, err)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if len(l.sessions) == 0 && ctx.Err() == nil {
		for what := range l.tally.allProblems() {
			return fmt.Errorf("no session could be opened at %v: %s", l.set.Target, what)
		}
	}
	after := l.usage()
	half := l.set.Settle / 2
	var calm, settled *usage
	err := l.settle(ctx, half)
	if err == nil {
		calm = l.usage()
		err = l.settle(ctx, half)
	}
	if err == nil {
		settled = l.usage()
	}
	l.report.connected(l, took, before, after, calm, settled)
	return err
}

func (l *loader) connected(s *session, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed++
		l.tally.problem("connecting: " + err.Error())
		return
	}
	l.sessions = append(l.sessions, s)
}

// hopeless tells that going on would only show the same error again.
func (l *loader) hopeless() bool {
	const enough = 10
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sessions) == 0 && l.failed >= enough
}

// prepareAll brings the readers to their places and lets the server settle.
func (l *loader) prepareAll(ctx context.Context) error {
	l.progress.phase("going to their places")
	queue := make(chan *session)
	var wg sync.WaitGroup
	for range l.set.Parallel {
		wg.Go(func() {
			for s := range queue {
				if err := s.prepare(ctx, l.set.Patience); err != nil && ctx.Err() == nil {
					l.tally.problem(err.Error())
				}
			}
		})
	}
	for _, s := range l.sessions {
		queue <- s
	}
	close(queue)
	wg.Wait()
	return l.settle(ctx, l.set.Settle)
}

// settle lets the server come to rest.
func (l *loader) settle(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	l.progress.phase("settling")
	return wait(ctx, time.Now().Add(d))
}

// read lets the readers read: keys are due at a steady rate, each reader's in
// turn, whatever has become of the keys before.
func (l *loader) read(ctx context.Context) error {
	l.progress.phase("reading")
	var readers []*session
	for _, s := range l.sessions {
		if len(s.script.cycle) > 0 {
			readers = append(readers, s)
		}
	}
	before, start := l.usage(), time.Now()
	end := start.Add(l.set.Duration)
	sent := 0
	for ; len(readers) > 0; sent++ {
		due := start.Add(time.Duration(float64(sent) / l.set.Rate * float64(time.Second)))
		if !due.Before(end) || wait(ctx, due) != nil {
			break
		}
		now := time.Now()
		l.tally.lag.add(now.Sub(due))
		s := readers[sent%len(readers)]
		_ = s.giveUp(now, l.set.Patience) // the tally knows
		s.next(due)
		if time.Since(now) > l.set.Patience { // or each session would hold up all others as long
			sent++
			l.tally.problem("a server that took no key held the others up: no more were sent")
			break
		}
	}
	err := wait(ctx, end)
	after, took := l.usage(), time.Since(start)
	l.lastAnswers(ctx, readers)
	l.report.read(l, sent, took, before, after)
	return err
}

// lastAnswers waits for the answers to the last keys.
func (l *loader) lastAnswers(ctx context.Context, readers []*session) {
	for deadline := time.Now().Add(l.set.Patience); time.Now().Before(deadline); {
		if !anyPending(readers) {
			return
		}
		if wait(ctx, time.Now().Add(10*time.Millisecond)) != nil {
			return // nobody knows whether they would have come
		}
	}
	for _, s := range readers {
		_ = s.giveUp(time.Now(), 0) // the tally knows
	}
}

func anyPending(sessions []*session) bool {
	for _, s := range sessions {
		if s.pending() {
			return true
		}
	}
	return false
}

// burst lets one more reader send many keys at once and leave with the last of
// them, so that the end of the session tells when all have been taken.
func (l *loader) burst(ctx context.Context) error {
	if l.set.Burst == 0 {
		return nil
	}
	l.progress.phase("a burst")
	l.witnesses.Store(0) // what so many keys bring, no emulator could follow
	s, err := l.connect(ctx, l.set.Sessions, browsing, time.Now())
	if err != nil {
		return fmt.Errorf("connecting for the burst: %w", err)
	}
	defer s.leave()
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	keys := make([]byte, l.set.Burst, l.set.Burst+1)
	for i := range keys {
		keys[i] = "jk"[i%2]
	}
	before, start := l.usage(), time.Now()
	_ = s.nc.SetDeadline(start.Add(l.burstTime)) // it has one, and ends the session
	_, err = s.channel.Write(append(keys, '\x03'))
	<-s.over
	took := time.Since(start)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case took >= l.burstTime:
		l.tally.problem(fmt.Sprintf("the burst was not taken in %v", l.burstTime))
	case err != nil:
		l.tally.problem("before it had all keys of the burst, " + s.failure().Error())
	case s.reason != "":
		l.tally.problem("during the burst " + s.failure().Error())
	}
	l.report.burst(l, took, before, l.usage())
	return nil
}

// maxBurstTime is how long a burst may take; servers that paint every key need
// a minute and more.
const maxBurstTime = 10 * time.Minute

// reload sends SIGHUP to the server and waits until every session has been
// shown what is new.
func (l *loader) reload(ctx context.Context) error {
	if l.set.Reload == "" {
		return nil
	}
	l.progress.phase("a reload")
	var (
		seen    histogram
		left    sync.WaitGroup
		before  = l.usage()
		start   = time.Now()
		allSeen = make(chan struct{})
	)
	left.Add(len(l.sessions))
	for _, s := range l.sessions {
		s.look(&lookout{text: []byte(l.set.Reload), since: start, seen: &seen, done: left.Done})
	}
	server, err := os.FindProcess(l.set.PID)
	if err == nil {
		err = server.Signal(syscall.SIGHUP)
	}
	if err != nil {
		return fmt.Errorf("setting reload: SIGHUP to process %d: %w", l.set.PID, err)
	}
	go func() { left.Wait(); close(allSeen) }()
	select {
	case <-allSeen:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(l.set.Patience):
		l.tally.problem("a session was not shown what a reload changed")
	}
	l.report.reload(l, &seen, before, l.usage())
	return nil
}

// leave ends all sessions.
func (l *loader) leave() {
	for _, s := range l.sessions {
		s.leave()
	}
}
