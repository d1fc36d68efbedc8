package library_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
)

// The benchmarks read folders of 1,000 and 10,000 posts, which take some
// seconds to write. With -large they also read 100,000 (a gigabyte of disk and
// two of memory); with -corpus the folders are kept there for the next run:
//
//	go test -run '^$' -bench . ./internal/library -large -corpus /var/tmp/posts
var (
	large      = flag.Bool("large", false, "also benchmark 100,000 posts")
	corpusRoot = flag.String("corpus", "", "keep the benchmarks' posts in this `folder`")
)

// blogs are the folders written so far, by their number of posts.
var blogs = struct {
	sync.Mutex
	texts *corpus.Corpus
	dirs  map[int]string
}{dirs: map[int]string{}}

// texts returns the corpus that the folders are of.
func texts() *corpus.Corpus {
	blogs.Lock()
	defer blogs.Unlock()
	if blogs.texts == nil {
		blogs.texts = corpus.New()
	}
	return blogs.texts
}

// blog returns a folder of n posts, which whoever changes it must put right
// again.
func blog(b *testing.B, n int) string {
	b.Helper()
	c := texts()
	blogs.Lock()
	defer blogs.Unlock()
	dir, ok := blogs.dirs[n]
	if ok {
		return dir
	}
	dir = filepath.Join(*corpusRoot, fmt.Sprintf("posts-%d", n))
	if *corpusRoot == "" {
		var err error
		dir, err = os.MkdirTemp("", "sshblog-posts-") //nolint:usetesting // all benchmarks share it
		must(b, err)
	}
	// The last file shows whether an earlier run has written them all.
	if _, err := os.Stat(filepath.Join(dir, c.Path(n-1))); err != nil {
		_, err := c.Write(dir, n)
		must(b, err)
	}
	blogs.dirs[n] = dir
	return dir
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if *corpusRoot == "" {
		for _, dir := range blogs.dirs {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code) //nolint:forbidigo // it is what ends a test binary
}

// sizes runs a benchmark for each number of posts.
func sizes(b *testing.B, f func(b *testing.B, posts int)) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			if n > 10_000 && !*large {
				b.Skip("only with -large")
			}
			f(b, n)
		})
	}
}

// later is a clock by which the files just written have long been as they are.
func later() time.Time { return time.Now().Add(time.Hour) }

// readOnly lists a folder and reads every file in it, as many at a time as there are
// processors. It is the floor: no blog can be opened in less.
func readOnly(b *testing.B, dir string) {
	b.Helper()
	root := os.DirFS(dir)
	files := filesIn(b, dir)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(files); i = next.Add(1) - 1 {
				if _, err := fs.ReadFile(root, files[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
}

func filesIn(b *testing.B, dir string) []string {
	b.Helper()
	var files []string
	must(b, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	}))
	return files
}

// BenchmarkOpen reports how many times as long it takes to open a blog as only
// to read its files, in turns so that a busy machine slows both.
func BenchmarkOpen(b *testing.B) {
	sizes(b, func(b *testing.B, posts int) { benchmarkOpen(b, blog(b, posts), posts) })
}

// BenchmarkOpenEqualNames is BenchmarkOpen for 10,000 posts of which 30 % share three names.
func BenchmarkOpenEqualNames(b *testing.B) {
	const posts = 10_000
	dir := b.TempDir()
	must(b, writeEqualNames(texts(), dir, posts))
	benchmarkOpen(b, dir, posts)
}

func benchmarkOpen(b *testing.B, dir string, posts int) {
	b.Helper()
	var floor, own time.Duration
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		start := time.Now()
		readOnly(b, dir)
		floor += time.Since(start)
		b.StartTimer()
		start = time.Now()
		lib := open(b, library.Dir(dir), library.Options{Now: later})
		own += time.Since(start)
		equal(b, "posts", lib.Current().All().Len(), posts)
	}
	b.ReportMetric(float64(own)/float64(floor), "x-floor")
	b.ReportMetric(float64(floor.Nanoseconds())/float64(b.N), "floor-ns/op")
}

// BenchmarkMemory reports the bytes that a post takes in an open library
// beside its text and without search, and those of its text.
func BenchmarkMemory(b *testing.B) {
	sizes(b, func(b *testing.B, posts int) {
		dir := blog(b, posts)
		for b.Loop() {
			before := heap()
			lib := open(b, library.Dir(dir), library.Options{Now: later})
			used := heap() - before
			l := lib.Current().All()
			var text int64
			for i := range l.Len() {
				text += allocated(len(l.At(i).Body()))
			}
			b.ReportMetric(float64(used-text)/float64(posts), "B/post")
			b.ReportMetric(float64(text)/float64(posts), "text-B/post")
			runtime.KeepAlive(lib)
		}
	})
}

