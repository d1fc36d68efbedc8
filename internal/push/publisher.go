package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
)

// Config says where the posts are, and what is done with those that are published.
type Config struct {
	// Posts is the posts folder, State one of the server's own.
	Posts, State string
	// Store keeps the versions; nil stands for a bare repository in State.
	Store Store
	// Shared, if set, is the common history of several servers. Store is nil then.
	Shared Shared
	// Limits bound a transfer, and all of them together.
	Limits Limits
	// Check checks a folder of posts that were sent. Problems refuse them; notes are only reported to their
	// author.
	Check func(ctx context.Context, account *ledger.Account, folder string) (problems, notes []post.Problem, err error)
	// Reload reloads the posts after a publish.
	Reload func(context.Context) error
	// Locate returns the address of the post in a file, or why readers do not see it; neither if there
	// is no post.
	Locate func(file string) (address, held string)
	// Logger gets a line for each publish.
	Logger *slog.Logger
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Limits of what is staged. Zero means the default.
type Limits struct {
	File     int64 // bytes of a file
	Files    int   // of a transfer
	Transfer int64 // bytes of a transfer
	All      int64 // bytes of all transfers
}

func (l Limits) orDefault() Limits {
	return Limits{
		File: cmp.Or(l.File, 16<<20), Files: cmp.Or(l.Files, 1000),
		Transfer: cmp.Or(l.Transfer, 64<<20), All: cmp.Or(l.All, 256<<20),
	}
}

// ErrForeign says that the posts folder is somebody's own repository, which publishing leaves alone.
var ErrForeign = errors.New("the posts folder has a .git of its own: publish by committing there, or give the server a folder without one")

// Publisher is the one way by which authors change posts. It is safe for concurrent use.
type Publisher struct {
	config Config
	store  Store
	shares shares                   // of what is staged, and of files that are open
	io     chan struct{}            // holds one for each session that reads or writes staged files at the moment
	now    atomic.Pointer[snapshot] // the newest version that is known
	shown  atomic.Pointer[string]   // the version that readers see; nil: it is not known

	busy       chan struct{} // holds one while the folder or the store is written, except for exchanged objects
	exchanging chan struct{} // holds one while objects are exchanged with other servers
	writing    sync.Mutex    // while files of the folder are replaced
	lost       string        // the last answer of Shared.Lost

	begun      atomic.Uint64 // calls of reconcile
	reconciled uint64        // the number of the last one that succeeded

	stamps map[string]stamp //ledger:counted files of the folder, as the library has them; of files that are as the version has them
	other  *rest            // of the last scan, or nil
	broken atomic.Bool      // the last call of reconcile failed
	left   []string         //ledger:counted files of a publish that could not be written when it was completed
	step   func(string) error
}

// snapshot is a version, and the contents of its files by their paths. It never changes.
type snapshot struct {
	version string
	files   map[string]string
}

// has reports whether it has contents by their paths, "" for none.
func (s *snapshot) has(changed map[string]string) bool {
	for name, content := range changed {
		if s.files[name] != content {
			return false
		}
	}
	return true
}

// The files in the state folder.
const (
	repository = "posts.git"
	busyLock   = "posts.lock"
	fetchLock  = "posts.fetching"
	markFile   = "posts.publishing" // there while a publish is under way; has the version before it
	staged     = "posts.staged"
)

// Open prepares a posts folder, which must exist, for publishing: it completes or undoes an interrupted
// publish, and commits what was changed by hand. The errors say what to do.
func Open(ctx context.Context, c Config) (*Publisher, error) {
	c.Limits = c.Limits.orDefault()
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Publisher{config: c, store: c.Store, shares: shares{disk: ledger.New(ledger.Limits{Bytes: c.Limits.All}), bySource: make(map[string]*share)}, busy: make(chan struct{}, 1), exchanging: make(chan struct{}, 1), io: make(chan struct{}, maxIO), step: func(string) error { return nil }}
	p.now.Store(&snapshot{files: make(map[string]string)}) // before it is read from the store
	if err := Writable(c.Posts); err != nil {
		return nil, err
	}
	err := os.MkdirAll(filepath.Join(c.State, staged), 0o700)
	if err == nil {
		err = writable(c.State)
	}
	switch dir := filepath.Join(c.State, repository); {
	case err != nil || p.store != nil:
	case c.Shared != nil:
		p.store, err = OpenShared(dir, c.Shared)
	default:
		p.store, err = OpenGit(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("setting state: the history of the posts cannot be kept in %s: %w: let the server write there, or set another folder", c.State, err)
	}
	p.sweep(ctx)
	if err := p.Still(ctx, func() {}); err != nil {
		return p, err
	}
	return p, p.begin(ctx)
}

// firstTime is how long a server that has no posts waits for those of the others before it serves readers.
const firstTime = 15 * time.Second

// firstPause is how soon it asks again.
const firstPause = 500 * time.Millisecond

// begin fetches the posts of the other servers if this one is new and has no posts, unless that takes long.
// Other servers begin with what they have.
func (p *Publisher) begin(ctx context.Context) error {
	if _, ok := p.store.(*sharing); !ok {
		return nil
	}
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return err
	}
	found, _, err := p.scan(root)
	_ = root.Close() // it was only read
	if err != nil || len(found) > 0 {
		return err
	}
	if now := p.now.Load(); now.version != "" {
		return p.mounted(now, found)
	}
	ctx, cancel := context.WithTimeout(ctx, firstTime)
	defer cancel()
	for {
		unlock, err := p.lockSynced(ctx, 0)
		if err == nil {
			unlock()
			return nil
		}
		passing := errors.Is(err, ErrApart) || errors.Is(err, ErrCatchingUp) || errors.Is(err, ErrLost) // the others may have been started at the same time
		if passing && ctx.Err() == nil {
			select {
			case <-time.After(firstPause):
			case <-ctx.Done():
			}
			continue
		}
		if passing || ctx.Err() != nil {
			p.config.Logger.Warn("there are no posts before the other servers' come, for which nobody waits any longer", "reason", err)
		} else {
			p.config.Logger.Error("authors cannot publish, and readers see what this server has", "error", err)
		}
		return nil
	}
}

// Writable returns an error if nothing can be published to a posts folder. It leaves no files there.
func Writable(posts string) error {
	if _, err := os.Lstat(filepath.Join(posts, ".git")); err == nil { //nolint:gosec // the operator sets the folder
		return ErrForeign
	}
	if err := writable(posts); err != nil {
		return fmt.Errorf("setting posts: authors cannot publish to %s: %w: let the server write there, or start it without authors", posts, err)
	}
	return nil
}

// writable returns an error if nothing can be written to a folder.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return reason(err)
	}
	err = os.Remove(f.Name())           //nolint:gosec // its own file
	if errors.Is(err, fs.ErrNotExist) { // a process that starts at the same time has removed it
		err = nil
	}
	return errors.Join(f.Close(), err)
}

