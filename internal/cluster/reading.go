package cluster

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nats-io/nats.go"
)

// Reading is who reads now: how many, and how many each post, by its address.
type Reading struct {
	All   int            `json:"all"`
	Posts map[string]int `json:"posts,omitempty"` //ledger:counted mostPosts of each server, mostServers
}

// Limits of messages between servers about readers.
const (
	mostPosts     = 200     // those that most read, in what a server tells
	mostAddress   = 256     // bytes of a post's address; one that is longer is left out
	mostTold      = 1 << 17 // bytes of what a server tells; more is not read
	mostServers   = 64      // whose readers are added
	roundsUnheard = 3       // after which a server's readers are taken for gone
)

// readingNow is what a server tells.
type readingNow struct {
	Format int    `json:"format"`
	Server string `json:"server"`
	Reading
}

// Totals adds up the readers of all servers, which exchange their numbers. Nothing is stored. Its methods are
// called by one goroutine at a time.
type Totals struct {
	cluster  *Cluster
	messages chan *nats.Msg
	heard    *nats.Subscription
	others   map[string]reading //ledger:counted mostServers
	round    int
}

// reading is the last message of another server.
type reading struct {
	Reading
	round int
}

// Totals begins to receive the messages of the others, until Close.
func (c *Cluster) Totals() (*Totals, error) {
	t := &Totals{cluster: c, messages: make(chan *nats.Msg, 4*mostServers), others: make(map[string]reading)}
	var err error
	t.heard, err = c.conn.ChanSubscribe(c.readingSubject(), t.messages)
	return t, err
}

func (c *Cluster) readingSubject() string { return c.config.Name + ".reading" }

// Exchange sends the others the readers of this server, and returns those of all servers, as far as they are
// known. It does not wait. A server without a message during the last three exchanges no longer counts.
func (t *Totals) Exchange(here Reading) Reading {
	t.tell(here)
	t.round++
	for len(t.messages) > 0 {
		t.hear((<-t.messages).Data)
	}
	all := Reading{here.All, maps.Clone(here.Posts)}
	if all.Posts == nil {
		all.Posts = make(map[string]int)
	}
	for server, r := range t.others {
		if t.round-r.round >= roundsUnheard {
			delete(t.others, server)
			continue
		}
		all.All += r.All
		for address, n := range r.Posts {
			all.Posts[address] += n
		}
	}
	return all
}

// Close tells the others that this server has no readers any more.
func (t *Totals) Close() {
	t.tell(Reading{})
	_ = t.heard.Unsubscribe() // the connection may be closed
}

func (t *Totals) tell(here Reading) {
	told := readingNow{Format: headFormat, Server: t.cluster.server, Reading: Reading{All: here.All, Posts: mostRead(here.Posts)}}
	text, err := json.Marshal(told)
	if err == nil && t.cluster.ready() == nil { // a message that waits for NATS would be out of date
		err = t.cluster.conn.Publish(t.cluster.readingSubject(), text)
	}
	if err != nil {
		t.cluster.failures.Add(1)
	}
}

// mostRead returns the posts that most read, as many as a server tells of.
func mostRead(posts map[string]int) map[string]int {
	addresses := slices.SortedFunc(maps.Keys(posts), func(a, b string) int {
		return cmp.Or(cmp.Compare(posts[b], posts[a]), cmp.Compare(a, b))
	})
	addresses = slices.DeleteFunc(addresses, func(address string) bool { return len(address) > mostAddress })
	most := make(map[string]int)
	for _, address := range addresses[:min(len(addresses), mostPosts)] {
		most[address] = posts[address]
	}
	return most
}

// hear stores the message of another server. Implausible ones are dropped, since the numbers are shown to
// readers.
func (t *Totals) hear(text []byte) {
	var told readingNow
	if len(text) > mostTold || json.Unmarshal(text, &told) != nil || told.Format < 1 || told.Server == "" || told.Server == t.cluster.server {
		return
	}
	if told.All < 0 || len(told.Posts) > mostPosts {
		return
	}
	for address, n := range told.Posts {
		if n < 0 || n > told.All || len(address) > mostAddress {
			return
		}
	}
	if _, known := t.others[told.Server]; !known && len(t.others) >= mostServers {
		return
	}
	t.others[told.Server] = reading{told.Reading, t.round}
}
