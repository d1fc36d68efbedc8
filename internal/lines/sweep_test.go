package lines

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// hard is a post with all that has lines of its own: tables, code, lists, notes.
const hard = `---
title: 漢字かな交じりの長い題名と a title in words that goes on and on for more than any line
date: 2026-05-31
series: 漢字の連載 and its very long name that has to be broken
tags: [漢字の札, a-tag-that-is-longer-than-the-narrowest-window, beta]
authors: [漢字 太郎, Ann Author, Bo Author]
---
本文も漢字かな交じりで、とても長いので、何行にもわたって折り返さなければなりません。👩‍👩‍👧‍👦

| Setting | What it does when it is set | Default |
|---|:---:|---:|
| a-setting-with-a-long-name | 漢字の説明文、とても長いので折り返す | 1234567890 |
| b | short | – |

` + "```go\nfunc main() { fmt.Println(\"a line of code that is far too wide for a column of eighty cells\",\t\"漢字\") }\n```" + `

> [!WARNING]
> A [link](https://example.com/an/address/that/is/longer/than/any/window/that/is/tried/here) in an alert.[^1]

- [x] one
  1. two, which goes on for a while until it has to be broken
     - three

---

![A picture](pic.png) and a term

Term
: What it means, in a sentence that is long enough to be broken.

[^1]: A footnote with ` + "`code`" + `.
`

// TestLinesAtEveryWidth has a conversation over all that there is at several
// widths: nothing is wider than was asked for, moves the cursor or is drawn.
func TestLinesAtEveryWidth(t *testing.T) {
	posts := corpus.Blog(9)
	posts["hard.md"] = corpus.File(hard)
	posts["rich.md"] = corpus.File(corpus.Rich)
	posts["part.md"] = corpus.File(strings.Replace(corpus.Wide, "tags:", "series: 漢字の連載 and its very long name that has to be broken\ntags:", 1))
	answers := strings.Join([]string{
		"?", "1", "1", "n", "n", "p", "9", "", "2", "l", "c", "9", "1", "c", "",
		"/", "漢字", "1", "", "99", "2", "n", "", "", "/", "zebra", "/", "numbre", "/", "tag:", "/", "a b", "", ":9", ":2", "n", "q",
	}, "\r")
	for _, width := range []int{20, 40, 80, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			// In a bubble, as all tests that colour code: its lexers have one clock for the
			// whole process, which must not see two kinds of time.
			synctest.Test(t, func(t *testing.T) {
				checkLines(t, converseWith(t, posts, Options{Width: width, Raw: true}, answers+"\r"), width)
				time.Sleep(time.Minute) // it stops by then
			})
		})
	}
}

// checkLines fails unless a conversation has come to all that it should, in
// plain lines of at most width cells.
func checkLines(t *testing.T, got string, width int) {
	t.Helper()
	for _, want := range []string{"Part 2 of 2 in", "func main()", "Nothing found", "Page 2 of 2"} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("it does not come to %q:\n%s", want, got)
		}
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if cells := ansi.StringWidth(line); cells > width {
			t.Errorf("a line is %d cells wide: %q", cells, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("a line has control characters: %q", line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r >= '─' && r <= '◿' || strings.ContainsRune("·•⏎☐☑✓✗", r) }) {
			t.Errorf("a line is drawn: %q", line)
		}
	}
}
