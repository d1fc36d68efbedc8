package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Limits of a push by git.
const (
	// maxCommits is how many commits come at once.
	maxCommits = 1000
	// maxEntries is how many entries of trees are looked at.
	maxEntries = 4 << 20
	// memoryOfObject is what an object that is kept takes from the account, in bytes.
	memoryOfObject = 128
)

// ErrNotFast means that commits do not follow the newest version; git's own words.
var ErrNotFast = errors.New("non-fast-forward")

// ErrOutdated is the error for an author whose push lost a race.
var ErrOutdated = errors.New("somebody else has published meanwhile: git pull --rebase, and push again")

// adoption is the part of a transfer whose files come as commits, which become versions unchanged.
type adoption struct {
	repository *Repository
	head       plumbing.Hash
	sent       Objects
	kept       map[plumbing.Hash]bool //ledger:counted taken from the session's account
	order      []plumbing.Hash        //ledger:counted likewise; objects before those that name them
	changed    map[string]string      //ledger:counted as many as Limits.Files
	names      map[string]differing   //ledger:counted taken from the session's account; by what is the same for names like them
	named      int64                  // bytes that these take
}

// differing is the name of what differs in a commit from the one before.
type differing struct {
	name  string
	fresh bool // there was none
}

// Version is the newest one as the transfer began, or "".
func (t *Transfer) Version() string { return t.base.version }

// Limits are those of the transfer.
func (t *Transfer) Limits() Limits { return t.p.config.Limits }

// Adopt adds commits to the transfer, of which head is the newest and the first follows the version that the
// transfer began with. Objects that were not sent are the repository's. Each commit is checked for what a
// version may contain; the posts are checked by Finish, as of the newest commit. It runs in the caller's turn.
func (t *Transfer) Adopt(ctx context.Context, turn *ledger.Turn, repository *Repository, head plumbing.Hash, sent Objects) error {
	a := &adoption{repository: repository, head: head, sent: sent, kept: make(map[plumbing.Hash]bool), changed: make(map[string]string)}
	line, err := t.line(ctx, a)
	if err != nil {
		return err
	}
	base := plumbing.ZeroHash
	if t.base.version != "" {
		was, err := CommitOf(repository, plumbing.NewHash(t.base.version))
		if err != nil {
			return err
		}
		base = was.Tree
	}
	c := &Comparison{Objects: a, Account: t.session, Turn: turn, Most: maxEntries}
	before := base
	for _, step := range slices.Backward(line) {
		if err := t.admitCommit(ctx, a, c, before, step); err != nil {
			return fmt.Errorf("commit %.7s: %w", step.hash, err)
		}
		before = step.tree
	}
	c.Enter, c.Leave = nil, nil
	c.File = func(name, _ string, was, is plumbing.Hash) error { return t.stage(a, name, was, is) }
	if err := c.Run(ctx, base, before); err != nil {
		return err
	}
	t.adopts = a
	return nil
}

// admitCommit checks what a commit changes.
func (t *Transfer) admitCommit(ctx context.Context, a *adoption, c *Comparison, before plumbing.Hash, s step) error {
	a.names = make(map[string]differing)
	c.Enter = func(dir string, was, is plumbing.Hash) error { return t.admitFolder(a, dir, was, is) }
	c.File = func(name, mode string, was, is plumbing.Hash) error { return t.admitFile(a, name, mode, was, is) }
	c.Leave = func(dir string, _, is plumbing.Hash) error {
		if err := a.distinct(dir, is); err != nil {
			return err
		}
		return t.keepObject(a, is)
	}
	if err := c.Run(ctx, before, s.tree); err != nil {
		return err
	}
	t.session.Give(a.named)
	t.memory -= a.named
	a.names, a.named = nil, 0
	if err := t.keepObject(a, s.tree); err != nil { // one that differs in nothing
		return err
	}
	return t.keepObject(a, s.hash)
}

// name records a changed name, and refuses a new one that differs from another only in case.
func (t *Transfer) name(a *adoption, name string, was plumbing.Hash) error {
	if len(a.names) >= t.p.config.Limits.Files {
		return fmt.Errorf("more than %d files differ: push fewer commits, or make smaller ones", t.p.config.Limits.Files)
	}
	takes := int64(memoryOfObject + 2*len(name))
	if !t.take(takes) {
		return errFull
	}
	a.named += takes
	key, fresh := folded(name), was.IsZero()
	other, ok := a.names[key]
	if ok && (fresh || other.fresh) {
		return twice(name, other.name)
	}
	a.names[key] = differing{name, fresh}
	return nil
}

// step is one of the commits of a push.
type step struct{ hash, tree plumbing.Hash }

// line returns the commits that come, the newest first.
func (t *Transfer) line(ctx context.Context, a *adoption) (line []step, err error) {
	base := plumbing.NewHash(t.base.version)
	for at := a.head; at != base; {
		if at.IsZero() {
			return nil, ErrNotFast
		}
		c, err := CommitOf(a.sent, at)
		switch {
		case errors.Is(err, plumbing.ErrObjectNotFound):
			return nil, ErrNotFast
		case err != nil:
			return nil, err
		case len(line) == maxCommits:
			return nil, fmt.Errorf("more than %d commits are too many at once: push fewer, as with git push origin COMMIT:main", maxCommits)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !t.take(memoryOfObject):
			return nil, errFull
		}
		line = append(line, step{at, c.Tree})
		at = c.Parent
	}
	return line, nil
}

