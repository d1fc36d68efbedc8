package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"syscall"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// untilSignalled serves until SIGINT or SIGTERM, or until a successor has taken the process's
// place and the last reader has gone. It reloads on SIGHUP and upgrades on SIGUSR2.
func (p *program) untilSignalled(ctx context.Context, signals <-chan os.Signal, server *sshd.Server, listeners []net.Listener, lib *library.Library) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { //ledger:counted one of the program
		defer p.contain("posts come and go by themselves no more")
		_ = lib.Run(ctx)
	}()
	p.reloads.start(func(still *library.Still) (library.Report, error) { return p.reloadAll(lib, still) })
	defer p.reloads.stop()
	if p.settings.Watch {
		go p.watch(ctx, lib) //ledger:counted one of the program
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listeners...) }() //ledger:counted one of the program
	if err := p.takePlace(); err != nil {
		return err
	}
	p.upgrades.serve(func() (upgradeResult, error) { return p.upgrade(server) })
	for {
		select {
		case err := <-served:
			return err
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
				_, _, _ = p.reloads.ask(nil) // the log says what comes of it
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
				p.notify(supervise.Stopping)
				p.upgrades.stop(errEnding)
				p.reloads.stop()
				stop()
			}
		}
	}
}

// takePlace tells those who have started this process that it serves.
func (p *program) takePlace() error {
	if p.before == nil {
		p.notify(supervise.Ready, supervise.Status("serving"))
		return nil
	}
	if err := p.before.Ready(); err != nil {
		return fmt.Errorf("the server before this one is gone: %w", err)
	}
	p.inPlace.Store(true)
	go func() { //ledger:counted one of the program
		defer p.contain("the memory of the processes before this one counts for ever")
		p.before.Follow(func() { p.memory.follow(p.before.Share()) })
	}()
	return nil
}

// contain recovers a panic and logs it. It has to be deferred directly.
func (p *program) contain(consequence string) {
	if r := recover(); r != nil {
		p.logger.Error(consequence, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
