package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// kind is one of the streams.
type kind int

const (
	// readers is a key-value bucket in which keys expire that nobody writes.
	readers kind = iota
	// blog is a bucket without expiry: for the posts' newest version, and their numbers.
	blog
	// objects has the contents of the posts' history, by their hashes.
	objects
)

// forgetAfter is after how long the state of a reader expires if nobody writes it.
const forgetAfter = 400 * 24 * time.Hour

// copies is how many servers of a NATS cluster keep a stream: with three, any one may be gone.
const copies = 3

// names of a stream, and of what is in it. Buckets are named as NATS' own tools know them.
func (c *Cluster) names(k kind) (stream, subject string) {
	switch k {
	case readers:
		bucket := c.config.Name + "-readers"
		return "KV_" + bucket, "$KV." + bucket + "."
	case blog:
		bucket := c.config.Name + "-blog"
		return "KV_" + bucket, "$KV." + bucket + "."
	}
	return c.config.Name + "-objects", c.config.Name + ".objects."
}

// wanted is the configuration of a stream. All reads go to its leader, so they see what another server has just
// written.
func (c *Cluster) wanted(k kind) jetstream.StreamConfig {
	name, subject := c.names(k)
	config := jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + ">"}, MaxMsgsPerSubject: 1, Storage: jetstream.FileStorage, Replicas: 1,
		Discard: jetstream.DiscardNew, Duplicates: time.Second, DenyPurge: true, DenyDelete: true,
	}
	if c.conn.ConnectedClusterName() != "" {
		config.Replicas = copies
	}
	if k == readers { // what is kept of them can be removed, one by one
		config.MaxAge, config.AllowMsgTTL, config.DenyDelete = forgetAfter, true, false
	}
	return config
}

// stream returns one, which is made if it is not there.
func (c *Cluster) stream(ctx context.Context, k kind) (jetstream.Stream, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	name, _ := c.names(k)
	c.mu.Lock()
	s := c.streams[name]
	c.mu.Unlock()
	if s != nil {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	s, err := c.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = c.js.CreateStream(ctx, c.wanted(k))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another server has been faster
			s, err = c.js.Stream(ctx, name)
		}
	}
	if err != nil {
		return nil, c.failure(err)
	}
	c.review(k, s)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streams[name] = s
	return s, nil
}

// lost forgets a stream that is not there any more, so that the next call makes it.
func (c *Cluster) lost(k kind, err error) {
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) {
		name, _ := c.names(k)
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.streams, name)
	}
}

// review warns of a stream that may lose what it has said to have, or that is not as it should be.
func (c *Cluster) review(k kind, s jetstream.Stream) {
	is, want := s.CachedInfo().Config, c.wanted(k)
	for _, wrong := range [...]struct {
		is   bool
		what string
	}{
		{is.Replicas < copies, fmt.Sprintf("it has %d replica and should have %d: what it has is lost, or away, with one server of NATS; nats stream edit --replicas=%d", is.Replicas, copies, copies)},
		{is.Storage != jetstream.FileStorage, "it is kept in memory, and should be in files: what it has is lost when NATS is restarted"},
		{is.PersistMode == jetstream.AsyncPersistMode, "it says to have a write before that is on a disk: set its persist mode to default"},
		{is.MaxMsgsPerSubject != want.MaxMsgsPerSubject, "it keeps old states: set its messages per subject to 1"},
		{is.MaxAge != want.MaxAge, fmt.Sprintf("it forgets what is older than %s, and should after %s (0s: never)", is.MaxAge, want.MaxAge)},
		{is.Discard != want.Discard && (is.MaxBytes > 0 || is.MaxMsgs > 0), "it drops what is old when it is full, which is never old here: set its discard policy to new"},
		{want.AllowMsgTTL && (!is.AllowMsgTTL || is.DenyDelete), "what is deleted stays: allow deletes, and times to live of messages"},
		{!is.DenyPurge || want.DenyDelete && !is.DenyDelete, "who has the blog's credentials can remove what servers never do: deny purges, and deletes except of readers"},
		{is.AllowDirect, "it is read from any replica, which may be behind: do not allow direct gets"},
	} {
		if wrong.is {
			c.warn(is.Name+wrong.what, "a stream of the cluster is not as it should be", "stream", is.Name, "what", wrong.what)
		}
	}
	c.mu.Lock()
	told := c.warned["sync"]
	c.warned["sync"] = true
	c.mu.Unlock()
	if !told {
		c.config.Logger.Info("whether the servers of NATS flush each write to the disk cannot be seen from here: their configuration should have sync_interval: always")
	}
}
