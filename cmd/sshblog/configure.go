package main

import (
	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/sshd"
)

// configure returns the configuration of the SSH server.
func (p *program) configure(app *sessions, plan memoryPlan, keys []sshd.HostKey) sshd.Config {
	cfg := p.settings.SSH
	cfg.MemoryBudget = plan.sessions
	cfg.SharedSockets = p.sockets.shared()
	app.serveFiles(&cfg, app.library)
	cfg.Identify = func(user string) bool { return p.settings.identifies(user, p.remembers()) }
	cfg.KnownKey, cfg.Author, cfg.Logged = p.knownKey, p.author, command.Logged
	cfg.Handler, cfg.HostKeys, cfg.Logger, cfg.OnSession = app.handle, keys, p.logger, observe(p.metrics)
	return cfg
}
