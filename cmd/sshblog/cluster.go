package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/push"
)

// clusterSettings say what several servers of one blog share, and where.
type clusterSettings struct {
	// URLs are the addresses of NATS; none means that the server is alone.
	URLs []string
	// Name begins the names of all that is kept there.
	Name string
	// Posts says whether what authors publish comes to all servers: "on" or "off".
	Posts string
	// Credentials, CA, Certificate and Key are files; see [cluster.Config].
	Credentials, CA, Certificate, Key string
}

const clusterName = "sshblog"

func defaultClusterSettings() clusterSettings { return clusterSettings{Name: clusterName, Posts: on} }

func (s *clusterSettings) flags(fs *pflag.FlagSet) {
	fs.Var(check(&s.URLs, clusterURLs), "cluster", "`addresses` of NATS, over which several servers of one blog are one, joined by commas, as in nats://nats-1:4222,nats://nats-2:4222")
	fs.Var(check(&s.Name, cluster.ParseName), "cluster-name", "`name` that begins those of streams and subjects, where several blogs share a NATS cluster")
	fs.Var(check(&s.Posts, oneOf(on, off)), "cluster-posts", "on or off (`mode`): what authors publish comes to all servers; off where they share a folder, or have posts in another way: then they only tell each other that there is something new")
	fs.Var(check(&s.Credentials, notEmpty), "cluster-credentials", "`file` that says who the server is to NATS: .creds, the seed of an nkey, or USER:PASSWORD")
	fs.Var(check(&s.CA, notEmpty), "cluster-ca", "`file` with the certificates that vouch for NATS (PEM); without it the system's do, for addresses that begin with tls://")
	fs.Var(check(&s.Certificate, notEmpty), "cluster-certificate", "`file` with the certificate that the server shows to NATS (PEM)")
	fs.Var(check(&s.Key, notEmpty), "cluster-key", "`file` with its private key (PEM)")
}

// clusterURLs reads the addresses of NATS.
func clusterURLs(text string) ([]string, error) {
	urls, err := list(cluster.ParseURL)(text)
	if err == nil && len(urls) == 0 {
		err = errors.New("want addresses of NATS, as in nats://nats-1.example.com:4222")
	}
	return urls, err
}

// agree returns an error for a setting that has no effect without another.
func (s *clusterSettings) agree() error {
	if len(s.URLs) > 0 {
		return s.config(nil).Check()
	}
	for name, set := range map[string]bool{
		"cluster-name": s.Name != clusterName, "cluster-posts": s.Posts != on, "cluster-credentials": s.Credentials != "", "cluster-ca": s.CA != "",
		"cluster-certificate": s.Certificate != "", "cluster-key": s.Key != "",
	} {
		if set {
			return fmt.Errorf("setting %s: the server is alone, set cluster too, as in nats://nats-1.example.com:4222", name)
		}
	}
	return nil
}

func (s *clusterSettings) config(logger *slog.Logger) cluster.Config {
	return cluster.Config{
		URLs: s.URLs, Name: s.Name, Credentials: s.Credentials, CA: s.CA, Certificate: s.Certificate, Key: s.Key, Logger: logger,
	}
}

// openCluster connects to the other servers, if a cluster is configured.
func (p *program) openCluster() (err error) {
	if s := p.settings.Cluster; len(s.URLs) > 0 {
		for _, url := range s.URLs {
			if strings.HasPrefix(url, "nats://") && s.CA == "" && s.Certificate == "" {
				p.logger.Info("what the servers tell each other is not encrypted unless NATS asks for it; set cluster-ca, or tls:// addresses, where others could listen")
				break
			}
		}
		p.cluster, err = cluster.Open(s.config(p.logger))
		p.health.cluster.Store(p.cluster)
	}
	return err
}

func (p *program) closeCluster() {
	if p.cluster != nil {
		p.cluster.Close()
	}
}

// sharedPosts is the common history of the servers, or nil.
func (p *program) sharedPosts() push.Shared {
	if p.cluster == nil || p.settings.Cluster.Posts == off {
		return nil
	}
	return p.cluster.Posts()
}

// How often a server checks for messages that it has missed: at the head of the history, which is one request,
// and at everything that may have changed. tryAgain is the pause after a failure: NATS may have no leader yet.
const (
	lookAhead  = time.Second
	lookAround = 30 * time.Second
	tryAgain   = 500 * time.Millisecond
)

// following keeps a server up to date with the others.
type following struct {
	look  chan struct{} // has one if there is a reason to check at once
	lacks atomic.Bool   // another server lacks objects

	restoring atomic.Bool

	ahead   func(context.Context) (bool, error)         // reports whether there is something to follow
	follow  func(ctx context.Context, told bool) error  // takes it over
	restore func(ctx context.Context, asked bool) error // brings back what was lost
}

func newFollowing() *following { return &following{look: make(chan struct{}, 1)} }

