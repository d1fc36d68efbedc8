package push

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sshblog/sshblog/internal/post"
)

// Limits on names.
const (
	maxLevels = 16   // of folders
	maxPath   = 1000 // bytes
	maxBase   = 200  // bytes, so that file systems take it
)

// wrongName returns what is wrong with the name of a file or a folder, or "". Temporary names may be staged,
// since they are not published.
func wrongName(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "the name is not UTF-8: rename it"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "the name has a character that cannot be seen: rename it"
	case strings.Contains(name, "\\"):
		return "the name has a backslash: rename it"
	case !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)):
		return "the name does not lead to a place in the posts folder: name it relative to that, without .."
	case !norm.NFC.IsNormalString(name):
		return "the name is not in Unicode's normal form C, as on macOS: rename it"
	case len(name) > maxPath || strings.Count(name, "/") > maxLevels:
		return fmt.Sprintf("the name is longer than %d bytes, or has more than %d folders: shorten it", maxPath, maxLevels)
	case slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return len(part) > maxBase }):
		return fmt.Sprintf("a part of the name is longer than %d bytes: shorten it", maxBase)
	}
	return ""
}

// unpublishable returns why a file with this name is not published, or "".
func unpublishable(name string) string {
	if why := cmp.Or(wrongName(name), hiddenName(name)); why != "" {
		return why
	}
	if kind := post.KindOf(name); kind == post.Markdown || kind == post.HTML || kind == post.MDX {
		return ""
	}
	ext := strings.ToLower(path.Ext(name))
	if !slices.Contains(beside(), ext) {
		return "only posts (.md) are published, and beside them files of " + strings.Join(beside(), " ")
	}
	return ""
}

// hiddenName returns why nothing below this name is published, or "".
func hiddenName(name string) string {
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part[0] == '.':
			return "names that begin with a dot are not published: rename it"
		case strings.HasPrefix(strings.ToLower(part), "git~1"):
			return "names that begin with git~1 mean .git on Windows: rename it"
		case part == "node_modules":
			return "packages of Node.js are no posts: leave them out"
		}
	}
	return ""
}

// beside are the extensions of files that may accompany posts.
func beside() []string {
	return []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".txt", ".csv", ".json", ".yaml", ".yml", ".toml", ".cast"}
}

// Temporary reports whether the name is one that clients give to files while they write them, and
// editors to theirs: WinSCP's and lftp's, sshfs's, those of vim and emacs. It is staged and never
// published.
func Temporary(name string) bool {
	base := path.Base(name)
	ext := path.Ext(base)
	if strings.Contains("/"+path.Dir(name), "/.") && path.Dir(name) != "." { // as in .git
		return false
	}
	return strings.ContainsAny(base[:1], ".#~") || strings.HasSuffix(base, "~") ||
		base == "4913" || slices.Contains([]string{".filepart", ".part", ".partial", ".swp", ".tmp", ".bak"}, ext)
}

// unfinished reports whether a file with this name is staged and never published: programs such as sed use
// temporary names without a common form.
func unfinished(name string) bool {
	return Temporary(name) || path.Ext(name) == "" && !strings.Contains("/"+name, "/.")
}

// tempName is the name of a file beside another one, while it is written.
func tempName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return path.Join(path.Dir(name), tempPrefix+hex.EncodeToString(sum[:10]))
}

// tempPrefix begins names that the library ignores.
const tempPrefix = ".sshblog-"
