package library

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// writers knows which files of watched folders are being written to. Unlike isOpenForWriting it needs no right but
// to read the folder: the kernel notifies of a change, and of it when a program closes a file that it could write to
// (inotify(7)). What was open before the folder was watched is noticed when it changes. A nil *writers knows of none.
// It is safe for concurrent use.
type writers struct {
	events *os.File

	mu      sync.Mutex
	folders map[int32]string // paths by watch descriptor
	open    map[string]bool  // paths of files, at most mostWriters
}

const mostWriters = 4096

// newWriters returns one that watches no folder yet, or nil if the system has no more instances. Close it.
func newWriters() *writers {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	w := &writers{events: os.NewFile(uintptr(fd), "inotify"), folders: make(map[int32]string), open: make(map[string]bool)}
	go w.listen()
	return w
}

// add watches a folder. It may do so already.
func (w *writers) add(folder string) {
	w.control(func(fd int) {
		const events = unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_DELETE | unix.IN_MOVED_FROM
		if watch, err := unix.InotifyAddWatch(fd, folder, events|unix.IN_ONLYDIR); err == nil {
			w.folders[int32(watch)] = folder //nolint:gosec // it is one
		}
	})
}

// remove no longer watches a folder.
func (w *writers) remove(folder string) {
	w.control(func(fd int) {
		for watch, path := range w.folders {
			if path == folder {
				_, _ = unix.InotifyRmWatch(fd, uint32(watch)) //nolint:gosec // it is not negative; it may be gone
				delete(w.folders, watch)
			}
		}
	})
}

// control calls f with the descriptor, and with the lock held.
func (w *writers) control(f func(fd int)) {
	if w == nil {
		return
	}
	conn, err := w.events.SyscallConn()
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = conn.Control(func(fd uintptr) { f(int(fd)) }) // it fails once it is closed
}

// has reports whether a file has been changed by a program that has not closed it yet.
func (w *writers) has(file string) bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open[file]
}

func (w *writers) close() {
	if w != nil {
		_ = w.events.Close() // it was only read
	}
}

// listen reads what the kernel notifies of, until close.
func (w *writers) listen() {
	buf := make([]byte, 16<<10)
	for {
		n, err := w.events.Read(buf)
		if err != nil {
			return
		}
		w.mu.Lock()
		for event := buf[:n]; len(event) >= unix.SizeofInotifyEvent; {
			watch, mask := int32(binary.NativeEndian.Uint32(event)), binary.NativeEndian.Uint32(event[4:]) //nolint:gosec // as in struct inotify_event
			end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(event[12:]))
			w.note(watch, mask, strings.TrimRight(string(event[unix.SizeofInotifyEvent:end]), "\x00"))
			event = event[end:]
		}
		w.mu.Unlock()
	}
}

// note takes in one notification. The lock is held.
func (w *writers) note(watch int32, mask uint32, name string) {
	file := filepath.Join(w.folders[watch], name)
	switch {
	case mask&unix.IN_Q_OVERFLOW != 0: // some are missing
		clear(w.open)
	case mask&unix.IN_IGNORED != 0:
		delete(w.folders, watch)
	case mask&unix.IN_MODIFY == 0:
		delete(w.open, file)
	case len(w.open) < mostWriters:
		w.open[file] = true
	}
}
