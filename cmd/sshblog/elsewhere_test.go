//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster/natstest"
)

var paragraph = regexp.MustCompile(`Paragraph \d+ of the long one\.`)

// at returns the first paragraph on the screen that stays there for a while; "": none.
func (p *person) at() string {
	first := paragraph.FindString(p.screen())
	for range 20 {
		time.Sleep(10 * time.Millisecond)
		if paragraph.FindString(p.screen()) != first {
			return ""
		}
	}
	return first
}

// A reader with a key whose server ends goes on with another one at the same paragraph, in another window.
func TestGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	nodes := natstest.Start(t, 1, "")
	secret := filepath.Join(t.TempDir(), "readers.secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers := serveTogether(t, 2, "--cluster", nodes.URLs()[0], "--readers-secret", secret, "--drain", "1s")
	a, b := servers[0], servers[1]
	var text strings.Builder
	for i := range 200 {
		_, _ = fmt.Fprintf(&text, "Paragraph %d of the long one.\n\n", i)
	}
	if said, err := a.publish("---\ntitle: Long\ndate: 2026-02-02\n---\n"+text.String(), "publish", "long.md"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	eventually(t, func() bool { return b.shows("long", "Paragraph 199") }, "B does not show what A has published:\n%s", &b.log)
	key := newKey(t, "")
	as := func(p *press) *exec.Cmd { return p.ssh("-tt", "-i", key, "-o", "IdentitiesOnly=yes") }
	reader := a.connect(80, 24, as(a))
	reader.sees("Long")
	reader.types(enter)
	eventually(t, func() bool { return reader.at() == "Paragraph 0 of the long one." }, "the post is not open:\n%s", stringer(reader.screen))
	was := reader.at()
	for range 3 {
		reader.types(" ")
		eventually(t, func() bool { now := reader.at(); return now != "" && now != was }, "nothing is scrolled:\n%s", stringer(reader.screen))
		was = reader.at()
	}
	a.signal(syscall.SIGTERM)
	reader.leaves()
	reader = b.connect(100, 30, as(b))
	reader.sees("Long")
	eventually(t, func() bool { // what is kept may come a moment after the first screen
		reader.types("C")
		return reader.at() == was
	}, "the reader was at %q, and is elsewhere:\n%s", was, stringer(reader.screen))
	if status := a.ended(); status != 0 {
		t.Errorf("A ends with %d", status)
	}
	for name, p := range map[string]*press{"A": a, "B": b} {
		if p.log.holds("level=ERROR") {
			t.Errorf("%s:\n%s", name, &p.log)
		}
	}
}
