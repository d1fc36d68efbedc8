package markdown

import (
	"net/url"
	"strconv"
	"strings"

	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
)

// inline writes the inline content of a node.
func (w *htmlWriter) inline(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.node(n)
	}
}

func (w *htmlWriter) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(w.t.Text(n))
		switch {
		case n.HardLineBreak():
			w.write("<br/>\n")
		case n.SoftLineBreak() && !w.t.JoinsNext(n):
			w.write("\n")
		}
	case *ast.String:
		w.text(string(n.Value))
	case *ast.CodeSpan:
		w.marked("code", func() { w.text(w.t.Plain(n)) })
	case *ast.Emphasis:
		name := "em"
		if n.Level > 1 {
			name = "strong"
		}
		w.marked(name, func() { w.inline(n) })
	case *extast.Strikethrough:
		w.marked("s", func() { w.inline(n) })
	case *ast.Link:
		w.link(Destination(n.Destination), func() { w.inline(n) })
	case *ast.AutoLink:
		target := Target(n.URL(w.t.Source))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
			target = "mailto:" + target
		}
		w.link(target, func() { w.text(string(n.Label(w.t.Source))) })
	case *ast.Image:
		w.image(w.t.Plain(n), Destination(n.Destination))
	case *HTMLTag:
		w.tag(n)
	case *ast.RawHTML: // one of too many tags
		w.text(string(w.t.RawHTML(n)))
	case *extast.FootnoteLink:
		w.element("sup", ` role="doc-noteref"`, func() { w.write("[" + strconv.Itoa(n.Index) + "]") })
	case *emoji.Emoji:
		w.text(string(n.Value.Unicode))
	case *extast.TaskCheckBox:
		if n.IsChecked {
			w.text("☑ ")
		} else {
			w.text("☐ ")
		}
	case *extast.FootnoteBacklink:
	default:
		w.inline(n)
	}
}

// marked writes an element in a line.
func (w *htmlWriter) marked(name string, within func()) {
	w.breakNow()
	w.element(name, "", within)
}

// link writes what leads to a target, or only its text. A link in another is text.
func (w *htmlWriter) link(target string, within func()) {
	to := ""
	if !w.linked {
		to = w.reached(target, false)
	}
	if to == "" {
		within()
		return
	}
	w.breakNow()
	w.linked = true
	w.element("a", ` href="`+to+`"`, within)
	w.linked = false
}

// image writes a picture, or else what it shows.
func (w *htmlWriter) image(alt, target string) {
	src := w.reached(target, true)
	if src == "" {
		w.text(" " + alt + " ")
		return
	}
	w.breakNow()
	w.write(`<img src="` + src + `" alt="` + inQuotes(Clean(alt)) + `"/>`)
}

// inQuotes returns text for an attribute.
func inQuotes(s string) string { return strings.ReplaceAll(escaped(s), `"`, "&#34;") }

// reached returns the address of a target for an attribute, or "" if it has none that a feed may
// lead to: an absolute URL of a scheme that names a place, and of pictures also one that is the
// picture.
func (w *htmlWriter) reached(target string, image bool) string {
	if target == "" || len(target) > MaxTarget { // cut: it is no address
		return ""
	}
	u, err := url.Parse(w.address(target, image))
	if err != nil {
		return ""
	}
	switch {
	case among(u.Scheme, " http https ssh sftp ftp gemini ") && u.Host != "":
	case among(u.Scheme, " mailto tel ") && !image:
	case u.Scheme == "data" && image && isPicture(u.Opaque):
	default:
		return ""
	}
	return inQuotes(strings.ReplaceAll(Clean(u.String()), " ", "%20"))
}

// isPicture reports whether the data of a URL (RFC 2397) are those of a picture.
func isPicture(data string) bool {
	for _, kind := range [...]string{"png", "jpeg", "gif", "webp", "avif"} {
		if _, ok := strings.CutPrefix(data, "image/"+kind+";base64,"); ok {
			return true
		}
	}
	return false
}

// markOf returns the element that stays of one of HTML that marks text in a line, or "".
func markOf(name string) string {
	switch name {
	case "th", "dt", "summary":
		return "strong"
	case "strike":
		return "s"
	case "tt":
		return "code"
	}
	if among(name, " abbr b bdi big cite code del dfn em i ins kbd mark q s samp small strong sub sup u var ") {
		return name
	}
	return ""
}

// tag writes an element of HTML in running text, as the page shows it.
func (w *htmlWriter) tag(n *HTMLTag) {
	name := n.Token.Data
	switch {
	case n.Token.Type == html.CommentToken || n.Token.Type == html.DoctypeToken:
		return
	case isList(n):
		w.listInLine(n)
		return
	case name == "li" && isList(n.Parent()) && len(w.items) > 0:
		w.item(n.Opens())
		w.inline(n)
		return
	}
	if name == "br" || Breaks(name) {
		w.broken = true
		if n.HasChildren() {
			defer func() { w.broken = true }()
		}
	}
	if !n.Opens() {
		w.inline(n)
		return
	}
	switch mark := markOf(name); {
	case mark != "":
		w.marked(mark, func() { w.inline(n) })
	case name == "img":
		w.image(Attr(n.Token, "alt"), Target(Attr(n.Token, "src")))
	case Media(name) != "":
		w.media(n)
	case name == "a":
		w.link(Target(Attr(n.Token, "href")), func() { w.inline(n) })
	default:
		w.inline(n)
	}
}

// media writes a link to something to see or hear.
func (w *htmlWriter) media(n *HTMLTag) {
	if src := Attr(n.Token, "src"); src != "" {
		label := Attr(n.Token, "title")
		if label == "" {
			label = Media(n.Token.Data)
		}
		w.text(" ")
		w.link(Target(src), func() { w.text(label) })
		w.text(" ")
	}
	w.inline(n)
}

// listInLine writes a list that stands in running text, as in the cell of a table. Its items
// are marked by tags among its children.
func (w *htmlWriter) listInLine(n *HTMLTag) {
	attributes := ""
	if n.Token.Data == "ol" {
		attributes = numbering(n.Token)
	}
	w.broken = false
	w.element(n.Token.Data, attributes, func() {
		w.items = append(w.items, false)
		w.inline(n)
		w.closeItem()
		w.items = w.items[:len(w.items)-1]
	})
	w.line, w.broken = len(w.out), false
}

// item ends the item before, and starts one.
func (w *htmlWriter) item(starts bool) {
	w.closeItem()
	if starts {
		w.write("<li>")
		w.items[len(w.items)-1] = true
	}
	w.line, w.broken = len(w.out), false
}

func (w *htmlWriter) closeItem() {
	if last := len(w.items) - 1; w.items[last] {
		w.write("</li>")
		w.items[last] = false
	}
}

// hasList reports whether the text of a paragraph has a list in it.
func hasList(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if isList(c) || c.HasChildren() && hasList(c) {
			return true
		}
	}
	return false
}

// isList reports whether a node is a list in running text.
func isList(n ast.Node) bool {
	tag, ok := n.(*HTMLTag)
	return ok && (tag.Token.Data == "ul" || tag.Token.Data == "ol") && tag.HasChildren()
}
