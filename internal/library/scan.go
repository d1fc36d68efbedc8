package library

import (
	"reflect"
	"slices"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// scan is a pass over the folder: what is now known, and what that took.
type scan struct {
	catalogue
	read    int  // files read
	changed bool // it is not what was known before
	moved   bool // the folder's path leads elsewhere by now
}

// scan looks at every file's stamp, and reads those that may have changed.
// What is known stays as it is; the caller puts the result in its place.
func (l *Library) scan(now time.Time) (*scan, error) {
	f, err := openFolder(l.fsys)
	if err != nil {
		return nil, err
	}
	defer f.close()
	w, err := walkFolder(f)
	if err != nil {
		return nil, err
	}

	s := &scan{catalogue: catalogue{entries: make([]entry, len(w.files)), folders: w.problems}}
	var stale []int     // indices of the files to read
	var before []*entry // what was known of them, or nil
	old := cursor{l.known.entries}
	for i, file := range w.files {
		e := old.seek(file.path)
		if e != nil && e.stamp == file.stamp && !e.again && file.err == nil {
			s.entries[i] = *e
			continue
		}
		stale, before = append(stale, i), append(before, e)
	}

	if len(l.labels) > maxLabels/2 && len(stale) > 0 {
		l.labels = l.labels.inUse(s.entries) // what the files to read had makes room for what they have
	}
	for i, out := range readAll(f, w.files, stale, l.opts.TextPosts) {
		if out.gone {
			continue
		}
		e := l.entry(w.files[stale[i]], before[i], out, now)
		s.entries[stale[i]] = e
		s.changed = s.changed || e.differs(before[i])
	}
	s.read = len(stale)
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool { return e.path == "" }) // those gone
	s.carry(&l.known, w.broken)
	// Whatever was added has been noticed, so the number tells of removals.
	s.changed = s.changed || len(s.entries) != len(l.known.entries) || !slices.Equal(s.folders, l.known.folders)
	s.moved = f.replaced()
	return s, nil
}

// entry joins what reading a file gave with what was known of it, if anything.
func (l *Library) entry(file found, old *entry, out outcome, now time.Time) entry {
	e := entry{path: file.path, stamp: file.stamp, again: out.failed || file.stamp.racyAt(now), post: out.post}
	if e.post != nil {
		if n := l.labels.share(e.post); n > 0 {
			out.problems = append(out.problems, problem(file.path, post.Warning,
				"left out of its categories and tags: %d, since the posts before it have %d different ones; use those", n, maxLabels))
		}
	}
	about := out.about
	if old != nil {
		switch was := old.about(); {
		case e.post == nil && about == nil && !out.refused: // broken
			e.post, about = old.post, was
			e.kept = e.post != nil || about != nil
		case e.post != nil && old.post != nil && e.post.Sum == old.post.Sum:
			// The same content: whoever holds the old one need not notice.
			e.post = old.post
		case about != nil && was != nil && reflect.DeepEqual(about, was):
			about = was
		}
	}
	if e.post != nil {
		e.path = e.post.Path // the same text, held once
	}
	if about != nil || len(out.problems) > 0 {
		e.notes = &notes{about, out.problems}
	}
	return e
}

// carry keeps what was known of files in folders that can't be read just now.
// A part of such a folder may have been read all the same.
func (s *scan) carry(known *catalogue, folders []string) {
	present := len(s.entries)
	for _, folder := range folders {
		for _, e := range known.under(folder) {
			if _, ok := slices.BinarySearchFunc(s.entries[:present], e.path, byPath); !ok {
				s.entries = append(s.entries, e)
			}
		}
	}
	if len(s.entries) > present {
		slices.SortFunc(s.entries, func(a, b entry) int { return byPath(a, b.path) })
		// One broken folder may lie in another.
		s.entries = slices.CompactFunc(s.entries, func(a, b entry) bool { return a.path == b.path })
	}
}