// soon triggers a check.
func (f *following) soon() {
	select {
	case f.look <- struct{}{}:
	default:
	}
}

// run follows until ctx ends.
func (f *following) run(ctx context.Context) {
	next := time.NewTimer(0) // a server that has just started serves what it has first
	defer next.Stop()
	var around, restored time.Time
	wait, told := lookAhead, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.look:
			told = true
		case <-next.C:
		}
		now := time.Now()
		due := now.Sub(around) >= lookAround
		// NATS without a leader does not answer. The check is short, and nothing longer begins before it
		// succeeds.
		soon, cancel := context.WithTimeout(ctx, lookAhead)
		some, err := f.ahead(soon)
		cancel()
		if err == nil && (some || told || due) {
			was := told
			told = false
			err = f.follow(ctx, was)
		}
		switch {
		case errors.Is(err, push.ErrApart), errors.Is(err, push.ErrCatchingUp):
			wait = tryAgain
		case err != nil: // the pause grows as long as there are no messages
			wait = min(max(2*wait, lookAhead), lookAround)
		default:
			wait = lookAhead
		}
		if wait != tryAgain && due {
			around = now
		}
		asked := f.lacks.Load()
		if wait != tryAgain && (due || asked && now.Sub(restored) >= lookAround) && f.restoring.CompareAndSwap(false, true) {
			f.lacks.Store(false)
			restored = now
			go func() { //ledger:counted one of the program: a long history takes its time, and what is new does not wait for it
				defer f.restoring.Store(false)
				_ = f.restore(ctx, asked) // it is tried again
			}()
		}
		next.Reset(wait)
	}
}

// publisher returns the publisher that shares its history with other servers, or nil.
func (p *program) publisher() *push.Publisher {
	if p.sharedPosts() == nil || p.publishing == nil {
		return nil
	}
	return p.publishing.publisher
}

// followOthers takes over what other servers publish, until ctx ends.
func (p *program) followOthers(ctx context.Context) {
	defer p.contain("what other servers publish is not noticed any more")
	f := p.following
	f.ahead = func(ctx context.Context) (bool, error) {
		publisher := p.publisher()
		if publisher == nil {
			return false, nil
		}
		some, err := publisher.Ahead(ctx)
		p.notTakenOver(ctx, err)
		return some, err
	}
	f.follow, f.restore = p.followOnce, p.restoreOnce
	go func() { //ledger:counted one of the program
		defer p.contain("what other servers publish is only looked for every second")
		err := p.cluster.Changes(ctx, func(lacks bool) {
			if lacks {
				f.lacks.Store(true)
			}
			f.soon()
		})
		if err != nil {
			p.logger.Error("cannot receive messages from other servers", "error", err)
		}
	}()
	f.run(ctx)
}

// followOnce takes over what others have published. If the servers do not share their posts, a message of
// another server triggers a reload.
func (p *program) followOnce(ctx context.Context, told bool) error {
	publisher := p.publisher()
	if publisher == nil {
		if told {
			_, _, _ = p.reloads.ask(scope{posts: true}) // a server that stops needs none
		}
		return nil
	}
	_, err := publisher.Follow(ctx)
	p.notTakenOver(ctx, err)
	return err
}

// notTakenOver logs the reason, unless it is the connection to NATS, which the cluster logs itself.
func (p *program) notTakenOver(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, push.ErrApart) && !errors.Is(err, push.ErrCatchingUp) && ctx.Err() == nil {
		p.logger.Error("what other servers publish cannot be taken over", "error", err)
	}
}

// restoreOnce restores objects that the others have lost and this server has.
func (p *program) restoreOnce(ctx context.Context, asked bool) error {
	defer p.contain("what the other servers may have lost of the posts' history is not brought back")
	publisher := p.publisher()
	if publisher == nil {
		return nil
	}
	err := publisher.Restore(ctx, asked)
	if err != nil && !errors.Is(err, push.ErrApart) && ctx.Err() == nil {
		p.logger.Error("what the other servers may have lost of the posts' history is not brought back", "error", err)
	}
	return err
}

// tellOthers announces a change of posts to the other servers if these are not shared, and else commits what
// was changed in the folder by hand.
func (p *program) tellOthers(r library.Report) {
	switch {
	case p.cluster == nil || r.ByClock:
	case p.publisher() != nil:
		p.following.soon()
	case !r.Unchanged:
		p.cluster.Announce("")
	}
}

// addCluster adds the metrics of the connection to the other servers.
func addCluster(s ops.Scrape, now cluster.Stats) {
	connected := 0.0
	if now.Connected {
		connected = 1
	}
	s.Gauge("cluster_connected", "Whether NATS is connected, over which the servers of this blog are one: 1 or 0.", connected)
	s.Counter("cluster_reconnects_total", "How often the connection to NATS was made again.", float64(now.Reconnects))
	s.Counter("cluster_failures_total", "Requests to NATS, and attempts to connect, that have failed.", float64(now.Failures))
}
