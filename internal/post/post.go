// Package post turns one file of Markdown, MDX or HTML into a Post.
//
// It knows front matter (YAML, TOML, JSON, Pelican's), dates, slugs, summaries and reading times,
// and it reports what is wrong with a file as Problems that name the file, the line and
// what to do. It knows nothing of folders, of other posts, or of terminals.
package post

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// Limits on one file, in bytes. A file beyond MaxSize, or with front matter
// beyond MaxFrontMatter, is refused with a Problem. The others are cut to
// size, with an ellipsis where a reader sees them.
const (
	MaxSize        = markdown.MaxSize
	MaxFrontMatter = 32 << 10
	MaxTitle       = 300
	MaxSummary     = 400
	MaxName        = 100 // a category, tag, author or series
	MaxSlug        = 100
	MaxAddress     = 200
)

// Post is one article. What it says never changes once Parse has returned it, so every
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
	// Address names the post in commands: AddressOf its Path, at most MaxAddress bytes.
	// In an index a translation has that of the post that it translates.
	Address string
	// Slug is the post's plain name: letters, digits, '-' and '_', at most MaxSlug
	// bytes, never empty. Several posts may have it.
	Slug string
	// Language is that of the text, as Language gives it; "" if the front matter does not
	// tell, nor, in an index, the file's path.
	Language string
	// Date is when the post was written, in the offset its author gave or else
	// in UTC; zero if neither the front matter nor the file name tells.
	Date time.Time

	// Categories as their author wrote them; the first is the main one.
	Categories []string
	// Tags as their author wrote them.
	Tags []string

	// Sum identifies the content: equal sums mean equal files.
	Sum [16]byte

	said    holds  // whether the post is published
	minutes int16  // from the front matter, or 0
	line    int32  // the line of the file on which the body starts, from 1
	extra   *extra // nil if there is nothing in it
	title   string // from the front matter, or ""
	written string // the summary in the front matter, as Markdown, or ""
	body    string

	digest atomic.Pointer[digest] // of the body, once it was read
}

// extra is what few posts have.
type extra struct {
	lastmod, publishDate, expiryDate time.Time

	aliases, authors []string
	series           string
	translation      string // what the translations of a post have in common, or ""
	separator        string // of the summary from the rest, or ""
	permalink        string // or ""; unless it is a URL or a pattern it is one of the aliases, too
	slug             string // as its author wrote it, if it is another than the post's, or its file's
	title            string // as its author wrote it, if it is another than the post's
}

func (e *extra) isZero() bool {
	return e.lastmod.IsZero() && e.publishDate.IsZero() && e.expiryDate.IsZero() &&
		len(e.aliases) == 0 && len(e.authors) == 0 && e.series == "" && e.separator == "" && e.translation == "" && e.slug == "" && e.title == "" && e.permalink == ""
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

// Names are all names under which what is known of the post may be kept: its address, then its aliases, as they
// are written and as the addresses that files of such names had.
func (p *Post) Names() []string {
	aliases := p.Aliases()
	all := make([]string, 0, 1+2*len(aliases))
	all = append(all, p.Address)
	for _, alias := range aliases {
		path := strings.TrimLeft(alias, "/")
		for _, name := range [...]string{alias, AddressOf(path), AddressOf(strings.TrimRight(path, "/"))} {
			if name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// Permalink is the path, the URL, or the pattern of a path, of the post's page that its front matter
// gives it, or "".
func (p *Post) Permalink() string { return p.more().permalink }

// GivenSlug is the slug as the post's author wrote it, which may have dots and capitals.
func (p *Post) GivenSlug() string { return cmp.Or(p.more().slug, p.Slug) }

// HasSlug reports whether the front matter gives the post its slug.
func (p *Post) HasSlug() bool { return p.more().slug != "" || p.Slug != FileSlug(p.Path) }

// Authors by name. The caller must not change the slice.
func (p *Post) Authors() []string { return p.more().authors }

// Series is the name of the series the post belongs to, or "".
func (p *Post) Series() string { return p.more().series }

// TranslationKey is what Hugo's authors give to a post and its translations if their paths do
// not tell, or "".
func (p *Post) TranslationKey() string { return p.more().translation }

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

// At returns the same post under another address and in another language, for what only a folder
// of posts as a whole tells.
func (p *Post) At(address, language string) *Post {
	q := &Post{
		Path: p.Path, Address: address, Language: language, Slug: p.Slug, Date: p.Date, Categories: p.Categories, Tags: p.Tags, Sum: p.Sum,
		said: p.said, minutes: p.minutes, line: p.line, extra: p.extra, title: p.title, written: p.written, body: p.body,
	}
	q.digest.Store(p.digest.Load())
	return q
}

// Category returns the main category, or "".
func (p *Post) Category() string {
	if len(p.Categories) == 0 {
		return ""
	}
	return p.Categories[0]
}

// Severity is what a Problem does to its post.
type Severity int

const (
	// Warning is for a post that is shown, but not quite as its author meant it.
	Warning Severity = iota
	// Notice is for what its author may want to look at.
	Notice
	// Error is for a post that cannot be shown.
	Error
)

// Problem is something wrong with a file, for its author to mend.
type Problem struct {
	// Path of the file, slash-separated, inside the posts folder.
	Path string
	// Line in the file, from 1; 0 if the problem has no place.
	Line int
	// Severity reports whether the post is left out.
	Severity Severity
	// What is wrong and what to do, in one line.
	What string
}

// String formats the problem as "path:line: what", the form editors jump to.
// It is one line that is safe for a terminal, whatever the file is called.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s", plaintext.Clean(p.Path), max(p.Line, 1), plaintext.Clean(p.What))
}
