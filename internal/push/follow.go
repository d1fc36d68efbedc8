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

// Ahead reports whether Follow has something to do, as far as one request tells.
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

// Follow has the posts folder become a checkout of what the other servers have published, and readers see
// it, unless they do. It reports whether there was something new for them. What was changed in the folder by
// hand is kept.
func (p *Publisher) Follow(ctx context.Context) (changed bool, err error) {
	unlock, err := p.agree(ctx, 0)
	if err == nil {
		unlock()
	}
	if p.shows(p.now.Load().version) || ctx.Err() != nil { // whoever begins to publish takes over what others have published, too
		return false, err
	}
	_ = p.show(ctx) // whoever reads the posts tells why they cannot be read
	return true, err
}

// shows reports whether the posts have been read since the folder became a version.
func (p *Publisher) shows(version string) bool {
	shown := p.shown.Load()
	return shown != nil && *shown == version
}

// show has readers see the folder. An error tells that they do not, and Follow will try again.
func (p *Publisher) show(ctx context.Context) error {
	now := p.now.Load()
	if err := p.config.Reload(ctx); err != nil {
		p.shown.Store(nil)
		return err
	}
	p.shown.Store(&now.version)
	return nil
}

// mostTurns is how often a server looks again for what others publish meanwhile.
const mostTurns = 5

// agree has the lock for its caller once this server is in line with the others. The objects that it needs for that
// travel before, without the lock; patience, if it is not 0, is how long that may take.
func (p *Publisher) agree(ctx context.Context, patience time.Duration) (unlock func(), err error) {
	soon := ctx
	if patience > 0 {
		var cancel context.CancelFunc
		soon, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	for range mostTurns {
		if err = p.level(soon); err == nil {
			if unlock, err = p.lock(ctx); err != nil {
				return nil, err
			}
			if err = p.settle(ctx); err == nil {
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

// relation is how the newest version of a server and that of all are to each other.
type relation int

const (
	same    relation = iota
	unknown          // the server does not have that of all
	lacking          // that of all is an earlier one: what the server had published was lost
	newer            // the server can take that of all
)

// relate returns how this server and the others are to each other, and their versions.
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
	if _, err = s.line(here, head); errors.Is(err, errElsewhere) { // else it is a step or two
		if _, err = s.line(head, here); err == nil {
			return lacking, head, here, nil
		}
	}
	if errors.Is(err, errElsewhere) {
		err = nil
	}
	return newer, head, here, err
}

// level has this server get the objects of the others' newest version, and them those of this one's if they have lost it.
// That takes as long as it takes: nobody who reads or publishes posts waits for it.
func (p *Publisher) level(ctx context.Context) error {
	s, ok := p.store.(*sharing)
	if !ok {
		return nil
	}
	if is, _, _, err := p.relate(ctx, s); err != nil || is != unknown && is != lacking {
		return err
	}
	select {
	case p.leveling <- struct{}{}:
		defer func() { <-p.leveling }()
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

// follow brings this server in line with the newest version of all, whose objects are here. The caller has the lock,
// and no publish of this server's is under way.
func (p *Publisher) follow(ctx context.Context, s *sharing) error {
	is, head, here, err := p.relate(ctx, s)
	switch {
	case err != nil || is == same:
		return err
	case is != newer:
		return ErrCatchingUp
	}
	if here == "" {
		if here, err = p.found(s); err != nil {
			return err
		}
		if here == head { // the same files, found in the same second
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
	if err := p.mounts(); err != nil { // or what is new would be all that there is, and the rest be taken for removed by hand
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

// found makes a version of what is in the posts folder of a server that is new among the others. It is
// none of theirs, but is kept.
func (p *Publisher) found(s *sharing) (version string, err error) {
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return "", err
	}
	files, _, err := p.scan(root)
	_ = root.Close() // it was only read
	if err != nil || len(files) == 0 {
		return "", err
	}
	stamps, look := p.known(p.now.Load(), files)
	err = s.Together(func() error {
		contents, err := p.compare(p.now.Load(), files, look, stamps)
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

// asidePrefix begins the names of branches with versions that the servers have not agreed upon.
const asidePrefix = "refs/heads/aside-"

// putAside keeps a version that is not one of all servers' under a branch of its own.
func (p *Publisher) putAside(s *sharing, version string) error {
	const enough = 12
	name := plumbing.ReferenceName(asidePrefix + version[:enough])
	if err := replaceFile(filepath.Join(s.dir, filepath.FromSlash(string(name))), version+"\n"); err != nil {
		return fmt.Errorf("the version of this server alone cannot be kept: %w", err)
	}
	p.config.Logger.Warn("the history of this server was another than that of all, which counts; what was here is kept in a branch", "branch", name.Short(), "repository", s.dir)
	return nil
}