// allocated returns what the allocator takes for n bytes of text.
func allocated(n int) int64 { return int64(cap(append([]byte(nil), make([]byte, n)...))) }

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkReload reports how long a reload takes after some files have
// changed, and how many times as long as only looking at all of them.
func BenchmarkReload(b *testing.B) {
	sizes(b, func(b *testing.B, posts int) {
		for _, changed := range []int{0, 1, 100} {
			b.Run(fmt.Sprintf("changed=%d", changed), func(b *testing.B) { reloadChanged(b, posts, changed) })
		}
	})
}

func reloadChanged(b *testing.B, posts, changed int) {
	dir, c := blog(b, posts), texts()
	put := func(note string) {
		for i := range changed {
			path, text := c.Post(i * (posts / max(changed, 1)))
			must(b, os.WriteFile(filepath.Join(dir, path), append(text, note...), 0o600))
		}
	}
	b.Cleanup(func() { put("") })
	lib := open(b, library.Dir(dir), library.Options{Now: later})
	var floor, own time.Duration
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		n++
		put(fmt.Sprintf("\n%d\n", n))
		start := time.Now()
		statOnly(b, dir)
		floor += time.Since(start)
		b.StartTimer()
		start = time.Now()
		if r := reload(b, lib); len(r.Changed) != changed {
			b.Fatal(r)
		}
		own += time.Since(start)
	}
	b.ReportMetric(float64(own)/float64(floor), "x-floor")
}

// statOnly looks at every file's size and times.
func statOnly(b *testing.B, dir string) {
	b.Helper()
	must(b, fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			_, err = d.Info()
		}
		return err
	}))
}

func BenchmarkFind(b *testing.B) {
	x := open(b, library.Dir(blog(b, 10_000)), library.Options{Now: later}).Current()
	slug := x.All().At(500).Address
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := x.Find(slug); !ok || x.All().Index(slug) != 500 {
			b.Fatal(slug)
		}
	}
}

// BenchmarkPage looks a page up, with what a list shows of each post.
func BenchmarkPage(b *testing.B) {
	x := open(b, library.Dir(blog(b, 10_000)), library.Options{Now: later}).Current()
	category := x.Categories()[0]
	for name, l := range map[string]*library.List{"all": x.All(), "category": category} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, p := range l.Page(l.Pages() / 2) {
					n += len(p.Title()) + len(p.Summary())
				}
				if n == 0 {
					b.Fatal("an empty page")
				}
			}
		})
	}
}

// searchable opens a blog and waits until it can be searched. The function it
// returns ends that.
func searchable(b testing.TB, dir string) (*library.Index, func()) {
	b.Helper()
	lib := open(b, library.Dir(dir), library.Options{Now: later})
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = lib.Run(ctx) })
	x := lib.Current()
	<-x.Searchable()
	return x, func() { cancel(); running.Wait() }
}

// BenchmarkSearchable reports how long after the list the search is ready, how
// many times as long as only to read the files, and the memory that it takes as
// a part of the text's.
func BenchmarkSearchable(b *testing.B) {
	sizes(b, func(b *testing.B, posts int) {
		dir := blog(b, posts)
		var floor, own time.Duration
		var bytes, text int64
		for b.Loop() {
			b.StopTimer()
			start := time.Now()
			readOnly(b, dir)
			floor += time.Since(start)
			reports := make(chan library.SearchReport, 1)
			lib := open(b, library.Dir(dir), library.Options{Now: later, OnSearch: func(r library.SearchReport) { reports <- r }})
			ctx, cancel := context.WithCancel(b.Context())
			b.StartTimer()
			start = time.Now()
			var running sync.WaitGroup
			running.Go(func() { _ = lib.Run(ctx) })
			bytes, text = (<-reports).Bytes, 0
			own += time.Since(start)
			cancel()
			running.Wait()
			l := lib.Current().All()
			for i := range l.Len() {
				text += int64(len(l.At(i).Body()))
			}
		}
		b.ReportMetric(float64(own)/float64(floor), "x-floor")
		b.ReportMetric(100*float64(bytes)/float64(text), "%-of-text")
	})
}

// BenchmarkSearch answers queries as they are typed, with the excerpts that a
// screen shows.
func BenchmarkSearch(b *testing.B) {
	sizes(b, func(b *testing.B, posts int) {
		x, end := searchable(b, blog(b, posts))
		defer end()
		c := texts()
		for name, query := range map[string]string{
			"letter":   c.Word(300)[:1],
			"word":     c.Word(1000) + " ",
			"words":    c.Word(40) + " " + c.Word(300) + " " + c.Word(1000)[:2],
			"common":   c.Word(0) + " " + c.Word(1) + " " + c.Word(2) + " ",
			"misspelt": "xq" + c.Word(1000) + "xq",
			"filter":   "after:2010 " + c.Word(300),
		} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					found := x.Search(query, 100)
					for i := range found.Hits[:min(6, len(found.Hits))] {
						found.ExcerptOf(&found.Hits[i], nil)
					}
				}
			})
		}
	})
}
