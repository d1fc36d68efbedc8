//go:build unix

package main

import (
	"bytes"
	"log/slog"
	"math"
	"strings"
	"testing"
)

// A limit that is too low for the connections is told at the start, not when readers are refused.
func TestFewFilesAreToldAtTheStart(t *testing.T) {
	t.Parallel()
	for connections, warned := range map[int]bool{1: false, math.MaxInt: true} {
		var log bytes.Buffer
		warnOfFiles(slog.New(slog.NewTextHandler(&log, nil)), connections)
		if got := strings.Contains(log.String(), "level=WARN"); got != warned {
			t.Errorf("%d connections: %s", connections, &log)
		}
	}
	s := &server{t: t, posts: t.TempDir()}
	s.write("post.md", postText(1, "One"))
	s.start("sh", "-c", `ulimit -n 64; exec sshblog serve --listen 127.0.0.1:0 --posts "$0" --hostkeys "$0/keys"`, s.posts)
	s.logged(`level=WARN msg="fewer files may be open than connections are allowed`)
}
