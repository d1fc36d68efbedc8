package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/sshd"
)

// dryRun does what a start does, without effects outside the process: it needs no port, since
// a running server may have it, and makes no host key.
func dryRun(ctx context.Context, s settings, stdout, log io.Writer) error {
	p, err := newProgram(s, slog.New(newHandler(s, log)))
	if err != nil {
		return err
	}
	if _, err := openThemes(s.Theme, s.ThemeFile, p.logger); err != nil {
		return err
	}
	lib, err := openLibrary(p.settings, p.logger, nil)
	if err != nil {
		return err
	}
	if s.PostsRequired && empty(lib.Current()) {
		return fmt.Errorf("setting posts-required: there is no post in %s, so the server would not be ready (mount it?)", s.Posts)
	}
	if s, err = canListen(ctx, s); err != nil {
		return err
	}
	if err := s.agree(); err != nil { // the addresses are resolved now, and two may be the same
		return err
	}
	if s.State != "" {
		if err := canWriteTo(s.State); err != nil {
			return stateError(s.State, err)
		}
	}
	if err := p.canPublish(); err != nil {
		return err
	}
	cfg := s.SSH
	if cfg.HostKeys, err = keysToBe(s); err != nil {
		return err
	}
	warnOfCertificates(p.logger, s.HostKeys, cfg.HostKeys)
	memory := divide(p.limit, max(heapInUse()-p.atRest, 0), runtime.GOMAXPROCS(0), s)
	memory.report(p.logger)
	cfg.MemoryBudget, cfg.Logger, cfg.Handler = memory.sessions, p.logger, func(ssh.Session) {}
	server, err := sshd.New(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	posts, sessions := lib.Current().All().Len(), server.Stats().MaxSessions
	if s.LogFormat == formatJSON {
		s.LogLevel = min(s.LogLevel, slog.LevelInfo) // the result is printed at any log level
		slog.New(newHandler(s, log)).Info("the settings are good", "posts", posts, "max_sessions", sessions)
		return nil
	}
	_, err = fmt.Fprintf(stdout, "The settings are good: %s, %s at once.\n", plaintext.Count(posts, "post"), plaintext.Count(sessions, "session"))
	return err
}

// canListen returns the settings with names resolved to addresses. It returns an error if one cannot be
// listened at, unless only because it is in use.
func canListen(ctx context.Context, s settings) (found settings, err error) {
	s.Listen = slices.Clone(s.Listen)
	for i, address := range s.Listen {
		if s.Listen[i], err = addressToBe(ctx, "listen", address); err != nil {
			return s, err
		}
	}
	if s.Ops != "" {
		s.Ops, err = addressToBe(ctx, "ops", s.Ops)
	}
	return s, err
}

// addressToBe returns the address of a setting with its port as a number, or an error if it cannot be listened
// at.
func addressToBe(ctx context.Context, setting, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	listener, err := sshd.Listen(ctx, net.JoinHostPort(host, "0"))
	if err != nil {
		return "", listenError(setting, address, err)
	}
	_ = listener.Close() // nobody was let in
	if net.ParseIP(host) == nil && host != "" {
		host, _, _ = net.SplitHostPort(listener.Addr().String())
	}
	const firstOrdinary = 1024
	if n, err := strconv.Atoi(port); err == nil && n > 0 && n < firstOrdinary {
		// Only the kernel knows whether it is permitted.
		if listener, err = sshd.Listen(ctx, address); err == nil {
			_ = listener.Close() // as above
		} else if errors.Is(err, syscall.EACCES) {
			return "", listenError(setting, address, err)
		}
	}
	return net.JoinHostPort(host, port), nil
}

// keysToBe returns the host keys that a start would have. If a start would make one, a
// temporary one takes its place.
func keysToBe(s settings) ([]sshd.HostKey, error) {
	keys, err := sshd.LoadHostKeys(s.HostKeys, sshd.RequireHostKeys)
	if err == nil {
		return keys, nil
	}
	if s.HostKeyMode == keysRequire || !errors.Is(err, sshd.ErrNoHostKey) {
		return nil, fmt.Errorf("setting hostkeys: %w", err)
	}
	if err := canWriteTo(s.HostKeys); err != nil {
		return nil, fmt.Errorf("setting hostkeys: cannot make a host key in %s (let the server write there): %w", s.HostKeys, err)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	signer, err := gossh.NewSignerFromKey(private)
	return []sshd.HostKey{{Signer: signer}}, err
}

// canWriteTo reports whether a file can be created in a folder, or the folder if there is none. It removes what
// it creates.
func canWriteTo(dir string) error {
	for {
		file, err := os.CreateTemp(dir, ".sshblog-check-*")
		parent := filepath.Dir(dir)
		switch {
		case err == nil:
			return errors.Join(file.Close(), os.Remove(file.Name()))
		case !errors.Is(err, fs.ErrNotExist) || parent == dir:
			return err
		}
		dir = parent
	}
}

// namedZone returns the time zone that a value of TZ names; nil if it names none, as
// one that is empty or the path of a file.
func namedZone(tz string) (name string, zone *time.Location, err error) {
	if name = strings.TrimPrefix(tz, ":"); name != "" && !filepath.IsAbs(name) {
		zone, err = time.LoadLocation(name)
	}
	return name, zone, err
}

// localByTZ returns the time zone that TZ names, or local if it names none. Go evaluates TZ when a package
// first uses it, which may be before the embedded time zones are registered.
func localByTZ(tz string, local *time.Location) *time.Location {
	if _, zone, err := namedZone(tz); zone != nil && err == nil {
		return zone
	}
	return local
}

// calendar returns the time zone of dates without a time: the one that was set, or else the one of TZ, or nil.
func calendar(set *time.Location) *time.Location {
	name, _, err := namedZone(os.Getenv("TZ"))
	if set != nil || name == "" || err != nil { // warnOfZone logs an error
		return set
	}
	return time.Local //nolint:gosmopolitan // as TZ says
}

// warnOfZone warns if TZ names no time zone: Go silently uses UTC then.
func warnOfZone(logger *slog.Logger, s settings) {
	if name, _, err := namedZone(os.Getenv("TZ")); err != nil && s.Timezone == nil {
		logger.Warn("TZ names no time zone, so dates count by UTC; set timezone, as in Europe/Berlin", "tz", name)
	}
}
