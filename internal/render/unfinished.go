package render

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
)

// What follows is for review: what a text opens and does not close, and what was meant
// to be a link or a footnote and is shown as it is written.

// unclosed tells of a block that opens something that is not closed in it, by which the
// rest of the post may be lost.
func (v *review) unclosed(n ast.Node) {
	switch n := n.(type) {
	case *ast.HTMLBlock:
		text := bytes.ToLower(v.tree.HTML(n))
		for _, pair := range mayStayOpen(n.HTMLBlockType) {
			at := bytes.LastIndex(text, []byte(pair[0]))
			if at < 0 || bytes.Contains(text[at+len(pair[0]):], []byte(pair[1])) || v.closesLater(n, pair[1]) {
				continue
			}
			line := v.line(v.offset(n)) + bytes.Count(text[:at], []byte{'\n'})
			v.add(post.Warning, line, strings.Replace(pair[0], "cdata", "CDATA", 1)+" is not closed by "+pair[1]+"; what follows it may not be shown")
		}
	case *ast.FencedCodeBlock:
		if fence := v.openFence(n); fence != "" {
			v.warn(n, "the code that %s opens is not closed by %s alone on a line; what follows it is shown as code", fence, fence)
		}
	}
}

// closesLater reports whether a block of HTML that is torn apart by a blank line has the end of an element
// whose text is shown in what follows it.
func (v *review) closesLater(n *ast.HTMLBlock, end string) bool {
	if lines := n.Lines(); (end == "</pre>" || end == "</textarea>") && lines.Len() > 0 {
		return bytes.Contains(bytes.ToLower(v.tree.Source[lines.At(lines.Len()-1).Stop:]), []byte(end))
	}
	return false
}

// mayStayOpen returns what hides the rest of a text if it is not closed in a block of HTML
// (spec.commonmark.org/0.31.2/#html-blocks), in lower case.
func mayStayOpen(kind ast.HTMLBlockType) [][2]string {
	switch kind {
	case ast.HTMLBlockType3:
		return [][2]string{{"<?", "?>"}}
	case ast.HTMLBlockType4:
		return [][2]string{{"<!", ">"}}
	case ast.HTMLBlockType5:
		return [][2]string{{"<![cdata[", "]]>"}}
	}
	return [][2]string{{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}, {"<pre", "</pre>"}, {"<textarea", "</textarea>"}}
}

// openFence returns the fence that a block of code begins with if none ends it, or "".
func (v *review) openFence(n *ast.FencedCodeBlock) string {
	src := v.tree.Source
	start := v.offset(n)
	fence := strings.TrimLeft(string(src[start:min(start+256, len(src))]), " \t>")
	if fence == "" {
		return ""
	}
	fence = fence[:len(fence)-len(strings.TrimLeft(fence, fence[:1]))]
	end := start // of the last line
	if lines := n.Lines(); lines.Len() > 0 {
		end = lines.At(lines.Len()-1).Stop - 1
	}
	_, after, _ := bytes.Cut(src[end:], []byte{'\n'})
	last, _, _ := bytes.Cut(after, []byte{'\n'})
	if strings.HasPrefix(strings.TrimLeft(string(last), " \t>"), fence) {
		return ""
	}
	return fence
}

// What stands in text when a link, a note or a target is none. Between two pairs of
// brackets behind a word there are indexes.
var (
	noReference = regexp.MustCompile(`(?:^|[^\w\])])!?\[[^\[\]]+\]\[([^\[\]]*)\]`)
	noNote      = regexp.MustCompile(`(?:^|[^\\])(\[\^[\w-]+\])`)
	noTarget    = regexp.MustCompile(`\]\(((?:[^()\s<>"]+ )+[^()\s<>"]+)\)`)
	pathLike    = regexp.MustCompile(`/|\.\w|` + nodeInText)
)

// nodeInText stands for what is no text.
const nodeInText = "\ufffc"

// unlinked tells of what is shown in brackets in the text below a node.
func (v *review) unlinked(parent ast.Node) {
	var b strings.Builder
	first := -1
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		text, ok := c.(*ast.Text)
		if !ok || text.IsRaw() {
			switch b.WriteString(nodeInText); c.Kind() {
			case ast.KindCodeSpan: // which labels have
				b.WriteString("`" + strings.NewReplacer("[", nodeInText, "]", nodeInText, "<", nodeInText).Replace(v.tree.Plain(c)) + "`")
			case ast.KindLink: // which no label has
				b.WriteByte('[')
			}
			continue
		}
		if first < 0 {
			first = text.Segment.Start
		}
		b.Write(text.Segment.Value(v.tree.Source))
		if text.SoftLineBreak() || text.HardLineBreak() {
			v.unlinkedLine(b.String(), first)
			b.Reset()
			first = -1
		}
	}
	v.unlinkedLine(b.String(), first)
}

func (v *review) unlinkedLine(text string, offset int) {
	if offset < 0 || !strings.ContainsAny(text, "[<") {
		return
	}
	warn := func(what string) { v.add(post.Warning, v.line(offset), what) }
	if strings.Contains(strings.ReplaceAll(text, `\<`, ""), "<!--") {
		warn("<!-- is not closed by --> in its paragraph; readers see it and what follows it")
	}
	for _, m := range noReference.FindAllStringSubmatch(text, -1) {
		label := m[1]
		if label == "" {
			_, label, _ = strings.Cut(strings.TrimSuffix(m[0], "][]"), "[")
		}
		label = strings.NewReplacer(nodeInText+"`", "`", nodeInText, "…").Replace(label)
		warn("the reference " + markdown.QuoteTag("["+label+"]") + " is defined nowhere and shown with its brackets; write [" + label + "]: and its address on a line")
	}
	for _, m := range noNote.FindAllStringSubmatch(text, -1) {
		warn("the footnote " + markdown.QuoteTag(m[1]) + " is defined nowhere and shown with its brackets; write " + m[1] + ": and its text on a line")
	}
	for _, m := range noTarget.FindAllStringSubmatch(text, -1) {
		if pathLike.MatchString(m[1]) {
			warn("the target " + markdown.QuoteTag(strings.ReplaceAll(m[1], nodeInText, "…")) + " has a space, so readers see it as it is written; write %20 for it, or <> around the target")
		}
	}
}

// ofThisMachine reports whether a target is a file on the machine of whoever wrote it.
func ofThisMachine(target string) bool {
	drive := len(target) > 1 && target[1] == ':' && (target[0]|0x20 >= 'a' && target[0]|0x20 <= 'z')
	return drive || len(target) > 5 && strings.EqualFold(target[:5], "file:") || strings.HasPrefix(target, `\\`)
}
