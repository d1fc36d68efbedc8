package memory_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

func openBolt(t testing.TB, path string, shared bool) *memory.Bolt {
	t.Helper()
	b, err := memory.OpenBolt(path, shared, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestBolt(t *testing.T) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprintf("shared=%t", shared), func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) memory.Store {
				path := filepath.Join(t.TempDir(), "readers.db")
				b := openBolt(t, path, shared)
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v %v", info, err)
				}
				return b
			})
		})
	}
}

// Two processes share the file while one is replaced by the other: each of their writes is there, and a
// rewrite by one takes nothing from the other.
func TestBoltOfTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "readers.db")
	alone := openBolt(t, path, false)
	late := openBolt(t, path, true)
	if _, err := late.Get(t.Context(), "posts"); err == nil || errors.Is(err, memory.ErrNotFound) {
		t.Errorf("the file of one that is alone was opened: %v", err)
	}
	alone.Share(true)
	const steps = 40
	var wg sync.WaitGroup
	for i, b := range []*memory.Bolt{alone, late} {
		wg.Go(func() {
			for step := range steps {
				key := fmt.Sprintf("m.%d-%d", i, step)
				for {
					if _, err := b.Put(t.Context(), key, []byte(key), 0); err == nil {
						break
					} else if errors.Is(err, memory.ErrConflict) {
						t.Error(key, err)
						return
					}
				}
				if step%10 == 9 {
					_ = b.WantRewrite(t.Context())
					if _, err := b.Rewrite(t.Context()); err != nil {
						t.Log("rewrite:", err)
					}
				}
			}
		})
	}
	wg.Wait()
	_ = alone.Close()
	late.Share(false)
	for i := range 2 {
		for step := range steps {
			key := fmt.Sprintf("m.%d-%d", i, step)
			if r, err := late.Get(t.Context(), key); err != nil || string(r.Value) != key {
				t.Errorf("%s: %q %v", key, r.Value, err)
			}
		}
	}
}

// killed is what the test of a kill runs as a process: it writes without an end.
const killed = "SSHBLOG_TEST_BOLT_WRITES_TO"

// TestWritesForever is what is killed.
func TestWritesForever(t *testing.T) {
	path := os.Getenv(killed)
	if path == "" {
		t.Skip("it is for another test")
	}
	b := openBolt(t, path, false)
	var last uint64
	for i := 0; ; i++ {
		writes := []memory.Write{{Key: "posts", Value: []byte(strconv.Itoa(i)), Last: last}}
		for n := range 50 {
			writes = append(writes, memory.Write{Key: fmt.Sprintf("m.%d-%d", i, n), Value: bytes.Repeat([]byte{byte(i)}, 100)})
		}
		answers := b.PutAll(t.Context(), writes)
		if answers[0].Err != nil {
			t.Fatal(answers[0].Err)
		}
		last = answers[0].Revision
		_, _ = fmt.Fprintln(os.Stdout, i)
	}
}

// Whenever a process is killed, the file opens, and has all that was written.
func TestBoltAfterAKill(t *testing.T) {
	for round := range 8 {
		path := filepath.Join(t.TempDir(), "readers.db")
		cmd := exec.Command(os.Args[0], "-test.run=^TestWritesForever$")
		cmd.Env = append(os.Environ(), killed+"="+path)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+13*round) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		told := strings.Split(out.String(), "\n")
		if len(told) < 2 {
			continue // it had written nothing
		}
		last, _ := strconv.Atoi(told[len(told)-2])
		b := openBolt(t, path, false)
		r, err := b.Get(t.Context(), "posts")
		if err != nil {
			t.Fatal(err)
		}
		if is, _ := strconv.Atoi(string(r.Value)); is < last {
			t.Errorf("%d was written, and %d is there", last, is)
		}
		for n := range 50 {
			if r, err := b.Get(t.Context(), fmt.Sprintf("m.%d-%d", last, n)); err != nil || len(r.Value) != 100 {
				t.Errorf("%d-%d: %d bytes, %v", last, n, len(r.Value), err)
			}
		}
		_ = b.Close()
		checkFile(t, path)
	}
}

// checkFile has bbolt look at every page.
func checkFile(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// A file that is damaged is moved aside, with one line, and the store goes on.
func TestDamagedBolt(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.db")
	b := openBolt(t, whole, false)
	for i := range 500 {
		if _, err := b.Put(t.Context(), fmt.Sprintf("m.%d", i), bytes.Repeat([]byte("x"), 300), 0); err != nil {
			t.Fatal(err)
		}
		if i == 20 { // a few fsyncs are enough
			var writes []memory.Write
			for n := range 2000 {
				writes = append(writes, memory.Write{Key: fmt.Sprintf("h.%d", n), Value: bytes.Repeat([]byte("y"), 200)})
			}
			b.PutAll(t.Context(), writes)
			break
		}
	}
	_ = b.Close()
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	noise := bytes.Repeat([]byte("not a database "), 5000)
	for name, content := range map[string][]byte{
		"noise": noise, "short": good[:100], "half": good[:len(good)/2], "metas only": good[:2*4096],
		"pages of noise": append(append([]byte(nil), good[:2*4096]...), bytes.Repeat(noise, 1+len(good)/len(noise))[:len(good)-2*4096]...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "readers.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			b, err := memory.OpenBolt(path, false, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = b.Close() }()
			for i := range 20 {
				if _, err := b.Put(t.Context(), fmt.Sprintf("k.%d", i), []byte("a"), 0); err != nil && i > 2 {
					t.Error(err)
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
				t.Errorf("%d lines: %s", n, log.String())
			}
			if aside, _ := filepath.Glob(path + ".damaged-*"); len(aside) != 1 {
				t.Errorf("moved aside: %q", aside)
			}
		})
	}
}

// A copy that is taken while others write is whole.
func TestCopyBolt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "readers.db")
	b := openBolt(t, path, false)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		last := make(map[string]uint64)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			key := fmt.Sprint("m.", i%200)
			last[key], _ = b.Put(t.Context(), key, bytes.Repeat([]byte{byte(i)}, 500), last[key])
			time.Sleep(2 * time.Millisecond)
		}
	})
	for i := range 10 {
		time.Sleep(20 * time.Millisecond)
		to := filepath.Join(dir, fmt.Sprintf("copy-%d.db", i))
		if err := memory.CopyBolt(path, to); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
		checkFile(t, to)
	}
	close(stop)
	wg.Wait()
	if err := memory.CopyBolt(path, filepath.Join(dir, "copy-0.db")); err == nil {
		t.Error("a file was written over")
	}
}

func TestFoldersForBolt(t *testing.T) {
	if _, err := memory.OpenBolt(filepath.Join(t.TempDir(), "none", "readers.db"), false, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a folder was made")
	}
}
