package post

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// Kind is what a file holds, as its name says.
type Kind uint8

// What is neither of these is nothing to read.
const (
	Other Kind = iota
	Markdown
	HTML
	MDX
	Text // which may be meant as Markdown
	Markup
)

// KindOf returns the kind of a file: by its extension, in any case. Jekyll, Hugo and
// Pelican know Markdown by these.
func KindOf(file string) Kind {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mkdown":
		return Markdown
	case ".html", ".htm":
		return HTML
	case ".mdx":
		return MDX
	case "", ".txt", ".text":
		return Text
	case ".rst", ".org", ".adoc", ".asciidoc", ".textile", ".rmd", ".qmd", ".ipynb":
		return Markup
	}
	return Other
}

// Refusal returns why a file is no post, though it may be meant as one, or "". Only Markdown
// needs no front matter, and HTML none in Jekyll's _posts, where its name has a date. Text in
// *.txt is a post if textPosts says so.
func Refusal(file string, src []byte, textPosts bool) (why string, told bool) {
	base := strings.ToLower(path.Base(file))
	meta := hasFrontMatter(src)
	switch kind := KindOf(file); {
	case kind == Markup:
		return "only Markdown and HTML are read", true
	case kind == Text && textPosts && meta && path.Ext(base) != "":
		return "", false
	case kind == Text:
		return "it has front matter, but the name of a post ends in .md or .markdown", meta
	case strings.TrimSuffix(base, path.Ext(base)) == "readme":
		return "a README speaks to the authors of a blog, and is no post: give it another name", meta
	case base[0] == '_':
		return "a file whose name begins with _ is no post: give it another name", meta
	case base[0] == '~':
		return "a file whose name begins with ~ is a temporary one, and no post: give it another name", meta
	case kind == HTML && !meta:
		dated, _ := fileDate(stem(file))
		if !dated.IsZero() && strings.Contains("/"+file, "/_posts/") {
			return "", false
		}
		return "HTML is a post only if it begins with front matter", true
	}
	return "", false
}

// hasFrontMatter reports whether a file begins as posts do.
func hasFrontMatter(src []byte) bool {
	src = bytes.TrimLeft(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), " \t\r\n")
	line, _ := cutLine(src)
	line = bytes.TrimRight(line, "\r")
	return isDelimiter(line, "---") || isDelimiter(line, "+++") || opensJSON(src)
}

// asMarkdown turns the text of another kind into Markdown with as many lines.
func (k Kind) asMarkdown(body []byte) []byte {
	switch k {
	case HTML:
		return htmlBlock(body)
	case MDX:
		return withoutJSX(body)
	}
	return body
}

// htmlBlock makes one block of a text in HTML: without blank lines, which would end it.
func htmlBlock(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	lines := bytes.Split(body, []byte("\n"))
	room := MaxSize - len(body)
	for i, line := range lines {
		if len(bytes.TrimSpace(line)) == 0 {
			lines[i] = []byte("&#32;")
			room -= len(lines[i])
		}
	}
	if room < 0 { // and the lines of problems are lost
		lines = slices.DeleteFunc(lines, func(line []byte) bool { return string(line) == "&#32;" })
	}
	return slices.Concat([]byte("<div>"), bytes.Join(lines, []byte("\n")), []byte("</div>"))
}
