package post

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// show lists what a post says, for comparison with what its author meant.
func show(p *Post) string {
	var b strings.Builder
	line := func(name string, x any) {
		if s := fmt.Sprint(x); s != "" && s != "[]" && s != "false" && s != "0" {
			fmt.Fprintf(&b, "%s: %s\n", name, s)
		}
	}
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	line("slug", p.Slug)
	line("title", p.Title())
	line("date", date(p.Date))
	line("lastmod", date(p.Lastmod()))
	line("publish", date(p.PublishDate()))
	line("expiry", date(p.ExpiryDate()))
	line("draft", p.Hold() == Draft)
	line("aliases", strings.Join(p.Aliases(), " | "))
	line("categories", strings.Join(p.Categories, " | "))
	line("tags", strings.Join(p.Tags, " | "))
	line("authors", strings.Join(p.Authors(), " | "))
	line("series", p.Series())
	line("minutes", p.Minutes())
	line("summary", p.Summary())
	line("body", p.BodyLine())
	return b.String()
}

func TestParse(t *testing.T) {
	tests := []struct{ name, path, src, want string }{
		{
			"our own", "notes/cache.md", `---
title: "The cache that made it slower"
date: 2026-03-12
lastmod: 2026-03-14T10:00:00+01:00
publishDate: 2026-03-13
expiryDate: 2030-01-01
draft: true
slug: slow-cache
aliases: [old-cache, /2025/cache/]
categories: [CI/CD, Architecture]
tags: [caching, Go]
series: Caches
summary: When a cache is slower than none.
author: Ada
reading_time: 12
unknown: {deeply: [nested, {things: 1}]}
---

Text.
`, `slug: slow-cache
title: The cache that made it slower
date: 2026-03-12T00:00:00Z
lastmod: 2026-03-14T10:00:00+01:00
publish: 2026-03-13T00:00:00Z
expiry: 2030-01-01T00:00:00Z
draft: true
aliases: old-cache | /2025/cache/
categories: CI/CD | Architecture
tags: caching | Go
authors: Ada
series: Caches
minutes: 12
summary: When a cache is slower than none.
body: 19
`,
		},
		{
			"Jekyll", "_posts/2013-05-06-one-point-oh.markdown", `---
layout: post
title: 'One &amp; *only*'
date: "2013-05-06 02:12:52 +0200"
last_modified_at: 2014-01-02
author: ada
categories: release news
category: Big Days
tags: a, b c
permalink: /:year/:title/
redirect_from:
  - /old/one/
published: false
---

First paragraph of [the post](/x).

More.
`, `slug: one-point-oh
title: One & only
date: 2013-05-06T02:12:52+02:00
lastmod: 2014-01-02T00:00:00Z
draft: true
aliases: /old/one/
categories: Big Days | release | news
tags: a | b c
authors: ada
minutes: 1
summary: First paragraph of the post. More.
body: 16
`,
		},
		{
			"Hugo with a theme's names", "news/2019/06/a-guide.md", `---
Title: A Guide
Date: 2019-06-18 09:00:00 -0500
deck: "A deck&#46;"
authors:
  - jane-doe
  - name: John Roe
topics:
  - public-policy
  - forms
url: /guide/
params:
  reading_time: 3 min
  author: not the one
  title: not the title
` + "---\nText.\n", `slug: a-guide
title: A Guide
date: 2019-06-18T09:00:00-05:00
aliases: /guide/
categories: public-policy | forms
authors: not the one | jane-doe | John Roe
minutes: 3
summary: A deck.
body: 17
`,
		},
		{
			"Zola", "blog/2024-01-02-hello/index.md", `+++
title = "Hello from TOML"
date = 2024-01-02T08:00:00
updated = 2024-02-03
draft = false
description = 'What it says.'
aliases = ["hi"]
authors = ["Ada", "Bob"]
weight = 3

[taxonomies]
categories = ["Rust"]
tags = ["static", "sites"]

[extra]
readingTime = 4
author = { name = "Carl" }
date = 1999-01-01
+++

Text.
`, `slug: hello
title: Hello from TOML
date: 2024-01-02T08:00:00Z
lastmod: 2024-02-03T00:00:00Z
aliases: hi
categories: Rust
tags: static | sites
authors: Carl | Ada | Bob
minutes: 4
summary: What it says.
body: 21
`,
		},
		{
			"JSON", "json.md", `{
  "title": "Hello \u0026 JSON",
  "date": "2024-01-02",
  "tags": ["a", 1, true, null, "A"],
  "categories": "Ops",
  "authors": {"name": "Ada"},
  "readingTime": 2.1,
  "draft": false,
  "other": {"x": [[1], {"y": 2}]}
}

Text.
`, `slug: json
title: Hello & JSON
date: 2024-01-02T00:00:00Z
categories: Ops
tags: a | 1 | true
authors: Ada
minutes: 3
summary: Text.
body: 12
`,
		},
		{
			"no front matter", "2024-05-06-plain.md", "Some *text*.\n\n## The `first` heading ##\n\nMore.\n", `slug: plain
title: The first heading
date: 2024-05-06T00:00:00Z
minutes: 1
summary: Some text. More.
body: 1
`,
		},
		{
			"no heading either", "words.md", "One two three four five six seven eight nine ten.\n", `slug: words
title: One two three four five six seven eight…
minutes: 1
summary: One two three four five six seven eight nine ten.
body: 1
`,
		},
		{"nothing but a name", "drafts/my_next-post.md", "", "slug: my_next-post\ntitle: My next post\nbody: 1\n"},
		{"nothing to make words of", "???.md", "---\ntitle: '!!!'\n---\n", "slug: post\ntitle: !!!\nbody: 4\n"},
		{
			"TOML's kinds of values", "a.md", `+++
title = 2.5
date = 2024-01-02T03:04:05+06:00
lastmod = 2024-01-02 03:04:05.5
series = 03:04:05
tags = [1, true, 2024-01-02]
[[authors]]
name = "Ada"
[[authors]]
name = "Bob"
+++
`, `slug: a
title: 2.5
date: 2024-01-02T03:04:05+06:00
lastmod: 2024-01-02T03:04:05Z
tags: 1 | true | 2024-01-02
authors: Ada | Bob
series: 03:04:05
body: 12
`,
		},
		{
			"shortcodes and marks in texts", "a.md",
			"---\ntitle: 'A {{< b >}}C {{< d'\ntags: ['{{< a >}}', '*b* {% c', C++ & C#]\ncategories: ['d {{% e %}}f %}']\nauthor: J. R. Doe\n---\nText {{< a\n\nb {{< c >}}d >}} e.",
			"slug: a\ntitle: A {{< b >}}C {{< d\ncategories: d {{% e %}}f %}\ntags: {{< a >}} | b {% c | C++ & C#\nauthors: J. R. Doe\nminutes: 1\nsummary: Text a b d e.\nbody: 7\n",
		},
		{"YAML that is only comments", "a.md", "---\n# a\n\t# b\n---\n", "slug: a\ntitle: A\nbody: 5\n"},
		{"YAML that is null", "a.md", "---\n~\n---\n", "slug: a\ntitle: A\nbody: 4\n"},
		{"not even a name", ".md", "", "slug: untitled\ntitle: Untitled\nbody: 1\n"},
		{
			"values without quotes and values that are missing", "a.md",
			"---\ntitle: 2023\ndate:\ntags: [2023-01-02, no, ~]\ncategories: []\nauthors:\ndraft:\nsummary: ~\n---\n",
			"slug: a\ntitle: 2023\ntags: 2023-01-02 | no\nbody: 10\n",
		},
		{
			"merged mappings and anchors", "a.md",
			"---\ndefaults: &d\n  author: Ada\n  title: none\ntitle: A\n<<: *d\ntags: &t [x, y]\ncategories: *t\n---\n",
			"slug: a\ntitle: A\ncategories: x | y\ntags: x | y\nauthors: Ada\nbody: 10\n",
		},
		{
			"a date in place of the flag", "a.md", "---\ntitle: A\npublished: 2024-01-02\nlastmod: 2025-01-02\n---\n",
			"slug: a\ntitle: A\ndate: 2024-01-02T00:00:00Z\nlastmod: 2025-01-02T00:00:00Z\npublish: 2024-01-02T00:00:00Z\nbody: 6\n",
		},
		{
			"a separator of its own", "a.md", "---\ntitle: A\nexcerpt_separator: \"<!--cut-->\"\n---\n\nThis *much*.\n\n- and this\n\n<!--cut-->\n\nNot this.\n",
			"slug: a\ntitle: A\nminutes: 1\nsummary: This much. and this\nbody: 6\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(whole(t, tt.path, tt.src)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		in   string // a line of front matter
		want []string
	}{
		{"categories: ruby web", []string{"ruby", "web"}},
		{"categories: ruby, web dev", []string{"ruby", "web dev"}},
		{"category: Site Reliability", []string{"Site Reliability"}},
		{"categories: [Site Reliability, ' ', CI/CD]", []string{"Site Reliability", "CI/CD"}},
		{"category: Ops\ncategories: [ops, Go]", []string{"Ops", "Go"}},
		{"topics: Public Policy, Forms", []string{"Public Policy", "Forms"}},
		{"topics: [a]\ncategories: [b]", []string{"b"}},
		{"categories: [\"R&amp;D\", \"a\\u001b[31m&#27;b\"]", []string{"R&D", "a[31mb"}},
		{"categories: [" + strings.Repeat("é", 80) + "]", []string{strings.Repeat("é", 48) + "…"}},
		{"taxonomies: {categories: [a]}\nextra: {categories: [b]}", []string{"a"}},
		{"categories: [" + strings.Repeat("a, b, ", 4) + numbered(200) + "]", strings.Split("a, b, "+numbered(98), ", ")},
		{"CATEGORIES: {name: Ops}", []string{"Ops"}},
	}
	for _, tt := range tests {
		p := whole(t, "a.md", "---\ntitle: A\n"+tt.in+"\n---\n")
		if !reflect.DeepEqual(p.Categories, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.in, p.Categories, tt.want)
		}
		if p.Category() != tt.want[0] {
			t.Errorf("%s: main category %q, want %q", tt.in, p.Category(), tt.want[0])
		}
	}
	if p := whole(t, "a.md", "text"); p.Category() != "" {
		t.Errorf("a post without categories has %q", p.Category())
	}
}

