package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/authors"
	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/earlysignals"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/lines"
	"github.com/sshblog/sshblog/internal/logqueue"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/supervise"
)

// cacheBytes is the memory for rendered pages that all sessions share: some 500
// posts of a thousand words. Any reader can fill it, by going through the widths
// of a window, so it is what one reader may make the server hold.
const cacheBytes = 8 << 20

func serveCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	test := false
	cmd := &cobra.Command{
		Use:   earlysignals.Serving,
		Short: "Serve the blog over SSH",
		Long: `serve lets anyone read the posts with ssh. SIGHUP reads the posts and the host keys
again, SIGUSR2 starts a successor (see sshblog upgrade), SIGTERM and SIGINT let readers
finish and stop; a second one stops at once.

Every flag can also be set in the environment (--page-size is SSHBLOG_PAGE_SIZE)
and in the configuration file (page-size: 8). Flags win over the environment,
the environment over the file. With --check nothing is served and nothing made:
it exits with 1 and the reason if a start would fail, or not be ready.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.journal = isJournal(cmd.ErrOrStderr(), os.Getenv)
			log := newLogQueue(s, cmd.ErrOrStderr())
			defer log.Close(logPatience)
			err := complete(all, os.Environ())
			if err != nil {
				if _, before, failed := supervise.Inherit(); failed == nil {
					before.Fail(err)
				}
				return err // no line has been logged
			}
			if test {
				err = dryRun(cmd.Context(), *s, cmd.OutOrStdout(), log)
			} else {
				err = serve(cmd.Context(), *s, cmd.OutOrStdout(), log)
			}
			if err != nil {
				lastLine(*s, log, err) // behind the log's lines, and waiting no longer than these
				return errReported
			}
			return nil
		},
	}
	s, all = withSettings(cmd)
	yes(cmd.Flags().VarPF(check(&test, boolean), "check", "", "only check that the server could start with these settings: true or false (`bool`)"))
	return cmd
}

// program is a server from its start to its end.
type program struct {
	settings   settings
	logger     *slog.Logger
	pages      *render.Cache
	limit      int64  // of memory, in bytes
	atRest     int64  // bytes of the heap in use before there are posts
	path       string // at the start; there may be another file there now
	memory     *allotment
	readers    readers        // the remembered readers
	keys       []sshd.HostKey // as they were last read
	authors    atomic.Pointer[authors.Set]
	publishing *publishing      // nil: there are no authors
	cluster    *cluster.Cluster // nil: the server is alone
	following  *following
	stale      atomic.Bool // authors could not be reloaded
	badKeys    atomic.Bool // host keys could not be reloaded
	health     health
	reloads    reloads
	upgrades   upgrades
	successor  atomic.Pointer[supervise.Successor] // serves instead of this process
	metrics    *ops.Metrics

	sockets sockets
	before  *supervise.Predecessors // whose place the process takes; nil: there is none
	inPlace atomic.Bool             // systemd follows this process

	ops      net.Listener // of the operator's pages, or nil
	stopOps  func()       // ends them; closeOps only closes the listener before it returns
	closeOps func()
	unwatch  func() // ends watching the posts, and what other servers publish
}

// serve runs the server until it is told to stop.
func serve(ctx context.Context, s settings, stdout io.Writer, log *logqueue.Queue) (err error) {
	given, before, err := supervise.Inherit()
	if err != nil {
		return err
	}
	defer func() { before.Fail(err) }()
	p, err := newProgram(s, slog.New(newHandler(s, log)))
	if err != nil {
		return err
	}
	p.sockets.given, p.before = given, before
	slog.SetDefault(p.logger) //nolint:forbidigo // what a library logs goes the way of all lines
	p.metrics = newMetrics(&p.health, p.pages, log.Dropped)
	defer p.sockets.closeUnused() // if the start fails before it is known which they are
	if p.before != nil {
		p.sockets.inherited = slices.Clone(given)
		p.memory.follow(p.before.Share())
	}
	defer p.closeCluster()
	defer func() { p.stopOps() }() // last: it reports on the rest from start to end
	if p.before == nil {           // with a predecessor, they are taken over once this process serves
		if err := p.openOps(ctx); err != nil {
			return err
		}
		p.serveOps(ctx)
	}
	signals := make(chan os.Signal, 4)
	// From here on SIGHUP is queued, since a supervisor may ask for a reload during the
	// start. Until here it was ignored (package earlysignals).
	signal.Notify(signals, requests()...)
	return p.serve(ctx, stdout, signals)
}

// newProgram is the part of a start that depends on nothing but settings.
func newProgram(s settings, logger *slog.Logger) (*program, error) {
	s.findState()
	if err := s.agree(); err != nil {
		return nil, err
	}
	limit := limitMemory(logger)
	s.SearchMemory = searchBytesOf(limit, s)
	warnOfRanges(logger, s.SSH)
	warnOfZone(logger, s)
	if err := s.Site.find(s.Posts); err != nil {
		if s.Site.Config != "" {
			return nil, fmt.Errorf("setting site-config: %w", err)
		}
		logger.Warn("the website's configuration is ignored", "error", plaintext.Clean(err.Error()))
	}
	set, err := readAuthors(s)
	if err != nil {
		return nil, err
	}
	p := &program{
		settings: s, logger: logger, pages: newPages(s, logger), limit: limit, atRest: heapInUse(), path: ownPath(os.Args[0]),
		memory: newAllotment(limit, s, logger), stopOps: func() {}, closeOps: func() {}, unwatch: func() {}, following: newFollowing(),
	}
	p.authors.Store(set)
	return p, nil
}

// serve starts the parts one after the other; those that change files, such as a new host key, come last. All
// errors in settings are found before the first client is accepted.
func (p *program) serve(ctx context.Context, stdout io.Writer, signals chan os.Signal) error {
	themes, err := openThemes(p.settings.Theme, p.settings.ThemeFile, p.logger)
	if err != nil {
		return err
	}
	lib, err := p.openPosts(ctx)
	if err != nil {
		return err
	}
	p.health.required.Store(p.settings.PostsRequired)
	p.health.library.Store(lib)
	p.metrics.Reloaded(time.Now(), true)
	plan := divide(p.limit, max(heapInUse()-p.atRest, 0), runtime.GOMAXPROCS(0), p.settings)
	plan.report(p.logger)
	endPace := keepPace(p.limit)
	defer endPace()
	listeners, err := p.sockets.listen(ctx, "listen", p.settings.Listen)
	if err != nil {
		return err
	}
	defer func() {
		for _, l := range listeners {
			_ = l.Close() // the server has closed it, if there came to be one
		}
	}()
	keys, err := p.loadHostKeys()
	if err != nil {
		return err
	}
	p.health.hasKeys.Store(true)
	count, stopCounting, err := p.countOpened(lib)
	if err != nil {
		return err
	}
	defer stopCounting()
	forget := p.remember(lib)
	defer forget()
	crowd, stopCrowd := p.crowd(ctx)
	defer stopCrowd()
	app := &sessions{
		reader:     reader.New(lib, p.pages, themes, append(readerOptions(p.settings, count), reader.Showing(crowd))...),
		lines:      lines.Blog{Library: lib, Pages: p.pages, Themes: themes, OnOpen: count.opened.Add, OnEnd: count.ended.Add, Crowd: crowd},
		library:    lib,
		authors:    p.author,
		memory:     p.readers.memory,
		shares:     sharesOf(p.settings),
		publishing: p.publishing,
		statistics: p.statistics,
		source:     p.settings.Source == on,
		feeds:      newFeeds(lib, p.settings, p.logger),
		logger:     p.logger,
		drain:      p.settings.SSH.Drain,
		themes:     themes.Names(),
		host:       p.settings.Host,
	}
	server, err := sshd.New(p.configure(app, plan, keys))
	if err != nil {
		return err
	}
	p.health.server.Store(server)
	p.health.answers.Store(server.OpenAccount(ledger.Limits{Bytes: maxAnswers}))
	p.readers.payBy(server)
	p.memory.begin(server, plan)
	warnOfFiles(p.logger, server.Stats().MaxConns)
	if p.before != nil {
		if err := p.openOps(ctx); err != nil {
			return err
		}
	}
	p.sockets.closeUnused()
	undouble := doubleThreads()
	defer undouble()
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	at := make([]net.Addr, len(listeners))
	for i, l := range listeners {
		at[i] = l.Addr()
	}
	var hello strings.Builder
	p.announce(&hello, at, lib.Current().All().Len(), server.Stats(), keys)
	go func() { _, _ = io.WriteString(stdout, hello.String()) }() //ledger:counted one of the program; nobody may read what it writes
	return p.untilSignalled(ctx, signals, server, listeners, lib)
}

// openOps opens the listener of the operator's pages, if setting ops or a socket says where.
func (p *program) openOps(ctx context.Context) error {
	var addresses []string
	if p.settings.Ops != "" {
		addresses = []string{p.settings.Ops}
	}
	listeners, err := p.sockets.listen(ctx, "ops", addresses)
	if err != nil || len(listeners) == 0 {
		return err
	}
	if len(listeners) > 1 {
		return fmt.Errorf("setting ops: %d sockets are named ops, and one is served: leave one in the socket unit", len(listeners))
	}
	p.ops = listeners[0]
	return nil
}

// serveOps serves the operator's pages, if there is a listener for them, until stopOps is
// called.
func (p *program) serveOps(ctx context.Context) {
	listener := p.ops
	if listener == nil {
		return
	}
	p.logger.Info("serving health and metrics", "address", listener.Addr().String(), "pprof", p.settings.OpsPprof)
	server := ops.New(ops.Config{
		Metrics: p.metrics, Checks: p.health.checks(), Reload: p.answerReload, Upgrade: p.answerUpgrade,
		Documents: p.documents(),
		Hosts:     opsHosts(p.settings), Pprof: p.settings.OpsPprof, Logger: p.logger,
	})
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { //ledger:counted one of the program
		defer close(done)
		if err := server.Serve(ctx, listener); err != nil {
			p.logger.Error("health and metrics are gone, the blog goes on", "error", err)
		}
	}()
	p.stopOps = func() { cancel(); <-done }
	p.closeOps = func() { cancel(); <-server.Closed() }
}

// opsHosts are the host names accepted by the ops listener: those that were set, and the one that it listens
// at.
func opsHosts(s settings) []string {
	if host, _, err := net.SplitHostPort(s.Ops); err == nil && host != "" {
		return append(slices.Clone(s.OpsHosts), host)
	}
	return s.OpsHosts
}

// openPosts reads the posts. A successor refuses to start without posts if its predecessor has some, as a
// reload would.
func (p *program) openPosts(ctx context.Context) (lib *library.Library, err error) {
	if p.before != nil { // and serves meanwhile
		if err := p.awaitStill(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.openCluster(); err != nil {
		return nil, err
	}
	if err := p.openPublisher(ctx); err != nil {
		return nil, err
	}
	p.still(func() { lib, err = openLibrary(p.settings, p.logger, p.memory, p.reloaded) })
	if err == nil && p.before != nil && empty(lib.Current()) {
		return nil, fmt.Errorf("setting posts: there is no post in %s, and an upgrade takes no post from readers; mount it, or restart if it is to be empty", p.settings.Posts)
	}
	return lib, err
}

// awaitStill waits, before an upgrade reads all posts, until no file is being written, if watch is set.
func (p *program) awaitStill(ctx context.Context) error {
	if !p.settings.Watch {
		return nil
	}
	return library.AwaitStill(ctx, library.Dir(p.settings.Posts), time.Second)
}

// openLibrary reads the posts; observers are told of every reload after that.
func openLibrary(s settings, logger *slog.Logger, memory library.Memory, observers ...func(library.Report)) (*library.Library, error) {
	options := s.reading()
	options.Title, options.Tagline, options.Authors = s.Title, s.Tagline, s.Authors != ""
	options.SearchLimit, options.Memory = s.SearchMemory, memory
	options.OnSearch = func(r library.SearchReport) { logSearch(logger, r) }
	options.OnWait = func(had, left int) {
		logger.Warn("most posts are gone: waiting until the folder is quiet, for half a minute at most", "folder", s.Posts, "posts", had, "left", left)
	}
	options.OnReload = func(r library.Report) {
		for _, e := range r.Emptied {
			logger.Warn("a folder has no post any more; if it is a volume, mount it and reload", "folder", plaintext.Clean(e.Folder), "posts", e.Posts)
		}
		if !r.KnownProblems {
			logProblems(logger, r.Problems)
		}
		logger.Info("reloaded", "result", r.String(), "posts", r.Posts, "files", r.Files, "read", r.Read, "problems", len(r.Problems))
		for _, observe := range observers {
			observe(r)
		}
	}
	lib, err := library.Open(library.Dir(s.Posts), options)
	if err != nil {
		return nil, folderError(s.Posts, err)
	}
	logProblems(logger, lib.Current().Problems())
	if empty(lib.Current()) {
		level := slog.LevelWarn
		if s.PostsRequired {
			level = slog.LevelError
		}
		logger.Log(context.Background(), level, "there is no post in the folder; if there should be some, mount it and reload", "folder", s.Posts)
	}
	return lib, nil
}

// logSearch logs that the posts can be searched, and which cannot.
func logSearch(logger *slog.Logger, r library.SearchReport) {
	logger.Debug("search is ready", "posts", r.Posts, "bytes", r.Bytes)
	if r.Brief > 0 {
		logger.Warn("old posts are found by title and tags alone, since search-memory is too small for the text of all", "posts", r.Brief, "bytes", r.Bytes)
	}
	for _, post := range r.Failed {
		logger.Error("the text of a post cannot be searched, which is a bug in sshblog; please report it", "post", post)
	}
}

// newPages returns the memory of rendered pages that all sessions share.
func newPages(s settings, logger *slog.Logger) *render.Cache {
	options := []render.Option{render.Log(logger), render.Site(s.Site.found.URL, s.Site.found.Page), render.Sections(s.Site.found.Section)}
	if s.VisualOrder {
		options = append(options, render.VisualOrder())
	}
	return render.NewCache(cacheBytes, 0, options...)
}
