package search

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Index finds documents, each named by a key, by their words. The zero Index is
// empty. An Index may be used by any number of goroutines.
type Index[K comparable] struct {
	parts []part[K]
	docs  int   // alive
	words int64 // in the texts of those
}

// part is a segment with the keys of its documents, and which of these are still
// there. Of those that are not it keeps nothing alive.
type part[K comparable] struct {
	*segment
	keys  []K
	dead  []bool // nil: none
	alive int
}

// ErrNoMemory says that Options.Beside returned false.
var ErrNoMemory = errors.New("the new index does not fit beside the old one")

// Options of an Update. The zero value is usable.
type Options struct {
	// Limit is the memory in bytes that the index should not exceed by much;
	// 0 means no limit. Beyond it documents are found by titles and tags alone,
	// the last of the keys first.
	Limit int64
	// Beside, if not nil, is asked first: so many bytes of the old index are in use beside what
	// replaces them, until nobody has that index any more. If it returns false, nothing is built.
	Beside func(bytes int64) bool
	// Workers is the number of goroutines; below 1 means one a processor.
	Workers int
}

// small is the number of documents below which a segment is joined with the new
// ones rather than kept: or a year of single posts would be a year's segments.
const small = 128

// Update returns an index of exactly the documents that keys name, of which text
// returns the text. It takes over what it can from x, which stays as it is. Keys
// must be unique, and a document that has changed must have a new one.
//
// The only errors are that of ctx and ErrNoMemory.
func (x *Index[K]) Update(ctx context.Context, keys []K, text func(K) Text, o Options) (*Index[K], error) {
	missing := make(map[K]bool, len(keys)) // to be indexed
	for _, key := range keys {
		missing[key] = true
	}
	next := &Index[K]{docs: len(keys)}
	fresh := x.docs == 0
	var used int64
	for _, p := range x.retain(missing) {
		// What is brief, or does not fit, is made anew behind what has come.
		full := o.Limit > 0 && (p.segment.brief != nil || used+p.bytes() > o.Limit)
		if !full && p.alive > len(p.keys)/2 && (p.alive >= small || len(missing) == 0) {
			next.parts = append(next.parts, p)
			used += p.bytes()
			continue
		}
		for doc, key := range p.keys {
			if !p.isDead(doc) {
				missing[key] = true
			}
		}
	}
	if replaced := x.Bytes() - used; o.Beside != nil && replaced > 0 && !o.Beside(replaced) {
		return nil, ErrNoMemory
	}
	var todo []K
	for _, key := range keys {
		if missing[key] {
			todo = append(todo, key)
		}
	}
	if o.Workers < 1 {
		o.Workers = min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) // a server has Go run more threads than that
		if !fresh && o.Workers > 1 {
			o.Workers-- // there are readers now
		}
	}
	made, err := buildAll(ctx, todo, text, o, used)
	if err != nil {
		return nil, err
	}
	for i, s := range made {
		keys := slices.Clone(chunk(todo, i))
		next.parts = append(next.parts, part[K]{segment: s, keys: keys, alive: len(keys)})
	}
	next.measure()
	return next, nil
}

// retain returns the parts as they are if only the documents in wanted are left,
// and takes from wanted those that are found.
func (x *Index[K]) retain(wanted map[K]bool) []part[K] {
	parts := make([]part[K], 0, len(x.parts)+1)
	for _, p := range x.parts {
		now := part[K]{segment: p.segment, keys: slices.Clone(p.keys)}
		dead := make([]bool, len(p.keys))
		for doc, key := range p.keys {
			if wanted[key] && !p.isDead(doc) {
				delete(wanted, key)
				now.alive++
			} else {
				var none K
				now.keys[doc], dead[doc], now.dead = none, true, dead
			}
		}
		if now.alive > 0 {
			parts = append(parts, now)
		}
	}
	return parts
}

func (p *part[K]) isDead(doc int) bool { return len(p.dead) > 0 && p.dead[doc] }

// buildAll makes segments of the documents, as many at a time as there are
// workers, as long as they fit beside what is used.
func buildAll[K comparable](ctx context.Context, keys []K, text func(K) Text, o Options, used int64) ([]*segment, error) {
	made := make([]*segment, (len(keys)+maxSegment-1)/maxSegment)
	var next, size atomic.Int64
	size.Store(used)
	var workers sync.WaitGroup
	for range min(o.Workers, len(made)) {
		workers.Go(func() {
			b := newBuilder()
			// A build is long; whoever gives up should not wait for it.
			stopping := func(key K) Text {
				if ctx.Err() != nil {
					return func(func(Field, string) bool) {}
				}
				return text(key)
			}
			for i := int(next.Add(1)) - 1; i < len(made) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				docs := chunk(keys, i)
				brief := o.Limit > 0 && size.Load() >= o.Limit
				made[i] = b.build(len(docs), func(doc int) Text { return stopping(docs[doc]) }, brief)
				size.Add(made[i].bytes())
			}
		})
	}
	workers.Wait()
	return made, ctx.Err()
}

// chunk returns the keys of the segment at i.
func chunk[K any](keys []K, i int) []K { return keys[i*maxSegment : min((i+1)*maxSegment, len(keys))] }

// measure counts what scores depend on.
func (x *Index[K]) measure() {
	for i := range x.parts {
		p := &x.parts[i]
		for doc, n := range p.lengths {
			if !p.isDead(doc) {
				x.words += int64(n)
			}
		}
	}
}

// With returns an index of the documents of x and of another, in which their words count alike. It takes a
// few bytes beside theirs.
func (x *Index[K]) With(other *Index[K]) *Index[K] {
	return &Index[K]{parts: slices.Concat(x.parts, other.parts), docs: x.docs + other.docs, words: x.words + other.words}
}

// Len returns the number of documents.
func (x *Index[K]) Len() int { return x.docs }

// Bytes returns the memory that the index takes.
func (x *Index[K]) Bytes() int64 {
	var n int64
	for i := range x.parts {
		n += x.parts[i].bytes()
	}
	return n
}

// bytes returns the memory that the part takes.
func (p *part[K]) bytes() int64 {
	var key K
	return p.segment.bytes() + int64(len(p.keys)*int(unsafe.Sizeof(key))) + int64(len(p.dead))
}

// Brief returns the number of documents that are found by their titles and tags
// alone, since the text of more would exceed the limit.
func (x *Index[K]) Brief() int {
	n := 0
	for i := range x.parts {
		p := &x.parts[i]
		for doc, brief := range p.brief {
			if brief && !p.isDead(doc) {
				n++
			}
		}
	}
	return n
}
