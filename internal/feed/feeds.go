// Package feed writes the newest posts as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, with their
// text as HTML.
//
// A feed is streamed entry by entry. Entries are built one at a time, in a slot and turns of
// the account that asks first, and all feeds share them: that of a category has those of the blog.
//
// It knows nothing of SSH.
package feed

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// Limits, in bytes.
const (
	// Shared is the most that the entries take that all feeds share.
	Shared = 4 << 20
	// maxFeed bounds the entries of a feed that have their full text: older ones have their
	// summary instead. Each of the three feeds of a blog has its place in Shared.
	maxFeed = 1 << 20
	// maxEntry bounds an entry with its full text, which otherwise has its summary.
	maxEntry = 256 << 10
)

// Errors of Write that are not those of the writer or the context.
var (
	ErrFormat     = errors.New("there is no such feed: atom, rss and json are there")
	ErrNoCategory = errors.New("there is no such category")
	ErrBusy       = errors.New("too much is under way here; ask for the feed again in a moment")
)

// Library has the posts.
type Library interface{ Current() *library.Index }

// Config says what feeds are made from.
type Config struct {
	Library Library
	// Posts is how many a feed has at most.
	Posts int
	// Home is the URL of the website's home page, or "", and Page returns that of a post's
	// page there, or "".
	Home string
	Page func(*post.Post) string
	// Section returns the URL of the section that a reference in a post names, and whether it names one; or nil.
	Section func(p *post.Post, target string) (string, bool)
	// Language is that of posts which do not say theirs, or "".
	Language string
	// Generator names the program, and Version is its version.
	Generator, Version string
	// Log gets a line for each panic.
	Log *slog.Logger
}

// Feeds writes feeds. It may be used by any number of goroutines.
type Feeds struct {
	Config

	cache cache
}

// New returns the feeds of a library.
func New(c Config) *Feeds { return &Feeds{Config: c, cache: cache{limit: Shared}} }

// Request says which feed is asked for.
type Request struct {
	Format string // "atom", "rss" or "json"
	// Category is that of all posts in it, by its name or slug; "" for all of the blog.
	Category string
	// Host is the blog's name for SSH, with a port unless it is 22. Posts without a page on a
	// website have their address there.
	Host string
}

// How long a reader waits for the one who builds an entry, and for memory to hold one.
const (
	patience = 30 * time.Second
	roomTime = 5 * time.Second
)

// Write writes a feed of the posts in the blog's own language. It takes what it holds of an entry
// from the account, which may be nil; what is written ends in the middle of the feed if it fails then.
func (f *Feeds) Write(ctx context.Context, account *ledger.Account, w io.Writer, r Request) error {
	form, ok := formats()[r.Format]
	if !ok {
		return ErrFormat
	}
	index := f.Library.Current().In("")
	list := index.All()
	if r.Category != "" {
		if list, ok = index.Category(r.Category); !ok {
			return ErrNoCategory
		}
	}
	posts := make([]*post.Post, min(f.Posts, list.Len())) //ledger:counted at most the setting feed-posts
	for i := range posts {
		posts[i] = list.At(i)
	}
	before, after, err := form.around(f.head(index, list, posts, r))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, before); err != nil {
		return err
	}
	left, full := maxFeed, true
	for i, p := range posts {
		k := key{format: r.Format, host: r.Host, path: p.Path, sum: p.Sum, full: full}
		entry, err := f.entry(ctx, account, index, p, k)
		if err == nil && full && len(entry) > left {
			full, k.full = false, false
			entry, err = f.entry(ctx, account, index, p, k)
		}
		if err != nil {
			return err
		}
		left -= len(entry)
		if i > 0 {
			entry = form.between + entry
		}
		if err := hand(ctx, account, w, entry); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, after)
	return err
}

// Size returns the length in bytes of what Write writes. What it is made of stays for Write.
func (f *Feeds) Size(ctx context.Context, account *ledger.Account, r Request) (int64, error) {
	var n counter
	err := f.Write(ctx, account, &n, r)
	return int64(n), err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// piece is how much of an entry is written at once, in bytes, and copied on the way: as it is, and with
// other ends of lines.
const piece = 8 << 10

// hand writes an entry, which is charged to the account until the client has taken it.
func hand(ctx context.Context, account *ledger.Account, w io.Writer, entry string) error {
	held := int64(len(entry) + 4*piece)
	if !account.TakeSpareWithin(ctx, roomTime, held) {
		return cmp.Or(ctx.Err(), ErrBusy)
	}
	defer account.Give(held)
	for entry != "" {
		n := min(piece, len(entry))
		if _, err := io.WriteString(w, entry[:n]); err != nil {
			return err
		}
		entry = entry[n:]
	}
	return nil
}

// entry returns an entry from the cache, or builds it.
func (f *Feeds) entry(ctx context.Context, account *ledger.Account, index *library.Index, p *post.Post, k key) (string, error) {
	if entry, ok := f.cache.find(index, k); ok {
		return entry, nil
	}
	// There is one large slot: the memory of a build has its share of the plan there, and no two sessions build
	// the same entry.
	slot := account.Slot(ledger.Large)
	defer slot.Leave()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-slot.Ready():
	case <-ctx.Done():
		return "", ctx.Err()
	case <-timer.C:
		return "", ErrBusy
	}
	if entry, ok := f.cache.find(index, k); ok {
		return entry, nil
	}
	entry, err := f.build(ctx, slot, index, p, k)
	if err != nil {
		return "", err
	}
	f.cache.put(index, f.Library.Current().In("") == index, k, entry)
	return entry, nil
}

// head returns what a feed says of itself.
func (f *Feeds) head(index *library.Index, list *library.List, posts []*post.Post, r Request) head {
	blog := index.Blog()
	h := head{
		Title: blog.Title, Subtitle: blog.Tagline, Author: blog.Title, URL: cmp.Or(f.Home, secureShell(r.Host, "")), Language: f.Language,
		Generator: f.Generator, Version: f.Version, ID: f.id(index, r.Host, "feed", list.Slug),
	}
	if list.Slug != "" {
		h.Title, h.Subtitle = blog.Title+": "+list.Name, list.Description
	}
	for _, p := range posts {
		if at := updated(p); at.After(h.Updated) {
			h.Updated = at
		}
	}
	return h
}

// updated returns when a post was last revised, or zero.
func updated(p *post.Post) time.Time {
	at := p.Date
	if revised := p.Lastmod(); revised.After(at) {
		at = revised
	}
	return dated(at)
}

// dated returns a time that RFC 3339 can write, or zero.
func dated(t time.Time) time.Time {
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.Truncate(time.Second)
}

// labels returns the names of a post's categories and tags, each once.
func labels(p *post.Post) []string {
	var names []string
	for _, name := range slices.Concat(p.Categories, p.Tags) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	return names
}
