package library_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A folder without a post is one that is not mounted, or a mistake, if there
// were posts before.
func TestAFolderThatIsEmptySuddenly(t *testing.T) {
	for name, left := range map[string]folder{
		"nothing":            {},
		"no Markdown":        {"lost+found/x": "", "picture.png": ""},
		"no posts":           {"README.md": "about this", "sub/README.md": "", "#backup.md": md("title: A")},
		"what it says of it": {"_index.md": about("title: Blog"), "sub/_index.md": about("title: Sub")},
		"a broken file":      {"other.md": broken},
	} {
		t.Run(name, func(t *testing.T) {
			m := folder{"_index.md": about("title: The old blog"), "a.md": md("title: A"), "sub/b.md": md("title: B")}.fs()
			told := 0
			lib := open(t, m, library.Options{OnReload: func(library.Report) { told++ }})
			before := lib.Current()
			away := fstest.MapFS{}
			maps.Copy(away, m)
			clear(m)
			maps.Copy(m, left.fs())
			for range 2 { // it stays so
				_, err := lib.Reload()
				if !errors.Is(err, library.ErrEmpty) || !strings.Contains(err.Error(), "2 posts were") {
					t.Errorf("the error is %v", err)
				}
				if name == "a broken file" && !strings.Contains(err.Error(), "other.md") {
					t.Errorf("%v does not name the broken file", err)
				}
			}
			if lib.Current() != before || told != 0 {
				t.Errorf("the index is another one, or a reload is told of (%d)", told)
			}
			clear(m)
			maps.Copy(m, away)
			write(m, "c.md", md("title: C"), noon)
			equal(t, "mounted again", reload(t, lib).String(), "1 new post")
		})
	}
}

// Posts that are not to be read also say that the folder is there.
func TestAFolderThatIsEmptyOnPurpose(t *testing.T) {
	m := folder{"a.md": md("title: A"), "b.md": md("title: B")}.fs()
	lib := open(t, m, library.Options{})
	delete(m, "b.md")
	write(m, "a.md", md("title: A", "draft: true"), noon)
	equal(t, "report", reload(t, lib).String(), "2 posts removed")

	clear(m)
	if _, err := lib.Reload(); !errors.Is(err, library.ErrEmpty) {
		t.Errorf("the draft's folder goes, and the error is %v", err)
	}
	lib = open(t, m, library.Options{}) // a start takes it as it is
	equal(t, "posts", lib.Current().All().Len(), 0)
	equal(t, "report", reload(t, lib).String(), "nothing changed")
	write(m, "c.md", md("title: C"), noon)
	equal(t, "report", reload(t, lib).String(), "1 new post")
}

// What is not there during one scan, and is there in the next, was never gone:
// a file, or a folder, is just being put in another's place.
func TestWhatIsAwayForAMomentStays(t *testing.T) {
	for _, name := range []string{"a.md", "sub", "sub/deep", "sub/deep/c.md"} {
		t.Run(name, func(t *testing.T) {
			m := folder{"a.md": md("title: A"), "sub/b.md": md("title: B"), "sub/deep/c.md": md("title: C")}.fs()
			s := &spy{FS: m, fail: map[string]func() error{}}
			lib := open(t, s, library.Options{})
			for name := range m {
				write(m, name, string(m[name].Data), noon) // all are read again
			}
			var looks atomic.Int32
			s.fail[name] = func() error {
				if looks.Add(1) == 1 {
					return fs.ErrNotExist
				}
				return nil
			}
			equal(t, "report", reload(t, lib).String(), "nothing changed")
			equal(t, "posts", all(lib.Current()), "a b c")
			if looks.Load() < 2 {
				t.Errorf("it was looked for %d times", looks.Load())
			}
		})
	}
}

