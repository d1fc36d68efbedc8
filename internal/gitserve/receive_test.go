package gitserve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// A push of an author's commits publishes them as they are.
func TestPush(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	text, more := blob("new\n"), blob("more\n")
	first := tree(entries{{"100644", "a.md", text.hash().String()}})
	one := commit(first.hash(), version)
	trip := tree(entries{{"100755", "index.md", more.hash().String()}})
	second := tree(entries{{"100644", "b.md", text.hash().String()}, {"40000", "trip", trip.hash().String()}})
	two := commit(second.hash(), one.hash().String())
	a, err := b.push(text, first, one, more, trip, second, two)
	if err != nil || a.said != "published posts/b.md: ssh b@host\npublished posts/trip/index.md: ssh trip/@host\nremoved posts/a.md\n" || a.status != "000eunpack ok\n0017ok refs/heads/main\n0000" {
		t.Errorf("%+v, %v", a, err)
	}
	if is, _ := b.head(); is != two.hash().String() || b.posts() != "b.md:new trip/index.md:more" {
		t.Errorf("%s, %s", is, b.posts())
	}
	b.restsAt(two.hash().String(), 10) // with what was there
}

// restsAt asks whether nothing is left of a push: the version, and how many objects there are.
func (b *blog) restsAt(version string, objects int) {
	b.Helper()
	if is, _ := b.head(); is != version {
		b.Errorf("the newest version is %s", is)
	}
	var loose int
	for _, name := range b.files("posts.git/objects") {
		if !strings.HasPrefix(name, "pack/") {
			loose++
		}
	}
	if staged := b.files("posts.staged"); loose != objects || len(staged) > 0 || b.account.Taken().Bytes != 0 {
		b.Errorf("%d objects are there, %q is staged, and %d bytes are taken", loose, staged, b.account.Taken().Bytes)
	}
}

// What may be in no version is refused, and leaves nothing.
func TestRefusedTrees(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	text := blob("new\n")
	file := text.hash().String()
	for _, test := range []struct {
		name    string
		entries entries
		says    string
	}{
		{"a dot file", entries{{"100644", ".gitattributes", file}}, "begin with a dot"},
		{".git", entries{{"100644", ".git", file}}, "begin with a dot"},
		{".GIT, as a folder", entries{{"40000", ".GIT", "FOLDER"}}, "begin with a dot"},
		{"git~1", entries{{"40000", "git~1", "FOLDER"}}, "mean .git on Windows"},
		{".git with a character that HFS+ ignores", entries{{"40000", ".g\u200cit", "FOLDER"}}, "cannot be seen"},
		{"..", entries{{"40000", "..", "FOLDER"}}, "without .."},
		{".", entries{{"40000", ".", "FOLDER"}}, "does not lead to a place"},
		{"a slash", entries{{"100644", "../a.md", file}}, "not well-formed"},
		{"no name", entries{{"100644", "", file}}, "not well-formed"},
		{"a backslash", entries{{"100644", "..\\a.md", file}}, "backslash"},
		{"an escape", entries{{"100644", "\x1b[2J.md", file}}, "cannot be seen"},
		{"a decomposed name", entries{{"100644", "cafe\u0301.md", file}}, "normal form C"},
		{"a long name", entries{{"100644", strings.Repeat("a", 5000) + ".md", file}}, "not well-formed"},
		{"no post", entries{{"100644", "a.exe", file}}, "only posts"},
		{"a temporary file", entries{{"100644", "#a.md", file}}, "temporary files"},
		{"a link", entries{{"120000", "a.md", file}}, "it is no file"},
		{"a repository", entries{{"160000", "a.md", strings.Repeat("12", 20)}}, "it is no file"},
		{"another mode", entries{{"100666", "a.md", file}}, "it is no file"},
		{"a folder with another mode", entries{{"040000", "a", "FOLDER"}}, "it is no file"},
		{"an empty folder", entries{{"40000", "a", tree(nil).hash().String()}}, "the folder is empty"},
		{"a folder that is a file", entries{{"40000", "a", file}}, "is no tree"},
		{"a file that is a folder", entries{{"100644", "a.md", "FOLDER"}}, "at most"},
		{"content that has not come", entries{{"100644", "a.md", strings.Repeat("12", 20)}}, "has not come"},
		{"a folder that has not come", entries{{"40000", "a", strings.Repeat("12", 20)}}, "not found"},
		{"no content", entries{{"100644", "a.md", strings.Repeat("0", 40)}}, "not well-formed"},
		{"one name twice", entries{{"100644", "a.md", file}, {"100644", "a.md", file}}, "not well-formed"},
		{"one name as file and folder", entries{{"100644", "a.md", file}, {"100644", "a.md-.md", file}, {"40000", "a.md", "FOLDER"}}, "differ at most in the case"},
		{"names that differ in case", entries{{"100644", "A.md", file}, {"100644", "a.md", file}}, "differ at most in the case"},
		{"another order", entries{{"100644", "b.md", file}, {"100644", "a.md", file}}, "not well-formed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := tree(entries{{"100644", "x.md", file}})
			for i := range test.entries {
				test.entries[i][2] = strings.Replace(test.entries[i][2], "FOLDER", folder.hash().String(), 1)
			}
			bad := tree(test.entries)
			// A commit that takes it back does not help.
			one := commit(bad.hash(), version)
			good := tree(entries{{"100644", "a.md", file}})
			two := commit(good.hash(), one.hash().String())
			for _, head := range []object{one, two} {
				a, err := b.push(text, folder, tree(nil), bad, one, good, head)
				if err != nil || !strings.Contains(a.said, test.says) || strings.ContainsRune(a.said, '\x1b') || !strings.HasPrefix(a.status, "000eunpack ok\n002eng refs/heads/main it cannot be published\n") {
					t.Errorf("%q, %v", a, err)
				}
				b.restsAt(version, 3)
			}
			if b.posts() != "a.md:old" {
				t.Error(b.posts())
			}
		})
	}
}

