package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// The posts that all contenders show: of the size that is usual, and none so
// short that there is nothing to scroll in a large window.
const (
	postCount        = 41
	minPost, maxPost = 11_000, 16_000 // bytes
)

// writePosts writes n posts.
func writePosts(dir string, n int) error {
	texts, written := corpus.New(), 0
	for i := 0; written < n; i++ {
		path, text := texts.Post(i)
		if len(text) < minPost || len(text) > maxPost {
			continue
		}
		written++
		if err := writePost(filepath.Join(dir, filepath.FromSlash(path)), text, begins); err != nil {
			return err
		}
	}
	return nil
}

// writePost writes a post whose first paragraph is given.
func writePost(file string, text []byte, first string) error {
	const mark = "---\n\n"
	at := bytes.LastIndex(text[:min(len(text), 1000)], []byte(mark))
	if at < 0 {
		return fmt.Errorf("%s: no end of the front matter was found", file)
	}
	at += len(mark)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	return os.WriteFile(file, fmt.Appendf(nil, "%s%s\n\n%s", text[:at], first, text[at:]), 0o600)
}
