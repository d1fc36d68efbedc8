package library_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// what authors see, and nobody else does.
var withHeld = folder{
	"queues.md":        "---\ntitle: What a queue hides\ndate: 2026-03-01\ncategories: [Databases]\ntags: [locks]\nseries: Locks\n---\n\nA queue hides how late you are.\n",
	"pods.md":          "---\ntitle: Pods\ndate: 2026-02-01\n---\n\nPods [and more](sealed.md).\n",
	"sealed.md":        "---\ntitle: Sealed words\ndate: 2026-03-02\ndraft: true\naliases: [/sesame/]\ncategories: [Secrets]\ntags: [locks, hush]\nseries: Locks\n---\n\nXyzzyplugh opens a queue.\n",
	"soon.md":          "---\ntitle: Soon\ndate: 2026-12-24\ncategories: [Databases]\n---\n\nXyzzyplugh, later.\n",
	"over.md":          "---\ntitle: Over\ndate: 2025-12-24\nexpiryDate: 2026-01-31T18:30:00Z\n---\n\nXyzzyplugh, before.\n",
	"pods.es.md":       "---\ntitle: Vainas\ndraft: true\nlang: es\n---\n\nXyzzyplugh.\n",
	"headless.md":      "---\ntitle: Headless\nheadless: true\n---\n\nXyzzyplugh.\n",
	"_index.md":        about("title: The blog"),
	"secret/_index.md": about("category: Secrets", "title: Secret things"),
}

// leads are all ways to a post by its name, and all groups it is in.
func leads(x *library.Index) string {
	var found []string
	for _, name := range []string{"sealed", "sesame", "soon", "over", "headless", "secrets", "hush"} {
		if _, ok := x.Named(name); ok {
			found = append(found, name)
		}
	}
	return strings.Join(found, " ")
}

func TestForAuthors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := withHeld.fs()
		lib := open(t, m, library.Options{Language: "en", Authors: true})
		plain := open(t, m, library.Options{Language: "en"})
		run(t, lib)
		x := lib.Current()
		<-x.Searchable()
		equal(t, "authors without the option", plain.Current().ForAuthors(), plain.Current())
		for _, x := range []*library.Index{x, x.In("es")} {
			equal(t, "readers' posts", all(x), "queues pods")
			equal(t, "readers' names", leads(x), "")
			equal(t, "readers' groups", len(x.Categories())+len(x.Tags()), 2)
			equal(t, "readers' search", len(x.Search("xyzzyplugh", 9).Hits), 0)
			equal(t, "a near miss", strings.Join(x.Search("xyzzyplugg", 9).Notes, ""), "")
			if to, ok := x.Resolve(x.All().At(1), "sealed.md", false); ok {
				t.Errorf("a link leads readers to %s", to.Path)
			}
		}
		a := x.ForAuthors()
		equal(t, "posts", all(a), "soon sealed queues pods over")
		equal(t, "names", leads(a), "sealed sesame soon over secrets hush")
		equal(t, "a category's name", a.Categories()[1].Name, "Secret things")
		equal(t, "locks", a.Tags()[0].Len(), 2)
		parts, _ := a.Series("queues")
		equal(t, "series", len(parts), 2)
		equal(t, "search", strings.Join(slugsOf(a.Search("xyzzyplugh", 9)), " "), "pods over soon sealed")
		equal(t, "search of both", strings.Join(slugsOf(a.Search("queue", 9)), " "), "queues sealed")
		equal(t, "search that drafts have nothing of", strings.Join(slugsOf(a.Search("hides late", 9)), " "), "queues")
		equal(t, "search of a group", strings.Join(slugsOf(a.Search("category:secrets", 9)), " "), "sealed")
		equal(t, "translation", a.In("es").All().At(3).Path, "pods.es.md")
		for address, want := range map[string]string{
			"sealed": "Draft", "soon": "Scheduled for 2026-12-24", "over": "Expired on 2026-01-31 18:30 UTC", "queues": "",
		} {
			p, _ := a.Find(address)
			equal(t, "state of "+address, a.State(p), want)
		}
		to, ok := a.Resolve(a.All().At(3), "sealed.md", false)
		equal(t, "a link", ok && to.Slug == "sealed", true)

		// Of what they get to know of it, readers cannot tell that a draft has changed.
		write(m, "sealed.md", strings.Replace(withHeld["sealed.md"], "Xyzzyplugh", "Xyzzyplagh", 1), noon)
		equal(t, "changes", reload(t, lib).Changes.String(), "")
		equal(t, "an author's changes", lib.Current().ForAuthors().Since(a).String(), "1 post changed")
		write(m, "sealed.md", strings.Replace(withHeld["sealed.md"], "draft: true\n", "", 1), noon.Add(time.Second))
		equal(t, "published", reload(t, lib).Changes.String(), "1 new post")
		for _, name := range []string{"sealed.md", "soon.md", "over.md", "pods.es.md"} {
			delete(m, name)
		}
		reload(t, lib)
		equal(t, "nothing is held", lib.Current().ForAuthors(), lib.Current())
		equal(t, "an author's changes then", lib.Current().ForAuthors().Since(a).String(), "1 post changed, 3 removed")
	})
}

