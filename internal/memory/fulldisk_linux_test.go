package memory_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// While a real disk is full, what readers do is kept in memory, with one line in the log; it is written once there
// is room, and the file is whole.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a disk that is small enough")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	path, filler := filepath.Join(disk, "readers.db"), filepath.Join(disk, "filler")
	var log bytes.Buffer
	var mu sync.Mutex
	m := memory.New(openBolt(t, path, false), secret, memory.Options{
		Logger: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil)), Wait: time.Minute, Interval: 10 * time.Millisecond,
	})
	r := m.Open([]byte("one"))
	reads(r, "a")
	waitFor(t, func() bool { return m.Stats().Writes > 0 })
	if err := os.WriteFile(filler, make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	kept := 0
	for ; kept < 14 && !m.Stats().Failing; kept++ { // until the pages that are free are used
		if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("words ", 340)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Millisecond) // it is written, or not
	}
	waitFor(t, func() bool { return m.Stats().Failing })
	reads(r, "b")
	isRead(t, r, true, "a", "b")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return !m.Stats().Failing })
	r.Close()
	waitFor(t, func() bool { return m.Stats().Readers == 0 })
	m.Close()
	mu.Lock()
	if n, over := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "remembered again"); n != 1 || over != 1 {
		t.Errorf("%d lines when it began, %d when it was over:\n%s", n, over, log.String())
	}
	mu.Unlock()
	checkFile(t, path)
	m = memory.New(openBolt(t, path, false), secret, memory.Options{Wait: time.Minute})
	defer m.Close()
	r = m.Open([]byte("one"))
	defer r.Close()
	isRead(t, r, true, "a", "b")
	if list, err := r.Highlights(t.Context()); err != nil || len(list) != kept {
		t.Errorf("%d highlights of %d, %v", len(list), kept, err)
	}
}
