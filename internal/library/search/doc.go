// Package search is an index of words in memory: which documents have them, how
// often, and where it counts most. It finds the documents that have all the
// words of a query, the best first, in far less time than a key takes to be
// pressed.
//
// An Index is immutable. Update makes the next one, and does anew only what has
// changed: the index is made of segments, as in other search engines, and a
// document that is gone is only marked so until its segment is worth making
// again.
//
// Postings hold no positions. Whoever shows a hit reads the few documents that
// are on the screen once more and marks the words in them with Terms, which is
// cheap, and makes the index about a fifth of what it would be. In titles the
// order counts: of each the index keeps a hash, and a search reads those that
// have all of its words.
//
// The package knows nothing of posts or files: documents are keys, and text
// comes in parts.
package search

import "iter"

// Field tells where a piece of a document's text stands.
type Field uint8

// The fields. A word in the title counts more than one among the tags, that more
// than one in a heading, and that more than one in the text or in code.
const (
	Title Field = iota
	Tag
	Heading
	Body
	Code
)

// Text is a document's text, piece by piece, its titles and tags first.
type Text = iter.Seq2[Field, string]

// Span is a part of a text, in bytes: [Start, End).
type Span struct{ Start, End int }
