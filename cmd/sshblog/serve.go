package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// cacheBytes is the memory for rendered pages that all sessions share.
const cacheBytes = 64 << 20

func serveCommand() *cobra.Command {
	s := defaultSettings()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the blog over SSH",
		Long: `serve lets anyone read the posts with ssh. SIGHUP reads the posts again, SIGTERM
and SIGINT let readers finish and stop; a second one stops at once.

Every flag can also be set in the environment (--page-size is SSHBLOG_PAGE_SIZE)
and in the configuration file (page-size: 8). Flags win over the environment,
the environment over the file.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := complete(cmd.Flags(), os.Environ()); err != nil {
				return err
			}
			return serve(cmd.Context(), s, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	s.flags(cmd.Flags())
	return cmd
}

// serve runs the server until it is told to stop. All that can be wrong with
// the settings is found before the first client can connect.
func serve(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	logger := newLogger(s, stderr)
	lib, err := openLibrary(s, logger)
	if err != nil {
		return err
	}
	themes, err := openThemes(s.Theme, s.ThemeFile, logger)
	if err != nil {
		return err
	}
	keys, err := loadHostKeys(s, logger)
	if err != nil {
		return err
	}
	app := &sessions{
		reader:  reader.New(lib, render.NewCache(cacheBytes, 0), themes),
		library: lib,
		logger:  logger,
		drain:   s.Door.Drain,
		host:    s.Host,
	}
	door := s.Door
	door.Handler, door.HostKeys, door.Logger = app.handle, keys, logger
	server, err := sshd.New(door)
	if err != nil {
		return err
	}
	listener, err := sshd.Listen(ctx, s.Listen)
	if err != nil {
		return fmt.Errorf("setting listen: %w", err)
	}
	_, _ = fmt.Fprintln(stdout, greeting(listener.Addr(), lib.Current().All().Len(), keys))
	return untilSignalled(ctx, server, listener, lib, logger)
}

// untilSignalled serves until SIGINT or SIGTERM, and reloads on SIGHUP.
func untilSignalled(ctx context.Context, server *sshd.Server, listener net.Listener, lib *library.Library, logger *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	go func() { _ = lib.Run(ctx) }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	for {
		select {
		case err := <-served:
			return err
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
				reload(lib, logger)
			case ctx.Err() != nil:
				logger.Warn("stopping at once", "signal", sig.String())
				server.Close()
			default:
				logger.Info("stopping", "signal", sig.String())
				stop()
			}
		}
	}
}

// reload reads the posts again. If the folder cannot be read, all stays as it
// was: readers notice nothing, and the log says why.
func reload(lib *library.Library, logger *slog.Logger) {
	if _, err := lib.Reload(); err != nil {
		logger.Error("reload failed, everything stays as it was", "error", err)
	}
}

func openLibrary(s settings, logger *slog.Logger) (*library.Library, error) {
	lib, err := library.Open(library.Dir(s.Posts), library.Options{
		PageSize: s.PageSize,
		Title:    s.Title,
		Tagline:  s.Tagline,
		OnReload: func(r library.Report) {
			logProblems(logger, r.Problems)
			logger.Info("reloaded", "result", r.String(), "posts", r.Posts, "files", r.Files, "read", r.Read, "problems", len(r.Problems))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("setting posts: %w", err)
	}
	logProblems(logger, lib.Current().Problems())
	return lib, nil
}

// loadHostKeys reads the server's keys, or makes the first one if it may.
func loadHostKeys(s settings, logger *slog.Logger) ([]sshd.HostKey, error) {
	mode := sshd.AutoHostKeys
	if s.HostKeyMode == keysRequire {
		mode = sshd.RequireHostKeys
	}
	keys, err := sshd.LoadHostKeys(s.HostKeys, mode)
	if err != nil {
		return nil, fmt.Errorf("setting hostkeys: %w", err)
	}
	for _, k := range keys {
		if k.Created {
			logger.Info("made a host key; keep it, readers know the server by it", "file", k.Path, "fingerprint", k.Fingerprint())
		}
	}
	return keys, nil
}

// logProblems tells the authors what to mend.
func logProblems(logger *slog.Logger, problems []post.Problem) {
	for _, p := range problems {
		level, what := slog.LevelWarn, "post has a problem"
		if p.Severity == post.Error {
			level, what = slog.LevelError, "post cannot be shown"
		}
		logger.Log(context.Background(), level, what, "file", p.Path, "line", p.Line, "problem", p.What)
	}
}

func newLogger(s settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// count writes a number of things that take a plain s: "1 post", "41 posts".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// greeting says on one line how to connect, and by which key to know the
// server.
func greeting(at net.Addr, posts int, keys []sshd.HostKey) string {
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "serving at " + at.String()
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.IsLoopback() && ip.String() == "127.0.0.1") {
		host = "localhost"
	}
	command := "ssh -p " + port + " " + host
	if port == "22" {
		command = "ssh " + host
	}
	prints := make([]string, 0, len(keys))
	for _, k := range keys {
		prints = append(prints, k.Fingerprint())
	}
	return fmt.Sprintf("Serving %s. Read them with: %s  (host key %s)", count(posts, "post"), command, strings.Join(prints, ", "))
}
