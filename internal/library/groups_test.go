package library_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
)

// describe writes lists as "slug=Name(count)".
func describe(lists []*library.List) string {
	var s []string
	for _, l := range lists {
		s = append(s, fmt.Sprintf("%s=%s(%d)", l.Slug, l.Name, l.Len()))
	}
	return strings.Join(s, " ")
}

func TestCategoriesAndTags(t *testing.T) {
	x := open(t, folder{
		"1.md": md("title: T", "date: 2026-01-09", "categories: [CI/CD]", "tags: [go, Go, queues, \ufe0f]", "series: On shipping"),
		"2.md": md("title: T", "date: 2026-01-08", "categories: [ci/cd, NodeJS, CI CD]", "tags: [Go]"),
		"3.md": md("title: T", "date: 2026-01-07", "categories: [ci/cd]", "tags: [go]"),
		"4.md": md("title: T", "date: 2026-01-06", "categories: [nodejs]"),
		"5.md": md("title: T", "date: 2026-01-05", "categories: [Datenbanken für alle]"),
		"6.md": md("title: T", "date: 2026-01-04", "categories: [Hidden]", "draft: true"),
		"7.md": md("title: T", "date: 2026-01-03"),
	}.fs(), library.Options{PageSize: 2}).Current()
	equal(t, "categories", describe(x.Categories()),
		"ci-cd=ci/cd(3) nodejs=NodeJS(2) datenbanken-für-alle=Datenbanken für alle(1)")
	equal(t, "tags", describe(x.Tags()), "go=go(3) queues=queues(1)")

	l, ok := x.Category("ci-cd")
	if !ok {
		t.Fatal("no category ci-cd")
	}
	equal(t, "posts of ci-cd", members(l), "1 2 3")
	equal(t, "page 2", slugs(l.Page(2)), "3")
	equal(t, "place of 2", l.Index("2"), 1)
	equal(t, "place of a post elsewhere", l.Index("4"), -1)
	equal(t, "place of no post", l.Index("none"), -1)

	for _, name := range []string{"CI/CD", "nodejs", "NodeJS", "Datenbanken für alle"} {
		if _, ok := x.Category(name); !ok {
			t.Errorf("no category %q", name)
		}
	}
	for _, name := range []string{"", "hidden", "go"} {
		if _, ok := x.Category(name); ok {
			t.Errorf("there is a category %q", name)
		}
	}
	if _, ok := x.Tag("Go"); !ok {
		t.Error("no tag Go")
	}
}

func TestIndexFiles(t *testing.T) {
	base := folder{
		"1.md": md("title: T", "date: 2026-01-09", "categories: [ci-cd]"),
		"2.md": md("title: T", "date: 2026-01-08", "categories: [nodejs]"),
		"3.md": md("title: T", "date: 2026-01-07", "categories: [databases]"),
	}
	tests := []struct {
		name  string
		files folder
		want  string // slug=Name(count), then each "slug: description"
	}{
		{"none", folder{}, "ci-cd=ci-cd(1) databases=databases(1) nodejs=nodejs(1)"},
		{
			"by folder",
			folder{"nodejs/_index.md": about("title: NodeJS", "description: On the server.")},
			"ci-cd=ci-cd(1) databases=databases(1) nodejs=NodeJS(1) nodejs: On the server.",
		},
		{
			"by title",
			folder{"anywhere/_index.md": about("title: CI/CD", "description: Shipping.")},
			"ci-cd=CI/CD(1) databases=databases(1) nodejs=nodejs(1) ci-cd: Shipping.",
		},
		{
			"by category",
			folder{"x/_index.md": about("category: Databases", "description: Where data rests.")},
			"ci-cd=ci-cd(1) databases=Databases(1) nodejs=nodejs(1) databases: Where data rests.",
		},
		{
			"title goes before category as a name",
			folder{"x/_index.md": about("category: ci-cd", "title: Delivery")},
			"ci-cd=Delivery(1) databases=databases(1) nodejs=nodejs(1)",
		},
		{
			"category goes before folder, folder before title",
			folder{
				"nodejs/_index.md":    about("title: Node"),
				"a/_index.md":         about("title: NodeJS"),
				"ci-cd/_index.md":     about("title: by folder"),
				"z/_index.md":         about("title: by category", "category: CI/CD"),
				"databases/_index.md": about("title: DB", "category: nothing yet"),
			},
			"ci-cd=by category(1) databases=databases(1) nodejs=Node(1)",
		},
		{
			"two years of one category",
			folder{"2025/nodejs/_index.md": about("title: First"), "2026/nodejs/_index.md": about("title: Second")},
			"ci-cd=ci-cd(1) databases=databases(1) nodejs=First(1)",
		},
		{
			"a description alone",
			folder{"nodejs/_index.md": about("description: On the server.")},
			"ci-cd=ci-cd(1) databases=databases(1) nodejs=nodejs(1) nodejs: On the server.",
		},
		{"no such category", folder{"2026/_index.md": about("title: The year")}, "ci-cd=ci-cd(1) databases=databases(1) nodejs=nodejs(1)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := base.fs()
			for name, text := range test.files {
				write(m, name, text, noon)
			}
			x := open(t, m, library.Options{}).Current()
			got := describe(x.Categories())
			for _, l := range x.Categories() {
				if l.Description != "" {
					got += " " + l.Slug + ": " + l.Description
				}
			}
			equal(t, "categories", got, test.want)
			equal(t, "problems", len(x.Problems()), 0)
		})
	}
}

func TestBlog(t *testing.T) {
	root := folder{"_index.md": about("title: Night Shift", "tagline: Notes from production")}
	tests := []struct {
		files folder
		opts  library.Options
		want  library.Blog
	}{
		{folder{}, library.Options{}, library.Blog{Title: library.DefaultTitle}},
		{root, library.Options{}, library.Blog{Title: "Night Shift", Tagline: "Notes from production"}},
		{root, library.Options{Title: "Mine"}, library.Blog{Title: "Mine", Tagline: "Notes from production"}},
		{root, library.Options{Tagline: "Mine"}, library.Blog{Title: "Night Shift", Tagline: "Mine"}},
		{folder{"topic/_index.md": about("title: Not the blog")}, library.Options{}, library.Blog{Title: library.DefaultTitle}},
	}
	for _, test := range tests {
		equal(t, "blog", open(t, test.files.fs(), test.opts).Current().Blog(), test.want)
	}
}
