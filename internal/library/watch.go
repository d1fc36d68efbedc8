package library

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"time"
)

// Watching says how Watch looks at a folder.
type Watching struct {
	// Interval is how often it looks where the system gives no notifications.
	Interval time.Duration
	// Quiet is how long a file must not have changed to be published; 0 means a second. One that
	// a program has open for writing waits longer, as openPatience has it.
	Quiet time.Duration
	// Reload is called when the folder is not what the Library knows, and when it cannot be
	// read. It passes its argument to ReloadStill and returns its error; Watch waits for it.
	Reload func(*Still) error
	// Unwatched, if not nil, is called with the reason why changes are noticed only at the interval, and again
	// for another reason.
	Unwatched func(why error)
}

// Still are the files that were not being written to when Watch looked.
type Still struct {
	files map[string]stamp
	again bool // nothing has changed, and what could not be read is tried again
	open  bool // there are others that have not changed, but are open for writing
}

// has reports whether a file has not changed since; all have, if there was no look.
func (s *Still) has(file found) bool {
	if s == nil {
		return true
	}
	was, ok := s.files[file.path]
	return ok && was == file.stamp
}

// are reports whether these are the same files.
func (s *Still) are(files map[string]stamp) bool { return s != nil && maps.Equal(s.files, files) }

// mostQuiet is for how many times Quiet a file that keeps changing delays the others.
const mostQuiet = 10

// openPatience is how long after its last change a file that is open for writing is not published: a program
// may have forgotten to close it.
const openPatience = time.Minute

// Watch looks for changes in the folder until ctx ends, and reloads it after a quiet period: a file that is
// being written is published when that has ended. It returns the error of ctx.
func (l *Library) Watch(ctx context.Context, w Watching) error {
	if w.Quiet == 0 {
		w.Quiet = time.Second
	}
	if w.Unwatched == nil {
		w.Unwatched = func(error) {}
	}
	return l.watch(ctx, w, newNotifier(l.fsys, w.Unwatched))
}

func (l *Library) watch(ctx context.Context, w Watching, notices *notifier) error {
	defer notices.close()
	ticker := time.NewTicker(w.Interval)
	defer ticker.Stop()
	var done *Still // what was reloaded last
	missing, failed, again := false, false, false
	for {
		var soon <-chan time.Time // closing a file is not notified
		files, err := l.stamps(notices)
		last := l.lastError() // perhaps of a reload that somebody else has asked for
		// If the last reload found the folder empty, the files that are known are news when they are there again.
		news := (err != nil) != missing || err == nil && !done.are(files) && (errors.Is(last, ErrEmpty) || !maps.Equal(files, l.knownStamps()))
		missing = err != nil
		if news || again && !missing {
			still, err := l.still(ctx, notices, files, w.Quiet)
			if err != nil {
				return err
			}
			if still.open {
				soon = time.After(w.Quiet)
			}
			if again || !done.are(still.files) {
				done, still.again = still, !news && !failed && last == nil
				err := w.Reload(still)
				failed = err != nil && !errors.Is(err, ErrEmpty)
			}
		} else if err := pause(ctx, w.Quiet); err != nil { // a file that is no post may be written to all the time
			return err
		}
		again = false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-notices.pending:
		case <-soon:
		case <-ticker.C:
			last := l.lastError()
			failed = failed || last != nil && !errors.Is(last, ErrEmpty)
			// Without enough memory, everything would be read only to be refused again.
			refused, _ := errors.AsType[noMemoryError](last)
			again = (failed || l.unread()) && (refused.wanted == 0 || l.opts.Memory.Has(refused.wanted))
		}
	}
}

// pause waits. The error is that of ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// still looks until nothing has changed for as long as quiet, or for mostQuiet times that, and
// returns the files that had not changed at the last two looks and are not open for writing. The
// error is that of ctx.
func (l *Library) still(ctx context.Context, notices *notifier, files map[string]stamp, quiet time.Duration) (*Still, error) {
	for looks := 1; ; looks++ {
		if err := pause(ctx, quiet); err != nil {
			return nil, err
		}
		now, err := l.stamps(notices)
		if err != nil {
			now = nil // the folder is away, perhaps for a moment
		}
		if maps.Equal(now, files) || looks == mostQuiet {
			maps.DeleteFunc(now, func(path string, s stamp) bool { was, ok := files[path]; return !ok || was != s })
			return &Still{files: now, open: l.dropOpen(notices, now)}, nil
		}
		files = now
	}
}

// dropOpen removes from files, of those that have changed, the ones that are open for writing, and reports
// whether there are any.
func (l *Library) dropOpen(notices *notifier, files map[string]stamp) (open bool) {
	f, err := openFolder(l.fsys)
	if err != nil || f.root == nil {
		return false
	}
	defer f.close()
	known := l.knownStamps()
	for path, s := range files {
		age := time.Since(time.Unix(0, s.ctime))
		if known[path] != s && age >= 0 && age < openPatience && (notices.beingWritten(path) || f.openForWriting(path)) {
			delete(files, path)
			open = true
		}
	}
	return open
}

// openForWriting reports whether a program has a file open for writing, as far as can be known.
func (f folder) openForWriting(path string) bool {
	file, err := f.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // nothing was read
	opened, ok := file.(*os.File)
	return ok && isOpenForWriting(opened)
}

// AwaitStill waits until no file in a folder is being written to, but only for mostQuiet times
// quiet, so that an Open after it finds whole files. The error is that of ctx.
func AwaitStill(ctx context.Context, fsys fs.FS, quiet time.Duration) error {
	l, none := &Library{fsys: fsys}, newNotifier(nil, nil)
	for range mostQuiet {
		files, _ := l.stamps(none) // Open says what is wrong
		if !l.busy(none, files, quiet) {
			break
		}
		if err := pause(ctx, quiet); err != nil {
			return err
		}
	}
	return nil
}

// busy reports whether one of the files has changed within quiet, or is open for writing.
func (l *Library) busy(notices *notifier, files map[string]stamp, quiet time.Duration) bool {
	for _, s := range files {
		if age := time.Since(time.Unix(0, max(s.mtime, s.ctime))); age >= 0 && age < quiet {
			return true
		}
	}
	return l.dropOpen(notices, files)
}

// stamps returns the stamps of all files. Their folders are watched from before they are read, so that no change is
// missed.
func (l *Library) stamps(notices *notifier) (map[string]stamp, error) {
	f, err := openFolder(l.fsys)
	if err != nil {
		return nil, err
	}
	defer f.close()
	notices.begin()
	files := make(map[string]stamp)
	w := &walk{folder: f, found: func(file found) { files[file.path] = file.stamp }, entered: notices.enter}
	if err := fs.WalkDir(f, ".", w.visit); err != nil {
		return nil, err
	}
	notices.end()
	return files, nil
}

// lastError is that of the last reload, nil if it did not fail.
func (l *Library) lastError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// unread reports whether the last reload could not read a file or a folder, which may be over
// without a change of its stamp.
func (l *Library) unread() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known.unread
}

// knownStamps are those of the files as they were read last.
func (l *Library) knownStamps() map[string]stamp {
	l.mu.Lock()
	defer l.mu.Unlock()
	files := make(map[string]stamp, len(l.known.entries))
	for i := range l.known.entries {
		files[l.known.entries[i].path] = l.known.entries[i].stamp
	}
	return files
}