// So are commits that git would not have made, or not so.
func TestRefusedCommits(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	text := blob("new\n")
	top := tree(entries{{"100644", "a.md", text.hash().String()}})
	good := commit(top.hash(), version)
	change := func(from, to string) object {
		return object{kind: plumbing.CommitObject, data: strings.Replace(good.data, from, to, 1)}
	}
	for _, test := range []struct {
		name   string
		commit object
		says   string
	}{
		{"of another history", commit(top.hash()), "non-fast-forward"},
		{"a parent that is not there", commit(top.hash(), strings.Repeat("12", 20)), "non-fast-forward"},
		{"a merge", commit(top.hash(), version, version), "git pull --rebase"},
		{"a tree that is not there", commit(plumbing.NewHash(strings.Repeat("12", 20)), version), "not found"},
		{"no tree", change("tree ", "tres "), "names no tree"},
		{"an empty hash", commit(plumbing.ZeroHash, version), "names no tree"},
		{"no author", change("author Bert", "writer Bert"), "well-formed author"},
		{"no name", change("author Bert ", "author "), "well-formed author"},
		{"no committer", change("committer Bert", "comitter Bert"), "well-formed committer"},
		{"two addresses", change("<b@", "<<b@"), "well-formed author"},
		{"no time", change(" 1700000000", ""), "well-formed author"},
		{"a time with a zero", change(" 17", " 017"), "well-formed author"},
		{"a time beyond all", change(" 17", " "+strings.Repeat("9", 20)), "well-formed author"},
		{"no zone", change("+0100", "0100"), "well-formed author"},
		{"a zero byte", change("words", "wo\x00rds"), "zero byte"},
		{"a long message", change("words", strings.Repeat("words ", 20000)), "shorten its message"},
		{"a tree in its place", top, "is no commit"},
	} {
		a, err := b.push(text, top, test.commit)
		if err != nil || !strings.Contains(a.said+a.status, test.says) || !strings.Contains(a.status, "ng refs/heads/main") {
			t.Errorf("%s: %q, %v", test.name, a, err)
		}
		b.restsAt(version, 3)
	}
	if a, err := b.push(text, top, good); err != nil || !strings.Contains(a.status, "ok refs/heads/main") {
		t.Errorf("%q, %v", a, err)
	}
}

// Other references, deletions, what is behind and shallow clones are refused one by one.
func TestRefusedUpdates(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	zero, other := plumbing.ZeroHash.String(), strings.Repeat("12", 20)
	const can = "\x00report-status side-band-64k"
	for says, want := range map[string]string{
		packet(zero + " " + other + " refs/heads/side" + can):                     "ng refs/heads/side there is only the branch main here",
		packet(zero + " " + other + " refs/tags/v1" + can):                        "ng refs/tags/v1 there is only the branch main here",
		packet(version + " " + zero + " " + mainBranch + can):                     "ng refs/heads/main main cannot be deleted",
		packet(other + " " + other + " " + mainBranch + can):                      "ng refs/heads/main fetch first",
		packet("shallow "+version) + packet(version+" "+other+" "+mainBranch+can): "ng refs/heads/main your clone is shallow",
	} {
		a, err := b.receive([]byte(says + flushPacket))
		if err != nil || !strings.Contains(a.status, want) {
			t.Errorf("%q: %q, %v", says, a, err)
		}
	}
	for _, says := range []string{
		"", flushPacket, "00", "zzzz", "0003", "ffff", packet("hello"), packet(version + " " + other), packet("\x00"),
		strings.Repeat(packet(zero+" "+other+" refs/heads/side"+can), 2),
		strings.Repeat(packet("shallow "+version), 1000),
	} {
		if a, err := b.receive([]byte(says)); err == nil && a != (answer{}) {
			t.Errorf("%q: %q", says, a)
		}
	}
	var many strings.Builder
	for i := range maxCommands + 1 {
		many.WriteString(packet(fmt.Sprintf("%s %s refs/heads/%d", zero, other, i) + can))
	}
	if _, err := b.receive([]byte(many.String())); err == nil || !strings.Contains(err.Error(), "push main alone") {
		t.Errorf("%v", err)
	}
	b.restsAt(version, 3)
}
