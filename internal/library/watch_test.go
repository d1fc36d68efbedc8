package library_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// shared is a folder in memory that changes while it is watched.
type shared struct {
	mu sync.Mutex
	fstest.MapFS
	away bool
	late string // a file that somebody begins to write when it is opened next
	bad  string // a file or folder that cannot be read, or "stat " and one
	fail error  // of reloads
	told int    // of how many reloads
}

var errDisk = errors.New("an error of the disk")

func (s *shared) Open(name string) (fs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, fs.ErrNotExist
	}
	if name == s.bad {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errDisk}
	}
	if name == s.late {
		s.late = ""
		write(s.MapFS, name, "---\ntitle: Ha", time.Now())
	}
	return s.MapFS.Open(name)
}

func (s *shared) ReadDir(name string) ([]fs.DirEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, fs.ErrNotExist
	}
	return s.MapFS.ReadDir(name)
}

func (s *shared) Stat(name string) (fs.FileInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if "stat "+name == s.bad {
		return nil, errDisk
	}
	return s.MapFS.Stat(name)
}

func (s *shared) write(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	write(s.MapFS, name, text, time.Now())
}

// set changes it otherwise.
func (s *shared) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shared) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.MapFS, name)
}

const lookEvery = 30 * time.Second

// watched is a folder that is looked at every lookEvery, in a bubble. results are those of
// the reloads so far.
func watched(t *testing.T, m *shared) (_ *library.Library, results func() string) {
	t.Helper()
	return watchedWithin(t, m, nil)
}

// watchedWithin is watched with a limit of memory.
func watchedWithin(t *testing.T, m *shared, budget library.Memory) (_ *library.Library, results func() string) {
	t.Helper()
	lib := open(t, m, library.Options{Now: time.Now, TextPosts: true, Memory: budget, OnReload: func(library.Report) { m.set(func() { m.told++ }) }})
	var mu sync.Mutex
	said := ""
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = lib.Watch(ctx, library.Watching{Interval: lookEvery, Reload: func(still *library.Still) error {
			m.mu.Lock()
			err := m.fail
			m.mu.Unlock()
			var report library.Report
			if err == nil {
				report, err = lib.ReloadStill(still)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				said += err.Error() + "\n"
			} else {
				said += report.String() + "\n"
			}
			return err
		}})
	}()
	t.Cleanup(func() { stop(); <-ended })
	synctest.Wait()
	return lib, func() string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return said
	}
}

// A file that is being written to waits until that has ended: what is published is never a part
// of it. Other files wait for it only so long.
func TestHalfWrittenFilesAreNotPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{MapFS: folder{"a.md": md("title: A", "date: 1999-01-01"), "b.md": md("title: B", "date: 1999-01-02")}.fs()}
		lib, results := watched(t, m)
		time.Sleep(2 * lookEvery)
		equal(t, "without a change", results(), "")

		m.write("a.md", "---\ntitle: A ag")
		m.write("new.md", "---\ntitle: Ne")
		time.Sleep(lookEvery + 500*time.Millisecond) // after the first look, before the second
		m.write("a.md", md("title: A again", "date: 1999-01-01"))
		m.write("new.md", md("title: New", "date: 1999-01-03"))
		equal(t, "half written", results(), "")
		time.Sleep(2 * time.Second)
		equal(t, "written", results(), "1 new post, 1 changed\n")
		equal(t, "posts", all(lib.Current()), "new b a")
		equal(t, "problems", len(lib.Current().Problems()), 0)

		// One that is written to while it is read.
		m.late = "a.md"
		m.write("a.md", md("title: A once more", "date: 1999-01-01"))
		time.Sleep(lookEvery)
		equal(t, "written to while it is read", results(), "1 new post, 1 changed\nnothing changed\n")
		m.write("a.md", md("title: A once more", "date: 1999-01-01"))
		time.Sleep(2 * lookEvery)
		equal(t, "written again", results(), "1 new post, 1 changed\nnothing changed\n1 post changed\n")
		before := results()

		// One that is written on and on, and one that is not.
		m.write("calm.md", md("title: Calm", "date: 1999-01-04"))
		text := "---\ntitle: Half"
		for range 200 {
			text += "x"
			m.write("b.md", text)
			m.write("more.md", text)
			time.Sleep(307 * time.Millisecond) // never when there is a look
		}
		equal(t, "meanwhile", results(), before+"1 new post\n")
		equal(t, "posts", all(lib.Current()), "calm new b a")
		equal(t, "problems", len(lib.Current().Problems()), 0)
		m.write("b.md", md("title: B again", "date: 1999-01-02"))
		m.remove("more.md")
		time.Sleep(2 * lookEvery)
		equal(t, "at its end", results(), before+"1 new post\n1 post changed\n")
	})
}

// Who opens the folder later may wait for a file that is being written, but not for ever.
func TestAwaitStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{MapFS: fstest.MapFS{}}
		wait := func(written time.Duration) (waited time.Duration) {
			begun := time.Now()
			ctx, stop := context.WithTimeout(t.Context(), written)
			defer time.Sleep(time.Second) // the writer ends
			defer stop()
			go func() {
				for ctx.Err() == nil {
					m.write("a.md", "---\ntitle: Half")
					time.Sleep(300 * time.Millisecond)
				}
			}()
			synctest.Wait()
			if err := library.AwaitStill(t.Context(), m, time.Second); err != nil {
				t.Error(err)
			}
			return time.Since(begun)
		}
		if waited := wait(3 * time.Second); waited < 3*time.Second || waited > 5*time.Second {
			t.Errorf("it waits for %s", waited)
		}
		equal(t, "for one that is written on and on, it waits", wait(time.Minute), 10*time.Second)
	})
}

