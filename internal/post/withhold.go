package post

import (
	"encoding/json"
	"strings"
	"time"
)

// Hold is what front matter says of whether a post is published.
type Hold uint8

// What keeps a post from its readers comes after published.
const (
	unsaid Hold = iota
	published
	Draft
	Hidden     // by its status, or a flag of that name
	Unlisted   // by Hugo's build.list
	Unrendered // by Hugo's build.render or Zola's render
	Headless
	Unmerged // its text has the marks of a conflict
)

// String says what in the front matter it is, for an author.
func (h Hold) String() string {
	return [...]string{
		"", "", "draft", "hidden by its front matter", "not in lists by its front matter", "not rendered by its front matter", "headless", "not merged",
	}[h]
}

// holds are the two things that front matter says: for whom a post is, and how Hugo
// builds it. What a section says fills in what a post does not say, each as a whole.
type holds struct{ author, build Hold }

func (h holds) or(other holds) holds {
	if h.author == unsaid {
		h.author = other.author
	}
	if h.build == unsaid {
		h.build = other.build
	}
	return h
}

func (h holds) hold() Hold {
	if h.author > published {
		return h.author
	}
	return h.build
}

// Withheld reports whether a post is not published.
func (h Hold) Withheld() bool { return h > published }

// Hold returns why the post is not published, if it is not. What the cascades say,
// the nearest first, counts where the post itself says nothing.
func (p *Post) Hold(cascades ...*Cascade) Hold {
	said := p.said
	for _, c := range cascades {
		if c.Whole {
			said = c.says.said.or(said)
		} else {
			said = said.or(c.says.said)
		}
	}
	return said.hold()
}

// Cascade is what a section, or the configuration of a site, says for pages
// (gohugo.io/content-management/front-matter/#cascade, jekyllrb.com/docs/configuration/front-matter-defaults),
// as far as it decides what is published when and where, in which language and in which categories.
type Cascade struct {
	Target   string // a glob of the pages' paths, such as /posts/**; "" for all
	Language string // a glob of their languages; "" for all
	Fills    bool   // it says more than who may read a post
	Zola     bool   // only Zola has it so
	Whole    bool   // whatever the posts say
	Type     string // Jekyll's: posts, pages or the name of a collection; "" for all
	says     *Post
}

// Filled returns the post with what the cascades, the nearest first, say where it says nothing; the
// post itself if that is nothing.
func (p *Post) Filled(cascades ...*Cascade) *Post {
	q, e := p.At(p.Address, p.Language), p.more()
	filled := false
	folders := folderCategories(p.Path) // to which Jekyll adds what is said
	if len(folders) == len(p.Categories) {
		q.Categories = nil
	}
	date := func(to *time.Time, from time.Time) {
		if to.IsZero() && !from.IsZero() {
			*to, filled = from, true
		}
	}
	text := func(to *string, from string) {
		if *to == "" && from != "" {
			*to, filled = from, true
		}
	}
	names := func(to *[]string, from []string) {
		if len(*to) == 0 && len(from) > 0 {
			*to, filled = from, true
		}
	}
	for _, c := range cascades {
		says := c.says.more()
		date(&q.Date, c.says.Date)
		date(&e.lastmod, says.lastmod)
		date(&e.publishDate, says.publishDate)
		date(&e.expiryDate, says.expiryDate)
		names(&q.Categories, c.says.Categories)
		names(&q.Tags, c.says.Tags)
		text(&q.Language, c.says.Language)
		text(&e.permalink, says.permalink)
	}
	if !filled {
		return p
	}
	if len(folders) == len(p.Categories) {
		q.Categories = appendNames(folders, q.Categories)
	}
	if q.extra = nil; !e.isZero() {
		q.extra = &e
	}
	return q
}

