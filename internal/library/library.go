// Package library holds a folder of Markdown posts as an immutable Index, and
// replaces it by a newer one when the folder or the clock says so.
//
// Readers take Current, hold it as long as they like, and learn from its
// Superseded channel that there is a newer one. Nothing they do takes a lock,
// and nothing the library does waits for them.
//
// # The folder
//
// Posts are the files that [post.KindOf] knows as Markdown or MDX, and HTML with front
// matter, in the folder and in folders below it: name.md, year/month/name.md, and bundles
// (name/index.md), whose other files are no posts. What begins with a dot, #, ~ or an
// underscore is skipped, as are what editors leave behind, copies made in a conflict,
// node_modules and any README.md, which speaks to the blog's authors; what looks like a
// post is told of. Two folders of Jekyll's are known: the posts in _posts need a date
// (where the site is Jekyll's, in their names), and those in _drafts are drafts. What a cascade
// of a section or of the site withholds is not listed either.
//
// An _index.md in the root names the blog; in a folder below it gives the
// category of that folder's name, or the one that its front matter names, its
// name and description. A category has the posts that say so themselves, and, as in
// Jekyll, those in _posts below a folder of its name.
//
// The package knows nothing of terminals, sessions or SSH.
package library

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// DefaultPageSize is the number of posts on a page unless Options say so.
const DefaultPageSize = 8

// DefaultTitle is the title of a blog that nobody has named.
const DefaultTitle = "sshblog"

// Options of a Library. The zero value is usable.
type Options struct {
	// PageSize is the number of posts on a page; below 1 means DefaultPageSize.
	PageSize int
	// Site is the website for which the posts are written.
	Site Site
	// Language is that of posts which do not say theirs, as post.Language gives it.
	Language string
	// Title and Tagline, where not empty, override the root's _index.md.
	Title, Tagline string
	// Now returns the time; nil means time.Now. A post that is dated today, by the calendar of this clock's
	// location, is published.
	Now func() time.Time
	// Calendar, if not nil, is the location whose midnight dates without a time
	// of day mean: date, publishDate and expiryDate. They are read as midnight
	// UTC, so one that says just that is taken for one of these.
	Calendar *time.Location
	// Authors makes an index for authors as well, with drafts: see [Index.ForAuthors].
	Authors bool
	// TextPosts makes posts of *.txt with front matter.
	TextPosts bool
	// OnReload, if not nil, is called for every reload that succeeded (except Watch's repeated attempts to read
	// what could not be read) and for every swap that the clock caused, in their order. The next reload waits
	// for it, so it must be quick and must not call Reload itself.
	OnReload func(Report)
	// OnWait, if not nil, is called when a reload waits because so many posts have disappeared that the folder
	// may be in the middle of being filled.
	OnWait func(had, left int)
	// SearchLimit is the memory in bytes that searching may take; 0 means no
	// limit. Beyond it the oldest posts are found by title and tags alone.
	SearchLimit int64
	// Memory, if not nil, provides the memory of posts, and of search while there are two versions of it.
	Memory Memory
	// OnSearch, if not nil, is called each time that an Index has become searchable.
	OnSearch func(SearchReport)
}

// Library is a folder of posts and its current Index. Its methods may be
// called from any number of goroutines.
type Library struct {
	fsys    fs.FS
	opts    Options
	folder  string // the path of a Dir, with slashes
	current atomic.Pointer[Index]

	replaced atomic.Int64 // bytes of posts that only indexes before the current one have

	mu     sync.Mutex // serialises reloads, and guards what follows
	known  catalogue
	held   int64 // of Options.Memory, for what is known
	labels labels
	moved  map[*post.Post]*post.Post // see moves
	hidden map[*post.Post]*post.Post // those of the index of authors
	filled map[*post.Post]filled     // see fill
	failed error                     // of the last reload
}

// Open reads the folder. A post that cannot be shown is left out and reported in the Index's Problems; the only
// error is that the folder itself cannot be read.
//
// Pass a Dir for a folder on disk: it may be replaced as a whole between reloads, and links in it are followed
// without ever leaving it: those to files, and those to folders that are skipped otherwise, as in a ConfigMap.
// In any other file system links are not followed.
func Open(fsys fs.FS, opts Options) (*Library, error) {
	if opts.PageSize < 1 {
		opts.PageSize = DefaultPageSize
	}
	opts.Language = cmp.Or(opts.Language, opts.Site.Language)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Memory == nil {
		opts.Memory = unbounded{}
	}
	l := &Library{fsys: fsys, opts: opts, labels: labels{}}
	if dir, ok := fsys.(Dir); ok {
		if path, err := filepath.Abs(string(dir)); err == nil {
			l.folder = filepath.ToSlash(path)
		}
	}
	now := opts.Now()
	s, err := l.settled(now, nil)
	if err != nil && !errors.Is(err, errUnsettled) { // what is there is better than nothing
		return nil, fmt.Errorf("reading the posts folder: %w", err)
	}
	l.known = s.catalogue
	x := l.build(now)
	if err := l.cover(x, s); err != nil {
		return nil, fmt.Errorf("reading the posts folder: %w", err)
	}
	l.hold(x, s.taken, nil)
	l.current.Store(x)
	return l, nil
}