// A folder that is away is told of once, and everything stays; when it is back, that is a
// reload that succeeds.
func TestAWatchedFolderGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{MapFS: folder{"a.md": md("title: A")}.fs()}
		lib, results := watched(t, m)
		away := func(is bool) {
			m.set(func() { m.away = is })
			time.Sleep(5 * lookEvery)
		}
		away(true)
		equal(t, "away", results(), "reading the posts folder again: file does not exist\n")
		equal(t, "posts", all(lib.Current()), "a")
		away(false)
		equal(t, "back", results(), "reading the posts folder again: file does not exist\nnothing changed\n")

		// An empty folder is a failure, which is over when the same files are there again.
		file := m.MapFS["a.md"]
		m.remove("a.md")
		time.Sleep(5 * lookEvery)
		equal(t, "posts of an empty folder", all(lib.Current()), "a")
		before := len(results())
		m.set(func() { m.MapFS["a.md"] = file })
		time.Sleep(5 * lookEvery)
		equal(t, "not empty any more", results()[before:], "nothing changed\n")

		// So is a failure of a reload that somebody else has asked for.
		m.set(func() { m.away = true })
		if _, err := lib.Reload(); err == nil {
			t.Error("a folder that is away is reloaded")
		}
		m.set(func() { m.away = false })
		before = len(results())
		time.Sleep(5 * lookEvery)
		equal(t, "back before it was missed", results()[before:], "nothing changed\n")
	})
}

// What could not be read is tried again at the interval, even if nothing has changed since. Trying
// in vain is told of once.
func TestWatchTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{MapFS: folder{"a.md": md("title: A", "date: 1999-01-01"), "sub/b.md": md("title: B", "date: 1999-01-02"), "c.txt": md("title: C", "date: 1999-01-03")}.fs()}
		lib, results := watched(t, m)
		time.Sleep(lookEvery / 2) // between two looks
		for _, bad := range []string{"a.md", "sub", "c.txt", "stat a.md"} {
			m.set(func() { m.bad, m.told = bad, 0 })
			m.write("a.md", md("title: A again", "date: 1999-01-01", "summary: before "+bad))
			m.write("c.txt", md("title: C again", "date: 1999-01-03", "summary: before "+bad))
			before := len(results())
			time.Sleep(5 * lookEvery)
			synctest.Wait()
			equal(t, bad+", posts", all(lib.Current()), "c b a")
			equal(t, bad+", tries", strings.Count(results()[before:], "\n"), 5)
			equal(t, bad+", told", m.told, 1)
			m.set(func() { m.bad = "" })
			time.Sleep(lookEvery)
			synctest.Wait()
			equal(t, bad+", told when it is good", m.told, 2)
			equal(t, bad+", problems", len(lib.Current().Problems()), 0)
			was := results()
			time.Sleep(2 * lookEvery)
			equal(t, bad+", tries when it is good", results(), was)
		}

		m.set(func() { m.fail = errors.New("failed") })
		m.write("a.md", md("title: A at last", "date: 1999-01-01"))
		before := len(results())
		time.Sleep(2 * lookEvery)
		m.set(func() { m.fail = nil })
		time.Sleep(2 * lookEvery)
		equal(t, "reloads that failed, and one that did not", results()[before:], "failed\nfailed\n1 post changed\n")
	})
}

// A reload that is refused for want of memory is not tried again, at the cost of reading all that
// has changed, before there is the memory or something else has changed. Files that could not be
// read wait with it: what is read of them would be refused, too.
func TestWatchWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{MapFS: folder{"a.md": md("title: A", "date: 1999-01-01"), "b.md": md("title: B", "date: 1999-01-02")}.fs()}
		budget := &memory{}
		lib, results := watchedWithin(t, m, budget)
		time.Sleep(lookEvery / 2) // between two looks
		m.set(func() { m.bad = "b.md" })
		m.write("b.md", md("title: B again", "date: 1999-01-02"))
		time.Sleep(lookEvery)
		const refused = "reading the posts folder again: there is no memory\n"
		want := "no post changed; 1 broken post kept as before; 1 problem\n"
		equal(t, "a file that cannot be read", results(), want)

		budget.limit(1000)
		m.write("a.md", md("title: A again", "date: 1999-01-01"))
		time.Sleep(10 * lookEvery)
		want += refused
		equal(t, "without memory", results(), want)
		m.write("c.md", md("title: C", "date: 1999-01-03"))
		time.Sleep(10 * lookEvery)
		want += refused
		equal(t, "when another file has changed", results(), want)
		budget.limit(2500) // for one
		time.Sleep(lookEvery)
		want += refused
		equal(t, "when there is more memory", results(), want)
		time.Sleep(10 * lookEvery)
		equal(t, "that is not enough for all", results(), want)
		budget.limit(10_000)
		time.Sleep(lookEvery)
		want += "1 new post, 1 changed; 1 broken post kept as before; 1 problem\n"
		equal(t, "with enough", results(), want)
		m.set(func() { m.bad = "" })
		time.Sleep(lookEvery)
		want += "1 post changed\n"
		equal(t, "what could not be read", results(), want)
		equal(t, "posts", all(lib.Current()), "c b a")
	})
}
