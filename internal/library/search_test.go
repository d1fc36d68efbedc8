package library_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sshblog/sshblog/internal/library"
)

// slugsOf are the posts that a query finds.
func slugsOf(f library.Found) []string {
	var slugs []string
	for _, h := range f.Hits {
		slugs = append(slugs, h.Post.Address)
	}
	return slugs
}

var searched = folder{
	"lock-queue.md": "---\ntitle: The lock queue\ndate: 2026-03-12\ncategories: [Databases]\ntags: [postgres, locks]\n---\n\nAn `ALTER TABLE` that waits stops *every* read.\n\n## The queue\n\nFirst come, first served.\n",
	"queues.md":     "---\ntitle: What a queue hides\ndate: 2025-06-01\ncategories: [CI/CD]\ntags: [lock free]\n---\n\nA queue hides how late you are.\n",
	"kube.md":       "---\ntitle: Kubernetes from below\ndate: 2024-01-31\ncategories: [CI/CD]\nsummary: What pods are made of.\n---\n\nPods.\n",
	"old.md":        "---\ntitle: No date\n---\n\nNothing but a queue.\n",
}

func TestSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib := open(t, searched.fs(), library.Options{})
		if f := lib.Current().Search("queue", 9); f.Total != 0 {
			t.Error("found something before it could be searched")
		}
		run(t, lib)
		x := lib.Current()
		<-x.Searchable()
		for query, want := range map[string]string{
			"queue":                             "lock-queue queues old",
			"alter":                             "lock-queue",
			"queue category:ci-cd":              "queues",
			"queue category:CI/CD":              "queues",
			"category:ci":                       "queues kube", // while it is typed
			"category:":                         "",
			"queue category:databases tag:lock": "lock-queue",
			`tag:"lock free"`:                   "queues",
			"tag:postgres lock":                 "lock-queue",
			"after:2025-06-01":                  "lock-queue queues",
			"before:2025-06-01":                 "kube",
			"after:2025 before:2026":            "queues",
			"after:2024-02 before:2026-03":      "queues",
			"queue after:yesterday":             "lock-queue queues old",
			"category:nowhere queue":            "",
			"kuberentes":                        "kube",
			"pods: made":                        "kube",
			"   ":                               "",
		} {
			if got := strings.Join(slugsOf(x.Search(query, 9)), " "); got != want {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
		for query, want := range map[string]string{
			"queue after:yesterday":  "after: wants a date, as in after:2026-03-12 or after:2026",
			"category:nowhere queue": "there is no category nowhere",
			"kuberentes":             "taken for: kubernetes",
			"tag:":                   "which tag?",
			`queue category:""`:      "which category?",
			"queue after:":           "after which day?",
			"before:":                "before which day?",
		} {
			if notes := x.Search(query, 1).Notes; !slices.Equal(notes, []string{want}) {
				t.Errorf("%q: notes %q", query, notes)
			}
		}
		if f := x.Search("queue", 1); f.Total != 3 || len(f.Hits) != 1 {
			t.Errorf("%d of %d hits, want 1 of 3", len(f.Hits), f.Total)
		}
	})
}

// A version is several words, of which a score knows no order.
func TestSearchForATitle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib := open(t, folder{
			"a.md": "---\ntitle: Version 1.0.4 is out\ndate: 2026-03-03\n---\n\nVersion 1.0.4, after 1.0.3: 4, 0 and 1.\n",
			"b.md": "---\ntitle: Version 4.0.1 is out\ndate: 2026-03-02\n---\n\nIt follows what came before, and changes little of it.\n",
			"c.md": "---\ntitle: Is version 4.0.1 out\ndate: 2026-03-01\n---\n\nVersion 4.0.1 is out. Is it out?\n",
		}.fs(), library.Options{})
		run(t, lib)
		x := lib.Current()
		<-x.Searchable()
		for query, want := range map[string]string{
			"version 1.0.4":              "a c b",
			"version 4.0.1 is":           "b c a",
			"version 4.0.1 is out":       "b c a",
			"out 4.0.1 after:2026-03-02": "b a",
			"Is version 4.0.1 out":       "c b a",
			"is VERSION 4.0.1 ou":        "c b a",
		} {
			if got := strings.Join(slugsOf(x.Search(query, 9)), " "); got != want {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
			first, _, _ := strings.Cut(want, " ")
			if got := strings.Join(slugsOf(x.Search(query, 1)), " "); got != first {
				t.Errorf("%q finds %q first, want %q", query, got, first)
			}
		}
	})
}

