//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The reader without a server shows what readers see, and with --drafts what authors see.
func TestReadDrafts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"seen.md":  "---\ntitle: Seen by all\ndate: 2026-01-02\n---\nText.\n",
		"held.md":  "---\ntitle: Not finished\ndraft: true\n---\nText of the draft.\n",
		"later.md": "---\ntitle: For later\ndate: 2999-01-02\n---\nText.\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{t: t}
	p := s.connect(80, 24, exec.Command("sshblog", "read", "--posts", dir))
	p.sees("Seen by all", "1 POST")
	p.types("q")
	p.leaves()
	p = s.connect(80, 24, exec.Command("sshblog", "read", "--drafts", "--posts", dir))
	p.sees("Seen by all", "Not finished", "Draft", "Scheduled for 2999-01-02", "3 POSTS")
	p.types("q")
	p.leaves()
	p = s.connect(80, 24, exec.Command("sshblog", "read", "--drafts", "--posts", dir, "held"))
	p.sees("Text of the draft.", "Draft")
	p.types("qq")
	p.leaves()
}
