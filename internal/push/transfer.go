package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
)

// Transfer is a set of files that an author sends to be published together. It is used by one goroutine at a
// time. Nothing of it is published before Finish; End releases all that it holds.
type Transfer struct {
	p       *Publisher
	author  string
	share   *share          // of its source
	base    *snapshot       // what was published when it began
	dir     string          // where it is staged
	root    *os.Root        // of dir
	posts   *os.Root        // of the posts folder, once something there was looked at
	lock    *os.File        // shows other processes that dir is in use
	session *ledger.Account // of who sends it
	disk    *ledger.Account
	memory  int64            // taken from session
	files   map[string]int64 //ledger:counted at most Limits.Files; sizes of files that are staged
	removed map[string]bool  //ledger:counted at most Limits.Files
	opened  int              // files by now, which names their folders
	open    int              // files that are being written
	adopts  *adoption        // nil: its files did not come as commits
}

// The folders of a transfer: files while they are written, each in a folder of its own, and the posts
// folder as far as it changes.
const (
	arriving = "in"
	arrived  = "posts"
)

// What a file takes besides its bytes: an inode on the disk, as each of its folders does, and a name in memory.
const (
	diskOfFile   = 4 << 10
	memoryOfFile = 2 << 10
)

// onDisk is what a file of a size takes with the folders of its name.
func onDisk(name string, size int64) int64 {
	return size + diskOfFile*int64(1+strings.Count(name, "/"))
}

// errFull says that an account does not have more.
var errFull = errors.New("too much is being published at once: send less, or try again in a moment")

// Client is who sends a transfer.
type Client struct {
	Author  string          // the name that the history has
	Source  string          // where it comes from, whose transfers have a part of the whole
	Account *ledger.Account // of the session: what a transfer needs in memory is taken from it
}

// Begin begins a transfer.
func (p *Publisher) Begin(ctx context.Context, by Client) (*Transfer, error) {
	if err := p.Settle(ctx); err != nil {
		return nil, err
	}
	p.takeDisk()
	defer p.giveDisk()
	dir, err := os.MkdirTemp(filepath.Join(p.config.State, staged), "")
	if err != nil {
		return nil, err
	}
	t := &Transfer{
		p: p, author: by.Author, base: p.now.Load(), dir: dir, session: by.Account, share: p.shares.enter(by.Source, p.config.Limits),
		files: make(map[string]int64), removed: make(map[string]bool),
	}
	t.disk = t.share.disk.Open(ledger.Limits{Bytes: p.config.Limits.Transfer})
	t.root, err = os.OpenRoot(dir)
	if err == nil {
		t.lock, err = hold(dir)
	}
	if err == nil {
		err = errors.Join(t.root.Mkdir(arriving, 0o700), t.root.Mkdir(arrived, 0o700))
	}
	if err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

// End releases all that the transfer holds. It may be called more than once.
func (t *Transfer) End() {
	if t.dir != "" {
		t.p.takeDisk()
		defer t.p.giveDisk()
		t.end()
	}
}

func (t *Transfer) end() {
	if t.root != nil {
		_ = t.root.Close() // what it holds is thrown away
	}
	if t.posts != nil {
		_ = t.posts.Close() // it was only read
	}
	_ = t.lock.Close()      // a nil file, too; nothing was written
	_ = os.RemoveAll(t.dir) //nolint:gosec // its own folder, which the next start removes otherwise
	t.disk.Close()
	t.share.leave()
	t.session.Give(t.memory)
	t.dir, t.memory = "", 0
}

// count takes what one more file needs, or one that is to be removed.
func (t *Transfer) count() error {
	if len(t.files)+len(t.removed)+t.open >= t.p.config.Limits.Files {
		return fmt.Errorf("a transfer has at most %d files: send the others afterwards", t.p.config.Limits.Files)
	}
	if !t.session.TakeExtra(memoryOfFile) {
		return errFull
	}
	t.memory += memoryOfFile
	return nil
}

// refusal returns the error for a name that cannot be published. Temporary names may be staged.
func refusal(name string) error {
	why := wrongName(name)
	if why == "" && !unfinished(name) {
		why = unpublishable(name)
	}
	if why == "" {
		return nil
	}
	return errors.New(why)
}

// Remove removes a file.
func (t *Transfer) Remove(name string) error {
	t.p.takeDisk()
	defer t.p.giveDisk()
	if size, ok := t.files[name]; ok {
		if err := t.root.Remove(at(arrived, name)); err != nil {
			return err
		}
		t.pruned(name)
		delete(t.files, name)
		t.disk.Give(onDisk(name, size))
		if t.base.files[name] == "" {
			return nil
		}
	}
	if t.base.files[name] == "" || t.removed[name] {
		return fs.ErrNotExist
	}
	if err := t.count(); err != nil {
		return err
	}
	t.removed[name] = true
	return nil
}

// Rename renames a file, and replaces one with the new name. A file that becomes a post by it is checked, as by
// Keep; one that is refused keeps its old name.
func (t *Transfer) Rename(ctx context.Context, from, to string) (problems []post.Problem, err error) {
	if err := refusal(to); err != nil {
		return nil, err
	}
	if _, ok := t.files[from]; !ok {
		if problems, err = t.copy(ctx, from, to); err == nil && len(problems) == 0 {
			err = t.Remove(from)
		}
		return problems, err
	}
	if !t.p.leavesRoom(0) {
		return nil, errNoRoom
	}
	more := onDisk(to, 0) - onDisk(from, 0) // for folders
	if more > 0 && !t.disk.Take(more) {
		return nil, errFull
	}
	in, err := t.aside(from, to)
	if err == nil {
		if problems, err = t.check(ctx, in, to); err != nil || len(problems) > 0 {
			err = errors.Join(err, t.putBack(in, from, to))
		}
	}
	if err != nil || len(problems) > 0 {
		t.disk.Give(max(more, 0))
		return problems, err
	}
	t.disk.Give(max(-more, 0))
	size := t.files[from]
	delete(t.files, from)
	t.prune(from)
	if err = t.place(in, to, size); err == nil && t.base.files[from] != "" { // what it was to replace goes as well
		err = t.Remove(from)
	}
	return nil, err
}

// aside moves a received file into a folder of its own, under another name.
func (t *Transfer) aside(from, to string) (in string, err error) {
	t.p.takeDisk()
	defer t.p.giveDisk()
	t.opened++
	in = path.Join(arriving, strconv.Itoa(t.opened))
	err = t.root.MkdirAll(at(in, path.Dir(to)), 0o700)
	if err == nil {
		err = t.root.Rename(at(arrived, from), at(in, to))
	}
	if err != nil {
		_ = t.root.RemoveAll(filepath.FromSlash(in)) // what is left goes with the whole
	}
	return in, reason(err)
}

// putBack undoes aside.
func (t *Transfer) putBack(in, from, to string) error {
	t.p.takeDisk()
	defer t.p.giveDisk()
	err := t.root.Rename(at(in, to), at(arrived, from))
	if err == nil {
		_ = t.root.RemoveAll(filepath.FromSlash(in)) // what is left goes with the whole
	}
	return reason(err)
}

// prune removes the folders of a received file that is gone, up to one that has others.
func (t *Transfer) prune(name string) {
	t.p.takeDisk()
	defer t.p.giveDisk()
	t.pruned(name)
}

// pruned is prune for who may use the disk.
func (t *Transfer) pruned(name string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		dir := at(arrived, dir)
		if info, err := t.root.Lstat(dir); err != nil || !info.IsDir() || t.root.Remove(dir) != nil {
			return
		}
	}
}