func TestAliases(t *testing.T) {
	long := "/" + strings.Repeat("long-", 50) + "/"
	tests := []struct {
		in   string
		want []string
	}{
		{"aliases: /old/", []string{"/old/"}},
		{"aliases: [a, /b/c, a, '']", []string{"a", "/b/c"}},
		{"alias: " + long, []string{long}},
		{"aliases: [" + strings.Repeat("x", maxAlias+1) + "]", nil},
		{"permalink: /:year/:title/\nurl: https://example.org/a", nil},
		{"url: /a/\npermalink: /b/\nredirect_from: [/c/]\naliases: [/d/]", []string{"/d/", "/c/", "/b/", "/a/"}},
		{"aliases: [\"/a&amp;b\\u202e/\"]", []string{"/a&amp;b/"}},
		{"aliases: [" + numbered(200) + "]", strings.Split(numbered(maxNames), ", ")},
	}
	for _, tt := range tests {
		if p := whole(t, "a.md", "---\ntitle: A\n"+tt.in+"\n---\n"); !reflect.DeepEqual(p.Aliases(), tt.want) {
			t.Errorf("%s: got %q, want %q", tt.in, p.Aliases(), tt.want)
		}
	}
}

// numbered is "n1, n2, …" up to n.
func numbered(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	return strings.Join(names, ", ")
}

