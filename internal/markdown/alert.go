package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Alert is a block quote that begins with the mark of a note, as GitHub has it. What
// stands behind the mark is its title, as in Obsidian and Hugo; a sign before that says
// that a page would fold the text.
type Alert struct {
	ast.Blockquote

	Name  string // NOTE, TIP, IMPORTANT, WARNING or CAUTION
	Title string // or ""
}

// alertOf puts an Alert in the place of a quote that begins as one, and returns what
// stands there.
func (t *Tree) alertOf(n *ast.Blockquote) ast.Node {
	p, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || p.Lines().Len() == 0 {
		return n
	}
	first := p.Lines().At(0)
	mark, ok := strings.CutPrefix(string(first.Value(t.Source)), "[!")
	if !ok {
		return n
	}
	mark, _, _ = strings.Cut(mark, "]")
	name := strings.ToUpper(mark)
	switch name {
	case "NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION":
	default:
		return n
	}
	a := &Alert{Name: name}
	_, title, _ := strings.Cut(t.takeLine(p), "]")
	a.Title = plaintext.Line(strings.TrimLeft(title, "+-"))
	if p.ChildCount() == 0 {
		n.RemoveChild(n, p)
	}
	n.Parent().ReplaceChild(n.Parent(), n, a)
	for c := n.FirstChild(); c != nil; c = n.FirstChild() {
		a.AppendChild(a, c)
	}
	return a
}

// takeLine removes the first line of a paragraph and returns its text.
func (t *Tree) takeLine(p *ast.Paragraph) string {
	var b strings.Builder
	for c := p.FirstChild(); c != nil; c = p.FirstChild() {
		text, isText := c.(*ast.Text)
		if isText {
			b.WriteString(Clean(t.Text(text)))
		} else {
			b.WriteString(t.Plain(c))
		}
		p.RemoveChild(p, c)
		if isText && (text.SoftLineBreak() || text.HardLineBreak()) {
			break
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}
