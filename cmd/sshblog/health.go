package main

import (
	"errors"
	"os"
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/sshd"
)

// health is the state of the server for probes, while it starts, serves and stops. Its parts are set when they
// exist.
type health struct {
	library   atomic.Pointer[library.Library]
	server    atomic.Pointer[sshd.Server]
	counters  atomic.Pointer[counters]
	readers   atomic.Pointer[memory.Memory]
	answers   atomic.Pointer[ledger.Account] // of the ops listener
	cluster   atomic.Pointer[cluster.Cluster]
	publisher atomic.Pointer[push.Publisher]
	hasKeys   atomic.Bool
	required  atomic.Bool // there must be posts
	stopping  atomic.Bool // set first when a signal arrives
	replaced  atomic.Bool // a successor serves, whose state counts
}

// checks are what /readyz asks.
func (h *health) checks() []ops.Check {
	return []ops.Check{
		{Name: "index", Err: h.index},
		{Name: "host_key", Err: func() error { return unless(h.hasKeys.Load(), "no host key has been loaded yet") }},
		{Name: "accepting", Err: func() error { return unless(h.stats().Accepting || h.replaced.Load(), "no connections are accepted") }},
		{Name: "draining", Err: func() error {
			return unless(!h.stopping.Load() && !h.stats().Draining, "stopping, readers may finish")
		}},
		{Name: "descriptors", Err: h.descriptors},
	}
}

// unless returns an error with a message unless all is well.
func unless(well bool, wrong string) error {
	if well {
		return nil
	}
	return errors.New(wrong)
}

// stats returns the server's, or none before there is a server.
func (h *health) stats() sshd.Stats {
	if server := h.server.Load(); server != nil {
		return server.Stats()
	}
	return sshd.Stats{}
}

func (h *health) index() error {
	lib := h.library.Load()
	if lib == nil {
		return errors.New("the posts have not been read yet")
	}
	return unless(!h.required.Load() || !empty(lib.Current()), "there is no post; is the folder mounted?")
}

// descriptors opens a file, since descriptors may have run out after the last client.
func (h *health) descriptors() error {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	_ = f.Close()
	return unless(!h.stats().Exhausted, "there were none left a moment ago")
}

// empty reports whether there is no post, not even an unpublished one. A reload never makes an index empty.
func empty(x *library.Index) bool { return x.All().Len() == 0 && len(x.Excluded()) == 0 }