func TestTitleIsCapped(t *testing.T) {
	p := whole(t, "a.md", "---\ntitle: "+strings.Repeat("word ", 1000)+"\n---\n")
	if len(p.Title()) > MaxTitle || !strings.HasSuffix(p.Title(), "word…") {
		t.Errorf("%d bytes: %q", len(p.Title()), p.Title())
	}
}

func TestSlugOfPost(t *testing.T) {
	tests := []struct{ path, slug, want string }{
		{"2024-01-02-hello.md", "", "hello"},
		{"2024-01-02-hello.md", "Other Name", "other-name"},
		{"2024-01-02-hello.md", "a/../b", "a-b"},
		{"2024-01-02.md", "", "2024-01-02"},
		{"a/2024-01-02-bundle/index.md", "", "bundle"},
		{"index.md", "", "index"},
		{"???.md", "", "a-title"},
		{"Ünï code.md", "", "ünï-code"},
	}
	for _, tt := range tests {
		p := whole(t, tt.path, "---\ntitle: A title\nslug: \""+tt.slug+"\"\n---\n")
		if p.Slug != tt.want {
			t.Errorf("%s with slug %q: got %q, want %q", tt.path, tt.slug, p.Slug, tt.want)
		}
	}
}

func TestSumIdentifiesContent(t *testing.T) {
	a := whole(t, "a.md", "text")
	b := whole(t, "b.md", "text")
	c := whole(t, "a.md", "text ")
	if a.Sum != b.Sum || a.Sum == c.Sum || a.Sum == [16]byte{} {
		t.Errorf("sums %x, %x and %x", a.Sum, b.Sum, c.Sum)
	}
}
