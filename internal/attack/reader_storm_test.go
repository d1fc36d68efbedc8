//go:build linux

package attack

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// Readers whom the server remembers, each with a key of its own and with all that may be kept of one: 2,000 read posts and
// 32 KiB of highlights, which every session loads. They ask for all of it, read on and keep more, again and again,
// export it, have it forgotten, and guess codes that join keys: at 64 connections of one source, and of eight.
func TestReaderStorm(t *testing.T) {
	wanted(t)
	needDocker(t)
	keys, spec := readerBox(t)
	p := spec.start(t, 1)
	p.files = 1 // the store, which is closed for a moment when what was forgotten is written out of it
	p.besieged(t, 1+8, func(s *siege, from []string) { s.remembered(from, keys) })
}

// The same while the store does not answer: its file is locked by another process. Who reads
// notices nothing.
func TestReaderStormWithoutStore(t *testing.T) {
	wanted(t)
	needDocker(t)
	keys, spec := readerBox(t)
	file, err := os.Open(spec.options[1][:strings.IndexByte(spec.options[1], ':')] + "/readers.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	p := spec.start(t, 1)
	p.besieged(t, 1+8, func(s *siege, from []string) {
		s.remembered(from, keys)
		if n := len(s.p.lines("cannot be remembered as they should")); n > 1 {
			s.Errorf("%d lines say that the store fails", n)
		}
	})
}

// remembered has readers come with keys and use all that there is for them.
func (s *siege) remembered(from []string, keys []ssh.Signer) {
	s.disturbs(func() (since time.Time) {
		var mu sync.Mutex
		var clients []*ssh.Client
		s.fullNumber(from, func(source string) error {
			mu.Lock()
			key := keys[len(clients)%len(keys)]
			mu.Unlock()
			client, err := s.p.loginAs(s.tcp(source), "me", key)
			if err == nil {
				mu.Lock()
				clients = append(clients, client)
				mu.Unlock()
			}
			return err
		})
		since = time.Now()
		var using sync.WaitGroup
		var answered atomic.Int64
		for i, client := range clients {
			using.Go(func() {
				for n := i; time.Since(since) < lasts(); n++ {
					if err := asRemembered(client, n); err != nil {
						return
					}
					answered.Add(1)
				}
			})
		}
		using.Wait()
		s.Logf("%d sessions", answered.Load())
		if answered.Load() == 0 && !s.p.dead() {
			s.Error("nobody was answered")
		}
		return since
	})
}

// asRemembered runs one session of a remembered reader, of a kind that a number chooses.
func asRemembered(client *ssh.Client, n int) error {
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	command := []string{"plain", "unread --json", "plain", "me export", "highlights --markdown", "me join 0000-0000-0000", "bookmarks", "me link", "me", "me forget --yes"}[n%10]
	if command == "plain" {
		session.Stdin = strings.NewReader(fmt.Sprintf("%d\n\nkeep %d\nhighlights\n\nunread\n\nq\n", 1+n%8, 1+n%7))
	}
	err = session.Run(command)
	if _, exited := errors.AsType[*ssh.ExitError](err); exited {
		return nil
	}
	return err
}

// readerBox returns keys, and a program that knows all that may be kept of each.
func readerBox(t *testing.T) ([]ssh.Signer, boxSpec) {
	t.Helper()
	const program = 65532 // its user
	state := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(state, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := strings.Repeat("not a secret ", 5)
	keys := make([]ssh.Signer, 8*fullNumber)
	few := &storetest.Store{}
	m := memory.New(few, []byte(strings.TrimSpace(secret)), memory.Options{})
	for i := range keys {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if keys[i], err = ssh.NewSignerFromKey(private); err != nil {
			t.Fatal(err)
		}
		r := m.OpenFor(keys[i].PublicKey().Marshal(), memory.Client{Source: fmt.Sprint(i % 50)})
		r.Read("one")
		r.Close()
	}
	m.Close()
	full := &storetest.Store{}
	m = memory.New(full, []byte("another"), memory.Options{})
	r := m.Open([]byte("a reader"))
	for i := range 2000 {
		r.Read(fmt.Sprint("2024/post-", i*5))
	}
	for range 28 {
		if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "2024/post-1", Text: strings.Repeat("kept ", 200)}); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	m.Close()
	store, err := memory.OpenBolt(filepath.Join(state, "readers.db"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var writes []memory.Write
	valueOf := func(kind string) (value []byte) {
		for _, key := range full.Keys() {
			if strings.HasPrefix(key, kind) {
				record, err := full.Get(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				value = record.Value
			}
		}
		return value
	}
	for _, key := range few.Keys() {
		if reader, ok := strings.CutPrefix(key, "m."); ok {
			writes = append(writes, memory.Write{Key: key, Value: valueOf("m.")}, memory.Write{Key: "h." + reader, Value: valueOf("h.")})
		}
	}
	if len(writes) != 2*len(keys) {
		t.Fatalf("%d records of %d keys", len(writes), len(keys))
	}
	for _, answer := range store.PutAll(t.Context(), append(writes, memory.Write{Key: "posts", Value: valueOf("posts")})) {
		if answer.Err != nil {
			t.Fatal(answer.Err)
		}
	}
	err = errors.Join(store.Close(), os.WriteFile(filepath.Join(state, "readers.secret"), []byte(secret), 0o600))
	for _, name := range []string{"", "readers.db", "readers.secret"} {
		err = errors.Join(err, os.Chown(filepath.Join(state, name), program, program))
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys, boxSpec{
		options:  []string{"--volume", state + ":/state"},
		settings: []string{"--state", "/state", "--session-rate", "100000", "--session-burst", "100000"},
	}
}
