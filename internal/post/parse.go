package post

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// Parse reads the file at path (slash-separated, inside the posts folder) with
// content src. It returns a nil Post if and only if one of the Problems is an
// Error; Warnings come with a post that its reader can still read. Lines of
// Problems are those of the file, from 1.
//
// It decodes the front matter and passes over the body a few times, and keeps
// nothing of src.
func Parse(path string, src []byte) (*Post, []Problem) {
	r := &report{path: path}
	parts, ok := r.open(src)
	if !ok {
		return nil, r.problems
	}
	p := &Post{Path: path, Address: AddressOf(path), body: string(KindOf(path).asMarkdown(parts.body)), line: int32(parts.bodyLine)} //nolint:gosec // far fewer lines than MaxSize
	sum := sha256.Sum256(src)
	copy(p.Sum[:], sum[:])
	var e extra
	f := &r.fields
	r.setDates(p, &e, f)
	r.setNames(p, &e, f)
	r.setText(p, &e, f)
	r.setSlug(p, &e, f)
	if p.body == "" && len(r.problems) == 0 {
		r.note(parts.openLine, "the post has no text")
	}
	if v := f[keyLanguage]; v.kind == scalar {
		p.Language = Language(v.text)
	}
	if v := f[keyTranslation]; v.kind == scalar && len(v.text) <= maxAlias {
		e.translation = plaintext.Line(v.text)
	}
	if !e.isZero() {
		p.extra = new(extra)
		*p.extra = e
	}
	return p, r.problems
}

// TooBig is the problem of a file of more than MaxSize bytes.
func TooBig(path string, size int64) Problem {
	return Problem{Path: path, Line: 1, Severity: Error, What: fmt.Sprintf("the file is %d bytes and the limit is %d: split the post", size, MaxSize)}
}

