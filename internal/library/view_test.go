package library_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// The parts of a series are those of the originals, by whatever name translations call it, and so is
// what is related.
func TestSeriesInLanguages(t *testing.T) {
	files := folder{
		"a.md": md("title: A", "date: 2026-01-01", "series: Queues", "tags: [x]"), "a.es.md": md("title: A (es)", "series: Colas", "tags: [equis]"),
		"b.md": md("title: B", "date: 2026-01-02", "series: queues", "tags: [x]"), "b.es.md": md("title: B (es)"),
		"c.md": md("title: C", "date: 2026-01-03", "tags: [x]"), "c.es.md": md("title: C (es)", "series: Colas"),
	}
	es := open(t, files.fs(), library.Options{Language: "en"}).Current().In("es")
	for address, want := range map[string]string{"a": "Colas: a.es.md b.es.md", "b": "queues: a.es.md b.es.md", "c": ":", "nosuch": ":"} {
		parts, name := es.Series(address)
		equal(t, "series of "+address, strings.TrimSpace(name+": "+paths(parts)), want)
	}
	equal(t, "related", paths(es.Related("a", 3)), "c.es.md b.es.md")
}

func paths(posts []*post.Post) string {
	var paths []string
	for _, p := range posts {
		paths = append(paths, p.Path)
	}
	return strings.Join(paths, " ")
}

// What the languages of readers take grows with the lists, and not with the posts in them, and is
// counted among what the posts take.
func TestMemoryOfLanguages(t *testing.T) {
	files := folder{}
	tags := make([]string, 50)
	for i := range 500 {
		for j := range tags {
			tags[j] = fmt.Sprintf("tag-%d", (i+j)%1000)
		}
		files[fmt.Sprintf("%d.md", i)] = md("title: A title", "tags: ["+strings.Join(tags, ", ")+"]")
	}
	m := files.fs()
	bare := open(t, m, library.Options{}).Current()
	var languages []string
	for first := 'a'; first <= 'z' && len(languages) < 64; first++ {
		for second := 'a'; second <= 'z' && len(languages) < 64; second++ {
			if code := string(first) + string(second); post.Language(code) != "" {
				languages = append(languages, code)
				write(m, "0."+code+".md", md("title: Translated"), noon)
			}
		}
	}
	x := open(t, m, library.Options{}).Current()
	held := func() int64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := held()
	for _, language := range languages {
		if x.In(language) == x {
			t.Fatalf("%s is not read in", language)
		}
	}
	took, counted := held()-before, x.Bytes()-bare.Bytes()
	if took > counted {
		t.Errorf("%d languages take %d bytes, and %d are counted", len(languages), took, counted)
	}
	if most := int64(len(languages)) * int64(len(x.Tags())+1) * 300; counted > most+1<<20 {
		t.Errorf("%d bytes are counted, more than %d", counted, most)
	}
	runtime.KeepAlive(x)
}