// Still commits what was changed by hand, and calls f, which reads the posts, while no file in the folder is
// being replaced. f must not publish. f is called even if the commit fails, whose error is returned. Still
// waits, until ctx ends, for a publish of this or another process. It does not contact the other servers: they
// get the commit when this server follows them.
func (p *Publisher) Still(ctx context.Context, f func()) error {
	select {
	case p.busy <- struct{}{}:
	default: // the lock is free
		select {
		case p.busy <- struct{}{}:
		case <-ctx.Done():
			p.writing.Lock()
			defer p.writing.Unlock()
			f()
			return fmt.Errorf("something is still being published: %w", ctx.Err())
		}
	}
	defer func() { <-p.busy }()
	unlock, err := p.lockFile(ctx, busyLock)
	if err == nil {
		defer unlock()
		err = p.mended()
		if _, ok := p.store.(*sharing); err == nil && !ok {
			err = p.adopt()
		}
		p.broken.Store(broken(err))
	}
	if now := p.now.Load(); now != nil {
		p.shown.Store(&now.version)
	}
	f()
	return err
}

// Settle commits what was changed by hand, and takes over what other servers have published.
func (p *Publisher) Settle(ctx context.Context) error {
	unlock, err := p.lockSynced(ctx, sharedTime)
	if err == nil {
		unlock()
	}
	return err
}

