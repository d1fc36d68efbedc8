package render

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
)

// Link is a link in the text.
type Link struct {
	// Kind is where it leads.
	Kind LinkKind
	// Number that stands after its text and in the list at the end; 0 for
	// links within the page and for addresses that are their own text.
	Number int
	// Text without markup.
	Text string
	// Target, cleaned: a URL for ToWeb, "#id" for ToHeading and ToNote, and
	// else what the author wrote to name a post, a path or a slug, which
	// library.Resolver understands. It may end in "#id".
	Target string
	// Web is what a browser opens: Target for ToWeb, for a path its place on the website for which
	// the post was written, if that is known; or "".
	Web string
	// Reference tells that a tag of the author's engine, such as Hugo's ref, names a post:
	// see library.Resolver.
	Reference bool
	// Image tells that the target is a picture, and Text its description.
	Image bool
	// At are the cells that the text takes: a place on each of its lines, or
	// several if right-to-left text was reordered.
	At []Place
}

// LinkTo returns the link to what an author wrote as the target of a link or an image, given the
// URLs of the home page of the website for which the post was written and of the post's page there,
// or "", and the section that a reference in the post names; see Sections.
func LinkTo(target string, image bool, home, page string, section func(string) (string, bool)) Link {
	l := newLink("", target)
	if l.Image = image; image && l.Kind != ToWeb {
		l.Kind = ToPath
	}
	l.place(cmp.Or(root(page), root(home)), page, section)
	return l
}

// LinkKind is where a link leads.
type LinkKind uint8

const (
	// ToWeb leads out of the blog, to an absolute URL.
	ToWeb LinkKind = iota
	// ToPost leads to another post: by a shortcode, by a file's name, or by a
	// path that only posts have.
	ToPost
	// ToPath is another path on the website that the post was written for. It
	// may be a post's former address, too.
	ToPath
	// ToHeading leads to a heading of this page, by its ID.
	ToHeading
	// ToNote leads to a footnote of this page.
	ToNote
)

// newLink returns a link to what an author wrote as its target.
func newLink(text, target string) Link {
	l := Link{Text: text, Target: markdown.Target(target)}
	rest, isPost := strings.CutPrefix(l.Target, markdown.PostScheme)
	if strings.HasPrefix(rest, "#") { // Hugo's ref to a heading of the page itself
		l.Target, isPost = rest, false
	}
	switch {
	case isPost:
		l.Kind, l.Target, l.Reference = ToPost, rest, true
	case strings.HasPrefix(l.Target, "#"):
		l.Kind = ToHeading
	case strings.HasPrefix(l.Target, "//"):
		l.Target = "https:" + l.Target
	case hasScheme(l.Target):
	case namesPost(l.Target):
		l.Kind = ToPost
	default:
		l.Kind = ToPath
	}
	return l
}

// hasScheme reports whether a target is an absolute URL (RFC 3986 §3.1).
func hasScheme(target string) bool {
	for i := range len(target) {
		c := target[i]
		switch {
		case c == ':':
			return i > 0
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// namesPost reports whether a path can only be that of a post: a Markdown file,
// a permalink with a date, or a relative path without the extension of
// something else.
func namesPost(target string) bool {
	file := pathOf(target)
	switch kind := post.KindOf(file); {
	case kind == post.Markdown || kind == post.MDX:
		return true
	case kind == post.HTML || path.Ext(file) == "":
		return file != "" && (!strings.HasPrefix(file, "/") || strings.Contains(file, "/_posts/") || dated(file))
	}
	return false
}

// dated reports whether a path has a year and a month, as /2024/01/02/title/.
func dated(file string) bool {
	parts := strings.Split(file, "/")
	for i := 1; i+1 < len(parts); i++ {
		if year, month := parts[i-1], parts[i]; digits(year, 4) && digits(month, 2) {
			return true
		}
	}
	return false
}

func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// pathOf returns a target without query and fragment.
func pathOf(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	return target
}

// Fragment returns the id of the heading that the link leads to, here or in
// another post, or "".
func (l *Link) Fragment() string {
	_, id, _ := strings.Cut(l.Target, "#")
	if decoded, err := url.PathUnescape(id); err == nil {
		return decoded
	}
	return id
}

// label is what stands for the target in the list at the end: a post by the
// slug that its file's name gives it, since nobody can use a path here.
func (l *Link) label() string {
	if l.Kind != ToPost {
		return cmp.Or(l.Web, l.Target)
	}
	file := strings.TrimRight(pathOf(l.Target), "/")
	if decoded, err := url.PathUnescape(file); err == nil {
		file = decoded
	}
	for _, ext := range []string{".html", ".htm", ".md", ".markdown"} {
		file = strings.TrimSuffix(file, ext)
	}
	slug := post.FileSlug(file + ".md")
	if slug == "" {
		return l.Target
	}
	if id := l.Fragment(); id != "" {
		slug += "#" + markdown.CleanTarget(id)
	}
	return "post: " + slug
}

// numbered reports whether the target stands in the list at the end.
func (l *Link) numbered() bool {
	return l.Target != "" && l.Kind != ToHeading && l.Kind != ToNote && l.Text != l.Target
}

// place sets Web, given the URLs of the website's root and of the post's page, or "", and the section that
// a reference names, or nil. A reference to a section is a path.
func (l *Link) place(site, base string, section func(string) (string, bool)) {
	if l.Reference && section != nil {
		if page, ok := section(l.Target); ok {
			l.Kind, l.Web = ToPath, page
			return
		}
	}
	switch {
	case l.Kind == ToWeb:
		l.Web = l.Target
	case site != "" && l.Outside():
		page := strings.TrimPrefix(l.Target, "@")
		if file := pathOf(page); strings.EqualFold(path.Ext(file), ".md") {
			page = "/" + post.PagePath(file) + "/" + page[len(file):]
		}
		if home, err := url.Parse(site); err == nil && home.Path != "" && strings.HasPrefix(page, home.Path+"/") {
			page = page[len(home.Path):] // it is written out
		}
		l.Web = site + page
	case l.Kind == ToPath && l.Target != "" && base != "" || l.ToPage() && base != "":
		if u, err := url.Parse(base); err == nil {
			if to, err := u.Parse(l.Target); err == nil {
				l.Web = to.String()
			}
		}
	}
}

// ToPage reports whether a link is a relative path of a page, as that of a post or of another part of the
// website.
func (l *Link) ToPage() bool {
	return l.Kind == ToPost && !l.Reference && !l.Outside() && post.KindOf(pathOf(l.Target)) != post.Markdown && post.KindOf(pathOf(l.Target)) != post.MDX
}

// Outside reports whether a link that leads to no post may lead to another part of the website
// for which the post was written: to a path from its root, or from that of its content (Zola's
// "@/").
func (l *Link) Outside() bool {
	return (l.Kind == ToPath || l.Kind == ToPost) && strings.HasPrefix(strings.TrimPrefix(l.Target, "@"), "/")
}
