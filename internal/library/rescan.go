package library

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ErrEmpty means that no post is left where some were before.
var ErrEmpty = errors.New("no post is left in the folder")

// errUnsettled means that no two scans of a folder agreed.
var errUnsettled = errors.New("files come and go while it is read; reload once whatever writes there has ended")

// How long settled waits between two scans, at first and at last: 0.64 s in all.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 32 * firstPause
)

// settled scans the folder until the result is reliable. What is seen while the folder is being replaced by
// another one, or while files are deleted one after the other, is neither the old nor the new content. So a
// folder that was replaced during a scan is scanned again, and a file counts as gone when two consecutive scans
// have the same files.
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
		if err != nil { // the old folder is gone, and the new one is not there yet
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

// shrunk reports whether a folder has lost so many of its posts that it may be in the middle of being filled,
// as by rsync or a checkout. For a folder without any see lost.
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

// look returns the files of the folder without reading them.
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

// Emptied is a folder that has no posts any more.
type Emptied struct {
	Folder string // in the posts folder; use plaintext.Clean before showing it
	Posts  int    // that were there
}

// emptied returns the folders in the posts folder that had many posts and have none any more, sorted by name,
// at most a hundred.
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
