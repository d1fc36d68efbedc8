package post

import (
	"io"
	"iter"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/markdown"
)

// maxComments bounds what is kept of where a body's comments are. In a body with more of them,
// all between the last of these and the last comment counts as one.
const maxComments = 256

// commentsIn returns what a body that has been parsed says to its authors alone.
func commentsIn(body string, tree *markdown.Tree) []markdown.Span {
	if !markdown.MayHaveComments(body) {
		return nil
	}
	return tree.Comments(body, maxComments)
}

// Source yields the post's published Markdown, in pieces that are each a part of the post or
// short: the front matter that is known of it, as YAML in an order that never changes, and the
// body without comments (see markdown.Tree.Comments), which ends with a newline if there is any.
// Equal posts have equal sources. It has no control characters but newlines and tabs.
//
// No piece is a copy of the body, so it takes no memory. If the body has comments and has not been
// read for anything else yet, it is parsed, once.
func (p *Post) Source() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(p.frontMatter()) || p.body == "" || !yield("\n") {
			return
		}
		at := 0
		for _, c := range p.comments() {
			if at < c.Start && !yield(p.body[at:c.Start]) {
				return
			}
			at = c.End
		}
		if at < len(p.body) && !yield(p.body[at:]) {
			return
		}
		yield("\n")
	}
}

// SourceSize returns the length of Source in bytes: at most MaxSource.
func (p *Post) SourceSize() int {
	var n count
	p.writeFrontMatter(&n)
	if p.body == "" {
		return int(n)
	}
	bytes := int(n) + len("\n") + len(p.body) + len("\n")
	for _, c := range p.comments() {
		bytes -= c.End - c.Start
	}
	return bytes
}

// MaxSource is more than the length of any Source in bytes: that of the longest body, and that of
// front matter whose values are all quoted and, through YAML's aliases, stand in several places.
const MaxSource = MaxSize + 8*MaxFrontMatter

func (p *Post) comments() []markdown.Span {
	if d := p.digest.Load(); d != nil {
		return d.comments
	}
	if !markdown.MayHaveComments(p.body) {
		return nil
	}
	return p.digested().comments
}

// count is the number of bytes written to it.
type count int

func (c *count) WriteString(s string) (int, error) {
	*c += count(len(s))
	return len(s), nil
}

// frontMatter returns what is known of the post as YAML between its marks.
func (p *Post) frontMatter() string {
	var n count
	p.writeFrontMatter(&n)
	var b strings.Builder
	b.Grow(int(n))
	p.writeFrontMatter(&b)
	return b.String()
}

// writeFrontMatter writes frontMatter to what takes all of it.
func (p *Post) writeFrontMatter(w io.StringWriter) {
	write := func(texts ...string) {
		for _, text := range texts {
			_, _ = w.WriteString(text)
		}
	}
	write("---\n")
	text := func(key, value string) {
		if value != "" {
			write(key, ": ")
			writeQuoted(w, value)
			write("\n")
		}
	}
	list := func(key string, values []string) {
		for i, v := range values {
			if i == 0 {
				write(key, ": [")
			} else {
				write(", ")
			}
			writeQuoted(w, v)
		}
		if len(values) > 0 {
			write("]\n")
		}
	}
	moment := func(key string, at time.Time) {
		if !at.IsZero() {
			write(key, ": ", at.Format(time.RFC3339), "\n")
		}
	}
	title := p.GivenTitle()
	if markdown.MayHaveComments(title) {
		title = p.title
	}
	text("title", title)
	moment("date", p.Date)
	moment("lastmod", p.Lastmod())
	if p.HasSlug() {
		text("slug", p.GivenSlug())
	}
	text("language", p.Language)
	list("authors", p.Authors())
	list("categories", p.Categories)
	list("tags", p.Tags)
	text("series", p.Series())
	text("summary", p.Abstract())
	list("aliases", p.Aliases())
	write("---\n")
}

// writeQuoted writes a line without control characters as a double-quoted scalar (YAML 1.2
// section 7.3.1).
func writeQuoted(w io.StringWriter, line string) {
	write := func(text string) { _, _ = w.WriteString(text) }
	write(`"`)
	for {
		i := strings.IndexAny(line, `\"`)
		if i < 0 {
			break
		}
		write(line[:i])
		write(`\`)
		write(line[i : i+1])
		line = line[i+1:]
	}
	write(line)
	write(`"`)
}