// A search is of its own index: a reader of the old one finds the old text, and
// the new one is ready in its turn.
func TestSearchIsSwapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys := searched.fs()
		var reports []library.SearchReport
		lib := open(t, fsys, library.Options{OnSearch: func(r library.SearchReport) { reports = append(reports, r) }})
		run(t, lib)
		old := lib.Current()
		<-old.Searchable()
		write(fsys, "queues.md", "---\ntitle: Renamed\n---\n\nZebras.\n", noon)
		delete(fsys, "kube.md")
		reload(t, lib)
		next := lib.Current()
		<-next.Searchable()
		synctest.Wait()
		equal(t, "new text in the old index", old.Search("zebras", 9).Total, 0)
		equal(t, "old text in the old index", old.Search("pods", 9).Total, 1)
		equal(t, "new text", strings.Join(slugsOf(next.Search("zebra", 9)), " "), "queues")
		equal(t, "a deleted post", next.Search("pods", 9).Total, 0)
		equal(t, "reports", len(reports), 2)
		equal(t, "posts", reports[1].Posts, 3)
	})
}

func TestExcerpts(t *testing.T) {
	long := strings.Repeat("Words before it, many of them. ", 30) + "Here is the needle in a haystack. " + strings.Repeat("And words after it. ", 40)
	synctest.Test(t, func(t *testing.T) {
		f := folder{}
		maps.Copy(f, searched)
		f["summed.md"] = "---\ntitle: Summed\nsummary: Only the zanzibar summary says it.\n---\n\nA zanzibar of the text.\n\nMore of it.\n"
		f["told.md"] = "---\ntitle: Told\ndescription: Yellow submarines.\n---\n\nText.\n"
		f["long.md"] = "---\ntitle: Long\n---\n\nA haystack.\n\n" + long + "\n"
		f["cjk.md"] = "---\ntitle: 長い文\n---\n\n" + strings.Repeat("これは長い段落です", 60) + "検索" + strings.Repeat("です", 200) + "\n"
		lib := open(t, f.fs(), library.Options{})
		run(t, lib)
		<-lib.Current().Searchable()
		for query, want := range map[string]string{
			"alter table":     "An [ALTER] [TABLE] that waits stops every read.",
			"served":          "First come, first [served].",
			"kubernetes":      "What pods are made of.", // only the title has it
			"zanzibar":        "A [zanzibar] of the text.",
			"zanzibar says":   "Only the [zanzibar] summary [says] it.",
			"submarine":       "Yellow [submarines].",
			"needle haystack": "…of them. Here is the [needle] in a [haystack]. And words",
			"検索":              "段落です[検索]です",
		} {
			found := lib.Current().Search(query, 1)
			if len(found.Hits) != 1 {
				t.Fatalf("%q: %d hits", query, len(found.Hits))
			}
			h := &found.Hits[0]
			found.ExcerptOf(h, nil)
			got, end := "", 0
			marks, _ := found.Terms.Spans(h.Excerpt)
			for _, m := range marks {
				got += h.Excerpt[end:m.Start] + "[" + h.Excerpt[m.Start:m.End] + "]"
				end = m.End
			}
			if got += h.Excerpt[end:]; !strings.Contains(got, want) || len(h.Excerpt) > 420 {
				t.Errorf("%q: %s", query, got)
			}
		}
	})
}
