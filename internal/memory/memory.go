// Package memory keeps what is known of readers: which posts they have read, where they left those that
// they have begun, bookmarks, highlights and settings. A reader is known by a key, of which nothing is
// kept but an HMAC; what is kept lies in a [Store].
//
// Reading never waits for the store: what a reader does changes a state in memory, which is written later
// and merged with what others have written. Merging loses nothing: of each thing the newer wins.
package memory

import (
	"container/list"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"log/slog"
	"sync"
	"time"
)

// Account is what memory for a reader is taken from; [github.com/sshblog/sshblog/internal/ledger.Account]
// is one.
type Account interface {
	Take(bytes int64) bool
	Give(bytes int64)
}

// Options are what a [Memory] may be told. Zero values stand for what is written there.
type Options struct {
	Logger   *slog.Logger     // none: nothing is logged
	Now      func() time.Time // time.Now
	Interval time.Duration    // 15 seconds: how often what has changed is written at least
	Patience time.Duration    // 5 seconds: how long the store may take to answer
	Wait     time.Duration    // 2 milliseconds: how long Open waits for the store
	// Unwritten is how many bytes states may take that nobody reads with and that the store has not
	// taken: [MaxUnwritten]. Beyond that, or what Waiting does not give, the oldest are lost, and counted.
	Unwritten int64
	Waiting   Account // what they are taken from; nil: they are not counted beside Unwritten
	// Aside is the file for what the store has not taken when the Memory is closed. The next one with that file has
	// it written. "": it is lost, and counted.
	Aside string
}

// Fixed is what a [Memory] takes at most beside what accounts pay for, in bytes: a file of Options.Aside ([maxAside]), what
// is tried again to be forgotten, how often clients have tried what is for all, and the numbers of 20,000 posts.
const Fixed = 12 << 20

// MaxPosts is how many posts can be marked, in all.
const MaxPosts = maxPostNumber

// MaxUnwritten is what [Options.Unwritten] is by default, in bytes.
const MaxUnwritten = 4 << 20

// The workers of a Memory, each a goroutine.
const loaders = 4

// Memory remembers readers. It is safe for concurrent use.
type Memory struct {
	store   Store
	secret  []byte
	o       Options
	posts   *posts
	joining joining
	health  health
	again   again
	aside   aside

	mu      sync.Mutex
	byKey   map[keyID]*state  //ledger:counted by sessions, whose accounts have taken it, and Options.Unwritten
	byID    map[string]*state //ledger:counted the same
	waiting list.List         //ledger:counted the same: of *state, to be loaded, in this order
	load    *sync.Cond        // of mu: there are some, or it is over
	over    bool
	left    []*state //ledger:counted by Options.Unwritten: nobody reads with them and they are not written, the oldest first
	bytes   int64    // of them

	changed          []*state  //ledger:counted the same: to be written, in this order
	rewritten, swept time.Time // by writeAll alone
	sweeping         string    // the last record that was looked at; "": none

	kick     chan struct{} // something is to be written soon
	stop     context.CancelFunc
	done     sync.WaitGroup // those who load and write
	watching sync.WaitGroup
}

// New returns a Memory that keeps what it knows in a store, which it closes in the end. Whoever knows
// the secret and the store can tell whether a key is that of a reader; without the secret nobody can, and
// what is kept is lost.
func New(store Store, secret []byte, o Options) *Memory {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	orElse := func(d *time.Duration, or time.Duration) {
		if *d == 0 {
			*d = or
		}
	}
	orElse(&o.Interval, writeWithin)
	orElse(&o.Patience, 5*time.Second)
	orElse(&o.Wait, 2*time.Millisecond)
	if o.Unwritten == 0 {
		o.Unwritten = MaxUnwritten
	}
	m := &Memory{
		store: store, secret: secret, o: o, posts: newPosts(),
		byKey: make(map[keyID]*state), byID: make(map[string]*state), kick: make(chan struct{}, 1),
	}
	m.health.logger, m.health.store = o.Logger, store
	m.load = sync.NewCond(&m.mu)
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	for range loaders {
		m.done.Add(1)
		go m.loadAll(ctx) //ledger:counted four of the program
	}
	m.done.Add(1)
	go m.writeAll(ctx) //ledger:counted one of the program
	m.watching.Add(1)
	go m.watch(ctx) //ledger:counted one of the program
	return m
}

// Posts sets which posts there are: the lasting address of each, and the others that it has or had. It
// is asked when that matters first.
func (m *Memory) Posts(all iter.Seq2[string, []string]) { m.posts.set(all) }

// idOf returns what is kept of a key.
func (m *Memory) idOf(key []byte) (id keyID) {
	h := hmac.New(sha256.New, m.secret)
	_, _ = h.Write([]byte("key\x00"))
	_, _ = h.Write(key)
	copy(id[:], h.Sum(nil))
	return id
}

func (k keyID) String() string { return hex.EncodeToString(k[:]) }

// The keys of records.
func pointerKey(k keyID) string     { return "k." + k.String() }
func marksKey(reader string) string { return "m." + reader }
func keptKey(reader string) string  { return "h." + reader }
func codeKey(hash string) string    { return "j." + hash }

const postsKey = "posts"

func (m *Memory) now() stamp { return stampOf(m.o.Now()) }

// soon has what has changed be written soon.
func (m *Memory) soon() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}
