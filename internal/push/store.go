package push

import (
	"errors"
	"io"
	"time"
)

// Store keeps the versions of a tree of files, in a linear history. Contents are named by their hashes. Its
// methods are called by one goroutine at a time, except for Open, Files and Log.
type Store interface {
	// Current returns the newest version, or "" if there is none.
	Current() (version string, err error)
	// Files returns the name of the content of each file of a version, by path.
	Files(version string) (map[string]string, error)
	// Name returns the name of a content, without storing it.
	Name(size int64, content io.Reader) (string, error)
	// Put stores a content for a later version.
	Put(size int64, content io.Reader) (string, error)
	// Together calls f, whose contents may be stored only when it returns, or calls Replace. Storing many is
	// faster that way.
	Together(f func() error) error
	// Open returns a content that was kept.
	Open(content string) (io.ReadCloser, error)
	// Replace makes a new version from the files, if the newest is still the given one; otherwise it returns
	// ErrBehind.
	Replace(version string, files map[string]string, by Signature) (string, error)
	// Log calls f for the versions, the newest first, until it returns false.
	Log(f func(Entry) bool) error
}

// ErrBehind says that there is a newer version than the one that was to be replaced.
var ErrBehind = errors.New("somebody else has published meanwhile: try again")

// Signature says who made a version, when, and what it changes.
type Signature struct {
	Author  string
	When    time.Time
	Message string
}

// Entry is a version in the log.
type Entry struct {
	Version string
	Signature
}
