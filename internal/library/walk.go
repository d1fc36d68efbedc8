package library

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// errIrregular says that a file is a pipe, a device or the like.
var errIrregular = errors.New("it is not a regular file")

// found is a file that a walk met.
type found struct {
	path  string
	stamp stamp
	err   error // why it cannot be read, if that is known already
}

// mostLevels is how deep folders may lie in each other: to come to one, each of
// those above it is opened, so that all of a deep chain would cost its square.
const mostLevels = 32

// walk is one pass over the names in a folder.
type walk struct {
	folder   folder
	site     *Site
	found    func(found)    // called for each file
	entered  func(string)   // called for each folder before it is read, if not nil
	broken   []string       // folders that could not be read, in whole or part
	problems []post.Problem // with folders and links
	linked   apart          // folders that links led to
	inLink   bool           // in one of these
}

// walkFolder finds the posts and _index.md files, in the order of their folders. The error
// is that the root cannot be read.
func walkFolder(f folder, site *Site, add func(found)) (*walk, error) {
	w := &walk{folder: f, site: site, found: add}
	return w, fs.WalkDir(f, ".", w.visit)
}

func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case err != nil && name == ".":
		return err
	case errors.Is(err, fs.ErrNotExist):
		return nil // gone since its folder was read
	case err != nil:
		w.broken = append(w.broken, name)
		w.problems = append(w.problems, problem(name, post.Error, "cannot read this folder: %v%s", reason(err), remedy(err)))
		return nil
	case d.IsDir():
		if path.Base(name) == "node_modules" {
			w.note(name, "packages of Node.js are no posts, and are not looked at")
			return fs.SkipDir
		}
		if base := path.Base(name); name != "." && !walked(base) && !w.site.published(base) {
			switch {
			case base[0] != '_' || !w.holdsPosts(name):
			case w.site.engine == jekyll:
				w.note(name, "the website has no pages of this folder, which is no collection with output: true, and it is not looked into")
			default:
				w.note(name, "a folder whose name begins with _ is not looked into, and posts are there: give it another name")
			}
			return fs.SkipDir
		}
		if strings.Count(name, "/") >= mostLevels {
			w.problems = append(w.problems, problem(name, post.Error,
				"this folder lies more than %d levels deep, and is not looked into; move it up", mostLevels))
			return fs.SkipDir
		}
		if w.entered != nil {
			w.entered(name)
		}
		return nil
	case d.Type()&fs.ModeSymlink != 0:
		w.link(name)
		return nil
	case named(name) && isConflictCopy(path.Base(name)):
		w.note(name, "a copy made where two versions of a file were in conflict is no post: merge it with the file, and delete it")
	case named(name):
		info, err := d.Info()
		if !errors.Is(err, fs.ErrNotExist) {
			w.add(name, info, err)
		}
	case backup(name):
		w.note(name, "a backup of a post is no post: delete it, or give it the post's ending")
	case resembles(name):
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			w.add(name, info, nil)
		}
	}
	return nil
}

// holdsPosts reports whether a post lies in a folder itself.
func (w *walk) holdsPosts(folder string) bool {
	entries, err := fs.ReadDir(w.folder, folder)
	return err == nil && slices.ContainsFunc(entries, func(d fs.DirEntry) bool {
		return post.KindOf(d.Name()) == post.Markdown && named(d.Name())
	})
}

func (w *walk) note(name, what string) {
	w.problems = append(w.problems, problem(name, post.Notice, "%s", what))
}

// isConflictCopy avoids the regular expression for nearly all names, since it would take as long as reading
// their folder.
func isConflictCopy(base string) bool {
	return (strings.ContainsAny(base, "(_") || strings.Contains(base, ".sync-conflict-")) && conflictCopy.MatchString(base)
}

// conflictCopy are the names that Syncthing, Dropbox and Nextcloud, Synology, and git's
// mergetool give to copies.
var conflictCopy = regexp.MustCompile(`\.sync-conflict-\d{8}-|\([^)]*(?i:conflicted copy|case conflict)[^)]*\)|-\d{4}_Conflict\.\w+$|_(LOCAL|REMOTE|BASE|BACKUP)_\d+\.\w+$`)

// link handles a symbolic link.
func (w *walk) link(name string) {
	if w.folder.root == nil {
		if named(name) {
			w.add(name, nil, errors.New("it is a symbolic link, and those are not followed here; put the file itself in its place"))
		}
		return
	}
	info, err := fs.Stat(w.folder, name)
	switch {
	case err == nil && info.IsDir():
		if walked(path.Base(name)) {
			w.folderLink(name)
		}
	case named(name) && err != nil:
		w.add(name, nil, errors.New("it is a symbolic link, and "+reason(err)+"; a link must lead to a file inside the posts folder"))
	case named(name):
		w.add(name, info, nil)
	case err != nil && walked(path.Base(name)) && !looksLikeFile(name):
		// Its author may mean a folder of posts. A target outside is not examined.
		if _, out := w.leadsTo(name); out {
			w.problems = append(w.problems, problem(name, post.Warning,
				"this link leads out of the posts folder, or there by an absolute path, and is not followed; if posts are there, put their folder in its place"))
		}
	}
}

