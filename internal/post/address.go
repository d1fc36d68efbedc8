package post

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// AddressOf returns the address of the post in a file: its path without ".md", and without the
// "index" of a folder's index.md. What is neither a letter nor a digit, '-', '_', '.' or '/' stands
// in it as in URLs, "%20". No other path has it, so it is the same whatever other posts there are.
func AddressOf(file string) string {
	address := file
	if rest, ok := strings.CutSuffix(file, ".md"); ok && (KindOf(rest) == Other || path.Ext(rest) == "") { // a.html.md is not a.html
		address = rest
		if strings.HasSuffix(address, "/index") {
			address = strings.TrimSuffix(address, "index")
		}
	}
	address = escapeAddress(address)
	if len(address) > MaxAddress {
		sum := sha256.Sum256([]byte(file))
		tail := "~" + hex.EncodeToString(sum[:8])
		address = plaintext.CutRunes(address, MaxAddress-len(tail)) + tail
	}
	return address
}

func escapeAddress(file string) string {
	odd := func(r rune) bool {
		return !isSlugRune(r) && r != '-' && r != '.' && r != '/' && (r < 'A' || r > 'Z')
	}
	if !strings.ContainsFunc(file, odd) && !strings.HasPrefix(file, "-") && utf8.ValidString(file) {
		return file // nearly always
	}
	var b strings.Builder
	for i, rest := 0, file; rest != ""; i++ {
		r, size := utf8.DecodeRuneInString(rest)
		if odd(r) || r == '-' && i == 0 { // which would be a flag
			for _, c := range []byte(rest[:size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}

// FilePage returns the path of the page that engines make of a file, in slugs: "2024/01/hello.md"
// and "2024/01/Hello/index.md" give "2024/01/hello". Jekyll's folders _posts, _drafts and _i18n are no
// part of it, nor is the language of "hello.es.md". It is empty for a path without letters and digits.
func FilePage(file string) string {
	file, _ = SplitLanguage(file)
	page := PagePath(file)
	var room [8]string // for most, without allocating
	words, same := room[:0], true
	for rest, more := page, page != ""; more; {
		var folder string
		folder, rest, more = strings.Cut(rest, "/")
		word := slugWords(folder)
		if word == "_posts" || word == "_drafts" || word == "_i18n" {
			word = ""
		}
		if same = same && word == folder; word != "" {
			words = append(words, word)
		}
	}
	if same {
		return page // as most are
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
