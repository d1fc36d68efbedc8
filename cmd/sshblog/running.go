package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// The status that systemd shows of a server before its first reload, and of upgrades. The packages' postinstall
// compares the beginnings of the last two.
const (
	statusServing     = "serving"
	statusUpgrading   = "upgrading"
	statusNotUpgraded = "not upgraded: "
)

// untilSignalled serves until SIGINT or SIGTERM, or until a successor serves and the last reader has left. It
// reloads on SIGHUP and upgrades on SIGUSR2.
func (p *program) untilSignalled(outer context.Context, signals <-chan os.Signal, server *sshd.Server, listeners []net.Listener, lib *library.Library) error {
	ctx, stop := context.WithCancel(outer)
	defer stop()
	go func() { //ledger:counted one of the program
		defer p.contain("posts come and go by themselves no more")
		_ = lib.Run(ctx)
	}()
	p.reloads.start(func(what scope) (reloadReport, error) { return p.reloadAll(lib, what) })
	defer p.reloads.stop(errStopping)
	watching, unwatch := context.WithCancel(ctx) // until a successor watches
	p.unwatch = unwatch
	if p.settings.Watch {
		go p.watch(watching, lib) //ledger:counted one of the program
	}
	if p.cluster != nil {
		go p.followOthers(watching) //ledger:counted one of the program
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listeners...) }() //ledger:counted one of the program
	lost := make(chan error, 1)
	p.upgrades.serve(func(ctx context.Context) (upgradeResult, error) { return p.upgrade(ctx, server, lost) }, p.upgradeFailed)
	defer p.upgrades.end(errEnding)
	if err := p.takePlace(outer, server); err != nil {
		return err
	}
	var failed error
	for {
		select {
		case err := <-served:
			if err == nil {
				err = failed
			}
			return err
		case err := <-lost:
			switch {
			case ctx.Err() != nil: // both were told to stop
			case errors.Is(err, errStopped):
				p.logger.Info("stopping", "reason", err)
			default:
				failed = err
				p.logger.Error("stopping, so that a supervisor starts the server again", "error", failed)
			}
			stop()
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
				if _, _, err := p.reloads.ask(scope{}); err != nil { // all other errors are logged
					p.logger.Warn("not reloaded", "reason", err)
				}
			case sig == upgradeSignal:
				if _, err := p.upgrades.ask(); err != nil {
					p.logger.Warn("not upgraded", "reason", err)
				}
			case ctx.Err() != nil:
				p.logger.Warn("stopping at once", "signal", sig.String())
				server.Close()
			default:
				p.logger.Info("stopping", "signal", sig.String())
				p.health.stopping.Store(true) // first: no new reader should be sent here
				p.reloads.stop(errStopping)
				stop()
				p.upgrades.end(errEnding)
				p.notify(supervise.Stopping)
				if p.inPlace.Load() {
					p.before.Stopping()
				}
			}
		}
	}
}

// doubleThreads has Go run twice as many threads as there are turns (package ledger). With as
// many threads as turns, those who have a turn could occupy all of them, and work without a
// turn, such as logins and reading from the network, would wait up to ten milliseconds until
// Go preempts one. With twice as many, the kernel runs it at once. undo restores the number.
func doubleThreads() (undo func()) {
	turns := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(2 * turns)
	return func() { runtime.GOMAXPROCS(turns) }
}

// takePlace reports to systemd, or to the predecessor, that this process serves. With a predecessor the ops
// listener is served from then on, until ctx ends, so also while readers
// finish.
func (p *program) takePlace(ctx context.Context, server *sshd.Server) error {
	if p.before == nil {
		p.inPlace.Store(true)
		p.notify(supervise.Ready, supervise.Status(statusServing))
		return nil
	}
	for !server.Stats().Accepting && ctx.Err() == nil { // it is about to
		time.Sleep(time.Millisecond)
	}
	if err := p.before.Ready(); err != nil {
		return fmt.Errorf("the server before this one is gone: %w", err)
	}
	p.inPlace.Store(true)
	p.serveOps(ctx) // the predecessor's listener is the same, and being closed
	go func() {     //ledger:counted one of the program
		defer p.contain("memory of the processes before this one stays reserved")
		p.before.Follow(func() { p.memory.follow(p.before.Share()) })
		p.readers.share(new(false), nil)
		// The line of the start had what those left at first.
		if stats := server.Stats(); p.inPlace.Load() && ctx.Err() == nil && !stats.Draining {
			p.logger.Info("the processes before this one have ended", "max_sessions", stats.MaxSessions, "memory", mib(stats.MemoryBudget))
		}
	}()
	return nil
}

// contain recovers a panic and logs it. It has to be deferred directly.
func (p *program) contain(consequence string) {
	if r := recover(); r != nil {
		p.logger.Error(consequence, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