// An index shares a single post that readers do not see: it is found by its address alone.
func TestSharing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := withHeld.fs()
		lib := open(t, m, library.Options{Language: "en", Authors: true})
		run(t, lib)
		<-lib.Current().Searchable()
		x := lib.Current()
		for _, name := range []string{"nothing", "headless", "sesame", ""} {
			if _, ok := x.Sharing(name); ok {
				t.Errorf("%q is shared", name)
			}
		}
		published, ok := x.Sharing("queues")
		equal(t, "a published post", ok && published == x, true)
		s, ok := x.Sharing("sealed")
		if !ok {
			t.Fatal("it is not shared")
		}
		equal(t, "names", leads(s), "sealed")
		p, _ := s.Find("sealed")
		equal(t, "state", s.State(p), "Draft")
		equal(t, "posts", all(s), "queues pods")
		equal(t, "search", len(s.Search("xyzzyplugh", 9).Hits), 0)
		equal(t, "others", leads(x), "")
		equal(t, "language", s.In("es"), s)
		if again, ok := s.Again(p); !ok || again != p {
			t.Error("it is not found again")
		}
		if to, ok := s.All().Older(p); !ok || to.Slug != "queues" {
			t.Errorf("the next post is %v", to)
		}
	})
}

// What the index of authors takes is counted among what the posts take.
func TestMemoryOfAuthors(t *testing.T) {
	files := folder{"draft.md": md("title: Draft", "draft: true")}
	tags := make([]string, 20)
	for i := range 3000 {
		for j := range tags {
			tags[j] = fmt.Sprintf("tag-%d", (i+j)%500)
		}
		files[fmt.Sprintf("%d.md", i)] = md("title: A title", "tags: ["+strings.Join(tags, ", ")+"]")
	}
	m := files.fs()
	took := func(authors bool) (heap, counted int64) {
		held := func() int64 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return int64(stats.HeapAlloc)
		}
		before := held()
		lib := open(t, m, library.Options{Authors: authors})
		lib.Current().ForAuthors().Find("nothing of that name")
		heap, counted = held()-before, lib.Current().Bytes()
		runtime.KeepAlive(lib)
		return heap, counted
	}
	plain, counted := took(false)
	more, countedMore := took(true)
	if more-plain > countedMore-counted {
		t.Errorf("the index of authors takes %d bytes, and %d are counted", more-plain, countedMore-counted)
	}
}

// Authors find what fits best first, whoever sees it.
func TestAuthorsSearchRanksAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib := open(t, folder{
			"about.md":  "---\ntitle: Queues\ndate: 2026-03-01\n---\n\nQueues, queues and queues.\n",
			"barely.md": "---\ntitle: Notes\ndate: 2026-03-01\ndraft: true\n---\n\n" + strings.Repeat("Of something else. ", 50) + "Queues.\n",
			"best.md":   "---\ntitle: Locks\ndate: 2026-03-01\ndraft: true\n---\n\nLocks.\n",
			"lock.md":   "---\ntitle: Notes on pods\ndate: 2026-03-01\n---\n\n" + strings.Repeat("Of something else. ", 50) + "Locks.\n",
		}.fs(), library.Options{Language: "en", Authors: true})
		run(t, lib)
		x := lib.Current()
		<-x.Searchable()
		equal(t, "a draft that is worse", strings.Join(slugsOf(x.ForAuthors().Search("queues", 9)), " "), "about barely")
		equal(t, "a draft that is better", strings.Join(slugsOf(x.ForAuthors().Search("locks", 9)), " "), "best lock")
		equal(t, "the best one", strings.Join(slugsOf(x.ForAuthors().Search("queues", 1)), " "), "about")
		equal(t, "how many there are", x.ForAuthors().Search("queues", 1).Total, 2)
	})
}