// open cleans and splits a file and decodes its front matter into r.fields. It
// returns false after it has reported an Error; all that comes later are
// Warnings.
func (r *report) open(src []byte) (parts, bool) {
	if len(src) > MaxSize {
		r.problems = append(r.problems, TooBig(r.path, int64(len(src))))
		return parts{}, false
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		r.fail(1, "the file is UTF-16: save it as UTF-8")
		return parts{}, false
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // a byte order mark
	if !plaintext.IsCleanBody(src) {
		r.inspect(src)
		src = []byte(plaintext.CleanBody(string(src)))
	}
	const unmerged = "two versions of this post are not merged: choose one, and remove the lines with <<<<<<<, ======= and >>>>>>>"
	p, err := split(src)
	line := conflictLine(src)
	r.unmerged = line > 0
	if r.unmerged && (err != nil || line < p.bodyLine) {
		r.fail(line, unmerged)
		return parts{}, false
	}
	if r.unmerged {
		r.warn(line, unmerged)
	}
	if err != nil {
		r.fail(p.openLine, "%v", err)
		return parts{}, false
	}
	if p.format != formatNone && repeated(&p) {
		r.fail(p.bodyLine, "this is front matter once more, which is not read: join it with the first")
		return parts{}, false
	}
	entries, ok := r.decode(p)
	if !ok {
		return parts{}, false
	}
	r.format = p.format
	r.gather(entries)
	if p.format == formatYAML {
		r.lostWords(p, entries)
	}
	return p, true
}

// readDates fills in the dates that front matter says.
func (r *report) readDates(p *Post, e *extra, f *fields) {
	p.Date = r.date(f[keyDate])
	e.lastmod = r.date(f[keyLastmod])
	e.publishDate = r.date(f[keyPublish])
	e.expiryDate = r.date(f[keyExpiry])
	if v := f[keyPublished]; v.kind != absent {
		if _, ok := flag(v.text); !ok && e.publishDate.IsZero() {
			e.publishDate = r.date(v)
		}
	}
}

// setDates fills in the dates, and whether the post is published.
func (r *report) setDates(p *Post, e *extra, f *fields) {
	r.readDates(p, e, f)
	p.said = r.holds(f)
	switch {
	case r.unmerged:
		p.said.author = Unmerged
	case r.draft && p.said.author <= published:
		p.said.author = Draft
	case p.said.author <= published && strings.TrimSpace(f[keyPublish].text) != "":
		if _, ok := parseDate(f[keyPublish].text); !ok {
			p.said.author = Draft // until it says when it is to appear
		}
	}
	if p.Date.IsZero() {
		p.Date, _ = fileDate(stem(p.Path))
	}
	if p.Date.IsZero() {
		p.Date = pathDate(f.first(keyPath, keyPermalink, keyURL).text)
	}
	for _, t := range [...]time.Time{e.publishDate, e.lastmod} {
		if p.Date.IsZero() {
			p.Date = t
		}
	}
}

// date reads a point in time, or returns zero with a warning.
func (r *report) date(v value) time.Time {
	if v.kind == absent {
		return time.Time{}
	}
	t, ok := parseDate(v.text)
	if !ok && (v.kind != scalar || plaintext.Line(v.text) != "") {
		r.wrong(v, "a date: write it like 2026-03-12 or 2026-03-12T09:00:00+01:00")
	}
	return t
}

// setNames fills in categories, tags, authors, series and aliases.
func (r *report) setNames(p *Post, e *extra, f *fields) {
	// Jekyll joins category and categories, and the single one comes first.
	how := cutSpaces
	if r.format != formatYAML { // of the engines that read these none cuts at spaces
		how = cutCommas
	}
	p.Categories = appendNames(folderCategories(p.Path), r.texts(f[keyCategory], cutNothing))
	p.Categories = appendNames(p.Categories, r.texts(f[keyCategories], how))
	if topics := r.names(f[keyTopics], cutCommas); len(p.Categories) == 0 {
		p.Categories = topics
	}
	p.Tags = appendNames(r.names(f[keyTag], cutNothing), r.names(f[keyTags], how))
	e.authors = appendNames(r.names(f[keyAuthor], cutNothing), r.names(f[keyAuthors], cutCommas))
	if series := r.names(f[keySeries], cutNothing); len(series) > 0 {
		e.series = series[0]
	}
	for _, k := range [...]key{keyAliases, keyRedirect, keyPermalink, keyURL, keyPath} {
		for _, alias := range r.aliases(f[k]) {
			if !isNoPath(f[k]) && len(e.aliases) < maxNames && !slices.Contains(e.aliases, alias) {
				e.aliases = append(e.aliases, alias)
			}
		}
	}
	for _, k := range [...]key{keyPermalink, keyURL, keyPath} {
		if text := plaintext.Line(f[k].text); e.permalink == "" && !isNoPath(f[k]) && len(text) <= maxAlias {
			e.permalink = text
		}
	}
}

// setText fills in the title, and what the author says of summary and reading
// time.
func (r *report) setText(p *Post, e *extra, f *fields) {
	p.written = r.text(f.first(keySummary, keyDescription, keyExcerpt, keyDeck))
	if p.written == "" {
		e.separator = r.text(f[keySeparator])
	}
	if v := f[keyMinutes]; v.kind != absent {
		if n, ok := minutes(v.text); ok {
			p.minutes = int16(n) //nolint:gosec // a day at most
		} else {
			r.wrong(v, "a reading time in minutes: write it like 7")
		}
	}
	p.title = r.title(f[keyTitle])
	if text := plaintext.Line(f[keyTitle].text); text != p.title && len(text) <= maxAlias {
		e.title = text
	}
}

// title reads a text of front matter as a title is shown.
func (r *report) title(v value) string {
	return plaintext.Shorten(markdown.Line(r.text(v)), MaxTitle, MaxTitle)
}

// paragraph reads a text of front matter as a summary is shown.
func (r *report) paragraph(v value) string { return asSummary(r.text(v)) }

func asSummary(text string) string {
	return plaintext.Shorten(markdown.Line(text), MaxSummary, MaxSummary)
}

// titleFromName makes a title of a file name: "hello-world" is "Hello world".
func titleFromName(name string) string {
	s := plaintext.Line(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return ' '
		}
		return r
	}, name))
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// setSlug finds the post's slug: in the front matter, else in the file name.
func (r *report) setSlug(p *Post, e *extra, f *fields) {
	given := ""
	if v := f[keySlug]; v.kind != absent {
		if given = slugWords(r.text(v)); given == "" && v.kind == scalar && plaintext.Line(v.text) != "" {
			r.wrong(v, "a slug: write words of letters and digits, joined by -")
		}
		if text := plaintext.Line(v.text); given != "" && (text != given || text == FileSlug(p.Path)) && len(text) <= maxAlias {
			e.slug = text
		}
	}
	p.Slug = cmp.Or(given, FileSlug(p.Path))
	switch {
	case p.Slug != "":
	case p.title == "":
		p.Slug = "untitled"
	default:
		p.Slug = cmp.Or(slugWords(p.title), "post")
	}
}

// inspect reports what cleaning will change visibly, each kind once at the
// first line that has it. Directional marks and line ends pass without a word:
// authors of right-to-left text and users of other editors put them there.
func (r *report) inspect(src []byte) {
	line := 1
	var encoding, control bool // reported
	for i := 0; i < len(src); {
		c, size := utf8.DecodeRune(src[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			if !encoding {
				r.warn(line, "byte 0x%02X is not UTF-8 and shows as %c: save the file as UTF-8", src[i], utf8.RuneError)
			}
			encoding = true
		case c == '\n', c == '\r' && !bytes.HasPrefix(src[i+1:], []byte("\n")):
			line++
		case c < 0xa0 && c != '\r' && plaintext.IsDropped(c):
			if !control {
				r.warn(line, "control character U+%04X is dropped: remove it", c)
			}
			control = true
		}
		i += size
	}
}
