//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A cut publish that cannot be completed keeps authors from publishing until it can, and nobody from reading.
func TestReadersAreServedWhereNothingCanBePublished(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	inTheWay := filepath.Join(state, "posts.publishing", "what-cannot-be-read")
	if err := os.MkdirAll(inTheWay, 0o750); err != nil {
		t.Fatal(err)
	}
	p := servePress(t, state, "--ops", "127.0.0.1:0")
	if said, err := p.publish("", "ls"); err != nil || !strings.Contains(said, "Post number 3") {
		t.Errorf("%v: %s", err, said)
	}
	p.logged("level=ERROR msg=\"" + cannotPublish)
	p.metric("sshblog_publishing_broken 1")
	const post = "---\ntitle: New\ndate: 2026-01-02\n---\n"
	if said, err := p.publish(post, "publish", "new"); err == nil || !strings.Contains(said, "a publish that was cut cannot be completed") {
		t.Errorf("%v: %s", err, said)
	}
	p.reload(cannotPublish)
	if err := os.RemoveAll(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	p.reload("msg=reloaded")
	p.metric("sshblog_publishing_broken 0")
	if said, err := p.publish(post, "publish", "new"); err != nil || !strings.Contains(said, "published posts/new.md") {
		t.Errorf("%v: %s", err, said)
	}
}
