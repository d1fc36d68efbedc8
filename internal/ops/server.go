package ops

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// What a client of the listener can hold. Its own clients are few: a probe, a
// scraper, a person.
//
// In bytes: a connection has two buffers of 4 KiB of net/http and a head of maxHeaderBytes, to
// which that adds 4 KiB, so all have 1.3 MB. No body is read. What a reload answers is taken from the
// ledger (Holder), a document has one buffer of documentBuffer, and maxScrapes scrapes have a page
// each, which no client makes longer.
const (
	maxConns       = 64
	maxWorking     = 16 // of them, those that are not closed for a new one
	maxHeaderBytes = 8 << 10
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second // a profile moves it by its own length
	// closeGrace is how long a request may go on after Serve was told to stop.
	closeGrace = 2 * time.Second
)

// Config says what a Server serves. Only Metrics is required.
type Config struct {
	// Metrics are served at /metrics.
	Metrics *Metrics
	// Checks are asked for /readyz, in this order.
	Checks []Check
	// Reload, if not nil, reads the posts again for POST /-/reload, and Upgrade starts a
	// successor for POST /-/upgrade.
	Reload, Upgrade Request
	// Documents are JSON for GET /-/NAME, by name. Each is called for one request at a time,
	// and streams what it has; an error before the first byte says why there is none now.
	Documents map[string]func(io.Writer) error
	// Hosts are the names that requests may be for, besides addresses and names
	// that public DNS cannot have, see privateName.
	Hosts []string
	// Pprof serves profiles: the program's memory, its goroutines and its
	// command line, to whoever asks.
	Pprof bool
	// Logger receives what goes wrong. The default discards.
	Logger *slog.Logger
}

// Server serves the operator's pages.
type Server struct {
	log    *slog.Logger
	http   *http.Server
	closed chan struct{}
}

// Closed is closed once Serve, which has been told to stop, has closed its listener.
func (s *Server) Closed() <-chan struct{} { return s.closed }

// New makes a Server.
func New(cfg Config) *Server {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	errorLog := slog.NewLogLogger(cfg.Logger.With("listener", "ops").Handler(), slog.LevelWarn)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", live)
	mux.Handle("GET /readyz", ready(cfg.Checks))
	mux.Handle("GET /metrics", long(cfg.Metrics.handler(errorLog)))
	for path, do := range map[string]Request{"/-/reload": cfg.Reload, "/-/upgrade": cfg.Upgrade} {
		if do != nil {
			mux.Handle(path, only("POST", make(requests, maxReloads).answer(do)))
		}
	}
	for name, write := range cfg.Documents {
		mux.Handle("/-/"+name, only("GET, HEAD", document(write)))
	}
	if cfg.Pprof {
		// Its own routes, not those of http.DefaultServeMux: anything linked
		// into the program may add to that one.
		for path, page := range map[string]http.HandlerFunc{
			"": pprof.Index, "cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
		} {
			mux.Handle("GET /debug/pprof/"+path, long(page))
		}
	}
	s := &Server{
		log:    cfg.Logger,
		closed: make(chan struct{}),
		http: &http.Server{
			Handler:           byHost(cfg.Hosts, mux),
			ConnContext:       connContext,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          errorLog,
		},
	}
	// A probe comes every few seconds: a connection each costs less than those
	// that would be kept in between.
	s.http.SetKeepAlivesEnabled(false)
	return s
}

// Serve answers on l until ctx ends, then closes l, gives requests under way
// two seconds, and returns nil. Its error is that of a listener which fails
// for good. It is called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if !loopback(l.Addr()) {
		s.log.Warn("the ops listener is open to the network: it has no accounts, so let only the monitoring reach it", "address", l.Addr().String())
	}
	conns := newConns(l)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		_ = l.Close()
		close(s.closed)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
		defer cancel()
		if s.http.Shutdown(grace) != nil {
			_ = s.http.Close() // a profile, or a client that does not read
		}
		// One may have been accepted that Shutdown did not know of yet.
		for conns.open() > 0 && grace.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	})
	err := s.http.Serve(conns)
	if !stop() {
		<-stopped
		return nil
	}
	return fmt.Errorf("serving ops at %s: %w", l.Addr(), err)
}

// loopback reports whether only this machine can reach an address.
func loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