// cascades reads a table, or a list of them, each with a target. Those that are for
// sections, or for another environment than that of a published site, are left out.
func (r *report) cascades(v value) []Cascade {
	var out []Cascade
	if draft, _ := flag(r.fields[keyDraft].text); draft { // Zola leaves out what is in a draft section
		zola := r.fields.first(keySortBy, keyPageTemplate).kind == absent
		out = append(out, Cascade{Zola: zola, Whole: true, says: &Post{said: holds{author: Draft}}})
	}
	tables := v.list
	if v.kind == table {
		tables = []value{v}
	}
	for _, t := range tables {
		var f fields
		f.fill(t.list, func(key) bool { return true })
		target := t.find("target")
		if target.kind == absent {
			target = t.find("_target")
		}
		kind, environment := target.find("kind").text, target.find("environment").text
		if f[keyParams].kind == table {
			f.fill(f[keyParams].list, key.nested)
		}
		c := Cascade{Target: target.find("path").text, Language: target.find("lang").text, Type: target.find("type").text, says: new(Post)}
		var e extra
		r.readDates(c.says, &e, &f)
		r.setNames(c.says, &e, &f)
		c.says.said, c.says.extra = r.holds(&f), &e
		c.says.Language = Language(f[keyLanguage].text)
		none := new(Post)
		c.Fills = none.Filled(&c) != none
		if len(out) == maxCascades {
			r.warn(t.line, "more than %d cascades: the others do not count; join some", maxCascades)
			break
		}
		if (c.Fills || c.says.said != (holds{})) && (kind == "" || matchesWord(kind, "page")) && (environment == "" || matchesWord(environment, "production")) {
			out = append(out, c)
		}
	}
	return out
}

// maxCascades is how many cascades a section may have: all posts below are held against each.
const maxCascades = 50

// matchesWord reports whether a glob of one word, or of alternatives in braces, may mean
// the word.
func matchesWord(glob, word string) bool {
	return strings.Contains(strings.ToLower(glob), word) || strings.ContainsAny(glob, "*?")
}

// holds reads what front matter says of whether its post is published.
func (r *report) holds(f *fields) holds {
	var h holds
	say := func(to *Hold, hold Hold, on bool) {
		switch {
		case *to > published:
		case on:
			*to = hold
		default:
			*to = published
		}
	}
	if v := f[keyDraft]; v.kind != absent {
		on, ok := flag(v.text)
		if !ok {
			r.wrong(v, "true or false: the post stays a draft until it is")
		}
		say(&h.author, Draft, on || !ok)
	}
	// Jekyll's and Hexo's published is a flag, Hugo's is another name for publishDate.
	for _, k := range [...]key{keyPublished, keyPublishFlag} {
		if on, ok := flag(f[k].text); ok {
			say(&h.author, Draft, !on)
		}
	}
	for _, k := range [...]key{keyStatus, keyVisibility} {
		if v := f[k]; v.kind == scalar {
			if hold := statusHold(v.text); hold > published {
				say(&h.author, hold, true)
			}
		}
	}
	for _, k := range [...]key{keyHidden, keyUnlisted, keyPrivate} {
		if on, ok := flag(f[k].text); ok {
			say(&h.author, Hidden, on)
		}
	}
	if on, ok := flag(f[keyHeadless].text); ok {
		say(&h.build, Headless, on)
	}
	if on, ok := flag(f[keyExcluded].text); ok { // Eleventy's, as the next
		say(&h.build, Unlisted, on)
	}
	if isNoPath(f[keyPermalink]) {
		say(&h.build, Unrendered, strings.EqualFold(f[keyPermalink].text, "false"))
	}
	if on, ok := flag(f[keyRender].text); ok { // Zola's
		say(&h.build, Unrendered, !on)
	}
	if v := f[keyBuild]; v.kind == table {
		say(&h.build, Unlisted, isNever(v.find("list").text))
		render := v.find("render").text
		say(&h.build, Unrendered, isNever(render) || strings.EqualFold(render, "link"))
	}
	return h
}

// isNoPath reports whether a permalink is true or false, which says whether there is a page
// (11ty.dev/docs/permalinks).
func isNoPath(v value) bool {
	return strings.EqualFold(v.text, "false") || strings.EqualFold(v.text, "true")
}

// isNever reads one of Hugo's build options, which were flags once.
func isNever(s string) bool {
	on, ok := flag(s)
	return ok && !on || strings.EqualFold(strings.TrimSpace(s), "never")
}

// statusHold reads a status of Pelican's (docs.getpelican.com/en/stable/content.html)
// or of an export from WordPress.
func statusHold(s string) Hold {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "draft", "auto-draft", "pending", "unpublished":
		return Draft
	case "hidden", "skip", "private", "unlisted", "trash":
		return Hidden
	}
	return published
}

// SiteCascades reads what the configuration of a site says for its pages: a table of Hugo's cascade, or a
// list of them.
func SiteCascades(said any) []Cascade {
	text, err := json.Marshal(map[string]any{"cascade": said})
	if err != nil {
		return nil // keys that are no texts
	}
	x, _ := ParseIndex("", text)
	if x == nil {
		return nil // it is larger than front matter may be
	}
	return x.Cascades
}
