package main

import (
	"errors"
	"os"
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/ops"
	"github.com/sshblog/sshblog/internal/sshd"
)

// health is what can be told of the server from outside, while it comes up,
// serves and stops. The parts are set as they come to be.
type health struct {
	library  atomic.Pointer[library.Library]
	server   atomic.Pointer[sshd.Server]
	hasKeys  atomic.Bool
	required atomic.Bool // posts are, to be ready
	stopping atomic.Bool // set first of all when a signal says so
}

// checks are what /readyz asks.
func (h *health) checks() []ops.Check {
	return []ops.Check{
		{Name: "index", Err: h.index},
		{Name: "host_key", Err: h.hostKey},
		{Name: "accepting", Err: h.accepting},
		{Name: "draining", Err: h.draining},
		{Name: "descriptors", Err: h.descriptors},
	}
}

func (h *health) index() error {
	lib := h.library.Load()
	switch {
	case lib == nil:
		return errors.New("the posts have not been read yet")
	case h.required.Load() && empty(lib.Current()):
		return errors.New("there is no post; is the folder mounted?")
	default:
		return nil
	}
}

func (h *health) hostKey() error {
	if !h.hasKeys.Load() {
		return errors.New("no host key has been loaded yet")
	}
	return nil
}

func (h *health) accepting() error {
	if server := h.server.Load(); server == nil || !server.Stats().Accepting {
		return errors.New("no connections are accepted")
	}
	return nil
}

func (h *health) draining() error {
	server := h.server.Load()
	if h.stopping.Load() || server != nil && server.Stats().Draining {
		return errors.New("stopping, readers may finish")
	}
	return nil
}

// descriptors opens a file: that there were enough for the last client does
// not say that there is one for the next.
func (h *health) descriptors() error {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	_ = f.Close()
	if server := h.server.Load(); server != nil && server.Stats().Exhausted {
		return errors.New("there were none left a moment ago")
	}
	return nil
}

// empty reports whether there is no post, not even one that is not to be read
// now. A reload never makes an index empty.
func empty(x *library.Index) bool { return x.All().Len() == 0 && len(x.Excluded()) == 0 }
