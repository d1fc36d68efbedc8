package memory_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// What a reader had forgotten is not in the file any more once it is rewritten, and nothing of a key ever
// was.
func TestForgottenBytes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "readers.db")
	now := time.Now()
	var clock time.Duration
	store := openBolt(t, path, false)
	m := memory.New(store, secret, memory.Options{Now: func() time.Time { return now.Add(clock) }, Wait: time.Second})
	key, other := []byte("ssh-ed25519 the wire form of a public key"), []byte("ssh-ed25519 another one")
	r, o := m.Open(key), m.Open(other)
	for i := range 40 {
		address := fmt.Sprintf("2026/post-%d", i)
		r.Opened(address)
		r.Read(address)
		o.Read(address)
		if err := r.AddHighlight(t.Context(), memory.Highlight{Address: address, Text: fmt.Sprintf("a passage worth keeping %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.AddHighlight(t.Context(), memory.Highlight{Address: "2026/post-1", Text: "of somebody else"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Bookmark(t.Context(), "2026/a-post-with-a-name-of-its-own", true); err != nil {
		t.Fatal(err)
	}
	if err := r.Bookmark(t.Context(), "2026/another-with-a-name-of-its-own", true); err != nil {
		t.Fatal(err)
	}
	r.Close()
	o.Close()
	waitFor(t, func() bool { return m.Stats().Readers == 0 })
	search := func(text string) bool {
		t.Helper()
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(file, []byte(text))
	}
	for _, text := range []string{"a passage worth keeping", "a-post-with-a-name-of-its-own", "another-with-a-name-of-its-own"} {
		if !search(text) {
			t.Errorf("%q was not written", text)
		}
	}
	if search("ssh-ed25519") || search("the wire form") || search(string(secret)) {
		t.Error("the file has what it must not have")
	}
	r = m.Open(key)
	if err := r.Bookmark(t.Context(), "2026/another-with-a-name-of-its-own", false); err != nil {
		t.Fatal(err)
	}
	r.Close()
	waitFor(t, func() bool { return m.Stats().Readers == 0 })
	if done, err := store.Rewrite(t.Context()); !done || err != nil || search("another-with-a-name-of-its-own") || !search("a-post-with-a-name-of-its-own") {
		t.Errorf("a bookmark that was removed is still in the file, rewritten: %t, %v", done, err)
	}
	r = m.Open(key)
	if list, err := r.Bookmarks(t.Context()); len(list) != 1 || err != nil {
		t.Errorf("bookmarks: %v, %v", list, err)
	}
	if err := r.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := r.Highlights(t.Context()); len(list) > 0 || err != nil || !r.Mark("2026/post-1").Read.IsZero() {
		t.Errorf("there are still %v, %v", list, err)
	}
	r.Close()
	if done, err := store.Rewrite(t.Context()); !done || err != nil {
		t.Errorf("rewritten: %t, %v", done, err)
	}
	for _, text := range []string{"a passage worth keeping", "a-post-with-a-name-of-its-own"} {
		if search(text) {
			t.Errorf("%q is still in the file", text)
		}
	}
	if !search("of somebody else") {
		t.Error("others have lost what is theirs")
	}
	if done, err := store.Rewrite(t.Context()); done || err != nil {
		t.Errorf("rewritten again: %t, %v", done, err)
	}
	o = m.Open(other)
	if list, err := o.Highlights(t.Context()); len(list) != 1 || err != nil || o.Mark("2026/post-1").Read.IsZero() {
		t.Errorf("others have %v, %v", list, err)
	}
	o.Close()
	m.Close()
	checkFile(t, path)
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it does not happen")
		}
	}
}
