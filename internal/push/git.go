package push

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/objfile"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// branch is the only one that is written.
const branch = plumbing.ReferenceName("refs/heads/main")

// git is a Store in a bare repository, in which a version is a commit. go-git reads the formats. Writing is
// done here: go-git does not flush what it writes, and truncates the file of a reference before it writes it,
// so that a crash can lose both the old and the new value.
type git struct {
	dir     string
	pack    *pack // nil unless Together runs
	indexes packIndexes
	pushed  pushes
}

// OpenGit returns the Store in a bare repository, which it makes if there is none.
func OpenGit(dir string) (Store, error) {
	g, err := openGit(dir)
	if err != nil {
		return nil, err
	}
	return g, nil
}

func openGit(dir string) (*git, error) {
	for _, sub := range []string{"objects/info", "objects/pack", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(sub)), 0o700); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{
		"HEAD":   "ref: " + string(branch) + "\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
	} {
		name = filepath.Join(dir, name)
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if err := replaceFile(name, text); err != nil {
			return nil, err
		}
	}
	return &git{dir: dir}, nil
}

// Names of files that are being written: of an object, as git gc knows them, too, and of others.
const tempObject, tempFile = "tmp_obj_sshblog_", ".tmp-"

// leftovers are the patterns of the files in a repository that are being written. Nobody writes any while the caller
// has the locks.
func leftovers(dir string) []string {
	objects := filepath.Join(dir, "objects")
	return []string{
		filepath.Join(dir, tempFile+"*"), filepath.Join(dir, "refs", "heads", tempFile+"*"),
		filepath.Join(objects, tempObject+"*"), filepath.Join(objects, "pack", "tmp_*_sshblog"),
	}
}

// replaceFile writes a file so that a crash leaves the old or the new one.
func replaceFile(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), tempFile)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() //nolint:gosec // its own file, where it was not renamed
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil { //nolint:gosec // in the state folder
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// Current implements [Store].
func (g *git) Current() (string, error) {
	ref, err := dotgit.New(osfs.New(g.dir)).Ref(branch)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the repository %s cannot be read: %w", g.dir, err)
	}
	return ref.Hash().String(), nil
}

// Name implements [Store].
func (*git) Name(size int64, content io.Reader) (string, error) {
	h := plumbing.NewHasher(plumbing.BlobObject, size)
	n, err := io.Copy(h, content)
	if err == nil && n != size {
		err = errChanging
	}
	return h.Sum().String(), err
}

// Put implements [Store].
func (g *git) Put(size int64, content io.Reader) (string, error) {
	h, err := g.write(plumbing.BlobObject, size, content)
	return h.String(), err
}

// Open implements [Store].
func (g *git) Open(content string) (io.ReadCloser, error) {
	return g.view().Object(plumbing.NewHash(content))
}

// hasLoose reports whether an object is in a file of its own. A file's content that is in a pack is written
// again, which git does not mind.
func (g *git) hasLoose(h plumbing.Hash) bool {
	_, err := os.Stat(g.looseFile(h)) //nolint:gosec // in the state folder
	return err == nil
}

// write keeps an object.
func (g *git) write(kind plumbing.ObjectType, size int64, content io.Reader) (plumbing.Hash, error) {
	if g.pack != nil {
		return g.pack.add(kind, size, content)
	}
	return g.writeLoose(kind, size, content)
}

// writeLoose keeps an object in a file of its own.
func (g *git) writeLoose(kind plumbing.ObjectType, size int64, content io.Reader) (plumbing.Hash, error) {
	objects := filepath.Join(g.dir, "objects")
	f, err := os.CreateTemp(objects, tempObject)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer func() { _ = os.Remove(f.Name()) }() //nolint:gosec // its own file, where it was not renamed
	w := objfile.NewWriter(f)
	var n int64
	if err = w.WriteHeader(kind, size); err == nil {
		n, err = io.Copy(w, content)
	}
	if err = errors.Join(err, w.Close(), f.Chmod(0o444), f.Sync(), f.Close()); err == nil && n != size {
		err = errChanging
	}
	h := w.Hash()
	if err != nil || g.hasLoose(h) {
		return h, err
	}
	name := g.looseFile(h)
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // in the state folder
		return h, err
	}
	if err := os.Rename(f.Name(), name); err != nil { //nolint:gosec // in the state folder
		return h, err
	}
	return h, errors.Join(syncFolder(dir), syncFolder(objects))
}

// Replace implements [Store].
func (g *git) Replace(version string, files map[string]string, by Signature) (string, error) {
	commit, err := g.commitFiles(version, files, by)
	if err != nil {
		return "", err
	}
	return commit, g.move(commit)
}

// commitFiles makes a commit of the files with the version as its parent. It does not move the branch.
func (g *git) commitFiles(version string, files map[string]string, by Signature) (string, error) {
	if now, err := g.Current(); err != nil || now != version {
		return "", errors.Join(err, ErrBehind)
	}
	tree, err := g.writeTree(&Repository{objects: g.view()}, nest(files))
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", tree)
	if version != "" {
		fmt.Fprintf(&b, "parent %s\n", version)
	}
	author := identity(by.Author) + fmt.Sprintf(" <> %d +0000", by.When.Unix())
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s\n", author, author, strings.TrimSpace(by.Message))
	commit, err := g.write(plumbing.CommitObject, int64(b.Len()), &b)
	if err == nil {
		err = g.finishPack()
	}
	return commit.String(), err
}

// move makes a commit the newest version.
func (g *git) move(commit string) error {
	return replaceFile(filepath.Join(g.dir, filepath.FromSlash(string(branch))), commit+"\n")
}

// identity is a name as a commit can have it.
func identity(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("<>", r) {
			return ' '
		}
		return r
	}, name)), " ")
	if name == "" {
		return "unknown"
	}
	return name
}

// Log implements [Store].
func (g *git) Log(f func(Entry) bool) error {
	version, err := g.Current()
	if err != nil {
		return err
	}
	repository := &Repository{objects: g.view()}
	err = g.pushed.read(g.dir)
	var last *pushed
	for err == nil && version != "" {
		var c commit
		if c, err = repository.commit(version); err != nil {
			return err
		}
		h := plumbing.NewHash(version)
		if last != nil && last.after == h {
			last = nil
		}
		if p, ok := g.pushed.of(h); ok {
			last = &p
		}
		if !f(Entry{version, last.sign(c.by)}) {
			return nil
		}
		version = c.parent
	}
	return err
}

// commit is what matters of one.
type commit struct {
	tree   plumbing.Hash
	parent string // or ""
	by     Signature
}

func (r *Repository) commit(version string) (c commit, err error) {
	text, err := r.read(plumbing.CommitObject, plumbing.NewHash(version))
	if err != nil {
		return c, err
	}
	head, message, _ := strings.Cut(string(text), "\n\n")
	c.by.Message = strings.TrimSpace(message)
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch {
		case key == "tree":
			c.tree = plumbing.NewHash(value)
		case key == "parent" && c.parent == "":
			c.parent = value
		case key == "author":
			name, rest, _ := strings.Cut(value, "<")
			_, when, _ := strings.Cut(rest, "> ")
			var seconds int64
			if _, err := fmt.Sscan(when, &seconds); err == nil {
				c.by.When = time.Unix(seconds, 0)
			}
			c.by.Author = strings.TrimSpace(name)
		}
	}
	return c, nil
}
