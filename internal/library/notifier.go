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

// notifier reports changes in the folders of a Dir, as far as the system notifies of them. Of files on a
// network that another machine changes there are no notifications.
type notifier struct {
	pending chan struct{} // has one if there may be changes
	root    string        // path of the folder; "" if there are no notifications
	system  *fsnotify.Watcher
	writers *writers
	failed  func(error)
	reason  string // of the failure that was reported last
	folders int    // that the look has entered

	mu      sync.Mutex
	look    int                 // under way, or the last one
	watched map[string]*watched // by path
	way     map[string]bool     // what may lead to another folder: root, and links on the way there
}

// watched is a folder that the system watches.
type watched struct {
	info  os.FileInfo // there may be another one in its place by now
	look  int         // the last that has entered it
	posts bool        // it may have posts; else it only has a part of way
}

func newNotifier(fsys fs.FS, failed func(error)) *notifier {
	t := &notifier{pending: make(chan struct{}, 1), failed: failed}
	dir, ok := fsys.(Dir)
	if !ok {
		return t
	}
	// Elsewhere each file of a watched folder takes a descriptor.
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		failed(errors.New("on this system a folder can only be watched by keeping all its files open"))
		return t
	}
	path, err := filepath.Abs(string(dir))
	if err != nil {
		path = string(dir)
	}
	t.root = path
	return t
}

// start asks the system for notifications, for the first time or again.
func (t *notifier) start() {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		t.fail(err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.system, t.watched, t.writers = system, make(map[string]*watched), newWriters()
	go t.listen(system)
}

// fail does without notifications until the next look.
func (t *notifier) fail(why error) {
	t.close()
	if reason := why.Error(); reason != t.reason {
		t.reason = reason
		t.failed(why)
	}
}

// listen signals changes for the events that may matter.
func (t *notifier) listen(system *fsnotify.Watcher) {
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
			// Most likely the queue of events has overflowed.
		}
		select {
		case t.pending <- struct{}{}:
		default:
		}
	}
}

// matters reports whether a change at a path may change posts.
func (t *notifier) matters(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	in, at := t.watched[filepath.Dir(path)], t.watched[path]
	return t.way[path] || in != nil && in.posts || at != nil && at.posts
}

// begin begins a look, and asks the system for notifications again if it had failed and the folders are
// few enough. The path to the folder is watched from the folders that its parts are in.
func (t *notifier) begin() {
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

// enter watches a folder that a look enters, before it is read.
func (t *notifier) enter(name string) {
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

// end ends a look, and stops watching the folders that it has not entered.
func (t *notifier) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for path, w := range t.watched {
		if w.look != t.look {
			t.forget(path)
			delete(t.watched, path)
		}
	}
}

// watch watches a folder, if that is not watched yet.
func (t *notifier) watch(path string, posts bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.watched[path]
	if w != nil && !os.SameFile(w.info, info) {
		t.forget(path)
		w = nil
	}
	if w == nil {
		w = &watched{info: info}
		t.watched[path] = w
	}
	w.posts = posts || w.posts && w.look == t.look
	w.look = t.look
	// One that was deleted and made again may look the same.
	if w.posts {
		t.writers.add(path)
	}
	return t.system.Add(path)
}

// forget no longer watches a folder, which may be gone.
func (t *notifier) forget(path string) {
	_ = t.system.Remove(path)
	t.writers.remove(path)
}

// beingWritten reports whether a program has changed a file, and not closed it yet, as far as the system notifies of it.
func (t *notifier) beingWritten(name string) bool {
	return t.writers.has(filepath.Join(t.root, filepath.FromSlash(name)))
}

// close stops it. It may be called more than once.
func (t *notifier) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.system != nil {
		_ = t.system.Close() // it was only read
		t.writers.close()
		t.system, t.watched, t.writers = nil, nil, nil
	}
}

// wayTo returns the paths that lead to a folder: its own, and those of the symbolic links in it with their targets.
// If a link is changed or a folder in one of them renamed, the folder is another one.
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
