package cluster

import (
	"context"
	"encoding/json"

	"github.com/nats-io/nats.go"
)

// announcement is what servers tell each other without anybody keeping it: whoever misses it looks by
// himself, when he is connected again, and now and then.
type announcement struct {
	Format  int    `json:"format"`
	Server  string `json:"server"`
	Version string `json:"version,omitempty"` // of the posts; "" where each server reads a folder
	Lacks   bool   `json:"lacks,omitempty"`   // it asks for objects that were lost
}

func (c *Cluster) postsSubject() string { return c.config.Name + ".posts" }

// Announce tells the others that the posts have changed, at most once.
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

// pending bounds the announcements that wait, of which each tells the same.
const pending = 64

// Changes calls changed whenever another server has announced that the posts have changed, and when a
// connection was made, until ctx ends. Those that come meanwhile are one. One of those that announce may lack objects that
// were lost.
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
