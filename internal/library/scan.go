package library

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// scan is a pass over the folder, and its result.
type scan struct {
	catalogue
	read    int   // files read
	taken   int64 // of Options.Memory, for the posts that have changed
	changed bool  // it is not what was known before
	moved   bool  // the folder's path leads elsewhere by now
}

// scan checks every file's stamp, and reads those that may have changed; a file that is not still stays as it
// was, or is added later. The known state is not changed; the caller replaces it by the result. From an earlier
// scan it takes the posts, and the memory that was taken for them.
func (l *Library) scan(now time.Time, still *Still, earlier *scan) (*scan, error) {
	f, err := openFolder(l.fsys)
	if err != nil {
		return nil, err
	}
	defer f.close()
	s := &scan{}
	s.entries = make([]entry, 0, len(l.known.entries)) // most scans find as many
	reading := l.startReading(f)
	w, err := walkFolder(f, &l.opts.Site, func(file found) {
		e := l.known.find(file.path)
		if e != nil && e.stamp == file.stamp && !e.again && file.err == nil {
			s.entries = append(s.entries, *e)
			return
		}
		if still.has(file) {
			reading.files <- stale{found: file, before: e, earlier: earlier.find(file.path)}
		} else if e != nil {
			s.entries = append(s.entries, *e)
		}
	})
	read, taken, full := reading.wait()
	s.taken = taken
	if err = cmp.Or(err, full); err != nil {
		l.drop(s)
		return nil, err
	}
	s.taken, earlier.taken = s.taken+earlier.taken, 0
	s.folders, s.read, s.unread = w.problems, len(read), len(w.broken) > 0
	read = slices.DeleteFunc(read, func(file stale) bool {
		if file.same == nil {
			return false
		}
		e := *file.same // though its stamp may be another: written again, or checked out
		e.stamp, e.again = file.stamp, file.stamp.racyAt(now)
		s.entries = append(s.entries, e)
		s.changed = s.changed || e.differs(file.before)
		return true
	})
	if len(l.labels) > maxLabels/2 && len(read) > 0 {
		l.labels = l.labels.inUse(s.entries) // drops old labels, to make room for new ones
	}
	slices.SortFunc(read, func(a, b stale) int { return strings.Compare(a.path, b.path) })
	for _, file := range read {
		if file.gone {
			continue
		}
		// Watch notices by itself when an error of the walk is over.
		s.unread = s.unread || file.failed && file.err == nil
		if still != nil && !unchanged(f, file.found) { // since it was looked at
			s.unread = true
			if file.before != nil {
				s.entries = append(s.entries, *file.before)
			}
			continue
		}
		e := l.entry(file, now)
		s.entries = append(s.entries, e)
		s.changed = s.changed || e.differs(file.before)
	}
	slices.SortFunc(s.entries, func(a, b entry) int { return byPath(a, b.path) })
	s.carry(&l.known, w.broken)
	// Additions and changes have been noticed, so the number shows removals.
	s.changed = s.changed || len(s.entries) != len(l.known.entries) || !slices.Equal(s.folders, l.known.folders)
	s.moved = f.replaced()
	return s, nil
}

// unchanged reports whether a file is as it was found.
func unchanged(f folder, file found) bool {
	info, err := f.Stat(file.path)
	return file.err != nil || err == nil && stampOf(info) == file.stamp
}

// entry joins what reading a file gave with what was known of it, if anything.
func (l *Library) entry(file stale, now time.Time) entry {
	out, old := file.outcome, file.before
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
		case e.post == nil && about == nil && (!out.refused || out.failed): // broken
			e.post, about = old.post, was
			e.kept = e.post != nil || about != nil
		case e.post != nil && old.post != nil && e.post.Sum == old.post.Sum:
			// The content is the same, so the same object stays in use.
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

// carry keeps the known entries of files in folders that cannot be read now, a part of which may have been read
// all the same.
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
		// One unreadable folder may be inside another.
		s.entries = slices.CompactFunc(s.entries, func(a, b entry) bool { return a.path == b.path })
	}
}