// folderLink handles a link to a folder. It is followed if the walk would not come to that folder otherwise, as
// in Kubernetes: a folder of a projected volume is a link into ..data. In all other cases following could lead
// in circles, and would find posts twice: so the real path of the folder decides, and it must neither contain
// another linked one, nor be in one.
func (w *walk) folderLink(name string) {
	target, _ := w.leadsTo(name)
	if w.inLink || !hidden(target) || !w.linked.add(target) {
		w.problems = append(w.problems, problem(name, post.Warning,
			"this link to a folder is not followed; put the folder itself in its place"))
		return
	}
	w.inLink = true
	_ = fs.WalkDir(w.folder, name, w.visit) // visit notes what is wrong below the root
	w.inLink = false
}

// mostLinks is how many links may lead from one to the next, as in Linux.
const mostLinks = 40

// leadsTo returns where a link really leads, without a link on the way, or "" if
// that cannot be told. Out means that it is not in the folder, or that the way is
// not one within it.
func (w *walk) leadsTo(link string) (target string, out bool) {
	var at []string
	links := 0
	for rest := strings.Split(link, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == ".." && len(at) == 0:
			return "", true
		case part == "..":
			at = at[:len(at)-1]
			continue
		}
		at = append(at, part)
		name := filepath.FromSlash(strings.Join(at, "/"))
		info, err := w.folder.root.Lstat(name)
		if err != nil {
			return "", false
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := w.folder.root.Readlink(name)
		if links++; err != nil || links > mostLinks {
			return "", false
		}
		if filepath.IsAbs(target) {
			return "", true
		}
		at = at[:len(at)-1]
		rest = append(strings.Split(filepath.ToSlash(target), "/"), rest...)
	}
	return strings.Join(at, "/"), false
}

// hidden reports whether a path is in a folder that is not searched.
func hidden(name string) bool {
	return name != "" && slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return !walked(part) })
}

// apart are folders none of which lies in another.
type apart struct {
	folders map[string]bool
	above   map[string]bool // those that hold one of them
}

// add adds a folder, and reports whether it could: it is not there yet, and
// neither in another nor around one.
func (a *apart) add(folder string) bool {
	if a.folders == nil {
		a.folders, a.above = make(map[string]bool), make(map[string]bool)
	}
	if a.above[folder] {
		return false
	}
	for f := folder; f != "."; f = path.Dir(f) {
		if a.folders[f] {
			return false
		}
	}
	a.folders[folder] = true
	for f := path.Dir(folder); f != "." && !a.above[f]; f = path.Dir(f) {
		a.above[f] = true
	}
	return true
}

// looksLikeFile reports whether a name has an extension, as a picture has. After the dot of a version comes a
// digit.
func looksLikeFile(name string) bool {
	ext := path.Ext(name)
	return len(ext) > 1 && (ext[1] < '0' || ext[1] > '9')
}

func (w *walk) add(name string, info fs.FileInfo, err error) {
	f := found{path: name, err: err}
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		// Opening a pipe would block until there is a writer.
		f.err = errIrregular
	default:
		f.stamp = stampOf(info)
	}
	w.found(f)
}

// walked reports whether the folder of this name is looked into.
func walked(base string) bool {
	return base == postsFolder || base == draftsFolder || base == languagesFolder || base[0] != '.' && base[0] != '_'
}

// named reports whether the file of this path is a post or an _index.md by its name.
func named(file string) bool {
	base := path.Base(file)
	name, ok := stem(base)
	switch {
	case !ok, strings.EqualFold(name, "readme"):
		return false
	case strings.EqualFold(name, indexStem):
		return true
	default:
		return !strings.ContainsRune("._#~", rune(base[0]))
	}
}

// resembles reports whether the file at this path, which is no post by its name, may be meant as one: its
// content decides.
func resembles(file string) bool {
	base := strings.ToLower(path.Base(file))
	return post.KindOf(base) != post.Other && !strings.ContainsRune(".#", rune(base[0])) && !strings.HasSuffix(base, "~") &&
		!strings.HasPrefix(base, indexStem+".") // a translation
}

// backup reports whether the name is that of a post with what editors and merges add to it.
func backup(file string) bool {
	base := path.Base(file)
	switch strings.ToLower(path.Ext(base)) {
	case ".bak", ".orig", ".old", ".rej":
		return base[0] != '.' && named(base[:len(base)-len(path.Ext(base))])
	}
	return false
}

// indexStem is the stem of a file that describes its folder.
const indexStem = "_index"

// isIndex reports whether the file at this path describes its folder.
func isIndex(name string) bool {
	base, ok := stem(path.Base(name))
	return ok && strings.EqualFold(base, indexStem)
}

// The folders in which Jekyll's authors keep posts, drafts, and folders of languages.
const (
	postsFolder     = "_posts"
	draftsFolder    = "_drafts"
	languagesFolder = "_i18n"
)

// inFolder reports whether a file lies in a folder of this name, or below one.
func inFolder(file, folder string) bool {
	return strings.HasPrefix(file, folder+"/") || strings.Contains(file, "/"+folder+"/")
}

// stem returns the name of a file that may be a post without its extension.
func stem(base string) (string, bool) {
	ext := path.Ext(base)
	kind := post.KindOf(base)
	return strings.TrimSuffix(base, ext), (kind == post.Markdown || kind == post.HTML || kind == post.MDX) && len(ext) < len(base)
}

// reason returns an error without the operation and the path, which a Problem has in its own form.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// remedy returns what to do about an error, if that is known.
func remedy(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "; let the user that the server runs as read it"
	}
	return ""
}
