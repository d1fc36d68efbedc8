package corpus

import (
	"fmt"
	"strings"
	"testing/fstest"
	"time"
)

// Blog makes a sample blog of n posts, the newest with the highest number.
func Blog(n int) fstest.MapFS {
	fs := fstest.MapFS{
		"_index.md":           File("---\ntitle: Night Shift\ntagline: Notes on running production systems\n---\n"),
		"backend/_index.md":   File("---\ntitle: Backend\ndescription: Services that answer, and those that do not\n---\n"),
		"databases/_index.md": File("---\ntitle: Databases\ndescription: Locks, indexes and vacuum\n---\n"),
		"ci-cd/_index.md":     File("---\ntitle: CI/CD\ndescription: From a commit to a running process\n---\n"),
	}
	for i := 1; i <= n; i++ {
		fs[fmt.Sprintf("post-%02d.md", i)] = File(Sample(i, fmt.Sprintf("Post number %d has a title", i)))
	}
	return fs
}

// Sample is the post with a number of the sample blog, under another title.
func Sample(i int, title string) string {
	categories := [...]string{"Backend", "Databases", "CI/CD", "Architecture"} // by turns
	date := time.Date(2026, 1, i, 0, 0, 0, 0, time.UTC)
	return fmt.Sprintf(`---
title: %q
date: %s
categories: [%s]
tags: [alpha, beta]
summary: "What the post numbered %d is about, told in a sentence or two that are long enough to need a second line on most screens that people have."
---
The first paragraph of post %d. It goes on for a while so that it has to be wrapped at every width that a terminal can have.

## First section

%s
## Second section

The end of it.
`, title, date.Format(time.DateOnly), categories[i%4], i, i, strings.Repeat("Words to fill a paragraph with, more or less.\n\n", 30))
}

// File is a file with a text.
func File(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// Rich is a post with all that the keys of an article act on.
const Rich = `---
title: A rich post
date: 2026-05-01
tags: [alpha]
---
It begins with a [way out](https://example.com/out) and a [way on](post-05.md#second-section).

` + "```go\n" + `func main() { fmt.Println("a line of code that is far too wide to be shown whole in a column of eighty cells") }
` + "```" + `

## Needles

One needle, and a Needle with a capital. Some more words, to have the phrase one golden
needle broken over the end of a line at eighty cells, as it should be.

## Padding

` + "Lines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n\nLines.\n" + `
## The end

The last needle, and a link to [the needles](#needles).
`

// Wide is a post of wide and combining characters.
const Wide = `---
title: 漢字かな交じりの長い題名と👩‍👩‍👧‍👦の絵文字、हिंदी वाक्य、ＦＵＬＬの幅と n̈ と العربية
date: 2026-05-30
categories: [漢字の分類]
tags: [漢字, 👍🏽, عربي]
authors: [漢字 太郎]
summary: 要約も漢字かな交じりで、とても長いので、何行にもわたって折り返さなければなりません。👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦
---
## 漢字の見出し

本文も漢字です。[リンク](https://example.com/漢字)。

| 表 | 意味 |
|---|---|
| 漢字 | 日本語の文章 👩‍👩‍👧‍👦👩‍👩‍👧‍👦 |
| हिंदी वाक्य | जो काफी लंबा है और लपेटा जाएगा |
`
