package library

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library/search"
	"github.com/sshblog/sshblog/internal/post"
)

// query is a parsed query.
type query struct {
	words  search.Query
	accept func(*post.Post) bool // nil: every post
	notes  []string
}

// parseQuery parses a query's words and filters. What looks like a filter and is none is taken as words:
// "net:http", "note: this".
func (x *Index) parseQuery(text string) query {
	var q query
	var words strings.Builder
	for field := range fields(text) {
		name, value, ok := strings.Cut(field, ":")
		value = strings.Trim(value, `"`)
		if !ok || !x.filter(&q, strings.ToLower(name), value) {
			words.WriteString(field)
			words.WriteByte(' ')
		}
	}
	rest := words.String()
	if end, _ := utf8.DecodeLastRuneInString(text); !unicode.IsSpace(end) {
		rest = strings.TrimSuffix(rest, " ") // the last word may go on
	}
	q.words = search.Parse(rest)
	return q
}

// fields yields what stands between spaces, but for those inside quotes.
func fields(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted := false
		for field := range strings.FieldsFuncSeq(text, func(r rune) bool {
			if r == '"' {
				quoted = !quoted
			}
			return unicode.IsSpace(r) && !quoted
		}) {
			if !yield(field) {
				return
			}
		}
	}
}

// filter adds a filter to a query, and reports false if there is none of that
// name.
func (x *Index) filter(q *query, name, value string) bool {
	switch name {
	case "category":
		q.among(&x.categories, value, "category")
	case "tag":
		q.among(&x.tags, value, "tag")
	case "after", "before":
		if value == "" { // still being typed
			q.notes = append(q.notes, name+" which day?")
			return true
		}
		day, ok := parseDay(value)
		if !ok {
			q.notes = append(q.notes, name+": wants a date, as in "+name+":2026-03-12 or "+name+":2026")
			return true
		}
		q.only(func(p *post.Post) bool {
			if first, ok := x.lookup(p.Address); ok { // translations may have none
				p = first
			}
			return !p.Date.IsZero() && (calendar(p.Date) < day) == (name == "before")
		})
	default:
		return false
	}
	return true
}

// among keeps the posts of the group that name means, or of all groups that it
// is the beginning of.
func (q *query) among(g *groups, name, kind string) {
	slug := post.Slugify(name)
	if name == "" || slug == "" { // still being typed
		q.notes = append(q.notes, "which "+kind+"?")
		return
	}
	lists := make([]*List, 0, 1)
	if l, ok := g.find(name); ok {
		lists = append(lists, l)
	} else {
		for _, l := range g.lists {
			if strings.HasPrefix(l.Slug, slug) {
				lists = append(lists, l)
			}
		}
	}
	if len(lists) == 0 {
		q.notes = append(q.notes, "there is no "+kind+" "+name)
	}
	wanted := make(map[string]bool) // addresses, which translations share
	for _, l := range lists {
		for _, p := range l.posts {
			wanted[p.Address] = true
		}
	}
	q.only(func(p *post.Post) bool { return wanted[p.Address] })
}

// only adds a condition.
func (q *query) only(condition func(*post.Post) bool) {
	before := q.accept
	if before == nil {
		q.accept = condition
		return
	}
	q.accept = func(p *post.Post) bool { return before(p) && condition(p) }
}

// parseDay reads a year, a month or a day, and returns the first day of it in
// the form of calendar.
func parseDay(text string) (int, bool) {
	for _, layout := range [...]string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return calendar(t), true
		}
	}
	return 0, false
}

// calendar returns a time's day, as its author's calendar showed it, as a number
// that grows with time.
func calendar(t time.Time) int {
	year, month, day := t.Date()
	return (year*100+int(month))*100 + day
}
