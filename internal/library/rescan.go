package library

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ErrEmpty says that there is no post where posts were before.
var ErrEmpty = errors.New("no post is left in the folder")

// errUnsettled says that no two scans of a folder agreed.
var errUnsettled = errors.New("files come and go while it is read; reload once whatever writes there has ended")

// How long settled waits between two scans, at first and at last: 0.64 s in all.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 32 * firstPause
)

// settled scans the folder until that can be relied on. What is seen while
// another folder is put in its place, or while files are deleted one after the
// other, is neither the posts that were there nor those that will be. So a folder
// that became another one is scanned again, and a file is gone when two scans,
// one after the other, have the same files.
//
// With errUnsettled it returns the last scan.
func (l *Library) settled(now time.Time, still *Still) (*scan, error) {
	last, err := l.scan(now, still, &scan{})
	if err != nil {
		return nil, err // it was not there to begin with
	}
	agreed := l.known.within(&last.catalogue)
	for pause := firstPause; last.moved || !agreed; pause *= 2 {
		if pause > lastPause {
			return last, errUnsettled
		}
		time.Sleep(pause)
		next, err := l.scan(now, still, last)
		if err != nil && (pause == lastPause || errors.As(err, &noMemoryError{})) {
			l.drop(last)
			return nil, err
		}
		if err != nil { // one folder is away, and the other is not there yet
			agreed = false
			continue
		}
		agreed = last.within(&next.catalogue) && next.within(&last.catalogue)
		last = next
	}
	if had, left := l.known.posts(), last.posts(); shrunk(had, left) {
		if l.opts.OnWait != nil {
			l.opts.OnWait(had, left)
		}
		return l.quiet(now, still, last)
	}
	return last, nil
}

// How long a folder must have been quiet that has lost most of its posts, how long
// that is waited for, and how often it is looked at.
const (
	quietFor   = 2 * time.Second
	quietWait  = 30 * time.Second
	quietPause = 500 * time.Millisecond
)

// shrunk reports whether a folder has lost so many of its posts that it may be one that
// is being filled again, as by rsync or a checkout. One without any stays as it was:
// see lost.
func shrunk(had, left int) bool {
	const many = 10
	return left > 0 && left < had/2 && had-left >= many
}

// quiet waits until nothing has changed in the folder for quietFor, or for quietWait,
// and scans it then.
func (l *Library) quiet(now time.Time, still *Still, seen *scan) (*scan, error) {
	var last []found
	for waited, unmoved := time.Duration(0), time.Duration(0); waited < quietWait && unmoved < quietFor; waited += quietPause {
		time.Sleep(quietPause)
		unmoved += quietPause
		if files, err := l.look(); err != nil || !slices.EqualFunc(last, files, sameFile) {
			last, unmoved = files, 0
		}
	}
	s, err := l.scan(now, still, seen)
	if err != nil {
		l.drop(seen)
	}
	return s, err
}

// look returns the files of the folder, and reads none.
func (l *Library) look() ([]found, error) {
	f, err := openFolder(l.fsys)
	if err != nil {
		return nil, err
	}
	defer f.close()
	var files []found
	_, err = walkFolder(f, &l.opts.Site, func(file found) { files = append(files, file) })
	return files, err
}

func sameFile(a, b found) bool { return a.path == b.path && a.stamp == b.stamp }

// Emptied is a folder that has no post any more.
type Emptied struct {
	Folder string // in the posts folder; use plaintext.Clean before showing it
	Posts  int    // that were there
}

// emptied returns those of the folders in the posts folder that had many posts and
// have none any more, sorted by name. A hundred are enough to tell.
func (s *scan) emptied(before *catalogue) []Emptied {
	const many, most = 5, 100
	var gone []Emptied
	left := s.perFolder()
	had := before.perFolder()
	for _, folder := range slices.Sorted(maps.Keys(had)) {
		if n := had[folder]; n >= many && left[folder] == 0 && len(gone) < most {
			gone = append(gone, Emptied{folder, n})
		}
	}
	return gone
}

// perFolder counts the posts of each of the folders in the posts folder.
func (c *catalogue) perFolder() map[string]int {
	n := make(map[string]int)
	for i := range c.entries {
		if folder, _, ok := strings.Cut(c.entries[i].path, "/"); ok && c.entries[i].post != nil {
			n[folder]++
		}
	}
	return n
}

// lost returns ErrEmpty if this scan has no post and the one before had some.
func (s *scan) lost(before *catalogue) error {
	had := before.posts()
	if had == 0 || s.posts() > 0 {
		return nil
	}
	for i := range s.entries {
		for _, p := range s.entries[i].problems() {
			return fmt.Errorf("%w, where %s: %s", ErrEmpty, were(had), p)
		}
	}
	return fmt.Errorf("%w, where %s; is it mounted? If it is to be empty, leave a post that is a draft, or restart", ErrEmpty, were(had))
}

func were(posts int) string {
	if posts == 1 {
		return "1 post was"
	}
	return fmt.Sprintf("%d posts were", posts)
}