// take takes memory that the transfer gives back at its end.
func (t *Transfer) take(n int64) bool {
	if !t.session.TakeExtra(n) {
		return false
	}
	t.memory += n
	return true
}

// Object implements [Objects]: one that was sent, or the repository's.
func (a *adoption) Object(h plumbing.Hash) (*Object, error) {
	o, err := a.sent.Object(h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return a.repository.Object(h)
	}
	return o, err
}

// keepObject records an object that the repository will need.
func (t *Transfer) keepObject(a *adoption, h plumbing.Hash) error {
	if h.IsZero() || a.kept[h] || a.repository.Has(h) {
		return nil
	}
	o, err := a.sent.Object(h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return fmt.Errorf("object %s is missing: push again, and contact the operator if that does not help", h)
	}
	if err != nil {
		return err
	}
	_ = o.Close() // nothing was read
	if !t.take(memoryOfObject) {
		return errFull
	}
	a.kept[h] = true
	a.order = append(a.order, h)
	return nil
}

// admitFolder checks a folder that has changed.
func (t *Transfer) admitFolder(a *adoption, dir string, was, is plumbing.Hash) error {
	if dir == "" || is.IsZero() {
		return nil
	}
	dir = strings.TrimSuffix(dir, "/")
	if why := cmp.Or(wrongName(dir), hiddenName(dir)); why != "" {
		return fmt.Errorf("%q: %s", dir, why)
	}
	if err := t.name(a, dir, was); err != nil {
		return err
	}
	entries, err := openTree(a, is)
	if err != nil {
		return err
	}
	defer func() { _ = entries.end() }() // it was only read
	first, err := entries.next()
	if err == nil && first == nil {
		err = fmt.Errorf("%q: the folder is empty: leave it out", dir)
	}
	return err
}

// admitFile checks a file that has changed.
func (t *Transfer) admitFile(a *adoption, name, mode string, was, is plumbing.Hash) error {
	if is.IsZero() {
		return nil
	}
	why := unpublishable(name)
	switch {
	case mode != modeFile && mode != modeExec:
		why = "it is no file: links and repositories among posts are not published"
	case why == "" && Temporary(name):
		why = "the name is one of temporary files: rename it"
	}
	if why != "" {
		return fmt.Errorf("%q: %s; git rebase -i changes a commit that has it", name, why)
	}
	o, err := a.Object(is)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return fmt.Errorf("%q: its content has not come: push again", name)
	case err != nil:
		return err
	}
	_ = o.Close() // nothing was read
	if o.Kind != plumbing.BlobObject || o.Size > t.p.config.Limits.File {
		return fmt.Errorf("%q: a file has at most %d bytes: make it smaller", name, t.p.config.Limits.File)
	}
	if err := t.name(a, name, was); err != nil {
		return err
	}
	return t.keepObject(a, is)
}

// distinct checks that the new names in a folder differ from all others in it.
func (a *adoption) distinct(dir string, is plumbing.Hash) error {
	all, err := openTree(a, is)
	if err != nil {
		return err
	}
	defer func() { _ = all.end() }() // it was only read
	seen := make(map[string]string)  // at most as many as names
	for {
		e, err := all.next()
		if err != nil || e == nil {
			return err
		}
		key := folded(dir + e.name)
		if !a.names[key].fresh {
			continue
		}
		if other, ok := seen[key]; ok {
			return twice(dir+e.name, other)
		}
		seen[key] = dir + e.name
	}
}

// stage adds a file to those that are published together.
func (t *Transfer) stage(a *adoption, name string, was, is plumbing.Hash) error {
	if was == is {
		return nil // only its mode differs
	}
	if err := t.count(); err != nil {
		return err
	}
	if is.IsZero() {
		t.removed[name], a.changed[name] = true, ""
		return nil
	}
	o, err := a.Object(is)
	if err != nil {
		return err
	}
	defer func() { _ = o.Close() }() // it was only read
	if !t.disk.Take(onDisk(name, o.Size)) {
		return errFull
	}
	t.files[name], a.changed[name] = o.Size, is.String()
	if err := t.root.MkdirAll(at(arrived, path.Dir(name)), 0o700); err != nil {
		return reason(err)
	}
	f, err := t.root.OpenFile(at(arrived, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return reason(err)
	}
	_, err = io.Copy(f, o)
	return reason(errors.Join(err, f.Close()))
}

// keepObjects writes the objects into the repository, each after those that it refers to, so that the
// repository is consistent if this is interrupted.
func (t *Transfer) keepObjects() error {
	g := repositoryOf(t.p.store)
	if g == nil {
		return errNoRepository
	}
	for i, h := range t.adopts.order {
		if err := t.p.step("object " + strconv.Itoa(i)); err != nil {
			return err
		}
		o, err := t.adopts.sent.Object(h)
		if err != nil {
			return err
		}
		_, err = g.write(o.Kind, o.Size, o)
		_ = o.Close() // it was only read
		if err != nil {
			return err
		}
	}
	return nil
}
