// Package search is an inverted index in memory: which documents contain a word, how
// often, and in which fields. It finds the documents that contain all words of a query,
// ranked by relevance, fast enough for a query with each key pressed.
//
// An Index is immutable. Update makes the next one and only indexes what has changed: the
// index consists of segments, as in other search engines, and a deleted document is only
// marked as such until its segment is worth rebuilding.
//
// Postings hold no positions. To show a hit, the few documents on the screen are read once
// more and the words in them are marked with Terms; that is cheap, and keeps the index at
// about a fifth of the size. In titles word order matters: the index keeps a hash of each,
// and a search reads those that contain all of its words.
//
// The package knows nothing of posts or files: documents are keys, and text
// comes in parts.
package search

import "iter"

// Field is the part of a document that a piece of its text stands in.
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
