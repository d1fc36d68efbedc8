package files

import (
	"errors"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// maxPath is how long a path may be that a client asks for, in bytes.
const maxPath = 4 << 10

// ErrNone means that there is no file with a name; a [Transfer] returns it, too.
var ErrNone = errors.New("there is no such file")

// entry is a file or a folder.
type entry struct {
	name string
	when time.Time // of the last change; zero: unknown

	// One of these.
	folder folder
	post   *post.Post
	other  *File
	own    string // the path of a file in the posts folder, for its author; with its size
	size   int64
}

// folder is the content of a folder, as of an index.
type folder interface {
	// len returns how many entries there are, and at the one at i, in [0, len).
	len() int
	at(i int) entry
	// find returns the entry of a name.
	find(name string) (entry, bool)
}

// clean returns the absolute path that a client means: relative ones, and those that begin with "~", start at
// the top. It reports false for a name that no file here can have.
func clean(name string) (string, bool) {
	if len(name) > maxPath || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", false
	}
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		name = rest
	}
	return path.Clean("/" + norm.NFC.String(name)), true // macOS sends names decomposed
}

// find returns the entry at a path, as a client has it.
func (f *Files) find(index *library.Index, name string) (entry, error) {
	name, ok := clean(name)
	if !ok {
		return entry{}, ErrNone
	}
	at := entry{name: "/", folder: top{f, index}, when: newest(index.All())}
	for rest := name[1:]; rest != ""; {
		if at.folder == nil {
			return entry{}, ErrNone
		}
		part := rest
		if _, ok := at.folder.(posts); ok {
			rest = "" // an address may have slashes
		} else {
			part, rest, _ = strings.Cut(rest, "/")
		}
		if at, ok = at.folder.find(part); !ok {
			return entry{}, ErrNone
		}
	}
	return at, nil
}

// categoryFolder has a folder for each category.
const categoryFolder = "categories"

// top is the top folder.
type top struct {
	files *Files
	index *library.Index
}

func (t top) len() int { return 2 + len(t.files.Others) }

func (t top) at(i int) entry {
	all := t.index.All()
	switch i {
	case 0:
		return entry{name: Folder, folder: posts{t.index, all}, when: newest(all)}
	case 1:
		return entry{name: categoryFolder, folder: categories{t.index}, when: newest(all)}
	default:
		other := &t.files.Others[i-2]
		return entry{name: other.Name, other: other, when: newest(all)}
	}
}

func (t top) find(name string) (entry, bool) {
	for i := range t.len() {
		if e := t.at(i); e.name == name {
			return e, true
		}
	}
	return entry{}, false
}

// categories has a folder for each category, under its slug: a name may have a slash, or be "..".
type categories struct{ index *library.Index }

func (c categories) len() int       { return len(c.index.Categories()) }
func (c categories) at(i int) entry { return c.category(c.index.Categories()[i]) }

func (c categories) category(l *library.List) entry {
	return entry{name: l.Slug, folder: posts{c.index, l}, when: newest(l)}
}

// find also takes the name as its author wrote it.
func (c categories) find(name string) (entry, bool) {
	l, ok := c.index.Category(name)
	if !ok {
		return entry{}, false
	}
	return c.category(l), true
}

// posts has a file for each post of a list.
type posts struct {
	index *library.Index
	list  *library.List
}

const suffix = ".md"

func (p posts) len() int       { return p.list.Len() }
func (p posts) at(i int) entry { return p.file(p.list.At(i)) }

func (p posts) file(of *post.Post) entry {
	when := of.Lastmod()
	if when.IsZero() {
		when = of.Date
	}
	return entry{name: p.name(of), post: of, when: when}
}

// name returns the name of a post's file: its slug or, if another post is found by that, its
// address, with "+" for "/". No address has a "+".
func (p posts) name(of *post.Post) string {
	if found, ok := p.index.Find(of.Slug); ok && found.Address == of.Address {
		return of.Slug + suffix
	}
	return strings.ReplaceAll(of.Address, "/", "+") + suffix
}

// find also takes the address of a post as it is, and an alias.
func (p posts) find(name string) (entry, bool) {
	slug, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return entry{}, false
	}
	found, ok := p.index.Find(strings.ReplaceAll(slug, "+", "/"))
	if !ok || p.list.Index(found.Address) < 0 {
		return entry{}, false
	}
	return p.file(found), true
}

// newest returns the date of the newest post of a list; zero if there is none.
func newest(l *library.List) time.Time {
	if l.Len() == 0 {
		return time.Time{}
	}
	return l.At(0).Date
}
