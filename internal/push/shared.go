package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Shared is the common history of several servers: the objects of its repository, and the newest version, the
// head. Objects are as git hashes them, "KIND SIZE", a zero byte and the content, and are named by that hash.
// ErrApart means that it cannot be reached.
type Shared interface {
	// Head returns the newest version, or "" if there is none.
	Head(ctx context.Context) (string, error)
	// Move moves the head from one version to another, whose objects are all there. If the head is another one
	// it returns ErrBehind. ErrUnsure means that the head may have been moved.
	Move(ctx context.Context, from, to string) error
	// Put stores objects. It does not open those that are there.
	Put(ctx context.Context, objects iter.Seq2[Content, error]) error
	// Get returns an object. The error is ErrLost if it is not there.
	Get(ctx context.Context, name string) (io.Reader, error)
	// Lost reports whether objects may have been lost since an earlier answer, "" for none, and returns the new
	// answer.
	Lost(ctx context.Context, since string) (now string, lost bool, err error)
	// Tell makes the other servers check for new versions or, if this one lacks objects, restore those that
	// they have.
	Tell(lacks bool)
	// Note records who pushed a version by git, and which version was before it. Noted returns that.
	Note(ctx context.Context, version, after string, by Signature) error
	Noted(ctx context.Context, version string) (after string, by Signature, ok bool, err error)
}

// Content is an object to be transferred. It is opened, if at all, before the next one is requested.
type Content struct {
	Name string
	Size int64 // bytes of what Open returns
	Open func() (io.ReadCloser, error)
}

// ErrApart says that the other servers cannot be reached, so that nothing can be published.
var ErrApart = errors.New("the servers of this blog cannot reach each other at the moment, so nothing can be published: try again")

// ErrLost says that an object is not where it is shared.
var ErrLost = errors.New("a part of the history is lost where the servers of this blog share it; one that has it puts it back")

// ErrCatchingUp says that nothing can be published yet.
var ErrCatchingUp = errors.New("this server and the others are still getting what each lacks of the history, so nothing can be published here: try again in a moment")

// ErrUnsure says that it is not known what became of a publish.
var ErrUnsure = errors.New("whether it is published is not known, since the answer was lost: look at ssh HOST log in a moment")

// sharedTime is how long a step of publishing waits for the other servers.
const sharedTime = 20 * time.Second

// handTime is how long an author waits until all objects of a publish are in the common history: the first
// version of a large folder takes minutes.
const handTime = 10 * time.Minute

// sharing is a Store whose newest version is the head of the common history. It has a repository of this
// server; the posts folder is a checkout of its branch. The repository has all objects of a version before the
// branch moves to it.
type sharing struct {
	*git
	shared Shared
}

// OpenShared returns the Store of a server among others, in a bare repository, which it makes if there is
// none.
func OpenShared(dir string, shared Shared) (Store, error) {
	g, err := openGit(dir)
	if err != nil {
		return nil, err
	}
	return &sharing{git: g, shared: shared}, nil
}

// repositoryOf returns the repository that a Store is or has, or nil.
func repositoryOf(s Store) *git {
	switch s := s.(type) {
	case *git:
		return s
	case *sharing:
		return s.git
	}
	return nil
}

// Replace implements [Store].
func (s *sharing) Replace(version string, files map[string]string, by Signature) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	if head, err := s.shared.Head(ctx); err != nil || head != version { // so that no objects are written in vain
		return "", cmp.Or(err, ErrBehind)
	}
	commit, err := s.commitFiles(version, files, by)
	if err != nil {
		return "", err
	}
	return commit, s.move(version, commit)
}

// move makes a commit of the repository the head, and then the version of this server.
func (s *sharing) move(from, to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), handTime)
	defer cancel()
	if err := s.hand(ctx, from, to); err != nil {
		return err
	}
	return s.git.move(to)
}

// hand sends the objects of a version that an earlier one does not have, and then moves the head. ctx limits
// the former; each request has a limit of its own.
func (s *sharing) hand(ctx context.Context, from, to string) error {
	if err := s.shared.Put(ctx, s.since(ctx, from, to)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	return s.shared.Move(ctx, from, to)
}

// movePushed does the same with a commit that was pushed by git, and records whose push it was before other
// servers can see it.
func (s *sharing) movePushed(from, to string, by Signature) error {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	if err := s.shared.Note(ctx, to, from, by); err != nil {
		return err
	}
	return s.move(from, to)
}

// since yields the objects of a version that an earlier one does not have.
func (s *sharing) since(ctx context.Context, from, to string) iter.Seq2[Content, error] {
	return func(yield func(Content, error) bool) {
		line, err := s.line(from, to)
		r := &Repository{objects: s.view()}
		before := plumbing.ZeroHash
		if err == nil && from != "" {
			before, err = treeOf(r, plumbing.NewHash(from))
		}
		ended := errors.New("enough")
		give := func(h plumbing.Hash) error {
			content, err := r.content(h)
			if err != nil {
				return fmt.Errorf("the repository lacks %s, look at it with git fsck: %w", h, err)
			}
			if !yield(content, nil) {
				return ended
			}
			return ctx.Err()
		}
		c := &Comparison{
			Objects: r,
			Leave: func(_ string, _, is plumbing.Hash) error {
				if is.IsZero() {
					return nil
				}
				return give(is)
			},
			File: func(_, mode string, was, is plumbing.Hash) error {
				if is.IsZero() || is == was || mode != modeFile && mode != modeExec {
					return nil
				}
				return give(is)
			},
		}
		for _, commit := range line {
			var tree plumbing.Hash
			if err == nil {
				tree, err = treeOf(r, commit)
			}
			if err == nil {
				err = c.Run(ctx, before, tree)
			}
			if err == nil {
				err = give(commit)
			}
			before = tree
		}
		if err != nil && !errors.Is(err, ended) {
			yield(Content{}, err)
		}
	}
}

func treeOf(r *Repository, commit plumbing.Hash) (plumbing.Hash, error) {
	c, err := r.commit(commit.String())
	return c.tree, err
}

// line returns the commits that lead from a version to a later one, oldest first. The error is errElsewhere if
// none do.
func (s *sharing) line(from, to string) ([]plumbing.Hash, error) {
	r := &Repository{objects: s.view()}
	var back []plumbing.Hash
	for at := to; at != from; {
		if at == "" {
			return nil, errElsewhere
		}
		back = append(back, plumbing.NewHash(at))
		c, err := r.commit(at)
		if err != nil {
			return nil, err
		}
		at = c.parent
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back, nil
}

// errElsewhere says that a version does not follow another.
var errElsewhere = errors.New("the versions are not of one line")
