package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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

// agree returns an error if one has no effect without another.
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

// openCluster connects to the other servers, if there are to be some.
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

// sharedPosts is where the servers have their posts together, or nil.
func (p *program) sharedPosts() push.Shared {
	if p.cluster == nil || p.settings.Cluster.Posts == off {
		return nil
	}
	return p.cluster.Posts()
}

// catchUp is how often a server looks whether it has missed something that the others have told, and
// tryAgain how soon it looks again if it could not, though it is connected: NATS may have no leader yet.
const (
	catchUp  = 30 * time.Second
	tryAgain = 500 * time.Millisecond
)

// followOthers has readers see what other servers publish, until ctx ends.
func (p *program) followOthers(ctx context.Context) {
	defer p.contain("what other servers publish is not noticed any more")
	look := make(chan struct{}, 1)
	go func() { //ledger:counted one of the program
		defer p.contain("what other servers publish is only looked for every half minute")
		err := p.cluster.Changes(ctx, func() {
			select {
			case look <- struct{}{}:
			default:
			}
		})
		if err != nil {
			p.logger.Error("what other servers tell is not heard", "error", err)
		}
	}()
	tick := time.NewTimer(catchUp)
	defer tick.Stop()
	for {
		told := false
		select {
		case <-ctx.Done():
			return
		case <-look:
			told = true
		case <-tick.C:
		}
		next := catchUp
		if apart := p.followOnce(ctx, told); apart && p.cluster.Stats().Connected {
			next = tryAgain
		}
		tick.Reset(next)
	}
}

// followOnce has readers see what others have published, and reports whether the others cannot be
// reached. Where each server has its posts in another way they are read again if another has told that there
// is something new.
func (p *program) followOnce(ctx context.Context, told bool) (apart bool) {
	if p.sharedPosts() == nil || p.publishing == nil || p.publishing.publisher == nil {
		if told {
			_, _, _ = p.reloads.ask(scope{posts: true}) // a server that stops needs none
		}
		return false
	}
	_, err := p.publishing.publisher.Follow(ctx)
	apart = errors.Is(err, push.ErrApart)
	if err != nil && !apart && ctx.Err() == nil { // the cluster's own lines tell that it is away
		p.logger.Error("what other servers publish cannot be taken over", "error", err)
	}
	return apart
}

// tellOthers tells the other servers that posts have changed, where these do not travel by themselves.
func (p *program) tellOthers(r library.Report) {
	if p.cluster != nil && p.sharedPosts() == nil && !r.Unchanged && !r.ByClock {
		p.cluster.Announce("")
	}
}

// addCluster adds what has happened to the connection to the other servers.
func addCluster(s ops.Scrape, now cluster.Stats) {
	connected := 0.0
	if now.Connected {
		connected = 1
	}
	s.Gauge("cluster_connected", "Whether NATS is connected, over which the servers of this blog are one: 1 or 0.", connected)
	s.Counter("cluster_reconnects_total", "How often the connection to NATS was made again.", float64(now.Reconnects))
	s.Counter("cluster_failures_total", "Requests to NATS, and attempts to connect, that have failed.", float64(now.Failures))
}
