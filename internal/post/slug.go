package post

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Slugify turns a name into the word that stands for it in commands and links:
// lower-case letters, digits and '_' of any script in Unicode's composed form,
// with one '-' for whatever else stands between them, and at most MaxSlug
// bytes. "CI/CD" becomes "ci-cd", "Über uns" "über-uns".
//
// C++, C# and their like stay apart from C: "cpp", "csharp". A name without
// letters and digits is spelled in code points, "🔥" as "u1f525", so that the
// slug is empty for blank names only. A slug's slug is itself.
func Slugify(s string) string {
	if slug := slugWords(s); slug != "" {
		return slug
	}
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(plaintext.CleanBody(s)), "") {
		if r == unicode.ReplacementChar || unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		fmt.Fprintf(&b, "u%x", r)
		if b.Len() > 40 {
			break
		}
	}
	return b.String()
}

// slugWords is Slugify for the letters and digits in s alone.
func slugWords(s string) string {
	if isSlug(s) {
		return s // most file names are
	}
	s = norm.NFC.String(strings.Map(unicode.ToLower, strings.ToValidUTF8(s, " ")))
	var b strings.Builder
	gap, last := false, rune(0) // last is the rune before, whether it counts or not
	for i, r := range s {
		switch {
		case isSlugRune(r) && (!unicode.IsMark(r) || (!gap && b.Len() > 0)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '+' && !gap && b.Len() > 0 && (strings.HasPrefix(s[i:], "++") || last == '+'):
			b.WriteByte('p')
		case r == '#' && !gap && unicode.IsLetter(last) && !startsWord(s[i+1:]):
			b.WriteString("sharp")
			gap = true
		default:
			gap = true
		}
		last = r
	}
	return cutSlug(b.String())
}

// isSlug reports whether s is a short slug in ASCII already.
func isSlug(s string) bool {
	for i := 0; i < len(s); i++ {
		b := s[i]
		word := b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_'
		if !word && (b != '-' || i == 0 || i == len(s)-1 || s[i-1] == '-') {
			return false
		}
	}
	return s != "" && len(s) <= MaxSlug
}

// isSlugRune leaves out what cannot be seen (fillers and selectors, which
// Unicode counts as letters and marks) and what encloses other characters.
func isSlugRune(r rune) bool {
	if r == '_' {
		return true
	}
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.Nd, unicode.Mn, unicode.Mc) &&
		!unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func startsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isSlugRune(r) // false for the RuneError of an empty text
}

// cutSlug shortens a slug to MaxSlug bytes, between words if it can.
func cutSlug(s string) string {
	if len(s) > MaxSlug {
		s = plaintext.CutRunes(s, MaxSlug)
		if i := strings.LastIndexByte(s, '-'); i > MaxSlug/2 {
			s = s[:i]
		}
	}
	return strings.Trim(s, "-")
}

// stem returns the name that a file gives its post: the file's own without
// extension and language, or its folder's if it is the index of a bundle.
func stem(file string) string {
	file, _ = SplitLanguage(file)
	dir, base := path.Split(file)
	name := strings.TrimSuffix(base, path.Ext(base))
	if dir = path.Base(dir); (name == "index" || name == "_index") && dir != "." && dir != "/" {
		return dir
	}
	return name
}

// fileDate splits a name such as 2024-01-02-hello into its date and the rest,
// as Jekyll does. The date is zero, and the rest all, if it has no valid one.
func fileDate(name string) (date time.Time, rest string) {
	if name == "" || name[0] < '0' || name[0] > '9' { // most names
		return time.Time{}, name
	}
	m := datedName.FindStringSubmatch(name)
	if m == nil {
		return time.Time{}, name
	}
	date, err := time.Parse("2006-1-2", m[1])
	switch {
	case err != nil || m[1] < "1":
		return time.Time{}, name
	case m[2] == "":
		return date, name // a name of its own is better than none
	}
	return date, strings.TrimLeft(m[2], "-_ ")
}

// HasDate reports whether the name of a file begins with a date.
func HasDate(file string) bool {
	date, _ := fileDate(stem(file))
	return !date.IsZero()
}

// pathDate returns the date in the path of a page, "2026/03/26/name" or "/blog/2026/03/26/name/", or
// zero: themes of Zola's take it from there.
func pathDate(page string) time.Time {
	m := datedPath.FindStringSubmatch(page)
	if m == nil {
		return time.Time{}
	}
	date, err := time.Parse("2006/1/2", m[1])
	if err != nil || m[1] < "1" {
		return time.Time{}
	}
	return date
}

var datedPath = regexp.MustCompile(`^(?:[^:]*/)?(\d{4}/\d{1,2}/\d{1,2})/[^/]`)

var datedName = regexp.MustCompile(`^(\d{4}-\d{1,2}-\d{1,2})([-_ ].*)?$`)

// FileSlug returns the slug that a file's path gives its post unless the front
// matter names another: "2024-01-02-hello.md" and "hello/index.md" give
// "hello". It is empty for a name without letters and digits.
func FileSlug(file string) string {
	_, name := fileDate(stem(file))
	return slugWords(name)
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
