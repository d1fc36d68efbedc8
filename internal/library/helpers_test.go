package library_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// noon is the time of most tests.
var noon = time.Date(2026, time.March, 12, 12, 0, 0, 0, time.UTC)

// clock is a clock that stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// folder is a posts folder in memory. Files are long unchanged when it is
// first read.
type folder map[string]string

func (f folder) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range f {
		write(m, name, text, noon.Add(-time.Hour))
	}
	return m
}

func write(m fstest.MapFS, name, text string, mtime time.Time) {
	m[name] = &fstest.MapFile{Data: []byte(text), ModTime: mtime, Mode: 0o644}
}

// md is a post with the given lines of front matter.
func md(front ...string) string {
	return "---\n" + strings.Join(front, "\n") + "\n---\n\nSome text.\n"
}

// about is an _index.md with the given lines of front matter.
func about(front ...string) string {
	return "---\n" + strings.Join(front, "\n") + "\n---\n"
}

// broken is a file that cannot be parsed.
const broken = "---\ntitle: this front matter never ends\n"

func open(t testing.TB, fsys fs.FS, opts library.Options) *library.Library {
	t.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return noon }
	}
	lib, err := library.Open(fsys, opts)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func reload(t testing.TB, lib *library.Library) library.Report {
	t.Helper()
	report, err := lib.Reload()
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func slugs(posts []*post.Post) string {
	var s []string
	for _, p := range posts {
		s = append(s, p.Slug)
	}
	return strings.Join(s, " ")
}

func all(x *library.Index) string { return members(x.All()) }

func members(l *library.List) string {
	var s []string
	for i := range l.Len() {
		s = append(s, l.At(i).Slug)
	}
	return strings.Join(s, " ")
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantProblem checks that a file has a problem that names all of words.
func wantProblem(t testing.TB, problems []post.Problem, file string, severity post.Severity, words ...string) {
	t.Helper()
	for _, p := range problems {
		if p.Path == file && p.Severity == severity &&
			!slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(p.What, w) }) {
			return
		}
	}
	t.Errorf("no problem of severity %d in %s with the words %q among %v", severity, file, words, problems)
}

// spy is a file system that remembers which files were opened, and fails on
// demand.
type spy struct {
	fs.FS
	mu     sync.Mutex
	opened []string
	fail   map[string]func() error
}

func (s *spy) Open(name string) (fs.File, error) {
	s.mu.Lock()
	if path.Ext(name) == ".md" {
		s.opened = append(s.opened, name)
	}
	fail := s.fail[name]
	s.mu.Unlock()
	if fail != nil {
		if err := fail(); err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
	return s.FS.Open(name)
}

// reads returns the files opened since the last call.
func (s *spy) reads() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.opened)
	defer func() { s.opened = nil }()
	return strings.Join(s.opened, " ")
}

func denied() error { return fs.ErrPermission }
