//go:build linux

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With the setting watch a post is there without anybody asking for a reload, and who reads
// sees it.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--watch", "--watch-interval", "1h", "--ops", "127.0.0.1:0")
	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	s.write("hello.md", postText(4, "Hello"))
	p.sees("Hello")
	if err := os.Remove(filepath.Join(s.posts, "post-02.md")); err != nil {
		t.Fatal(err)
	}
	s.logged(`result="1 post removed"`)
	// Whoever asks need not wait until a file is still.
	s.write("asked.md", postText(5, "Asked for"))
	out, log, status := reload(t, []string{"SSHBLOG_OPS=" + s.opsAddress()})
	if watched := strings.Count(s.log.String(), `result="1 new post"`) == 2; status != 0 || !strings.Contains(out, "new: asked\n") && !watched {
		t.Errorf("%d, %q, %q", status, out, log)
	}
	if err := os.Rename(s.posts, s.posts+".away"); err != nil {
		t.Fatal(err)
	}
	s.metric(`sshblog_reloads_total{result="failed"} 1`)
	if err := os.Rename(s.posts+".away", s.posts); err != nil {
		t.Fatal(err)
	}
	s.write("back.md", postText(6, "Back"))
	p.sees("Back")
	p.types("q")
	p.leaves()
}

// A file that is being written during an upgrade is whole when the successor reads it, and when the
// reload does with which the upgrade begins. One that has not come to its end does not fail it.
func TestUpgradeWaitsForWholeFiles(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--watch", "--watch-interval", "1h", "--ops", "127.0.0.1:0")
	begin := func(name, text string) *os.File {
		half, err := os.Create(filepath.Join(s.posts, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := half.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return half
	}
	halves := []*os.File{begin("half.md", "---\ntitle: Half\n---\nHalf of it"), begin("post-01.md", "---\ntitle: Again")}
	early := make(chan string, 1)
	go func() {
		time.Sleep(2 * time.Second)
		early <- s.log.String()
		for _, half := range halves {
			_, _ = half.WriteString("\n---\nAll of it.\n")
			_ = half.Close()
		}
	}()
	if status, r := s.upgrade(s.opsAddress()); status != http.StatusOK {
		t.Fatalf("%d, %s\n%s", status, r.Error, &s.log)
	}
	if log := <-early; strings.Contains(log, `result="1 `) {
		t.Errorf("posts are read before they are whole:\n%s", log)
	}
	if log := s.log.String(); strings.Count(log, " msg=serving ") != 2 || !strings.Contains(log[strings.LastIndex(log, " msg=serving "):], " posts=4 ") {
		t.Errorf("the successor has other posts:\n%s", log)
	}
}
