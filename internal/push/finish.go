package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Outcome is the result of a transfer.
type Outcome struct {
	// Problems refuse the transfer, so that nothing has changed. Notes do not.
	Problems, Notes []post.Problem //ledger:counted what is told of a file is bounded, and so are files
	// Results are about the files of what was published.
	Results []Result //ledger:counted as many as Limits.Files
	// Unread is the error of the reload, if readers do not see the new posts yet.
	Unread error
}

// What became of a file.
const (
	wasPublished = "published"
	wasUpdated   = "updated"
	wasRemoved   = "removed"
	wasUnchanged = "unchanged"
)

// Result is about one file.
type Result struct {
	Path string
	What string // "published", "updated", "removed" or "unchanged"
	// Address is that of the post for readers; or Held says why they do not see it. Neither is set for
	// what is no post.
	Address, Held string
}

// Finish publishes what was sent, and ends the transfer, which holds nothing afterwards. After an error nothing
// has changed, unless the error says otherwise.
func (t *Transfer) Finish(ctx context.Context) (*Outcome, error) {
	defer t.End()
	out, err := t.Check(ctx)
	if err != nil || out.Refused() || len(t.files) == 0 && len(t.removed) == 0 && t.adopts == nil {
		return out, err
	}
	before, changed, err := t.publish(ctx)
	if err != nil {
		if errors.Is(err, errKept) {
			_ = t.p.show(ctx) // the rest of it; whoever reads the posts tells why they cannot be read
		}
		return nil, err
	}
	if len(changed) > 0 {
		t.p.config.Logger.Info("published", "author", t.author, "what", summary(before, changed))
		out.Unread = t.p.show(ctx)
	}
	names := slices.Sorted(maps.Keys(t.files))
	for _, name := range append(names, slices.Sorted(maps.Keys(t.removed))...) {
		r := Result{Path: name, What: wasUnchanged}
		content, ok := changed[name]
		switch {
		case ok && content == "":
			r.What = wasRemoved
		case ok && before[name] == "":
			r.What = wasPublished
		case ok:
			r.What = wasUpdated
		}
		if r.What != wasRemoved && out.Unread == nil { // else it would be what was there before
			r.Address, r.Held = t.p.config.Locate(name)
		}
		out.Results = append(out.Results, r)
	}
	return out, nil
}

// Check reports what is wrong with what was sent, as Finish does, and publishes nothing.
func (t *Transfer) Check(ctx context.Context) (*Outcome, error) {
	out := &Outcome{}
	t.leaveOut(out)
	if len(t.files)+len(t.removed) == 0 && t.adopts == nil { // who sent that alone would think it published
		out.Problems, out.Notes = out.Notes, nil
	}
	if len(t.files) == 0 {
		return out, nil
	}
	problems, notes, err := t.p.config.Check(ctx, t.session, filepath.Join(t.dir, arrived))
	if err != nil {
		return nil, err
	}
	out.Problems, out.Notes = problems, append(out.Notes, notes...)
	return out, nil
}

// leaveOut drops temporary files, and reports them.
func (t *Transfer) leaveOut(out *Outcome) {
	for name := range t.files {
		if !unfinished(name) {
			continue
		}
		what := "a temporary file is not published: rename it if it is whole"
		if !Temporary(name) {
			what = "it has no ending: name it .md, or make the folder first"
		}
		out.Notes = append(out.Notes, post.Problem{Path: name, Severity: post.Notice, What: what})
		_ = t.root.Remove(at(arrived, name)) // what is left goes with the whole
		delete(t.files, name)
	}
}

// publish makes a version from what was sent, and writes it into the folder.
func (t *Transfer) publish(ctx context.Context) (before, changed map[string]string, err error) {
	p := t.p
	unlock, err := p.lockSynced(ctx, sharedTime)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	if err := t.roomy(); err != nil {
		return nil, nil, err
	}
	if t.adopts != nil && p.now.Load().version != t.base.version {
		return nil, nil, ErrOutdated
	}
	changed, err = t.contents()
	if err != nil {
		return nil, nil, fmt.Errorf("nothing is published: %w", reason(err))
	}
	now := p.now.Load()
	for name, content := range changed {
		if is := now.files[name]; is != t.base.files[name] && is != content {
			return nil, nil, fmt.Errorf("nothing is published: %s was changed by somebody else meanwhile: look at it (ssh HOST log), and send yours again", name)
		}
		if now.files[name] == content {
			delete(changed, name)
		}
	}
	if len(changed) == 0 && t.adopts == nil {
		return now.files, nil, nil
	}
	if err := respelled(now.files, changed); err != nil {
		return nil, nil, fmt.Errorf("nothing is published: %w", err)
	}
	if err := t.keep(changed); err != nil {
		return nil, nil, fmt.Errorf("nothing is published: %w", reason(err))
	}
	return now.files, changed, p.change(changed, t.become(Signature{t.author, p.config.Now(), summary(now.files, changed)}))
}

// maker makes a new version, given the newest one and the files.
type maker func(version string, files map[string]string) (string, error)

