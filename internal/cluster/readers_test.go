package cluster_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

func TestReaders(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	var n atomic.Int64
	storetest.Run(t, func(tb testing.TB) memory.Store {
		c := open(tb, cluster.Config{URLs: nodes.URLs(), Name: fmt.Sprintf("blog-%d", n.Add(1))})
		await(tb, c)
		return c.Readers()
	})
}

// What readers do while NATS fails, or a server is parted from it, is known everywhere afterwards: nothing is lost,
// and nobody waits.
func TestReadersOutliveNATS(t *testing.T) {
	nodes := natstest.Start(t, 3, "")
	proxy := natstest.NewProxy(t, nodes.Address(2))
	a, b := open(t, cluster.Config{URLs: nodes.URLs()}), open(t, cluster.Config{URLs: []string{proxy.URL()}})
	await(t, a)
	await(t, b)
	secret, key := []byte("0123456789abcdef0123456789abcdef"), []byte("a public key")
	remember := func(c *cluster.Cluster) *memory.Memory {
		m := memory.New(c.Readers(), secret, memory.Options{Wait: 5 * time.Second, Interval: 50 * time.Millisecond, Patience: time.Second})
		t.Cleanup(m.Close)
		return m
	}
	atA, atB := remember(a), remember(b)
	here, there := atA.Open(key), atB.Open(key)
	defer here.Close()
	defer there.Close()
	n := 0
	// read has one server know that a post was read, and waits until the other does.
	read := func(what string, at, other *memory.Reader, fail, mend func()) {
		t.Helper()
		n++
		during, mine := fmt.Sprintf("2026/during-%d", n), fmt.Sprintf("2026/of-the-other-%d", n)
		fail()
		at.Read(during)
		other.Read(mine)
		if at.Mark(during).Read.IsZero() || other.Mark(mine).Read.IsZero() {
			t.Errorf("%s: a server does not know what was read there", what)
		}
		time.Sleep(time.Second) // it tries to write, and cannot
		mend()
		began := time.Now()
		eventually(t, 60*time.Second, func() bool {
			return !other.Mark(during).Read.IsZero() && !at.Mark(mine).Read.IsZero()
		}, what+": what was read meanwhile does not come to the other server")
		t.Logf("%s: each server knows of the other's after %s", what, time.Since(began).Round(time.Millisecond))
	}
	read("nothing fails", here, there, func() {}, func() {})
	read("one of NATS is killed", here, there, func() { nodes.Kill(0) }, func() {})
	nodes.Start(0)
	read("a server is parted", there, here, proxy.Cut, proxy.Mend)
	read("all of NATS are killed", here, there, func() {
		for i := range nodes.Len() {
			nodes.Kill(i)
		}
	}, func() {
		for i := range nodes.Len() {
			nodes.Start(i)
		}
	})
}

// What is deleted cannot be read any more, by NATS' own ways either; what is written by another is told,
// and what oneself writes is not.
func TestReadersAreDeleted(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	a, b := open(t, cluster.Config{URLs: nodes.URLs()}), open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, a)
	changes := make(chan string, 10)
	watching := make(chan struct{})
	go func() {
		close(watching)
		_ = b.Readers().Watch(t.Context(), func(key string) { changes <- key })
	}()
	<-watching
	next := func(want string) {
		t.Helper()
		select {
		case key := <-changes:
			if key != want {
				t.Errorf("%q has changed, not %q", key, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("that %q has changed is not told", want)
		}
	}
	// Until it watches, nothing is told.
	eventually(t, 20*time.Second, func() bool {
		r, err := a.Readers().Get(t.Context(), "m.warm-up")
		if err != nil && !errors.Is(err, memory.ErrNotFound) {
			t.Fatal(err)
		}
		if _, err := a.Readers().Put(t.Context(), "m.warm-up", []byte("x"), r.Revision); err != nil {
			t.Fatal(err)
		}
		return len(changes) > 0
	}, "nothing is told")
	time.Sleep(100 * time.Millisecond) // those that were under way
	for len(changes) > 0 {
		<-changes
	}
	const text = "what nobody should read any more"
	revision, err := a.Readers().Put(t.Context(), "m.reader", []byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	next("m.reader")
	own, err := b.Readers().Put(t.Context(), "m.own", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Readers().Delete(t.Context(), "m.reader", revision); err != nil {
		t.Fatal(err)
	}
	next("m.reader") // and not m.own, which b has written
	if _, err := b.Readers().Get(t.Context(), "m.reader"); !errors.Is(err, memory.ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
	if err := b.Readers().Delete(t.Context(), "m.own", own); err != nil {
		t.Error(err)
	}
	if files := nodes.Holding(text); len(files) > 0 {
		t.Errorf("the text lies in %q", files)
	}
}
