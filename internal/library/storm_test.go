package library_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// 40 readers follow 900 swaps: each sees only whole indexes, ends at the last
// one, and leaves no goroutine behind, which synctest would report.
func TestReloadStorm(t *testing.T) {
	const readers, swaps = 40, 900
	synctest.Test(t, func(t *testing.T) {
		m := folder{}.fs()
		publish := func(n int) {
			version := fmt.Sprintf("v%d", n)
			write(m, "_index.md", about("title: "+version), noon)
			write(m, "a.md", md("title: "+version, "date: 2026-01-01", "tags: ["+version+"]"), noon)
			delete(m, fmt.Sprintf("p%d.md", n-1))
			write(m, fmt.Sprintf("p%d.md", n), md("title: "+version, "date: 2026-01-02"), noon)
		}
		publish(0)
		lib := open(t, m, library.Options{})

		var wg sync.WaitGroup
		for range readers {
			wg.Go(func() { follow(t, lib, fmt.Sprintf("v%d", swaps)) })
		}
		for n := 1; n <= swaps; n++ {
			publish(n)
			if r := reload(t, lib); r.Unchanged {
				t.Errorf("reload %d changed nothing", n)
			}
		}
		wg.Wait()
	})
}

// follow reads every index that it gets hold of until the one of version last.
func follow(t *testing.T, lib *library.Library, last string) {
	x := lib.Current()
	for {
		version := x.Blog().Title
		for i := range x.All().Len() {
			equal(t, "title", x.All().At(i).Title(), version)
		}
		equal(t, "tags", describe(x.Tags()), fmt.Sprintf("%s=%s(1)", version, version))
		equal(t, "posts", x.All().Len(), 2)
		if version == last {
			return
		}
		<-x.Superseded()
		old := x
		x = lib.Current()
		equal(t, "changes", x.Since(old).String(), "1 new post, 1 changed, 1 removed")
	}
}

func TestConcurrentReloads(t *testing.T) {
	lib := open(t, folder{"a.md": md("title: A"), "b.md": broken}.fs(), library.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := lib.Reload(); err != nil {
					t.Error(err)
				}
				equal(t, "posts", all(lib.Current()), "a")
			}
		})
	}
	wg.Wait()
}

// What one post makes the file system or the parser do stays with that post.
func TestPanicWhileReading(t *testing.T) {
	m := folder{"a.md": md("title: A"), "b.md": md("title: B")}.fs()
	s := &spy{FS: m, fail: map[string]func() error{}}
	lib := open(t, s, library.Options{})
	write(m, "a.md", md("title: A2"), noon)
	s.fail["a.md"] = func() error { panic("no") }
	r := reload(t, lib)
	equal(t, "report", r.String(), "no post changed; 1 broken post kept as before; 1 problem")
	wantProblem(t, r.Problems, "a.md", post.Error, "report it")
	equal(t, "posts", all(lib.Current()), "a b")
}