// lock takes the lock of the folder and the store, among all processes that share them.
func (p *Publisher) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case p.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	unlockFolder, err := p.lockFile(ctx, busyLock)
	if err != nil {
		<-p.busy
		return nil, err
	}
	return func() {
		unlockFolder()
		<-p.busy
	}, nil
}

// errLocked says that another process has the lock.
var errLocked = errors.New("the posts are locked by another process")

// lockFile takes the lock that a file stands for, among processes.
func (p *Publisher) lockFile(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(p.config.State, name), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in the state folder
	for err == nil {
		var held bool
		if held, err = tryLock(f); err != nil || !held {
			break
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		_ = f.Close() // a nil file, too, and nothing was written
		return nil, fmt.Errorf("%w: %w", errLocked, err)
	}
	return func() { _ = f.Close() }, nil // which unlocks it
}

// maxIO is how many sessions may use the disk at once: each of them occupies a thread of the system, of which a
// container may have few.
const maxIO = 32

// takeDisk waits until the disk may be used.
func (p *Publisher) takeDisk() { p.io <- struct{}{} }

func (p *Publisher) giveDisk() { <-p.io }

// lockPause is the time from one look at another process's lock to the next.
const lockPause = 20 * time.Millisecond

// reconcile completes a publish that was cut, checks out the head of all servers, and commits what was changed in
// the folder by hand. The caller has the lock.
func (p *Publisher) reconcile(ctx context.Context) (err error) {
	number := p.begun.Add(1)
	defer func() {
		if err == nil {
			p.reconciled = number
		}
		if ctx.Err() == nil {
			p.broken.Store(broken(err))
		}
	}()
	if err := p.mended(); err != nil {
		return err
	}
	s, ok := p.store.(*sharing)
	if !ok {
		return p.adopt()
	}
	if err := p.follow(ctx, s); err != nil {
		return err
	}
	err = p.adopt()
	if errors.Is(err, ErrBehind) { // another server published first: the commit follows later
		return ErrCatchingUp
	}
	return err
}

// reconciledSince reports whether a call of reconcile has succeeded that is later than the given number of calls, and
// since then no publish was cut, and no other process has published. The caller has the lock.
func (p *Publisher) reconciledSince(begun uint64) bool {
	if p.reconciled <= begun {
		return false
	}
	if _, err := os.Lstat(filepath.Join(p.config.State, markFile)); !errors.Is(err, fs.ErrNotExist) { //nolint:gosec // in the state folder
		return false
	}
	version, err := p.store.Current()
	return err == nil && version == p.now.Load().version
}

// broken reports whether an error has its cause on this server and lasts.
func broken(err error) bool {
	return err != nil && !errors.Is(err, ErrApart) && !errors.Is(err, ErrCatchingUp) && !errors.Is(err, ErrLost) && !errors.Is(err, ErrBehind)
}

// Broken reports whether nothing can be published, because the posts folder and the history could not be reconciled.
func (p *Publisher) Broken() bool { return p.broken.Load() }

func (p *Publisher) mended() error {
	if err := p.mend(); err != nil {
		return fmt.Errorf("a publish that was cut cannot be completed: %w", err)
	}
	return nil
}

// learn reads the newest version, since another process may have made it.
func (p *Publisher) learn() (*snapshot, error) {
	version, err := p.store.Current()
	if now := p.now.Load(); err != nil || now != nil && now.version == version {
		return now, err
	}
	files, err := p.store.Files(version)
	if err != nil {
		return nil, err
	}
	now := &snapshot{version, files}
	p.now.Store(now)
	return now, nil
}

// Log calls f for what was published, the newest first, until it returns false.
func (p *Publisher) Log(f func(Entry) bool) error { return p.store.Log(f) }
