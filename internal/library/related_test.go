package library_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A tag that posts share counts as much as two categories, and more than one.
// Of equals the newest comes first.
func TestRelatedByWeight(t *testing.T) {
	x := open(t, folder{
		"it.md":             md("title: It", "date: 2026-01-01", "tags: [queues]", "categories: [one, two, three]"),
		"tag.md":            md("title: Tag", "date: 2026-01-02", "tags: [queues]"),
		"category.md":       md("title: Category", "date: 2026-01-05", "categories: [one]"),
		"two-categories.md": md("title: Two categories", "date: 2026-01-03", "categories: [one, two]"),
		"three.md":          md("title: Three", "date: 2026-01-01", "categories: [one, two, three]"),
		"neither.md":        md("title: Neither", "date: 2026-01-06", "tags: [other]"),
	}.fs(), library.Options{}).Current()
	equal(t, "related", slugs(x.Related("it", 10)), "three two-categories tag category")
	equal(t, "the two nearest", slugs(x.Related("it", 2)), "three two-categories")
}

// Of a tag that very many posts have, the thousand newest are looked at.
func TestRelatedAmongTheNewest(t *testing.T) {
	const posts = 1010
	f := folder{}
	for i := range posts { // 0000 is the newest
		day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i)
		front := []string{"title: A", "date: " + day.Format(time.DateOnly), "tags: [all]"}
		if i == 0 || i == 998 || i == 1002 {
			front = append(front, "categories: [few]")
		}
		f[fmt.Sprintf("p%04d.md", i)] = md(front...)
	}
	x := open(t, f.fs(), library.Options{}).Current()
	equal(t, "nearest", slugs(x.Related("p0000", 3)), "p0998 p0001 p0002")
	found := x.Related("p0000", posts)
	equal(t, "last", slugs(found[len(found)-1:]), "p1002")
}
