package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A check of the settings tells authors' operators what the server may not read, and goes on.
func TestCheckTellsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	posts := t.TempDir()
	hidden := filepath.Join(posts, "hidden.png")
	if err := os.WriteFile(hidden, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{posts, filepath.Dir(posts)} {
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(hidden, 0); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := &program{settings: settings{Posts: posts, Authors: "authors"}, logger: slog.New(slog.NewTextHandler(&log, nil))}
	if os.Geteuid() == 0 { // who may read all: as another user, who is the thread's alone
		const nobody = 65534
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer func() { _, _ = unix.SetfsuidRetUid(0) }() // which never fails for root
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.canPublish(); err != nil {
		t.Error(err)
	}
	if got := log.String(); !strings.Contains(got, "may not read this") || !strings.Contains(got, "name=hidden.png") {
		t.Errorf("the log has %q", got)
	}
}
