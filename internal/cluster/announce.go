package cluster

import (
	"context"
	"encoding/json"

	"github.com/nats-io/nats.go"
)

// announcement is a message between servers that nobody stores: a server that misses it checks by itself when
// it is connected again, and periodically.
type announcement struct {
	Format  int    `json:"format"`
	Server  string `json:"server"`
	Version string `json:"version,omitempty"` // of the posts; "" where each server reads a folder
	Lacks   bool   `json:"lacks,omitempty"`   // it asks for objects that were lost
}

func (c *Cluster) postsSubject() string { return c.config.Name + ".posts" }

// Announce announces to the others that the posts have changed; delivery is at most once.
func (c *Cluster) Announce(version string) { c.announce(announcement{Version: version}) }

func (c *Cluster) announce(a announcement) {
	a.Format, a.Server = headFormat, c.server
	text, err := json.Marshal(a)
	if err == nil && c.ready() == nil {
		err = c.conn.Publish(c.postsSubject(), text)
	}
	if err != nil {
		c.failures.Add(1)
	}
}

// pending is how many announcements may wait; one of them is enough.
const pending = 64

// Changes calls changed whenever another server has announced a change of the posts, and after each connection,
// until ctx ends. Announcements during a call are merged. lacks reports that a server lacks objects that were
// lost.
func (c *Cluster) Changes(ctx context.Context, changed func(lacks bool)) error {
	messages := make(chan *nats.Msg, pending)
	s, err := c.conn.ChanSubscribe(c.postsSubject(), messages)
	if err != nil {
		return err
	}
	defer func() { _ = s.Unsubscribe() }() // the connection may be closed
	for {
		told, lacks := false, false
		hear := func(m *nats.Msg) {
			var a announcement
			if err := json.Unmarshal(m.Data, &a); err != nil || a.Server != c.server {
				told, lacks = true, lacks || a.Lacks
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.inform:
			told = true
		case m := <-messages:
			hear(m)
		}
		for len(messages) > 0 {
			hear(<-messages)
		}
		if told {
			changed(lacks)
		}
	}
}
