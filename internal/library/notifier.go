package library

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// mostWatches is how many folders the system is asked to watch. Linux allows a user 8192 where
// it has little memory, for all programs together.
const mostWatches = 1024

// teller tells of changes in the folders of a Dir, as far as the system does. Files on a
// network that another machine changes are not told of.
type teller struct {
	changes chan struct{} // has one if there may be changes
	root    string        // path of the folder; "" if nothing is told
	system  *fsnotify.Watcher
	failed  func(error)
	reason  string // that failed was told last
	folders int    // that the look has come to

	mu      sync.Mutex
	look    int                 // under way, or the last one
	watched map[string]*watched // by path
	way     map[string]bool     // what may lead to another folder: root, and links on the way there
}

// watched is a folder that the system watches.
type watched struct {
	info  os.FileInfo // there may be another one in its place by now
	look  int         // the last that has come to it
	posts bool        // it may have posts; or else one of the way lies in it
}

func newTeller(fsys fs.FS, failed func(error)) *teller {
	t := &teller{changes: make(chan struct{}, 1), failed: failed}
	dir, ok := fsys.(Dir)
	if !ok {
		return t
	}
	// Elsewhere each file of a watched folder takes a descriptor.
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		failed(errors.New("this system tells only of folders whose files are all held open"))
		return t
	}
	path, err := filepath.Abs(string(dir))
	if err != nil {
		path = string(dir)
	}
	t.root = path
	return t
}

// start has the system tell, for the first time or again.
func (t *teller) start() {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		t.fail(err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.system, t.watched = system, make(map[string]*watched)
	go t.listen(system)
}

// fail ends what the system tells until the next look.
func (t *teller) fail(why error) {
	t.close()
	if reason := why.Error(); reason != t.reason {
		t.reason = reason
		t.failed(why)
	}
}

// listen turns what the system tells of what may matter into changes.
func (t *teller) listen(system *fsnotify.Watcher) {
	for {
		select {
		case event, ok := <-system.Events:
			if !ok {
				return
			}
			if !t.matters(event.Name) {
				continue
			}
		case _, ok := <-system.Errors:
			if !ok {
				return
			}
			// The most likely one is that there were too many changes to tell of.
		}
		select {
		case t.changes <- struct{}{}:
		default:
		}
	}
}

// matters reports whether a change of what has this path may change posts.
func (t *teller) matters(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	in, at := t.watched[filepath.Dir(path)], t.watched[path]
	return t.way[path] || in != nil && in.posts || at != nil && at.posts
}

// begin begins a look, after which the system tells again if it had failed and the folders are
// few enough. What leads to the folder is watched from the folders around it.
func (t *teller) begin() {
	if t.root != "" && t.system == nil && t.folders <= mostWatches {
		t.start()
	}
	t.folders = 0
	if t.system == nil {
		return
	}
	way := make(map[string]bool)
	for _, path := range wayTo(t.root, mostLinks) {
		way[path] = true
	}
	t.mu.Lock()
	t.look++
	t.way = way
	t.mu.Unlock()
	for path := range way {
		_ = t.watch(filepath.Dir(path), false) // which need not be readable
	}
}

// enter has the system watch a folder that a look comes to, before it is read.
func (t *teller) enter(name string) {
	t.folders++
	if t.system == nil {
		return
	}
	err := t.watch(filepath.Join(t.root, filepath.FromSlash(name)), true)
	if err == nil && len(t.watched) > mostWatches {
		err = fmt.Errorf("there are more than %d folders", mostWatches)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, fs.ErrPermission) {
		t.fail(err)
	}
}

// end ends a look: folders that it has not come to are watched no more.
func (t *teller) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for path, w := range t.watched {
		if w.look != t.look {
			_ = t.system.Remove(path) // it may be gone
			delete(t.watched, path)
		}
	}
}

// watch has the system watch a folder, if it does not yet.
func (t *teller) watch(path string, posts bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.watched[path]
	if w != nil && !os.SameFile(w.info, info) {
		_ = t.system.Remove(path) // it may be gone
		w = nil
	}
	if w == nil {
		w = &watched{info: info}
		t.watched[path] = w
	}
	w.posts = posts || w.posts && w.look == t.look
	w.look = t.look
	// One that was deleted and made again may look the same.
	return t.system.Add(path)
}

// close stops it. It may be called more than once.
func (t *teller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.system != nil {
		_ = t.system.Close() // it was only read
		t.system, t.watched = nil, nil
	}
}

// wayTo returns the paths by which a folder is found, and where each of them has a link: a link
// that is pointed elsewhere, or a folder that is renamed, makes it another folder.
func wayTo(folder string, links int) []string {
	way := []string{folder}
	for at := folder; links > 0 && at != filepath.Dir(at); at = filepath.Dir(at) {
		target, err := os.Readlink(at)
		if err != nil {
			continue
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(at), target)
		}
		rest, err := filepath.Rel(at, folder)
		if err != nil {
			return way
		}
		return append(append(way, at), wayTo(filepath.Join(target, rest), links-1)...)
	}
	return way
}
