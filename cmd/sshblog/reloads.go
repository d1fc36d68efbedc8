package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// Why a reload is refused.
var (
	errStarting = errors.New("the server is starting, and reads the posts for the first time; ask again once it is ready")
	errStopping = errors.New("the server is stopping; the next start reads the posts")
	errReplaced = errors.New("this process has a successor, which reads the posts; ask that one")
)

// keysError is returned if the host keys or the authors could not be read, while the posts were reloaded.
type keysError struct {
	error
	what string
}

func (e keysError) Error() string {
	return "the posts are reloaded, but not the " + e.what + ": " + e.error.Error()
}

func (e keysError) Unwrap() error { return e.error }

// reloadReport is the result of a reload.
type reloadReport struct {
	library.Report
	authors bool           // others than before
	keys    []sshd.HostKey // all there are, if they or their certificates are others than before
}

// String says it to an operator, in one line.
func (r reloadReport) String() string {
	said := ""
	if r.keys != nil {
		said = "; host keys or certificates changed"
	}
	if r.authors {
		said += "; authors changed"
	}
	r.Unchanged = r.Unchanged && said == ""
	return r.Report.String() + said
}

// reloads is the one way by which the posts are read again, whoever requests it.
//
// A reload that has begun may have passed a file that was changed since. So a request gets the result of a
// reload that begins afterwards, and all requests before it begins share it: one is under way and one pending
// at most. If a reload hangs, as on a network that is down, only those wait who want its result.
type reloads struct {
	mu      sync.Mutex
	read    func(scope) (reloadReport, error) // nil before start
	stopped chan struct{}                     // closed by stop
	why     error                             // the reason; nil: it is not stopped
	count   uint64                            // of requests
	running bool
	next    *reloading // the pending one; nil if there is none
}

// scope is what a reload reads; the zero value means everything.
type scope struct {
	posts bool           // and neither the host keys nor the authors
	still *library.Still // posts in these files, or nil: in all
}

// and returns what both are about.
func (s scope) and(other scope) scope {
	s.posts = s.posts && other.posts
	if other.still == nil {
		s.still = nil
	}
	return s
}

// reloading is a reload; its result is set when done is closed.
type reloading struct {
	done   chan struct{}
	scope  scope
	report reloadReport
	err    error // the posts stay as they were, but for a keysError
}

// start enables reloads; read performs one.
func (r *reloads) start(read func(scope) (reloadReport, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read, r.stopped = read, make(chan struct{})
}

// stop refuses reloads from now on, also pending ones, for a reason. It may be called more than once; the first
// reason counts.
func (r *reloads) stop(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil {
		r.why = why
		close(r.stopped)
	}
}

// asked returns the number of requests so far.
func (r *reloads) asked() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// ask requests a reload. It returns the one that begins next, and a channel that is closed when nobody should
// wait for it any more. The reload covers the scopes of all requests.
func (r *reloads) ask(what scope) (next *reloading, stopped <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.why != nil:
		return nil, nil, r.why
	case r.read == nil:
		return nil, nil, errStarting
	}
	r.count++
	if r.next == nil {
		r.next = &reloading{done: make(chan struct{}), scope: what}
	}
	r.next.scope = r.next.scope.and(what)
	if !r.running {
		r.running = true
		go r.run(r.stopped) //ledger:counted one of the program
	}
	return r.next, r.stopped, nil
}

// run reloads until there is no request any more, or stopped is closed.
func (r *reloads) run(stopped <-chan struct{}) {
	for now := r.begin(); now != nil; now = r.begin() {
		began := time.Now()
		now.report, now.err = r.read(now.scope)
		close(now.done)
		pause(pauseAfter(time.Since(began)), stopped)
	}
}

// pauseAfter returns the pause after a reload or upgrade that took so long. Without it, endless requests would
// keep the server busy with them all the time; with it they take half of the time at most. The pause is limited
// to mostPause.
func pauseAfter(took time.Duration) time.Duration {
	const mostPause = 10 * time.Second
	return min(took, mostPause)
}

