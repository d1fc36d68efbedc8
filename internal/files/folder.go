package files

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// Folder is the name of the folder of posts. For authors it is the one that they publish to, with the real
// names of the files; a path at the top that nothing else has is taken as one in it.
const Folder = "posts"

// inside returns the path in the posts folder that an author means by a path (see clean), or reports that it is
// elsewhere.
func (f *Files) inside(at string) (name string, ok bool) {
	first, rest, _ := strings.Cut(at[1:], "/")
	switch {
	case at == "/":
		return "", false
	case first == Folder:
		return rest, true
	case first == categoryFolder || slices.ContainsFunc(f.Others, func(o File) bool { return o.Name == first }):
		return "", false
	}
	return at[1:], true
}

// place returns the path in the posts folder of a file that is to be written. It refuses the folder itself and
// paths below a file.
func (f *Files) place(ctx context.Context, a *author, name string) (string, error) {
	at, ok := clean(name)
	if !ok {
		return "", errName
	}
	if leaves(name) {
		return "", errOutside
	}
	in, ok := f.inside(at)
	switch {
	case !ok:
		return "", errOthers
	case in == "":
		return "", errTop
	}
	if err := a.begin(ctx); err != nil {
		return "", err
	}
	for dir := path.Dir(in); dir != "."; dir = path.Dir(dir) {
		if e, err := a.stat(ctx, dir); err == nil && e.folder == nil {
			return "", errNoFolder
		}
	}
	return in, nil
}

// leaves reports whether a path leads above its beginning.
func leaves(name string) bool {
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".", "~":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// at returns what is at a path, for a reader or, if a is set, for an author.
func (f *Files) at(ctx context.Context, a *author, index *library.Index, name string) (entry, error) {
	if a != nil {
		at, ok := clean(name)
		if !ok {
			return entry{}, ErrNone
		}
		if in, ok := f.inside(at); ok {
			return a.stat(ctx, in)
		}
	}
	return f.find(index, name)
}

// stat returns what is at a path in the posts folder. A file that is being written is there.
func (a *author) stat(ctx context.Context, name string) (entry, error) {
	if err := a.begin(ctx); err != nil {
		return entry{}, err
	}
	if a.listing != nil && a.listing.path == name {
		return entry{name: path.Base("/" + name), folder: a.listing}, nil
	}
	for _, u := range a.uploads {
		if u.name == name {
			return entry{name: path.Base(name), own: name, size: u.size, when: time.Now()}, nil
		}
	}
	size, changed, err := a.transfer.Stat(name)
	switch {
	case err == nil:
		return entry{name: path.Base(name), own: name, size: size, when: changed}, nil
	case !errors.Is(err, ErrNone):
		return entry{}, err
	case name == "":
		return entry{name: Folder, folder: &own{a: a}}, nil
	case a.folders[name]:
		return entry{name: path.Base(name), folder: &own{a: a, path: name}}, nil
	}
	if a.holds(name) {
		return entry{name: path.Base(name), folder: &own{a: a, path: name}}, nil
	}
	return entry{}, ErrNone
}

// own is a folder in the posts folder, as its author sees it.
type own struct {
	a     *author
	path  string
	names []string //ledger:counted names that the posts folder has; taken from the account if they are kept
	read  bool
	taken int64
}

// list finds what is in the folder.
func (o *own) list() []string {
	if o.read || o.a.transfer == nil {
		return o.names
	}
	o.read = true
	prefix := o.path + "/"
	if o.path == "" {
		prefix = ""
	}
	found := make(map[string]bool)
	add := func(name string) {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			first, _, _ := strings.Cut(rest, "/")
			found[first] = true
		}
	}
	o.a.children(prefix, func(name string) { found[name] = true })
	for name := range o.a.folders {
		add(name)
	}
	for _, u := range o.a.uploads {
		add(u.name)
	}
	for name := range found {
		o.names = append(o.names, name)
	}
	slices.Sort(o.names)
	if cost := nameCost * int64(len(o.names)); o.a.client.Account.TakeExtra(cost) {
		o.a.forgetListing()
		o.taken, o.a.listing = cost, o
	}
	return o.names
}

// nameCost is the memory of a name in a listing, or of one of all names, in bytes; the text itself belongs to the transfer.
const nameCost = 32

