//go:build linux

package attack

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// The largest post that there can be, for clients that stop reading it after 4 KB. It is written a buffer at a time from
// the one text that the index has, so that not one copy more is held for each of them.
//
// The write that waits ends the connection after the write timeout.
func TestUnreadCat(t *testing.T) {
	p := start(t, "--write-timeout", "3s")
	const head = "---\ntitle: Long\ndate: 2026-02-01\n---\n"
	text := head + strings.Repeat("Words upon words.\n\n", (post.MaxSize-len(head))/len("Words upon words.\n\n"))
	if err := os.WriteFile(filepath.Join(p.posts, "long.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	p.logged(1, "msg=reloaded", `result="1 new post"`)
	p.withstands(func(s *siege) {
		before := p.status("VmRSS:")
		all := s.screens([]string{source(0)}, opening{command: "cat long", noTTY: true, bounded: true, window: 4 << 10})
		grown := p.status("VmRSS:") - before
		s.Logf("%d wait, memory grew by %s", len(all), mb(grown))
		if len(all) != fullNumber {
			s.Errorf("%d wait, want %d", len(all), fullNumber)
		}
		if most := fullNumber * len(text); grown >= most {
			s.Errorf("memory grew by %s: each of them might hold the text", mb(grown))
		}
		deadline := time.Now().Add(recovery)
		for _, c := range all {
			select {
			case <-c.closed:
			case <-time.After(time.Until(deadline)):
				s.Fatal("a client that reads nothing is still there")
			}
		}
		p.logged(len(all), "session ended", `command="cat long"`, "reason=write_timeout")
	})
}
