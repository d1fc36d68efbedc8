package memory

import (
	"time"
	"unsafe"
)

// Mark is what is known of one post. The zero value is that of a post that was never opened.
type Mark struct {
	Read       time.Time // when it was read to its end: to the day, if that is some days ago; zero: it was not
	Percent    int       // how far it was read, if it was begun and not read to its end
	Place      Place     // where it was left, if it was begun; When is zero if it was not
	Bookmarked bool
}

// Place is a place in a post that outlasts another width and an edit of the post.
type Place struct {
	Block   int       // its number; -1: what stands before the first
	Sum     uint64    // the hash of the block's text
	Line    int       // within the block
	Lines   int       // that the block had
	Percent int       // of the post
	When    time.Time // to the second
}

// Begun is a place in one of the posts.
type Begun struct {
	Address string // the post's lasting address
	Place   Place
}

// Settings are what a reader has chosen. Zero values stand for no choice.
type Settings struct {
	Theme    string
	Column   int // cells
	Language string
}

// Bookmark is a post that a reader wants to find again.
type Bookmark struct {
	Address string    `json:"address"`
	When    time.Time `json:"when"`
}

// Highlight is a passage of a post that a reader has kept.
type Highlight struct {
	ID         uint64    `json:"id,string"` // chosen by AddHighlight
	Address    string    `json:"address"`
	Block      int       `json:"block"`
	Sum        uint64    `json:"sum,string"` // the hash of the block's text
	Start, End int       `json:"-"`          // in the words of the block: from Start, before End
	Text       string    `json:"text"`       // at most MaxText bytes
	When       time.Time `json:"when"`       // set by AddHighlight if it is zero
}

// SizeOfBookmarks is what a list takes in memory, in bytes.
func SizeOfBookmarks(list []Bookmark) int64 {
	n := int64(cap(list)) * int64(unsafe.Sizeof(Bookmark{}))
	for i := range list {
		n += int64(len(list[i].Address))
	}
	return n
}

// SizeOfHighlights is what a list takes in memory, in bytes.
func SizeOfHighlights(list []Highlight) int64 {
	n := int64(cap(list)) * int64(unsafe.Sizeof(Highlight{}))
	for i := range list {
		n += int64(len(list[i].Address) + len(list[i].Text))
	}
	return n
}

// What is kept at most.
const (
	MaxMarks      = 4 << 10     // bytes of a reader's marks
	MaxKept       = 32 << 10    // bytes of a reader's bookmarks and highlights
	MaxText       = 2 << 10     // bytes of a highlight's text
	MaxKeptList   = 6 * MaxKept // bytes of memory that a list of all of them takes, those of the shortest addresses
	MaxBegun      = 32          // posts begun
	MaxKeys       = 16          // joined keys
	maxAddress    = 512         // bytes
	maxSetting    = 64          // bytes
	maxReads      = 3500        // posts read, however densely: 13 bits each are the least of nearly all
	recent        = 32          // what has happened last is kept to the second, the rest to the day
	maxPostNumber = 120_000     // posts that can be marked, in all
)

// How long what is kept.
const (
	Forgotten   = 400 * 24 * time.Hour // without a visit
	MarkerKept  = 30 * 24 * time.Hour  // markers of what was forgotten or removed
	CodeValid   = 10 * time.Minute     // a code for joining
	codeSlack   = 5 * time.Minute      // so much longer its record may lie, whatever clocks say
	renewAfter  = 100 * 24 * time.Hour // what a reader has is written again at a visit, lest a store forget it
	writeWithin = 15 * time.Second
)
