package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

// Follow has the posts folder become a checkout of what the other servers have published, and readers see
// it, unless they do. It reports whether there was something new for them. What was changed in the folder by
// hand is kept.
func (p *Publisher) Follow(ctx context.Context) (changed bool, err error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return false, err
	}
	err = p.agree()
	now := p.now.Load().version
	unlock()
	if p.shows(now) { // whoever begins to publish takes over what others have published, too
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

// follow brings this server in line with the newest version of all. The caller has the lock, and no
// publish of this server's is under way.
func (p *Publisher) follow(s *sharing) error {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	head, err := s.shared.Head(ctx)
	here := p.now.Load().version
	if err != nil || head == here {
		return err
	}
	if head == "" { // nobody has published, or all was lost
		return s.moveShared(here)
	}
	if err := s.fetch(context.Background(), head); err != nil { // however long all of a history takes
		return err
	}
	if here == "" {
		if here, err = p.found(s); err != nil {
			return err
		}
		if here == head { // the same files, found in the same second
			return p.mend()
		}
	}
	if _, err := s.line(head, here); err == nil { // what this server had published was lost
		return s.moveShared(here)
	} else if !errors.Is(err, errElsewhere) {
		return err
	}
	if _, err := s.line(here, head); errors.Is(err, errElsewhere) {
		if err := p.putAside(s, here); err != nil {
			return err
		}
	} else if err != nil {
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

// moveShared has all servers get a version of this one's, which follows what they have.
func (s *sharing) moveShared(here string) error {
	if here == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	head, err := s.shared.Head(ctx)
	if err != nil || head == here {
		return err
	}
	return s.hand(context.Background(), head, here) // however long all of a history takes
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