// pause waits, but no longer than until over is closed.
func pause(d time.Duration, over <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
	}
}

// begin returns the pending reload, or nil. Requests from here on get another.
func (r *reloads) begin() *reloading {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.next
	if r.why != nil {
		now = nil
	}
	r.next, r.running = nil, now != nil
	return now
}

// wait requests a reload and returns its result.
func (r *reloads) wait(ctx context.Context, what scope) (reloadReport, error) {
	next, stopped, err := r.ask(what)
	if err != nil {
		return reloadReport{}, err
	}
	select {
	case <-next.done:
		return next.report, next.err
	case <-stopped:
		r.mu.Lock()
		defer r.mu.Unlock()
		return reloadReport{}, r.why
	case <-ctx.Done():
		return reloadReport{}, ctx.Err()
	}
}

// reloadAll reads the host keys, the authors and the posts again; a failure of one does not prevent the others.
// If only posts have changed, the host keys are not read.
func (p *program) reloadAll(lib *library.Library, what scope) (reloadReport, error) {
	var report reloadReport
	var keys, authors, err error
	p.notify(supervise.Reloading()...)
	if !what.posts {
		report.keys, keys = p.reloadHostKeys()
	}
	report.authors, authors = p.reloadAuthors()
	p.stale.Store(authors != nil)
	if what.posts {
		authors = nil // the posts are read all the same, and the error is logged
	}
	report.Report, err = p.reload(lib, what.still)
	if report.authors && (err != nil || report.Unchanged) {
		lib.Renew() // so that open sessions see what their keys permit now
	}
	switch {
	case err != nil:
	case keys != nil && authors != nil:
		err = keysError{fmt.Errorf("%w; %w", keys, authors), "host keys and the authors"}
	case keys != nil:
		err = keysError{keys, "host keys"}
	case authors != nil:
		err = keysError{authors, "authors"}
	}
	result := report.String()
	if err != nil {
		result = "not reloaded: " + err.Error()
	}
	p.notify(supervise.Ready, supervise.Status(plaintext.Clean(result)))
	return report, err
}

// reload reads the posts again. If the folder cannot be read, all stays as it was, and the log says why.
func (p *program) reload(lib *library.Library, still *library.Still) (report library.Report, err error) {
	const failed = "reload failed, everything stays as it was"
	defer func() {
		if r := recover(); r != nil {
			p.metrics.ReloadFailed()
			p.logger.Error(failed, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = errors.New("a bug in sshblog, please report what the log has of it")
		}
	}()
	p.still(func() { report, err = lib.ReloadStill(still) })
	if err != nil {
		p.metrics.ReloadFailed()
		p.logger.Error(failed, "error", err)
	}
	return report, err
}

// watch reloads what changes in the posts' folder until ctx ends.
func (p *program) watch(ctx context.Context, lib *library.Library) {
	defer p.contain("changes of the posts are not noticed any more")
	_ = lib.Watch(ctx, library.Watching{
		Interval: p.settings.WatchInterval,
		Reload: func(still *library.Still) error {
			_, err := p.reloads.wait(ctx, scope{posts: true, still: still})
			return err
		},
		Unwatched: func(why error) {
			p.logger.Warn("the system does not tell of changes of the posts, so they are noticed at the interval", "reason", why, "watch_interval", p.settings.WatchInterval)
		},
	})
}

// reloaded is called after each reload that succeeded.
func (p *program) reloaded(r library.Report) {
	p.readers.follow(p.health.library.Load())
	if !r.ByClock {
		p.metrics.Reloaded(time.Now(), !r.Unchanged)
		if p.badKeys.Load() || p.stale.Load() {
			p.metrics.ReloadFailed()
		}
	}
	p.tellOthers(r)
	p.memory.report()
}
