package main

import (
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/library"
)

// How many files of posts authors may have open at once, all of them together and those of one source: each takes a
// descriptor.
const maxPostFiles, maxPostFilesOfSource = 64, 32

// postFiles opens the files of posts for authors as the library does: links are followed, and kept inside the folder.
type postFiles struct {
	folder   library.Dir
	mu       sync.Mutex
	open     int
	bySource map[string]int // at most maxPostFiles
}

func newPostFiles(posts string) *postFiles {
	return &postFiles{folder: library.Dir(posts), bySource: make(map[string]int)}
}

// postFile is one of them.
type postFile struct {
	fs.File
	files  *postFiles
	source string
}

// openFile opens a file for a client from a source. The error is for the client, without a path of the machine.
func (f *postFiles) openFile(source, name string) (io.ReadCloser, error) {
	if !f.take(source) {
		return nil, command.ErrBusy
	}
	file, err := f.folder.Open(name)
	if err == nil {
		return &postFile{file, f, source}, nil
	}
	f.give(source)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return nil, err
}

// Close implements [io.Closer]. It is called once.
func (f *postFile) Close() error {
	f.files.give(f.source)
	return f.File.Close()
}

func (f *postFiles) take(source string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == maxPostFiles || f.bySource[source] == maxPostFilesOfSource {
		return false
	}
	f.open++
	f.bySource[source]++
	return true
}

func (f *postFiles) give(source string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
	if f.bySource[source]--; f.bySource[source] == 0 {
		delete(f.bySource, source)
	}
}
