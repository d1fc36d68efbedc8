package cluster_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
)

// eventually waits until something is so.
func eventually(t testing.TB, within time.Duration, so func() bool, otherwise string) {
	t.Helper()
	for until := time.Now().Add(within); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal(otherwise)
		}
	}
}

// logged is a log to look into.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

func open(tb testing.TB, c cluster.Config) *cluster.Cluster {
	tb.Helper()
	cl, err := cluster.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cl.Close)
	return cl
}

// await waits until NATS has elected leaders and streams can be used.
func await(tb testing.TB, c *cluster.Cluster) {
	tb.Helper()
	var err error
	for until := time.Now().Add(40 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if _, err = c.Posts().Head(tb.Context()); err == nil {
			return
		}
	}
	tb.Fatalf("NATS is not ready: %v", err)
}

// A server starts without NATS, says so, and finds it later; a single one is warned of.
func TestNATSComesLater(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	nodes.Kill(0)
	log := &logged{}
	c := open(t, cluster.Config{URLs: nodes.URLs(), Logger: slog.New(slog.NewTextHandler(log, nil))})
	if !log.has("the cluster is not reached: readers are served all the same") {
		t.Errorf("the log has %s", log.text.String())
	}
	began := time.Now()
	if _, err := c.Posts().Head(t.Context()); err == nil || time.Since(began) > 100*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	nodes.Start(0)
	await(t, c)
	if !log.has("connected to the cluster") || !log.has("it has 1 replica and should have 3") || !log.has("sync_interval: always") {
		t.Errorf("the log has %s", log.text.String())
	}
}
