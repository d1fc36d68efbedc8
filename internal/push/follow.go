package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Ahead reports whether Follow has something to do. It costs one request.
func (p *Publisher) Ahead(ctx context.Context) (bool, error) {
	s, ok := p.store.(*sharing)
	if !ok {
		return false, nil
	}
	head, err := s.shared.Head(ctx)
	is := p.now.Load().version
	if shown := p.shown.Load(); shown != nil { // else they cannot be read, which is not tried as often
		is = *shown
	}
	return err == nil && head != is, err
}

// Follow checks out in the posts folder what the other servers have published, and reloads the posts unless
// readers have them already. It reports whether there was something new for readers. Changes that were made in the
// folder by hand are kept.
func (p *Publisher) Follow(ctx context.Context) (changed bool, err error) {
	unlock, err := p.lockSynced(ctx, 0)
	if err == nil {
		unlock()
	}
	if p.shows(p.now.Load().version) || ctx.Err() != nil { // publishing also takes over what others have published, and reloads
		return false, err
	}
	_ = p.show(ctx) // the reload logs why it failed
	return true, err
}

// shows reports whether the posts have been read since the folder became a version.
func (p *Publisher) shows(version string) bool {
	shown := p.shown.Load()
	return shown != nil && *shown == version
}

// show reloads the posts. After an error readers see the old ones, and Follow will try again.
func (p *Publisher) show(ctx context.Context) error {
	now := p.now.Load()
	if err := p.config.Reload(ctx); err != nil {
		p.shown.Store(nil)
		return err
	}
	p.shown.Store(&now.version)
	return nil
}

// mostTurns is how often lockSynced begins anew because others have published meanwhile.
const mostTurns = 5

// lockSynced takes the lock once this server has the newest version of all. The objects that it lacks are
// transferred before, without the lock; that may take as long as patience, or without limit if patience is 0.
// Callers that wait for the lock at the same time share one call of reconcile, if it began after they came.
func (p *Publisher) lockSynced(ctx context.Context, patience time.Duration) (unlock func(), err error) {
	since := p.begun.Load()
	soon := ctx
	if patience > 0 {
		var cancel context.CancelFunc
		soon, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	for range mostTurns {
		if err = p.exchangeObjects(soon); err == nil {
			if unlock, err = p.lock(ctx); err != nil {
				return nil, err
			}
			if p.reconciledSince(since) {
				return unlock, nil
			}
			if err = p.reconcile(ctx); err == nil {
				return unlock, nil
			}
			unlock()
		}
		switch {
		case ctx.Err() != nil:
			return nil, err
		case soon.Err() != nil:
			return nil, ErrCatchingUp // what has come is kept
		case !errors.Is(err, ErrCatchingUp):
			return nil, err
		}
	}
	return nil, err
}

// relation is how the newest version of this server relates to the newest of all, the head.
type relation int

const (
	same    relation = iota
	unknown          // the server lacks the objects of the head
	lacking          // the head is an earlier version: what the server had published was lost
	newer            // the server has the head's objects, and can check it out
)

// relate returns how this server's version relates to the head, and both versions.
func (p *Publisher) relate(ctx context.Context, s *sharing) (is relation, head, here string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	head, err = s.shared.Head(ctx)
	here = p.now.Load().version
	switch {
	case err != nil || head == here:
		return same, head, here, err
	case head == "": // nobody has published, or all was lost
		return lacking, head, here, nil
	case !(&Repository{objects: s.view()}).Has(plumbing.NewHash(head)):
		return unknown, head, here, nil
	case here == "":
		return newer, head, here, nil
	}
	if _, err = s.line(here, head); errors.Is(err, errElsewhere) { // mostly the head is a version or two later
		if _, err = s.line(head, here); err == nil {
			return lacking, head, here, nil
		}
	}
	if errors.Is(err, errElsewhere) {
		err = nil
	}
	return newer, head, here, err
}

// exchangeObjects fetches the objects of the newest version of all, or, if the other servers have lost this server's
// version, sends them its objects. It may take long; it holds no lock that readers or authors wait for.
func (p *Publisher) exchangeObjects(ctx context.Context) error {
	s, ok := p.store.(*sharing)
	if !ok {
		return nil
	}
	if is, _, _, err := p.relate(ctx, s); err != nil || is != unknown && is != lacking {
		return err
	}
	select {
	case p.exchanging <- struct{}{}:
		defer func() { <-p.exchanging }()
	case <-ctx.Done():
		return ErrCatchingUp
	}
	unlock, err := p.lockFile(ctx, fetchLock)
	if err != nil {
		return ErrCatchingUp
	}
	defer unlock()
	switch is, head, here, err := p.relate(ctx, s); {
	case err != nil:
		return err
	case is == unknown:
		err := s.fetch(ctx, head)
		if errors.Is(err, ErrLost) {
			s.shared.Tell(true)
		}
		return err
	case is == lacking:
		if err := s.hand(ctx, head, here); err != nil && !errors.Is(err, ErrBehind) { // which the next turn finds
			return err
		}
	}
	return nil
}

// follow makes the head, whose objects are here, the version of this server: its branch and its folder. The caller
// has the lock, and no publish of this server's is under way.
func (p *Publisher) follow(ctx context.Context, s *sharing) error {
	is, head, here, err := p.relate(ctx, s)
	switch {
	case err != nil || is == same:
		return err
	case is != newer:
		return ErrCatchingUp
	}
	if here == "" {
		if here, err = p.commitFound(s); err != nil {
			return err
		}
		if here == head { // the same files, committed in the same second
			return p.mend()
		}
	}
	if _, err := s.line(here, head); errors.Is(err, errElsewhere) {
		if err := p.putAside(s, here); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := p.mounts(); err != nil { // in an empty folder all but what is new would be taken for removed by hand
		return err
	}
	if err := p.mark(here); err != nil {
		return err
	}
	if err := s.git.move(head); err != nil {
		return err
	}
	return p.mend()
}

// commitFound makes a version of what a server has in its posts folder when it joins the others. It is not part of
// their history, but is kept.
func (p *Publisher) commitFound(s *sharing) (version string, err error) {
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return "", err
	}
	files, other, err := p.scan(root)
	_ = root.Close() // it was only read
	if err != nil || len(files) == 0 {
		return "", err
	}
	stamps, look := p.known(p.now.Load(), files)
	err = s.Together(func() error {
		contents, err := p.compare(p.now.Load(), files, look, stamps, other)
		if err != nil {
			return err
		}
		version, err = s.commitFiles("", contents, Signature{byHand, p.config.Now(), "the posts as they were found"})
		return err
	})
	if err != nil {
		return "", err
	}
	return version, s.git.move(version)
}

// asidePrefix begins the names of branches for versions that are not part of the common history.
const asidePrefix = "refs/heads/aside-"

// putAside keeps a version that is not part of the common history in a branch of its own.
func (p *Publisher) putAside(s *sharing, version string) error {
	const enough = 12
	name := plumbing.ReferenceName(asidePrefix + version[:enough])
	if err := replaceFile(filepath.Join(s.dir, filepath.FromSlash(string(name))), version+"\n"); err != nil {
		return fmt.Errorf("the version of this server alone cannot be kept: %w", err)
	}
	p.config.Logger.Warn("the history of this server was another than that of all, which counts; what was here is kept in a branch", "branch", name.Short(), "repository", s.dir)
	return nil
}
