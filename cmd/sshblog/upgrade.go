package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// successorPatience is how long a successor may take to be ready. It reads all posts.
const successorPatience = 5 * time.Minute

// sharePause is how often a process that was upgraded sends its successor how much memory it still takes.
const sharePause = 10 * time.Second

// upgrades starts a successor, one at a time, whoever requests it. This process goes on for the readers that it
// has, and the successor takes its place.
type upgrades struct {
	mu     sync.Mutex
	start  func(context.Context) (upgradeResult, error) // nil before the server serves
	now    *upgrading                                   // nil if none is under way, or about to begin
	failed func(error)                                  // called after a failure
	pause  time.Time                                    // end of the pause after the last one
	closed error                                        // the reason why no more are accepted; nil: they are
}

// upgrading is an upgrade, and its result once done is closed.
type upgrading struct {
	done   chan struct{}
	cancel context.CancelFunc
	result upgradeResult
	err    error // everything stays as it was
}

// upgradeResult is what a request for an upgrade is answered with, as JSON.
type upgradeResult struct {
	PID      int    `json:"pid"`             // of the successor
	Sessions int    `json:"sessions"`        // that stay with the process before it
	Error    string `json:"error,omitempty"` // of a failure
}

// failure is the JSON answer to a request without a result.
type failure struct {
	Error string `json:"error"`
}

// Why an upgrade is refused.
var (
	errNotServing = errors.New("the server is starting; ask again once it is ready")
	errUpgraded   = errors.New("this process has a successor already; ask that one")
	errEnding     = errors.New("the server is stopping")
)

// errStopped is why an upgraded process stops when its successor was told to stop.
var errStopped = errors.New("the process that lets readers in was told to stop")

// serve enables upgrades; start performs one, and failed is called after a failure.
func (u *upgrades) serve(start func(context.Context) (upgradeResult, error), failed func(error)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.start, u.failed = start, failed
}

// commit reports whether the successor may take the process's place. After it no other upgrade is accepted.
func (u *upgrades) commit() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed != nil {
		return false
	}
	u.closed = errUpgraded
	return true
}

// end refuses upgrades from now on, for a reason. One that is under way and has not reached commit is
// abandoned, and waited for.
func (u *upgrades) end(why error) {
	u.mu.Lock()
	if u.closed == nil {
		u.closed = why
	}
	now := u.now
	u.mu.Unlock()
	if now != nil {
		now.cancel()
		<-now.done
	}
}

// ask begins an upgrade, or joins the one that is under way or pending.
func (u *upgrades) ask() (*upgrading, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.now != nil:
	case u.closed != nil:
		return nil, u.closed
	case u.start == nil:
		return nil, errNotServing
	default:
		ctx, cancel := context.WithTimeout(context.Background(), successorPatience)
		u.now = &upgrading{done: make(chan struct{}), cancel: cancel}
		go u.run(ctx, u.now, time.Until(u.pause)) //ledger:counted one of the program
	}
	return u.now, nil
}

// run upgrades after a pause, if ctx does not end in it.
func (u *upgrades) run(ctx context.Context, now *upgrading, after time.Duration) {
	pause(after, ctx.Done())
	began := time.Now()
	started := ctx.Err() == nil
	if now.err = errEnding; started {
		now.result, now.err = u.start(ctx)
	}
	now.cancel()
	u.mu.Lock()
	u.now, u.pause = nil, time.Now().Add(pauseAfter(time.Since(began)))
	u.mu.Unlock()
	if started && now.err != nil {
		u.failed(now.err) // a caller may then ask again, and gets another
	}
	close(now.done)
}

// upgradeFailed logs an upgrade that has failed.
func (p *program) upgradeFailed(err error) {
	p.logger.Error("the upgrade failed, everything stays as it was", "error", err)
	p.notify(supervise.Status(statusNotUpgraded + plaintext.Clean(err.Error())))
}

// upgrade starts the successor and lets it take this process's place. A failure changes nothing. lost gets an
// error if the successor fails later, while it serves.
func (p *program) upgrade(ctx context.Context, server *sshd.Server, lost chan<- error) (result upgradeResult, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a bug in sshblog, please report it: %v\n%s", r, debug.Stack())
		}
		if err != nil {
			p.memory.giveBack()
			p.readers.share(nil, new(false))
		}
	}()
	p.notify(supervise.Status(statusUpgrading))
	if os.Getpid() == 1 {
		return result, errors.New("this is process 1 of a container, which would end with it: start a container of the new image beside this one")
	}
	if err := p.readFirst(ctx); err != nil {
		return result, err
	}
	p.notify(supervise.Status(statusUpgrading)) // the reload has set another
	share, err := p.makeRoom(ctx)
	if err != nil {
		return result, err
	}
	p.logger.Info("upgrading", "program", p.path)
	asked := p.reloads.asked()
	p.readers.share(nil, new(true))
	successor, err := supervise.Start(p.path, os.Args, p.sockets.used, p.before, share)
	if err != nil {
		return result, err
	}
	err = successor.AwaitReady(ctx)
	if err == nil && !p.upgrades.commit() {
		err = errEnding
	}
	if err != nil {
		successor.Kill()
		return result, err
	}
	// The supervisor first: from here systemd follows the successor.
	p.notify(supervise.MainPID(successor.PID), supervise.Ready, supervise.Status(statusServing))
	p.inPlace.Store(false)
	p.unwatch()
	p.successor.Store(successor)
	p.reloads.stop(errReplaced)
	if p.reloads.asked() != asked { // it may have read the posts before that change
		successor.Reload()
	}
	p.health.replaced.Store(true)
	p.closeOps() // whoever has asked there for the upgrade gets the answer
	server.Retire(p.settings.UpgradeDrain)
	result = upgradeResult{PID: successor.PID, Sessions: server.Stats().Sessions}
	p.logger.Info("upgraded: the successor serves, those who read here may go on", "pid", successor.PID, "sessions", result.Sessions, "upgrade_drain", p.settings.UpgradeDrain)
	go p.yield(server, successor, lost) //ledger:counted one of the program
	return result, nil
}

