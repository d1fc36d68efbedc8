package search

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// segment is the index of some documents. It is never changed.
//
// The dictionary is one string with all terms, sorted, one behind the other, and
// the postings are one slice of bytes: two allocations, whatever their number,
// and nothing in them for the garbage collector to follow.
type segment struct {
	lengths []uint16 // of each document's text, in words, as far as they fit
	brief   []bool   // documents of which only titles and tags are known; nil: none
	titles  []uint32 // sums of the words of each document's title

	terms    string
	termEnds []uint32 // where each term ends in terms
	postings []byte
	postEnds []uint32 // where each term's postings end
	counts   []uint16 // documents that have the term
	inTitles []uint32 // the terms that stand in titles
}

// A posting is the distance from the document before (from -1 at first) as a
// varint, and one byte: how often the word stands in the text, at most maxOften,
// and in which other fields it stands.
const (
	maxOften  = 1<<5 - 1
	inTitle   = 1 << 5
	inTag     = 1 << 6
	inHeading = 1 << 7
)

// term returns the term with the given number, without copying it.
func (s *segment) term(i int) string {
	start := uint32(0)
	if i > 0 {
		start = s.termEnds[i-1]
	}
	return s.terms[start:s.termEnds[i]]
}

// seek returns the number of the first term that is not before prefix.
func (s *segment) seek(prefix string) int {
	return sort.Search(len(s.termEnds), func(i int) bool { return s.term(i) >= prefix })
}

// lookup returns the numbers [from, to) of the terms that are word, or that
// begin with it.
func (s *segment) lookup(word string, prefix bool) (from, to int) {
	from = s.seek(word)
	if !prefix {
		if from < len(s.termEnds) && s.term(from) == word {
			return from, from + 1
		}
		return from, from
	}
	rest := len(s.termEnds) - from
	return from, from + sort.Search(rest, func(i int) bool { return !strings.HasPrefix(s.term(from+i), word) })
}

// each calls visit for every posting of a term.
func (s *segment) each(term int, visit func(doc int, posting byte)) {
	start := uint32(0)
	if term > 0 {
		start = s.postEnds[term-1]
	}
	list, doc := s.postings[start:s.postEnds[term]], -1
	for len(list) > 0 {
		gap, n := uint64(list[0]), 1
		if gap >= 0x80 {
			gap, n = binary.Uvarint(list)
		}
		doc += int(gap) //nolint:gosec // we wrote it
		visit(doc, list[n])
		list = list[n+1:]
	}
}

// bytes returns the memory that the segment takes.
func (s *segment) bytes() int64 {
	return int64(len(s.lengths))*2 + int64(len(s.brief)) + int64(len(s.titles))*4 +
		int64(len(s.terms)) + int64(len(s.postings)) +
		int64(len(s.termEnds))*4 + int64(len(s.postEnds))*4 + int64(len(s.counts))*2 + int64(len(s.inTitles))*4
}

// maxSegment is the most documents in a segment: their numbers have 16 bits
// while it is made, and the work is shared out by segments.
const maxSegment = 2048

// builder makes segments, one after the other, in the same memory.
type builder struct {
	ids     map[string]uint32 // numbers of terms, in the order of their coming
	names   []string
	infos   []byte   // of the document at hand, by term
	touched []uint32 // terms of the document at hand
	found   []uint64 // term, document and posting
	scan    scanner
}

func newBuilder() *builder { return &builder{ids: make(map[string]uint32)} }

// build makes a segment of at most maxSegment documents. With brief set only
// their titles and tags are read.
func (b *builder) build(docs int, text func(doc int) Text, brief bool) *segment {
	clear(b.ids)
	b.names, b.infos, b.found = b.names[:0], b.infos[:0], b.found[:0]
	s := &segment{lengths: make([]uint16, docs), titles: make([]uint32, docs)}
	for doc := range docs {
		words, title, whole := b.document(text(doc), brief)
		s.titles[doc] = title
		s.lengths[doc] = uint16(min(words, 1<<16-1)) //nolint:gosec // it fits now
		for _, id := range b.touched {
			b.found = append(b.found, uint64(id)<<32|uint64(doc)<<8|uint64(b.infos[id]))
			b.infos[id] = 0
		}
		b.touched = b.touched[:0]
		if !whole {
			if s.brief == nil {
				s.brief = make([]bool, docs)
			}
			s.brief[doc] = true
		}
	}
	b.finish(s)
	return s
}

// document notes the words of one document, and returns how many its text has,
// the sum of its title's and whether all of it was read.
func (b *builder) document(text Text, brief bool) (words int, title uint32, whole bool) {
	title = noWords
	for field, piece := range text {
		if brief && field > Tag {
			return words, title, false
		}
		b.scan.text, b.scan.at = piece, 0
		for word, _, ok := b.scan.next(); ok; word, _, ok = b.scan.next() {
			id, known := b.ids[string(word)]
			if !known {
				id = uint32(len(b.names)) //nolint:gosec // far fewer than 2^32
				name := string(word)
				b.ids[name] = id
				b.names, b.infos = append(b.names, name), append(b.infos, 0)
			}
			if b.infos[id] == 0 {
				b.touched = append(b.touched, id)
			}
			b.infos[id] = noted(b.infos[id], field)
			if field == Title {
				title = addWord(title, word)
			}
			words++
		}
	}
	return words, title, true
}

// noted adds a word's standing in a field to what is known of it.
func noted(posting byte, field Field) byte {
	switch field {
	case Title:
		return posting | inTitle
	case Tag:
		return posting | inTag
	case Heading:
		posting |= inHeading
	case Body, Code:
	}
	if posting&maxOften < maxOften {
		posting++
	}
	return posting
}

// finish sorts the terms and writes the postings.
func (b *builder) finish(s *segment) {
	// The postings are in the order of documents. Counting how many each term
	// has tells where they go, and keeps this order.
	order := make([]uint32, len(b.names)) // numbers of terms, sorted by name
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.names[x], b.names[y]) })
	starts := make([]uint32, len(b.names)+1)
	for _, p := range b.found {
		starts[p>>32+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	sorted, next := make([]uint32, len(b.found)), slices.Clone(starts)
	for _, p := range b.found {
		id := p >> 32
		sorted[next[id]] = uint32(p) //nolint:gosec // the lower half
		next[id]++
	}

	var terms strings.Builder
	n := len(order)
	s.termEnds, s.postEnds, s.counts = make([]uint32, n), make([]uint32, n), make([]uint16, n)
	postings := make([]byte, 0, len(sorted)*5/2)
	for i, id := range order {
		terms.WriteString(b.names[id])
		before, title := -1, false
		for _, p := range sorted[starts[id]:starts[id+1]] {
			doc, posting := int(p>>8), byte(p&0xff)
			postings = binary.AppendUvarint(postings, uint64(doc-before)) //nolint:gosec // documents ascend
			postings = append(postings, posting)
			before = doc
			title = title || posting&inTitle != 0
		}
		s.termEnds[i], s.postEnds[i] = uint32(terms.Len()), uint32(len(postings)) //nolint:gosec // 2048 posts are below 2^32 bytes
		s.counts[i] = uint16(starts[id+1] - starts[id])                           //nolint:gosec // at most maxSegment
		if title {
			s.inTitles = append(s.inTitles, uint32(i))
		}
	}
	s.terms, s.postings = strings.Clone(terms.String()), slices.Clip(slices.Clone(postings))
	s.inTitles = slices.Clip(slices.Clone(s.inTitles))
}