// copy stages a file that is published under another name.
func (t *Transfer) copy(ctx context.Context, from, to string) ([]post.Problem, error) {
	content, ok := t.base.files[from]
	if !ok || t.removed[from] {
		return nil, fs.ErrNotExist
	}
	r, err := t.p.store.Open(content)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it was only read
	f, err := t.Create(to)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.NewOffsetWriter(f, 0), r); err != nil {
		f.Discard()
		return nil, err
	}
	return f.Keep(ctx)
}

// at is the path of a file in a folder of the transfer.
func at(folder, name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }

// admit checks a file that is alone in a folder, and adds it to those that were received. A refused file is
// removed.
func (t *Transfer) admit(ctx context.Context, in, name string, size int64) (problems []post.Problem, err error) {
	if problems, err = t.check(ctx, in, name); err == nil && len(problems) == 0 {
		return nil, t.place(in, name, size)
	}
	t.p.takeDisk()
	defer t.p.giveDisk()
	t.lose(in, name, size)
	return problems, err
}

// check looks at a file that is alone in a folder.
func (t *Transfer) check(ctx context.Context, in, name string) (problems []post.Problem, err error) {
	if unfinished(name) {
		return nil, nil
	}
	problems, _, err = t.p.config.Check(ctx, t.session, filepath.Join(t.dir, filepath.FromSlash(in)))
	return problems, err
}

// place adds a file that is alone in a folder to those that were received.
func (t *Transfer) place(in, name string, size int64) error {
	t.p.takeDisk()
	defer t.p.giveDisk()
	err := t.root.MkdirAll(at(arrived, path.Dir(name)), 0o700)
	if err == nil {
		err = t.root.Rename(at(in, name), at(arrived, name))
	}
	if err != nil {
		t.pruned(name)
		t.lose(in, name, size)
		return err
	}
	_ = t.root.RemoveAll(filepath.FromSlash(in)) // what is left goes with the whole
	if before, ok := t.files[name]; ok {
		t.disk.Give(onDisk(name, before))
	}
	t.files[name] = size
	delete(t.removed, name)
	return nil
}

// lose removes a file that is alone in a folder.
func (t *Transfer) lose(in, name string, size int64) {
	_ = t.root.RemoveAll(filepath.FromSlash(in)) // what is left goes with the whole
	t.disk.Give(onDisk(name, size))
}
