package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// entry is what all formats say of a post.
type entry struct {
	ID, URL, Title, Summary string
	HTML                    string // or "" for one that has no text, or too much
	Published, Updated      time.Time
	Authors, Labels         []string
	Language                string
}

// largeBody is the size, in bytes, of a text after whose entry the garbage is collected before the next one:
// several would make megabytes of it before the collector begins by itself.
const largeBody = 64 << 10

// build builds an entry in a slot. One that is too large has no text.
func (f *Feeds) build(ctx context.Context, slot *ledger.Slot, index *library.Index, p *post.Post, k key) (string, error) {
	turn := slot.Turn()
	defer turn.End()
	if k.full && len(p.Body()) > largeBody {
		defer runtime.GC()
	}
	e := entry{
		ID: f.id(index, k.host, "post", p.Address), URL: f.URL(p, k.host),
		Title: p.Title(), Summary: p.Summary(), Published: dated(p.Date), Updated: updated(p),
		Authors: p.Authors(), Labels: labels(p), Language: p.Language,
	}
	if k.full {
		b := markdown.NewBudget(func() { turn.Yield() }, ctx.Err)
		b.Page = p.Variable
		var err error
		if e.HTML, err = f.html(index, p, k.host, b); err != nil && ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	form := formats()[k.format]
	text, err := form.entry(&e)
	if err == nil && k.full && len(text) > maxEntry {
		e.HTML = ""
		text, err = form.entry(&e)
	}
	return text, err
}

// errPanic stands for a panic that was logged.
var errPanic = errors.New("the text cannot be written as HTML")

// html returns a post's text as HTML.
func (f *Feeds) html(index *library.Index, p *post.Post, host string, b *markdown.Budget) (text string, err error) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case markdown.Halt:
			err = failure.Err
		default:
			err = errPanic
			f.Log.Error("a post cannot be written as HTML, which is a bug in sshblog; feeds have its summary",
				"post", plaintext.Clean(p.Path), "panic", plaintext.Clean(fmt.Sprint(failure)), "stack", string(debug.Stack()))
		}
	}()
	tree := markdown.Parse(p.Body(), b, nil)
	render.DropTitle(tree, p.Title())
	return string(tree.AppendHTML(nil, maxEntry, func(target string, image bool) string {
		return f.address(index, p, host, target, image)
	}, b)), nil
}

// address returns the URL that the target of a link or an image in a post leads to, where a reader
// of the post would come, or "".
func (f *Feeds) address(index *library.Index, p *post.Post, host, target string, image bool) string {
	page := f.page(p)
	link := render.LinkTo(target, image, f.Home, page, f.sectionOf(p))
	switch link.Kind {
	case render.ToWeb:
		return link.Target
	case render.ToHeading, render.ToNote:
		if page == "" { // nothing over SSH leads to a heading
			return ""
		}
		return page + link.Target
	}
	if to, ok := index.Resolve(p, link.Target, link.Reference); ok && !image {
		at := f.URL(to, host)
		if id := link.Fragment(); id != "" && f.page(to) != "" {
			at += "#" + url.PathEscape(id)
		}
		return at
	}
	return link.Web
}

// sectionOf returns the sections that references in a post name, or nil.
func (f *Feeds) sectionOf(p *post.Post) func(string) (string, bool) {
	if f.Section == nil {
		return nil
	}
	return func(target string) (string, bool) { return f.Section(p, target) }
}

// page returns the URL of a post's page on the website, or "".
func (f *Feeds) page(p *post.Post) string {
	if f.Page == nil {
		return ""
	}
	return f.Page(p)
}

// URL returns the address of a post: that of its page on the website, or else that by which ssh opens
// it at a host, which stays when other posts come.
func (f *Feeds) URL(p *post.Post, host string) string {
	return cmp.Or(f.page(p), secureShell(host, p.Address))
}

// secureShell returns the URL of a name at a host (draft-ietf-secsh-scp-sftp-ssh-uri).
func secureShell(host, name string) string {
	u := url.URL{Scheme: "ssh", Host: host}
	if name != "" {
		u.User = url.User(name)
	}
	return u.String()
}

// id returns a URN of something of the blog that stays the same as long as the blog's title and
// the thing's name do, whatever the host, the website or its pages are called: a UUID of the version that is
// made of names with SHA-256 (RFC 9562 §5.8 and B.2). A blog without a title has its website's address or its host
// for one.
func (f *Feeds) id(index *library.Index, host, kind, name string) string {
	blog := index.Blog().Title
	if blog == library.DefaultTitle {
		blog = cmp.Or(f.Home, host)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{"sshblog", blog, kind, name}, "\n")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
