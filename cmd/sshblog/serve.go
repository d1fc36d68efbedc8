package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// cacheBytes is the memory for rendered pages that all sessions share: some 500
// posts of a thousand words. Any reader can fill it, by going through the widths
// of a window, so it is what one reader may make the server hold.
const cacheBytes = 8 << 20

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

// program is a server from its start to its end.
type program struct {
	settings settings
	logger   *slog.Logger
	pages    *render.Cache
	health   health
	metrics  *ops.Metrics
}

// serve runs the server until it is told to stop.
func serve(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	if s.OpsPprof && s.Ops == "" {
		return errors.New("setting ops-pprof: profiles need a listener, set ops too, as in 127.0.0.1:9222")
	}
	p := &program{settings: s, logger: newLogger(s, stderr), pages: newPages(s)}
	p.metrics = newMetrics(&p.health, p.pages)
	stopOps, err := p.serveOps(ctx)
	if err != nil {
		return err
	}
	defer stopOps() // it tells how the rest comes up, and goes
	signals := make(chan os.Signal, 4)
	// From here, since a supervisor may ask for a reload while we come up, and
	// SIGHUP ends a process that does not expect it.
	signal.Notify(signals, syscall.SIGHUP)
	defer signal.Stop(signals)
	return p.serve(ctx, stdout, signals)
}

// serve brings up one part after the other: first what only looks, last what
// leaves something behind, which is the host key. All that can be wrong with
// the settings is found before the first client is answered.
func (p *program) serve(ctx context.Context, stdout io.Writer, signals chan os.Signal) error {
	themes, err := openThemes(p.settings.Theme, p.settings.ThemeFile, p.logger)
	if err != nil {
		return err
	}
	lib, err := openLibrary(p.settings, p.logger, p.reloaded)
	if err != nil {
		return err
	}
	p.health.library.Store(lib)
	p.metrics.Reloaded(time.Now(), true)
	listener, err := listen(ctx, "listen", p.settings.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server has closed it, if there came to be one
	keys, err := loadHostKeys(p.settings, p.logger)
	if err != nil {
		return err
	}
	p.health.hasKeys.Store(true)
	app := &sessions{
		reader:  reader.New(lib, p.pages, themes),
		library: lib,
		logger:  p.logger,
		drain:   p.settings.Door.Drain,
		themes:  themes.Names(),
		host:    p.settings.Host,
	}
	door := p.settings.Door
	door.Handler, door.HostKeys, door.Logger, door.OnSession = app.handle, keys, p.logger, observe(p.metrics)
	server, err := sshd.New(door)
	if err != nil {
		return err
	}
	p.health.server.Store(server)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	_, _ = fmt.Fprintln(stdout, greeting(listener.Addr(), lib.Current().All().Len(), keys))
	return p.untilSignalled(ctx, signals, server, listener, lib)
}

// serveOps serves the operator's pages, if there is to be a listener for them,
// until the returned function is called.
func (p *program) serveOps(ctx context.Context) (stop func(), err error) {
	if p.settings.Ops == "" {
		return func() {}, nil
	}
	listener, err := listen(ctx, "ops", p.settings.Ops)
	if err != nil {
		return nil, err
	}
	p.logger.Info("serving health and metrics", "address", listener.Addr().String(), "pprof", p.settings.OpsPprof)
	server := ops.New(ops.Config{Metrics: p.metrics, Checks: p.health.checks(), Pprof: p.settings.OpsPprof, Logger: p.logger})
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ctx, listener); err != nil {
			p.logger.Error("health and metrics are gone, the blog goes on", "error", err)
		}
	}()
	return func() { cancel(); <-done }, nil
}

// untilSignalled serves until SIGINT or SIGTERM, and reloads on SIGHUP.
func (p *program) untilSignalled(ctx context.Context, signals <-chan os.Signal, server *sshd.Server, listener net.Listener, lib *library.Library) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer p.contain("posts come and go by themselves no more")
		_ = lib.Run(ctx)
	}()
	reloads := make(chan struct{}, 1)
	go p.reloadWhenAsked(ctx, lib, reloads)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	for {
		select {
		case err := <-served:
			return err
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
				select {
				case reloads <- struct{}{}:
				default: // the one that waits will read all that is there by now
				}
			case ctx.Err() != nil:
				p.logger.Warn("stopping at once", "signal", sig.String())
				server.Close()
			default:
				p.logger.Info("stopping", "signal", sig.String())
				p.health.stopping.Store(true) // first: no new reader should be sent here
				stop()
			}
		}
	}
}

// reloadWhenAsked reloads on a goroutine of its own: a folder on a network may
// not answer for minutes, and a signal to stop must not wait for it.
func (p *program) reloadWhenAsked(ctx context.Context, lib *library.Library, asked <-chan struct{}) {
	for {
		select {
		case <-asked:
			p.reload(lib)
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the posts again. If the folder cannot be read, all stays as it
// was: readers notice nothing, and the log says why.
func (p *program) reload(lib *library.Library) {
	defer p.contain("reload failed, everything stays as it was")
	if _, err := lib.Reload(); err != nil {
		p.metrics.ReloadFailed()
		p.logger.Error("reload failed, everything stays as it was", "error", err)
	}
}

// contain stops a panic from ending the process, and logs it. It has to be
// deferred itself.
func (p *program) contain(consequence string) {
	if r := recover(); r != nil {
		p.logger.Error(consequence, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}

// reloaded is told of reloads that succeeded.
func (p *program) reloaded(r library.Report) {
	p.metrics.Reloaded(time.Now(), !r.Unchanged)
}

// openLibrary reads the posts; observers are told of every reload after that.
func openLibrary(s settings, logger *slog.Logger, observers ...func(library.Report)) (*library.Library, error) {
	lib, err := library.Open(library.Dir(s.Posts), library.Options{
		PageSize:    s.PageSize,
		Title:       s.Title,
		Tagline:     s.Tagline,
		SearchLimit: s.SearchMemory,
		OnSearch:    func(r library.SearchReport) { logSearch(logger, r) },
		OnReload: func(r library.Report) {
			logProblems(logger, r.Problems)
			logger.Info("reloaded", "result", r.String(), "posts", r.Posts, "files", r.Files, "read", r.Read, "problems", len(r.Problems))
			for _, observe := range observers {
				observe(r)
			}
		},
	})
	if err != nil {
		return nil, folderError(s.Posts, err)
	}
	logProblems(logger, lib.Current().Problems())
	return lib, nil
}

// logSearch tells that the posts can be searched, and what of them cannot.
func logSearch(logger *slog.Logger, r library.SearchReport) {
	logger.Debug("search is ready", "posts", r.Posts, "bytes", r.Bytes)
	if r.Brief > 0 {
		logger.Warn("old posts are found by title and tags alone, since search-memory is too small for the text of all", "posts", r.Brief, "bytes", r.Bytes)
	}
	for _, post := range r.Failed {
		logger.Error("the text of a post cannot be searched, which is a mistake of sshblog's; please report it", "post", post)
	}
}

// newPages returns the memory of rendered pages that all sessions share.
func newPages(s settings) *render.Cache {
	if s.VisualOrder {
		return render.NewCache(cacheBytes, 0, render.VisualOrder())
	}
	return render.NewCache(cacheBytes, 0)
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