// forgetListing drops the cached listing, since something has changed.
func (a *author) forgetListing() {
	if a.listing != nil {
		a.client.Account.Give(a.listing.taken)
		a.listing = nil
	}
}

func (o *own) len() int { return len(o.list()) }

func (o *own) at(i int) entry {
	name := o.list()[i]
	e, err := o.a.stat(context.Background(), path.Join(o.path, name))
	if err != nil { // it was removed meanwhile
		e = entry{own: path.Join(o.path, name)}
	}
	e.name = name
	return e
}

func (o *own) find(name string) (entry, bool) {
	e, err := o.a.stat(context.Background(), path.Join(o.path, name))
	return e, err == nil
}

// remove removes a file. Its folder stays until it is removed, too.
func (a *author) remove(ctx context.Context, name string) error {
	e, err := a.stat(ctx, name)
	if errors.Is(err, ErrNone) && a.failed[name] {
		delete(a.failed, name)
		return nil
	}
	if err != nil {
		return err
	}
	if e.folder != nil {
		return errFolder
	}
	if a.cut != nil && a.cut.name == name {
		a.drop(a.cut)
	}
	if err := a.transfer.Remove(name); err != nil {
		a.forgetNames()
		return err
	}
	a.gone(name)
	a.touch()
	if dir := path.Dir(name); dir != "." {
		_ = a.makeFolder(dir) // else the folder would go with its last file
	}
	return nil
}

// makeFolder remembers an empty folder.
func (a *author) makeFolder(name string) error {
	if a.folders[name] {
		return nil
	}
	cost := int64(handleCost + len(name))
	if len(a.folders) >= maxFolders || !a.client.Account.TakeExtra(cost) {
		return errFolders
	}
	a.taken += cost
	a.folders[name] = true
	a.forgetListing()
	return nil
}

func (a *author) mkdir(ctx context.Context, name string) error {
	if _, err := a.stat(ctx, name); err == nil {
		return errExists
	} else if !errors.Is(err, ErrNone) {
		return err
	}
	a.timer.Reset(quiet)
	return a.makeFolder(name)
}

func (a *author) rmdir(ctx context.Context, name string) error {
	e, err := a.stat(ctx, name)
	switch {
	case err != nil:
		return err
	case e.folder == nil:
		return errNoFolder
	case e.folder.len() > 0:
		return errFilled
	}
	a.dropFolder(name)
	return nil
}

// dropFolder forgets an empty folder.
func (a *author) dropFolder(name string) {
	if !a.folders[name] {
		return
	}
	delete(a.folders, name)
	cost := int64(handleCost + len(name))
	a.taken -= cost
	a.client.Account.Give(cost)
	a.forgetListing()
}

// rename renames a file, or what is in a folder. Only with over another file is replaced.
func (a *author) rename(ctx context.Context, from, to string, over bool) error {
	e, err := a.stat(ctx, from)
	if err != nil {
		return err
	}
	if there, err := a.stat(ctx, to); err == nil && (!over || there.folder != nil || e.folder != nil) && from != to {
		return errExists
	}
	if a.cut != nil {
		if err := a.keep(ctx, a.cut); err != nil {
			return err
		}
	}
	if from == to {
		return nil
	}
	if e.folder == nil {
		return a.move(ctx, from, to)
	}
	if strings.HasPrefix(to, from+"/") {
		return errExists
	}
	var all []string
	for name := range a.transfer.Names() {
		if strings.HasPrefix(name, from+"/") {
			all = append(all, name)
		}
	}
	for _, name := range all { // a transfer has a limit
		if err := a.move(ctx, name, to+strings.TrimPrefix(name, from)); err != nil {
			return err
		}
	}
	for name := range a.folders {
		if name == from || strings.HasPrefix(name, from+"/") {
			a.dropFolder(name)
			_ = a.makeFolder(to + strings.TrimPrefix(name, from)) // as many as before
		}
	}
	return nil
}

func (a *author) move(ctx context.Context, from, to string) error {
	problems, err := a.transfer.Rename(ctx, from, to)
	if err = a.judge(problems, err); err != nil {
		a.forgetNames()
		return a.refuse(to, err)
	}
	a.gone(from)
	a.added(to)
	delete(a.failed, to)
	delete(a.failed, from)
	a.touch()
	if dir := path.Dir(from); dir != "." {
		_ = a.makeFolder(dir) // as in remove
	}
	return nil
}