// readFirst reloads, and refuses the upgrade where the process goes on with something that a
// successor could not read: bad host keys, and posts whose newest version is broken. Of a folder
// of posts that cannot be read only the successor complains: its settings may name another.
func (p *program) readFirst(ctx context.Context) error {
	if err := p.awaitStill(ctx); err != nil {
		return err
	}
	report, err := p.reloads.wait(ctx, scope{})
	_, keys := errors.AsType[keysError](err)
	switch n := len(report.Kept); {
	case n > 0:
		return fmt.Errorf("readers have an earlier version of %s, as of %s, since the newest is broken, and would lose it: mend it, the log has file and line, or restart",
			plaintext.Count(n, "post"), report.Kept[0])
	case keys, errors.Is(err, errStopping), ctx.Err() != nil:
		return err
	}
	return nil
}

// makeRoom frees the memory for a successor. A predecessor of this process may have been upgraded a moment ago,
// and may be about to report that it needs less.
func (p *program) makeRoom(ctx context.Context) (share supervise.Share, err error) {
	const attempts, pause = 15, 200 * time.Millisecond
	for range attempts {
		if share, err = p.memory.makeRoom(); err == nil || p.before == nil || ctx.Err() != nil {
			break
		}
		time.Sleep(pause)
	}
	return share, err
}

// yield sends the successor, until this process ends, how much memory this one still takes.
func (p *program) yield(server *sshd.Server, successor *supervise.Successor, lost chan<- error) {
	defer p.contain("the successor no longer learns how much memory this process takes")
	for server.Stats().Accepting { // the last ones may be coming in
		time.Sleep(time.Millisecond)
	}
	pause := time.NewTicker(sharePause)
	defer pause.Stop()
	ended := successor.Ended()
	for successor.Keep(p.memory.shrink()) == nil {
		select {
		case <-pause.C:
		case <-ended:
			if err := successor.Failed(); err != nil {
				lost <- err
				return
			}
			ended = nil // its own successor may have the connection
		}
	}
	if successor.Stopped() {
		lost <- errStopped
		return
	}
	lost <- errors.New("the process that lets readers in is gone")
}

// ownPath returns the path of the running program, as it was called: below a symbolic link to the folder of a
// version there may be a newer one.
func ownPath(called string) string {
	own, err := os.Executable()
	if err != nil {
		return called
	}
	path, err := exec.LookPath(called)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return own
	}
	a, errA := os.Stat(path) //nolint:gosec // the running program, by another name
	b, errB := os.Stat(own)
	if errA != nil || errB != nil || !os.SameFile(a, b) {
		return own
	}
	return path
}

// notify sends states to systemd, if it follows this process. A failure is logged, since systemd
// may then consider the server hung.
func (p *program) notify(states ...string) {
	if !p.inPlace.Load() {
		return
	}
	if err := supervise.Notify(states...); err != nil {
		p.logger.Warn("cannot notify systemd", "error", err)
	}
}

// answerUpgrade upgrades for a request to the ops listener.
func (p *program) answerUpgrade(ctx context.Context) (status int, answer any) {
	fails := func(status int, err error) (int, any) {
		return status, failure{plaintext.Clean(err.Error())}
	}
	under, err := p.upgrades.ask()
	if err != nil {
		return fails(http.StatusConflict, err)
	}
	select {
	case <-under.done:
		if under.err != nil {
			return fails(http.StatusInternalServerError, under.err)
		}
		return http.StatusOK, under.result
	case <-ctx.Done():
		return fails(http.StatusServiceUnavailable, errors.New("the upgrade goes on, and the log will have its result"))
	}
}

func upgradeCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	asJSON := false
	timeout := 2 * time.Minute
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Have a running server start its successor, and lose no reader",
		Long: `upgrade has the server of this host start its program anew, with the settings
that its file has now. The successor listens at the same sockets; once it is ready the
server lets nobody in any more and goes on for those who read, for as long as the
setting upgrade-drain says. If the successor does not come up, everything stays as it
was, and upgrade says why and exits with 1. It asks at the setting ops; where that is
off, SIGUSR2 does the same, and the log has the result.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			var r upgradeResult
			addresses, err := opsAddresses(s, all, "upgrade", "SIGUSR2")
			if err == nil {
				r, err = askUpgrade(ctx, addresses)
			}
			switch {
			case err != nil: // as JSON, too, if that is asked for
				return err
			case asJSON:
				return printJSON(cmd.OutOrStdout(), r)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "upgraded: process %d serves; %s with the one before\n", r.PID, plaintext.Count(r.Sessions, "session"))
			return err
		},
	}
	s, all = withSettings(cmd, "config", "ops")
	cmd.Flags().Var(check(&timeout, duration), "timeout", "how `long` to wait for the result")
	yes(cmd.Flags().VarPF(check(&asJSON, boolean), "json", "", "print the result as JSON: true or false (`bool`)"))
	return cmd
}

// askUpgrade asks for an upgrade. The error says why everything stays as it was.
func askUpgrade(ctx context.Context, addresses []string) (r upgradeResult, err error) {
	status, err := askOps(ctx, addresses, "/-/upgrade", &r)
	if err == nil && status != http.StatusOK {
		err = errors.New("not upgraded: " + plaintext.Clean(cmp.Or(r.Error, http.StatusText(status))))
	}
	return r, err
}
