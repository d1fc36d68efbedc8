package push

import (
	"errors"
	"io"
	"time"
)

// Store keeps the versions of a tree of files, in a line. Contents are known by names that follow
// from them. Its methods are called by one goroutine at a time, but for Open, Files and Log.
type Store interface {
	// Current returns the newest version, or "" if there is none.
	Current() (version string, err error)
	// Files returns the content of each file of a version, by its path.
	Files(version string) (map[string]string, error)
	// Name returns the name of a content, of which it keeps nothing.
	Name(size int64, content io.Reader) (string, error)
	// Put keeps a content for a version to come.
	Put(size int64, content io.Reader) (string, error)
	// Together calls f, whose calls of Put need not have kept anything before it returns, or calls Replace: many are
	// faster so.
	Together(f func() error) error
	// Open returns a content that was kept.
	Open(content string) (io.ReadCloser, error)
	// Replace makes a version of the files the newest one if the given one still is, and otherwise
	// returns ErrBehind.
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
