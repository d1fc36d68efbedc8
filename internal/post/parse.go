package post

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
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
	p := &Post{Path: path, body: string(parts.body), line: int32(parts.bodyLine)} //nolint:gosec // far fewer lines than MaxSize
	sum := sha256.Sum256(src)
	copy(p.Sum[:], sum[:])
	var e extra
	f := &r.fields
	r.setDates(p, &e, f)
	r.setNames(p, &e, f)
	r.setText(p, f)
	r.setSlug(p, f)
	if !e.isZero() {
		p.extra = new(extra)
		*p.extra = e
	}
	return p, r.problems
}

// open cleans and splits a file and decodes its front matter into r.fields. It
// returns false after it has reported an Error; all that comes later are
// Warnings.
func (r *report) open(src []byte) (parts, bool) {
	if len(src) > MaxSize {
		r.fail(1, "the file is %d bytes and the limit is %d: split the post", len(src), MaxSize)
		return parts{}, false
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		r.fail(1, "the file is UTF-16: save it as UTF-8")
		return parts{}, false
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // a byte order mark
	if !isCleanBody(src) {
		r.inspect(src)
		src = []byte(CleanBody(string(src)))
	}
	p, err := split(src)
	if err != nil {
		r.fail(p.openLine, "%v", err)
		return parts{}, false
	}
	entries, ok := r.decode(p)
	if !ok {
		return parts{}, false
	}
	r.gather(entries)
	return p, true
}

// setDates fills in the dates and the draft flag.
func (r *report) setDates(p *Post, e *extra, f *fields) {
	p.Date = r.date(f[keyDate])
	e.lastmod = r.date(f[keyLastmod])
	e.publishDate = r.date(f[keyPublish])
	e.expiryDate = r.date(f[keyExpiry])
	if v := f[keyDraft]; v.kind != absent {
		on, ok := flag(v.text)
		if !ok {
			r.wrong(v, "true or false: the post stays a draft until it is")
		}
		p.Draft = on || !ok
	}
	// Jekyll's published is a flag, Hugo's is another name for publishDate.
	if v := f[keyPublished]; v.kind != absent {
		if on, ok := flag(v.text); ok {
			p.Draft = p.Draft || !on
		} else if at := r.date(v); e.publishDate.IsZero() {
			e.publishDate = at
		}
	}
	if p.Date.IsZero() {
		p.Date, _ = fileDate(stem(p.Path))
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
	if !ok && (v.kind != scalar || oneLine(v.text) != "") {
		r.wrong(v, "a date: write it like 2026-03-12 or 2026-03-12T09:00:00+01:00")
	}
	return t
}

// setNames fills in categories, tags, authors, series and aliases.
func (r *report) setNames(p *Post, e *extra, f *fields) {
	// Jekyll joins category and categories, and the single one comes first.
	p.Categories = appendNames(r.names(f[keyCategory], cutNothing), r.names(f[keyCategories], cutSpaces))
	if topics := r.names(f[keyTopics], cutCommas); len(p.Categories) == 0 {
		p.Categories = topics
	}
	p.Tags = appendNames(r.names(f[keyTag], cutNothing), r.names(f[keyTags], cutSpaces))
	e.authors = appendNames(r.names(f[keyAuthor], cutNothing), r.names(f[keyAuthors], cutCommas))
	if series := r.names(f[keySeries], cutNothing); len(series) > 0 {
		e.series = series[0]
	}
	for _, k := range [...]key{keyAliases, keyRedirect, keyPermalink, keyURL} {
		for _, alias := range r.aliases(f[k]) {
			if len(e.aliases) < maxNames && !slices.Contains(e.aliases, alias) {
				e.aliases = append(e.aliases, alias)
			}
		}
	}
}

// setText fills in the title, and what the author says of summary and reading
// time.
func (r *report) setText(p *Post, f *fields) {
	p.summary = r.paragraph(f.first(keySummary, keyDescription, keyExcerpt, keyDeck))
	p.abstract = p.summary != ""
	if mark := r.text(f[keySeparator]); mark != "" && p.summary == "" {
		// The mark is not worth a field in every post: make the summary now.
		if before, _, ok := strings.Cut(p.body, mark); ok {
			p.summary = shorten(gatherText(before, true).text, MaxSummary, MaxSummary)
		}
	}
	if v := f[keyMinutes]; v.kind != absent {
		if n, ok := minutes(v.text); ok {
			p.minutes = int16(n) //nolint:gosec // a day at most
		} else {
			r.wrong(v, "a reading time in minutes: write it like 7")
		}
	}
	p.Title = firstText(
		func() string { return plain(r.text(f[keyTitle]), "") },
		func() string { return firstHeading(p.body) },
		func() string { return shorten(summarize(p.body), titleWords, MaxTitle) },
		func() string {
			_, name := fileDate(stem(p.Path))
			return titleFromName(name)
		},
		func() string { return "Untitled" },
	)
	p.Title = shorten(p.Title, MaxTitle, MaxTitle)
}

// paragraph reads a text of front matter as a summary is shown.
func (r *report) paragraph(v value) string {
	return shorten(plain(r.text(v), ""), MaxSummary, MaxSummary)
}

// titleWords is how many words of a text without title or heading stand for
// its title.
const titleWords = 8

// firstText returns the first text that is not empty.
func firstText(from ...func() string) string {
	for _, f := range from {
		if s := f(); s != "" {
			return s
		}
	}
	return ""
}

// titleFromName makes a title of a file name: "hello-world" is "Hello world".
func titleFromName(name string) string {
	s := oneLine(strings.Map(func(r rune) rune {
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
func (r *report) setSlug(p *Post, f *fields) {
	if v := f[keySlug]; v.kind != absent {
		if p.Slug = slugWords(r.text(v)); p.Slug == "" && v.kind == scalar && oneLine(v.text) != "" {
			r.wrong(v, "a slug: write words of letters and digits, joined by -")
		}
	}
	p.Slug = firstText(
		func() string { return p.Slug },
		func() string { return FileSlug(p.Path) },
		func() string { return slugWords(p.Title) },
		func() string { return "post" },
	)
}