// A folder in which no two scans find the same stays as it was.
func TestAFolderThatNeverSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := folder{"a.md": md("title: A"), "b.md": md("title: B")}.fs()
		s := &spy{FS: m, fail: map[string]func() error{}}
		lib := open(t, s, library.Options{})
		before := lib.Current()
		write(m, "a.md", md("title: A2"), noon)
		var looks atomic.Int32
		s.fail["a.md"] = func() error {
			if looks.Add(1)%2 == 1 {
				return fs.ErrNotExist
			}
			return nil
		}
		began := time.Now()
		if _, err := lib.Reload(); err == nil || !strings.Contains(err.Error(), "come and go") {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(began); took != 630*time.Millisecond { // 10 + 20 + … + 320
			t.Errorf("it was waited for %s", took)
		}
		if n := looks.Load(); n < 3 || n > 20 {
			t.Errorf("it was scanned %d times", n)
		}
		if lib.Current() != before {
			t.Error("the index is another one")
		}
		delete(s.fail, "a.md")
		equal(t, "report", reload(t, lib).String(), "1 post changed")
	})
}

// A folder that is being filled again, as by rsync, is published when it is quiet,
// and one that stays small in the end.
func TestAFolderThatIsFilledSlowly(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("p%02d.md", i) }
	fill := func(from, to int) fstest.MapFS {
		m := fstest.MapFS{}
		for i := from; i < to; i++ {
			write(m, name(i), md("title: P"), noon.Add(-time.Hour))
		}
		return m
	}
	for _, tt := range []struct {
		name     string
		left     int // posts when the reload comes
		each     time.Duration
		want     int           // posts that are published
		waits    bool          // and it is told
		from, to time.Duration // how long that takes
	}{
		{"filled", 6, time.Second, 40, true, 17 * time.Second, 25 * time.Second},
		{"stays small", 5, 0, 5, true, 2 * time.Second, 4 * time.Second},
		{"never quiet", 5, 3 * time.Second / 2, 5 + 2*20, true, 30 * time.Second, 31 * time.Second},
		{"a half is left", 20, time.Second, 20, false, 0, 100 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &swapped{}
				s.FS.Store(new(fs.FS(fill(0, 40))))
				waits := 0
				lib := open(t, s, library.Options{OnWait: func(had, left int) {
					equal(t, "had", had, 40)
					equal(t, "left", left, tt.left)
					waits++
				}})
				s.FS.Store(new(fs.FS(fill(0, tt.left))))
				if tt.each > 0 {
					go func() {
						for n := tt.left + 2; n <= tt.want+10 && (n <= 40 || tt.name == "never quiet"); n += 2 {
							time.Sleep(tt.each)
							s.FS.Store(new(fs.FS(fill(0, n))))
						}
					}()
				}
				start := time.Now()
				r := reload(t, lib)
				took := time.Since(start)
				if took < tt.from || took > tt.to {
					t.Errorf("it took %v, want %v to %v", took, tt.from, tt.to)
				}
				if r.Posts != tt.want || (waits == 1) != tt.waits {
					t.Errorf("%d posts are published and %d waits told of, want %d and %v", r.Posts, waits, tt.want, tt.waits)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// swapped is a file system in whose place another one may be put.
type swapped struct{ FS atomic.Pointer[fs.FS] }

func (s *swapped) Open(name string) (fs.File, error) { return (*s.FS.Load()).Open(name) }

// An author may delete a folder; a volume may not be mounted. Either is published,
// and told of.
func TestAFolderBelowThatIsEmptySuddenly(t *testing.T) {
	m := folder{"a.md": md("title: A")}.fs()
	for i := range 6 {
		write(m, fmt.Sprintf("mounted/deep/p%d.md", i), md("title: P"), noon.Add(-time.Hour))
		write(m, fmt.Sprintf("kept/k%d.md", i), md("title: K"), noon.Add(-time.Hour))
	}
	write(m, "few/f.md", md("title: F"), noon.Add(-time.Hour))
	lib := open(t, m, library.Options{})
	for name := range m {
		if strings.HasPrefix(name, "mounted/") || strings.HasPrefix(name, "few/") {
			delete(m, name)
		}
	}
	r := reload(t, lib)
	equal(t, "report", r.String(), "7 posts removed")
	if len(r.Emptied) != 1 || r.Emptied[0] != (library.Emptied{Folder: "mounted", Posts: 6}) {
		t.Errorf("emptied: %v", r.Emptied)
	}
	equal(t, "emptied again", len(reload(t, lib).Emptied), 0)
}