// Current returns the newest Index. It never blocks.
func (l *Library) Current() *Index { return l.current.Load() }

// Reload reads what has changed in the folder and, if that changes anything
// that a reader or an author can see, replaces the current Index.
//
// A post that can no longer be read or parsed stays as it last was, and is
// told of in the report. After an error everything stays as it was: the folder
// could not be read, as when it has vanished, or kept changing; or no post is
// left of those that were there ([ErrEmpty]), as when a volume is not mounted.
// One post that is a draft is enough to say that a folder is there, and the
// blog empty on purpose.
//
// Where more than half of the posts are gone, it waits up to half a minute until the
// folder is quiet: it may be one that is being filled. Posts that the clock lets
// appear wait as well.
func (l *Library) Reload() (Report, error) { return l.ReloadStill(nil) }

// ReloadStill is Reload, except for files that have changed since the look that found them still: they stay as
// they were, or are added later. nil stands for all files.
func (l *Library) ReloadStill(still *Still) (Report, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	s, err := l.settled(now, still)
	defer func() { l.failed = err }()
	if err == nil {
		err = s.lost(&l.known)
	}
	report := Report{Unchanged: true}
	if err == nil {
		report.Files, report.Read, report.Emptied = len(s.entries), s.read, s.emptied(&l.known)
		err = l.adopt(s, now, &report)
	}
	if err != nil {
		if s != nil {
			l.drop(s)
		}
		return Report{}, fmt.Errorf("reading the posts folder again: %w", err)
	}
	l.report(&report, still == nil || !still.again || !report.Unchanged)
	return report, nil
}

// adopt makes a scan the known state and, if it differs, a new Index the current one.
func (l *Library) adopt(s *scan, now time.Time, report *Report) error {
	before, old := l.known, l.Current()
	l.known = s.catalogue
	if !s.changed && old.holds(now) {
		l.drop(s)
		return nil
	}
	if s.changed {
		l.labels = l.labels.inUse(l.known.entries)
	}
	next := l.build(now)
	if err := l.cover(next, s); err != nil {
		l.known = before
		return err
	}
	if same(old, next) {
		l.hold(next, s.taken, nil)
		return nil
	}
	report.Changes, report.Unchanged = l.publish(next), false
	l.hold(next, s.taken, old)
	return nil
}

// refresh replaces the current Index if it is no longer right for the time, and reports whether it was not. It
// reads no file.
func (l *Library) refresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	old := l.Current()
	if old.holds(now) {
		return false // a reload came first
	}
	report := Report{ByClock: true, Files: len(l.known.entries)}
	next := l.rebuild(old, now)
	report.KnownProblems, report.Changes = slices.Equal(old.problems, next.problems), next.changes
	l.report(&report, true)
	return true
}

// Renew replaces the current Index by one of the same posts, so that all sessions check again what they may
// see: see [Index.ForAuthors]. It reads no file.
func (l *Library) Renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebuild(l.Current(), l.opts.Now())
}

// rebuild replaces an index by one of the same posts.
func (l *Library) rebuild(old *Index, now time.Time) *Index {
	next := l.build(now)
	more := max(next.bytes-l.held, 0) // lists of languages
	if !l.opts.Memory.TakeSpare(more) {
		more = 0 // nobody waits
	}
	l.hold(next, more, old)
	l.publish(next)
	return next
}

// report completes a report from the current Index, and passes it on if it is of interest.
func (l *Library) report(r *Report, tell bool) {
	x := l.Current()
	r.Posts, r.Kept, r.Problems = x.All().Len(), l.known.kept(), x.Problems()
	if tell && l.opts.OnReload != nil {
		l.opts.OnReload(*r)
	}
}

// publish makes next the current Index, wakes the waiting sessions, and returns what it changed.
func (l *Library) publish(next *Index) Changes {
	old := l.Current()
	next.sequence = old.sequence + 1
	next.changes = diff(old.edition, next.edition)
	l.current.Store(next)
	// After the swap, so that whoever wakes finds the new one.
	close(old.superseded)
	return next.changes
}

// problem is a Problem of a file or folder as a whole.
func problem(path string, severity post.Severity, format string, args ...any) post.Problem {
	// The text may contain file names, which may have any byte.
	return post.Problem{Path: path, Severity: severity, What: plaintext.Clean(fmt.Sprintf(format, args...))}
}
