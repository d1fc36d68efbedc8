//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A post that was renamed keeps what is known of it, however its alias writes the old name: the list, unread, continue
// and keep know it.
func TestRenamedPostsAreRemembered(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--state", filepath.Join(t.TempDir(), "state"))
	read, begun := postText(27, "The one that is read"), postText(28, "The one that is begun")
	s.write("my old post.md", read)
	s.write("begun.md", begun)
	s.reload("msg=reloaded")
	path := newKey(t, "")
	keys := []string{path}
	p := s.connect(80, 24, s.openSSH(keys, "reader@127.0.0.1"))
	p.sees("remembered")
	p.types("\r")
	p.sees("The text of The one that is begun")
	p.types("  ")
	p.sees("%")
	p.types("\x03")
	p.leaves()
	c := s.converseAs(signerOf(t, path))
	c.says("2", "The end.")
	c.says("keep", "Kept a bookmark of")
	c.leaves()

	for old, fresh := range map[string]string{"my old post.md": "new post.md", "begun.md": "begun anew.md"} {
		if err := os.Remove(filepath.Join(s.posts, old)); err != nil {
			t.Fatal(err)
		}
		text, alias := read, "my old post"
		if old == "begun.md" {
			text, alias = begun, old
		}
		s.write(fresh, strings.Replace(text, "---\n", "---\naliases: ["+alias+"]\n", 1))
	}
	s.reload("msg=reloaded")
	ssh := func(command string) string {
		out, err := s.openSSH(keys, "-T", "reader@127.0.0.1", command).CombinedOutput()
		if err != nil {
			t.Error(err)
		}
		return string(out)
	}
	if unread := ssh("unread"); strings.Contains(unread, "The one that is read") || !strings.Contains(unread, "The one that is begun\t") {
		t.Errorf("unread are\n%s", unread)
	}
	c = s.converseAs(signerOf(t, path))
	c.says("l", "you have read it, with a bookmark\n")
	c.says("continue", "From where you left it")
	c.says("l", "Page 1")
	c.says("keep 2", "Removed the bookmark of The one that is read")
	c.leaves()
	if left := ssh("bookmarks"); !strings.Contains(left, "You have no bookmarks") {
		t.Errorf("bookmarks are\n%s", left)
	}
}
