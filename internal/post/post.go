// Package post turns one Markdown file into a Post.
//
// It knows front matter (YAML, TOML, JSON), dates, slugs, summaries, reading
// times and how the tags of other engines are written, and it reports what is wrong with a file as Problems that
// name the file, the line and what to do. It knows nothing of folders, of
// other posts, or of terminals.
package post

import (
	"fmt"
	"time"
)

// Limits on one file, in bytes. A file beyond MaxSize, or with front matter
// beyond MaxFrontMatter, is refused with a Problem. The others are cut to
// size, with an ellipsis where a reader sees them.
const (
	MaxSize        = 256 << 10
	MaxFrontMatter = 16 << 10
	MaxTitle       = 300
	MaxSummary     = 400
	MaxName        = 100 // a category, tag, author or series
	MaxSlug        = 100
)

// Post is one article. It is immutable once Parse has returned it, so every
// session may hold it without a lock. All its text but Path is free of control
// characters (but for newlines and tabs in the body) and of bidirectional
// overrides.
//
// A blog may have a hundred thousand of them, so what few posts have is behind
// a pointer, and methods give it.
type Post struct {
	// Path is the file's slash-separated path inside the posts folder, byte for
	// byte: use Clean before showing it.
	Path string
	// Slug names the post in commands and links: letters, digits, '-' and '_',
	// at most MaxSlug bytes, never empty. An index makes it unique.
	Slug string
	// Title is never empty.
	Title string

	// Date is when the post was written, in the offset its author gave or else
	// in UTC; zero if neither the front matter nor the file name tells.
	Date time.Time

	// Categories as their author wrote them; the first is the main one.
	Categories []string
	// Tags as their author wrote them.
	Tags []string

	// Sum identifies the content: equal sums mean equal files.
	Sum [16]byte
	// Draft posts are never listed.
	Draft bool

	abstract bool // summary is its author's, and not a part of the body

	minutes int16  // from the front matter, or 0
	line    int32  // the line of the file on which the body starts, from 1
	extra   *extra // nil if there is nothing in it
	summary string // as the front matter has it or where it cuts it, as plain text, or ""
	body    string
}

// extra is what few posts have.
type extra struct {
	lastmod, publishDate, expiryDate time.Time

	aliases, authors []string
	series           string
}

func (e *extra) isZero() bool {
	return e.lastmod.IsZero() && e.publishDate.IsZero() && e.expiryDate.IsZero() &&
		len(e.aliases) == 0 && len(e.authors) == 0 && e.series == ""
}

func (p *Post) more() extra {
	if p.extra == nil {
		return extra{}
	}
	return *p.extra
}

// Lastmod is when the post was last revised; zero if unknown.
func (p *Post) Lastmod() time.Time { return p.more().lastmod }

// PublishDate is when the post starts to be listed; zero means Date.
func (p *Post) PublishDate() time.Time { return p.more().publishDate }

// ExpiryDate is when the post stops being listed; zero means never.
func (p *Post) ExpiryDate() time.Time { return p.more().expiryDate }

// Aliases are former slugs or paths that should still find the post. The
// caller must not change the slice.
func (p *Post) Aliases() []string { return p.more().aliases }

// Authors by name. The caller must not change the slice.
func (p *Post) Authors() []string { return p.more().authors }

// Series is the name of the series the post belongs to, or "".
func (p *Post) Series() string { return p.more().series }

// ShareNames replaces each of the post's lists of names (categories, tags,
// authors, series) by what share returns for it, which must be equal: whoever
// holds many posts can hold equal names once. Nobody else may have the post
// yet.
func (p *Post) ShareNames(share func([]string) []string) {
	p.Categories, p.Tags = share(p.Categories), share(p.Tags)
	if e := p.extra; e != nil {
		e.authors = share(e.authors)
		if e.series != "" {
			e.series = share([]string{e.series})[0]
		}
	}
}

// Body returns the Markdown source after the front matter.
func (p *Post) Body() string { return p.body }

// BodyLine returns the line of the file, counted from 1, on which Body starts.
func (p *Post) BodyLine() int { return int(p.line) }

// Category returns the main category, or "".
func (p *Post) Category() string {
	if len(p.Categories) == 0 {
		return ""
	}
	return p.Categories[0]
}

// Severity tells what a Problem does to its post.
type Severity int

const (
	// Warning is for a post that is shown, but not quite as its author meant it.
	Warning Severity = iota
	// Error is for a post that cannot be shown.
	Error
)

// Problem is something wrong with a file, for its author to mend.
type Problem struct {
	// Path of the file, slash-separated, inside the posts folder.
	Path string
	// Line in the file, from 1; 0 if the problem has no place.
	Line int
	// Severity tells whether the post is left out.
	Severity Severity
	// What is wrong and what to do, in one line.
	What string
}

// String formats the problem as "path:line: what", the form editors jump to.
// It is one line that is safe for a terminal, whatever the file is called.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s", Clean(p.Path), max(p.Line, 1), Clean(p.What))
}
