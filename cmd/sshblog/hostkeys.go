package main

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
)

// loadHostKeys reads the server's keys, or makes the first one if it may. A process that takes
// another's place may not: readers know the keys of that one.
func (p *program) loadHostKeys() ([]sshd.HostKey, error) {
	dir, mode := p.settings.HostKeys, sshd.AutoHostKeys
	if p.before != nil || p.settings.HostKeyMode == keysRequire {
		mode = sshd.RequireHostKeys
	}
	keys, err := sshd.LoadHostKeys(dir, mode)
	if p.before != nil {
		err = gone(err, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("setting hostkeys: %w", err)
	}
	warnOfCertificates(p.logger, keys)
	for _, k := range keys {
		if k.Created {
			p.logger.Info("made a host key; keep it, readers know the server by it", "file", k.Path, "fingerprint", k.Fingerprint())
		}
	}
	return keys, nil
}

// reloadHostKeys reads the host keys and their certificates again, for new connections. If one
// cannot be used, all stay as they were.
func (p *program) reloadHostKeys() (err error) {
	const failed = "host keys cannot be read again, those from before stay in use"
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a bug in sshblog, please report it: %v", r)
			p.logger.Error(failed, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
		p.badKeys.Store(err != nil)
	}()
	server := p.health.server.Load()
	if server == nil {
		return nil
	}
	keys, err := sshd.LoadHostKeys(p.settings.HostKeys, sshd.RequireHostKeys)
	changed := false
	if err = gone(err, p.settings.HostKeys); err == nil {
		changed, err = server.SetHostKeys(keys)
	}
	if err != nil {
		p.logger.Error(failed, "error", err)
		return err
	}
	warnOfCertificates(p.logger, keys)
	if changed {
		p.logger.Info("host keys reloaded", "host_keys", fingerprints(sshd.HostKeysInUse(keys)), "announced", fingerprints(keys))
	}
	return nil
}

// gone puts another advice in the place of that to make a key, where a server is running with one.
func gone(err error, dir string) error {
	if errors.Is(err, sshd.ErrNoHostKey) {
		return fmt.Errorf("the host keys in %s are gone; mount the folder, or restore them from a copy before the next start, since readers are warned of another key", dir)
	}
	return err
}

// warnOfCertificates warns of host certificates that clients do not accept now.
func warnOfCertificates(logger *slog.Logger, keys []sshd.HostKey) {
	now := time.Now()
	for _, k := range keys {
		if k.Certificate != nil && !k.Certified(now) {
			from, until := k.Validity()
			logger.Warn("a host certificate does not hold now, so it is not offered; make it anew and reload", "file", k.Path+"-cert.pub", "from", from, "until", until)
		}
	}
}

func fingerprints(keys []sshd.HostKey) []string {
	prints := make([]string, 0, len(keys))
	for _, k := range keys {
		prints = append(prints, k.Fingerprint())
	}
	return prints
}