// become returns the maker for the transfer.
func (t *Transfer) become(by Signature) maker {
	return func(version string, files map[string]string) (string, error) {
		g := repositoryOf(t.p.store)
		if t.adopts == nil || g == nil {
			return t.p.store.Replace(version, files, by)
		}
		head := t.adopts.head.String()
		if now, err := g.Current(); err != nil || now != version {
			return "", errors.Join(err, ErrOutdated)
		}
		if err := g.recordPush(head, version, by); err != nil {
			return "", err
		}
		if err := t.p.step("move"); err != nil {
			return "", err
		}
		if s, ok := t.p.store.(*sharing); ok {
			return head, s.movePushed(version, head, by)
		}
		return head, g.move(head)
	}
}

// contents returns the contents of the files that were sent, which are not kept yet.
func (t *Transfer) contents() (map[string]string, error) {
	if t.adopts != nil {
		return t.adopts.changed, nil
	}
	changed := make(map[string]string, len(t.files)+len(t.removed))
	for name := range t.removed {
		changed[name] = ""
	}
	for name := range t.files {
		content, err := t.read(name, t.p.store.Name)
		if err != nil {
			return nil, err
		}
		changed[name] = content
	}
	return changed, nil
}

// read calls take with the content of a file that was sent.
func (t *Transfer) read(name string, take func(size int64, content io.Reader) (string, error)) (string, error) {
	f, err := t.root.Open(at(arrived, name))
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	return take(t.files[name], f)
}

// keep stores the contents that change, after all checks, so that a refused transfer leaves nothing in the
// store.
func (t *Transfer) keep(changed map[string]string) error {
	root, err := os.OpenRoot(t.p.config.Posts)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(changed))
	if err = t.p.untouched(root, names); err == nil {
		err = t.p.foldersWritable(root, names)
	}
	_ = root.Close() // nothing is left there
	if err != nil {
		return err
	}
	keep, n := func() error { return t.keepFiles(changed) }, len(changed)
	if t.adopts != nil {
		keep, n = t.keepObjects, len(t.adopts.order)
	}
	if n >= packed {
		return t.p.store.Together(keep)
	}
	return keep()
}

func (t *Transfer) keepFiles(changed map[string]string) error {
	for name, content := range changed {
		if content == "" {
			continue
		}
		if err := t.p.step("keep " + path.Base(name)); err != nil {
			return err
		}
		if is, err := t.read(name, t.p.store.Put); err != nil || is != content {
			return errors.Join(err, errChanging)
		}
	}
	return nil
}

// reserve is how many bytes publishing leaves free on a disk.
const reserve = 8 << 20

// errNoRoom says that there would be less.
var errNoRoom = errors.New("the server's disk is nearly full, contact the operator")

// roomy returns an error if a disk has too little room for what was sent.
func (t *Transfer) roomy() error {
	need := int64(reserve)
	for name, size := range t.files {
		need += 2 * onDisk(name, size) // in the history, and in the folder
	}
	for _, dir := range []string{t.p.config.Posts, t.p.config.State} {
		if free, known := freeSpace(dir); known && free < need {
			return fmt.Errorf("nothing is published: %w", errNoRoom)
		}
	}
	return nil
}

// change makes a version, and checks it out. The process may be killed at any step. The caller has the lock,
// and the folder is a checkout of the store.
func (p *Publisher) change(changed map[string]string, become maker) (err error) {
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // what was written is flushed
	names := slices.Sorted(maps.Keys(changed))
	p.left = nil
	before := p.now.Load().version
	if err := p.prepare(root, names, changed, become); err != nil {
		mending := p.mend()
		if now := p.now.Load(); mending == nil && now.version != before && now.has(changed) { // only that could not be told
			return nil
		}
		if errors.Is(err, ErrUnsure) {
			return errors.Join(ErrUnsure, mending)
		}
		return fmt.Errorf("nothing is published: %w", errors.Join(reason(err), mending))
	}
	if err = p.putAll(root, "put ", changed, nil); err == nil {
		if err = p.step("unmark"); err == nil {
			err = p.unmark()
		}
	}
	if err != nil {
		if err := p.mend(); err != nil {
			return fmt.Errorf("%w, which is tried again with the next: %w", errKept, reason(err))
		}
		if len(p.left) > 0 {
			return fmt.Errorf("%w: what is there of %s stays: contact the operator", errKept, strings.Join(p.left, ", "))
		}
	}
	return nil
}

// errKept is for a publish that has become a version, but is not wholly in the posts folder.
var errKept = errors.New("it is kept, but the posts folder could not be written")

// prepare does all that may fail: it ends with the version.
func (p *Publisher) prepare(root *os.Root, names []string, changed map[string]string, become maker) error {
	if err := p.step("mark"); err != nil {
		return err
	}
	if err := p.mark(p.now.Load().version); err != nil {
		return err
	}
	if err := p.untouched(root, names); err != nil {
		return err
	}
	for _, name := range names {
		if changed[name] == "" {
			continue
		}
		if err := p.step("write " + path.Base(name)); err != nil {
			return err
		}
		if err := p.write(root, name, changed[name]); err != nil {
			return err
		}
	}
	if err := p.untouched(root, names); err != nil { // since it was looked at
		return err
	}
	if err := p.step("replace"); err != nil {
		return err
	}
	return p.replace(changed, become)
}
