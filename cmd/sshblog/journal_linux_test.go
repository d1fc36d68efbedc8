package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The journal's stream is told by its device and inode, and by nothing else.
func TestIsJournal(t *testing.T) {
	t.Parallel()
	stream, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	info, err := stream.Stat()
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t) //nolint:forcetypeassert // it is Linux
	for value, want := range map[string]bool{
		"": false, "8:12345678": false,
		fmt.Sprintf("%d:%d", stat.Dev, stat.Ino):   true,
		fmt.Sprintf("%d:%d", stat.Dev, stat.Ino+1): false,
	} {
		getenv := func(name string) string { return map[string]string{"JOURNAL_STREAM": value}[name] }
		if got := isJournal(stream, getenv); got != want {
			t.Errorf("JOURNAL_STREAM=%q: %v", value, got)
		}
		if isJournal(&bytes.Buffer{}, getenv) {
			t.Errorf("JOURNAL_STREAM=%q: a buffer is taken for the journal", value)
		}
	}
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		var b bytes.Buffer
		log := slog.New(newHandler(settings{LogFormat: format, LogLevel: slog.LevelDebug, journal: true}, &b)).With("a", 1).WithGroup("g")
		log.Debug("one\nline")
		log.Info("two")
		log.Warn("three")
		log.Error("four")
		lines := strings.SplitAfter(b.String(), "\n")
		for i, want := range []string{"<7>", "<6>", "<4>", "<3>", ""} {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want) || strings.Count(lines[i], "<") > 1 {
				t.Errorf("%s: line %d is not of priority %s:\n%s", format, i, want, b.String())
			}
		}
	}
}
