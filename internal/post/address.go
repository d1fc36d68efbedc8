package post

import (
	"encoding/hex"
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// setAddress finds the post's address: the one that its front matter gives it, which its engine
// gives to no other post, or else its file's path, of which the slug in the front matter, if
// there is one, replaces the last word.
func (r *report) setAddress(p *Post, f *fields, slug string) {
	if v := f.first(keyPermalink, keyURL, keyPath); v.kind == scalar {
		p.Address = givenAddress(v.text)
	}
	if p.Address == "" {
		p.Address = FileAddress(p.Path)
		if slug != "" {
			p.Address = path.Join(path.Dir(p.Address), slug)
		}
	}
	switch {
	case p.Address == "":
		p.Address = p.Slug
	case len(p.Address) > MaxAddress:
		const sum = 4 // bytes
		p.Address = plaintext.CutRunes(p.Address, MaxAddress-2*sum-1) + "-" + hex.EncodeToString(p.Sum[:sum])
	}
}

// givenAddress returns the address in a permalink, a URL or a path, or "" for patterns such as
// Jekyll's /:categories/:title/ and for what no command line takes.
func givenAddress(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Opaque != "" || u.RawQuery != "" || strings.Contains(u.Path, ":") {
		return ""
	}
	address := PagePath(u.Path)
	for word := range strings.SplitSeq(address, "/") {
		odd := func(r rune) bool { return !isSlugRune(r) && r != '-' && r != '.' && (r < 'A' || r > 'Z') }
		if strings.Trim(word, "-.") == "" || strings.ContainsFunc(word, odd) {
			return ""
		}
	}
	return address
}

// FileAddress returns the address that a file's path gives its post: "2024/01/hello.md" and
// "2024/01/hello/index.md" give "2024/01/hello". Jekyll's folders _posts, _drafts and _i18n are no
// part of it, nor is the language of "hello.es.md". It is empty for a path without letters and digits.
func FileAddress(file string) string {
	file, _ = splitLanguage(file)
	page := PagePath(file)
	var room [8]string // for most, without allocating
	words := room[:0]
	for rest, more := page, page != ""; more; {
		var folder string
		folder, rest, more = strings.Cut(rest, "/")
		if word := slugWords(folder); word != "" && folder != "_posts" && folder != "_drafts" && folder != "_i18n" {
			words = append(words, word)
		}
	}
	return strings.Join(words, "/")
}

// PagePath reduces a path to what a file and its page have in common: without slashes at its
// ends, extension, and index of a bundle. "/2019/name/", "2019/name.html" and
// "2019/name/index.md" are all "2019/name".
func PagePath(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "/")
	switch ext := path.Ext(s); strings.ToLower(ext) {
	case ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mkdown", ".mdx", ".html", ".htm", ".txt":
		s = s[:len(s)-len(ext)]
	}
	if s == "index" || s == "_index" {
		return ""
	}
	return strings.Trim(strings.TrimSuffix(strings.TrimSuffix(s, "/_index"), "/index"), "/")
}
