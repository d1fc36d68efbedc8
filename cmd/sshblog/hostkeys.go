package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
)

// loadHostKeys reads the server's keys, or creates the first one if permitted. A successor may not create one:
// readers know the keys of its predecessor.
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
	warnOfCertificates(p.logger, dir, keys)
	p.keys = keys
	for _, k := range keys {
		if k.Created {
			p.logger.Info("made a host key; keep it, readers know the server by it", "file", k.Path, "fingerprint", k.Fingerprint())
		}
	}
	return keys, nil
}

// reloadHostKeys reads the host keys and their certificates again, for new connections, and returns them if
// they have changed. If one cannot be used, all stay as they were.
func (p *program) reloadHostKeys() (others []sshd.HostKey, err error) {
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
		return nil, nil
	}
	keys, err := sshd.LoadHostKeys(p.settings.HostKeys, sshd.RequireHostKeys)
	changed := false
	if err == nil {
		err = newCertificates(p.keys, keys)
	}
	if err = gone(err, p.settings.HostKeys); err == nil {
		changed, err = server.SetHostKeys(keys)
	}
	if err != nil {
		p.logger.Error(failed, "error", err)
		return nil, err
	}
	p.keys = keys
	warnOfCertificates(p.logger, p.settings.HostKeys, keys)
	if changed {
		p.logger.Info("host keys reloaded", "host_keys", fingerprints(sshd.HostKeysInUse(keys)), "announced", fingerprints(keys))
		others = keys
	}
	return others, nil
}

// gone replaces the advice to create a key, since a server is running with one.
func gone(err error, dir string) error {
	if errors.Is(err, sshd.ErrNoHostKey) {
		return fmt.Errorf("the host keys in %s are gone; mount the folder, or restore them from a copy before the next start, since readers are warned of another key", dir)
	}
	return err
}

// newCertificates refuses certificates that are not valid now, unless they were loaded before and have expired
// since: a new one may have replaced a valid one by mistake.
func newCertificates(before, keys []sshd.HostKey) error {
	now := time.Now()
	for _, k := range keys {
		if k.Certificate == nil || k.Certified(now) || slices.ContainsFunc(before, func(b sshd.HostKey) bool {
			return b.Certificate != nil && bytes.Equal(b.Certificate.Marshal(), k.Certificate.Marshal())
		}) {
			continue
		}
		from, until := k.Validity()
		return fmt.Errorf("host certificate %s-cert.pub holds from %s until %s, and it is %s now: make it anew, or wait, and reload",
			k.Path, from.Format(time.RFC3339), until.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	return nil
}

// warnOfCertificates warns of host certificates that are not offered to clients.
func warnOfCertificates(logger *slog.Logger, dir string, keys []sshd.HostKey) {
	now := time.Now()
	for _, k := range keys {
		if k.Certificate != nil && !k.Certified(now) {
			from, until := k.Validity()
			logger.Warn("a host certificate does not hold now, so it is not offered; make it anew and reload", "file", k.Path+"-cert.pub", "from", from, "until", until)
		}
	}
	for _, path := range sshd.LoneCertificates(dir) {
		logger.Warn("a host certificate has no key beside it, so it is not offered; put the key there, or remove it", "file", path)
	}
}

func fingerprints(keys []sshd.HostKey) []string {
	prints := make([]string, 0, len(keys))
	for _, k := range keys {
		prints = append(prints, k.Fingerprint())
	}
	return prints
}
