// Package cluster is what several servers of one blog share, over the JetStream of a NATS cluster that is run
// beside them: the states of readers ([Readers], a memory.Store), the history of the posts ([Posts], a
// push.Shared) and announcements of changes.
//
// Neither accepting a client nor reading waits for anything here. Each call goes to the leader of a stream and
// is answered when the majority of its replicas has the write. While NATS is away all calls fail at once, and
// nothing is queued here: callers keep what they have, within limits of their own.
//
// Everything that is stored has a format number. A server reads newer formats as long as they say that it can,
// and otherwise leaves them alone and reports that: so servers of two versions can run beside each other.
package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// ErrAway says that NATS cannot be reached now.
var ErrAway = errors.New("the cluster (NATS) does not answer")

// errClosed is the error of calls after Close.
var errClosed = errors.New("the connection to the cluster is closed")

// Cluster is a server's connection to NATS, which is made again whenever it is lost. It is safe for
// concurrent use.
type Cluster struct {
	config Config
	server string // this process, among all
	began  time.Time
	conn   *nats.Conn
	js     jetstream.JetStream

	failures   atomic.Uint64
	reconnects atomic.Uint64
	inform     chan struct{} // has one when a connection was made

	mu      sync.Mutex
	streams map[string]jetstream.Stream //ledger:counted the three there are
	warned  map[string]bool             //ledger:counted likewise, once each
}

// requestTime is how long an answer of NATS is waited for.
const requestTime = 5 * time.Second

// Open connects. If NATS cannot be reached that goes on in the background, and the log says so; the error
// is for settings that cannot be right.
func Open(c Config) (*Cluster, error) {
	c = c.orDefault()
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	cl := &Cluster{config: c, server: rand.Text(), began: time.Now(), inform: make(chan struct{}, 1), streams: make(map[string]jetstream.Stream), warned: make(map[string]bool)}
	options = append(options,
		nats.ConnectHandler(cl.connected), nats.ReconnectHandler(func(conn *nats.Conn) { cl.reconnects.Add(1); cl.connected(conn) }),
		nats.DisconnectErrHandler(cl.disconnected), nats.ReconnectErrHandler(cl.failed), nats.ErrorHandler(cl.complained),
	)
	if cl.conn, err = nats.Connect(c.servers(), options...); err != nil {
		return nil, fmt.Errorf("setting cluster: %s", plaintext.Clean(err.Error()))
	}
	if !cl.conn.IsConnected() {
		c.Logger.Warn("the cluster is not reached: readers are served all the same, and it is tried again until it is", "error", lastError(cl.conn))
	}
	if cl.js, err = jetstream.New(cl.conn, jetstream.WithPublishAsyncTimeout(requestTime)); err != nil {
		cl.conn.Close()
		return nil, err
	}
	return cl, nil
}

func lastError(conn *nats.Conn) string {
	if err := conn.LastError(); err != nil {
		return plaintext.Clean(err.Error())
	}
	return "no answer"
}

// Close ends the connection. Calls that are under way fail.
func (c *Cluster) Close() { c.conn.Close() }

// connected is called by the client of NATS, as the others here.
func (c *Cluster) connected(conn *nats.Conn) {
	c.config.Logger.Info("connected to the cluster", "server", plaintext.Clean(conn.ConnectedServerName()), "cluster", plaintext.Clean(conn.ConnectedClusterName()))
	select {
	case c.inform <- struct{}{}:
	default:
	}
}

func (c *Cluster) disconnected(_ *nats.Conn, err error) {
	why := "it was closed"
	if err != nil {
		why = plaintext.Clean(err.Error())
	}
	c.config.Logger.Warn("the cluster is away: readers are served all the same, and it is tried again until it is back", "error", why)
}

// failed counts a failure without logging it: connecting is tried several times a second.
func (c *Cluster) failed(*nats.Conn, error) { c.failures.Add(1) }

// complained logs the errors that NATS reports, such as missing permissions, once each.
func (c *Cluster) complained(_ *nats.Conn, _ *nats.Subscription, err error) {
	c.failures.Add(1)
	c.warn(plaintext.Clean(err.Error()), "the cluster complains", "error", plaintext.Clean(err.Error()))
}

// maxWarned is how many different things are warned of.
const maxWarned = 100

// warn logs a thing once.
func (c *Cluster) warn(thing, message string, args ...any) {
	c.mu.Lock()
	first := !c.warned[thing] && len(c.warned) < maxWarned
	if first {
		c.warned[thing] = true
	}
	c.mu.Unlock()
	if first {
		c.config.Logger.Warn(message, args...)
	}
}

// Stats is what has happened to the connection.
type Stats struct {
	Connected  bool
	Reconnects uint64 // how often it was made again
	Failures   uint64 // calls and attempts to connect that have failed
}

// Stats returns what has happened by now.
func (c *Cluster) Stats() Stats {
	return Stats{c.conn.IsConnected(), c.reconnects.Load(), c.failures.Load()}
}

// bounded is a context for one request.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, requestTime)
}

// ready reports why no request need be tried.
func (c *Cluster) ready() error {
	switch {
	case c.conn.IsClosed():
		return errClosed
	case !c.conn.IsConnected():
		return ErrAway
	}
	return nil
}

// failure returns an error of NATS, in our own words if it means that NATS is away, and counts it.
func (c *Cluster) failure(err error) error {
	if err == nil {
		return nil
	}
	c.failures.Add(1)
	for _, away := range [...]error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded,
		jetstream.ErrNoStreamResponse, jetstream.ErrAsyncPublishTimeout, context.DeadlineExceeded,
	} {
		if errors.Is(err, away) {
			return fmt.Errorf("%w: %w", ErrAway, err)
		}
	}
	const full = 10077                                                                                                          // the stream, or the disk: that passes by itself no more than what else is refused
	if e, ok := errors.AsType[*jetstream.APIError](err); ok && e.Code == http.StatusServiceUnavailable && e.ErrorCode != full { // no leader yet
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return fmt.Errorf("the cluster (NATS) refuses it: %w", err)
}

// discard is where nobody wants the log.
func discard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
