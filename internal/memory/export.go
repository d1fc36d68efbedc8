package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"
)

// exportedFirst and exportedLast are what Export writes before and behind the lists.
type exportedFirst struct {
	LastVisit *time.Time `json:"last_visit,omitempty"`
	Keys      int        `json:"keys"`
}

type exportedLast struct {
	Theme    string `json:"theme,omitempty"`
	Column   int    `json:"column,omitempty"`
	Language string `json:"language,omitempty"`
	Dropped  uint32 `json:"read_marks_without_room,omitempty"`
}

type exportedPost struct {
	Address string     `json:"address,omitempty"` // "": it is not in the blog any more
	Read    *time.Time `json:"read,omitempty"`
	Left    *time.Time `json:"left,omitempty"`
	Percent int        `json:"percent,omitempty"`
}

// Export returns the parts of a text of all that is known of the reader, as JSON. They are made one after the other,
// without waiting for anything, and hold no more than the lists of bookmarks and highlights: MaxKeptList.
func (r *Reader) Export(ctx context.Context) (iter.Seq[[]byte], error) {
	bookmarks, err := r.Bookmarks(ctx)
	if err != nil {
		return nil, err
	}
	highlights, err := r.Highlights(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := r.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var known marks
	r.with(func(s *state) { known = *s.marks() })
	set := r.Settings()
	return func(yield func([]byte) bool) {
		e := exporter{yield: yield}
		e.write(bytes.TrimSuffix(e.json(exportedFirst{timeOrNone(known.visited), keys}, ""), []byte("\n}")))
		exportList(&e, "posts", r.exportedPosts(&known))
		exportList(&e, "bookmarks", slices.Values(bookmarks))
		exportList(&e, "highlights", slices.Values(highlights))
		last := bytes.Trim(e.json(exportedLast{set.Theme, set.Column, set.Language, known.dropped}, ""), "{}")
		if len(last) == 0 {
			last = []byte("\n")
		} else {
			e.write([]byte(","))
		}
		e.write(last)
		e.write([]byte("}"))
	}, nil
}

// exportedPosts are those that were read or begun.
func (r *Reader) exportedPosts(known *marks) iter.Seq[exportedPost] {
	return func(yield func(exportedPost) bool) {
		for _, read := range known.reads {
			if read.read() && !yield(exportedPost{Address: r.memory.posts.lasting(read.post), Read: timeOrNone(read.at())}) {
				return
			}
		}
		for _, at := range known.places {
			if known.begun(at) && !yield(exportedPost{Address: r.memory.posts.lasting(at.post), Left: timeOrNone(at.at), Percent: int(at.percent)}) {
				return
			}
		}
	}
}

// exporter writes JSON with two spaces for each level until nobody wants more.
type exporter struct {
	yield func([]byte) bool
	gone  bool
}

func (e *exporter) write(part []byte) { e.gone = e.gone || !e.yield(part) }

func (e *exporter) json(v any, prefix string) []byte {
	text, err := json.MarshalIndent(v, prefix, "  ")
	if err != nil {
		panic(err) // it has nothing but texts, numbers and times
	}
	return text
}

// exportList writes a list behind other fields.
func exportList[T any](e *exporter, name string, list iter.Seq[T]) {
	e.write([]byte(",\n  \"" + name + "\": ["))
	end := "]"
	for v := range list {
		if end != "]" {
			e.write([]byte(","))
		}
		end = "\n  ]"
		e.write(append([]byte("\n    "), e.json(v, "    ")...))
		if e.gone {
			return
		}
	}
	e.write([]byte(end))
}
