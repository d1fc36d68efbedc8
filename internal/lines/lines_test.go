package lines

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// converse gives answers to a conversation about a sample blog and returns
// what it says.
func converse(t *testing.T, posts fstest.MapFS, raw bool, answers string) string {
	t.Helper()
	return converseWith(t, posts, Options{Raw: raw}, answers)
}

func converseWith(t *testing.T, posts fstest.MapFS, o Options, answers string) string {
	t.Helper()
	return converseAmong(t, nil, posts, o, answers)
}

// converseAmong is converseWith, where others read as well.
func converseAmong(t *testing.T, crowd *reader.Crowd, posts fstest.MapFS, o Options, answers string) string {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	lib, err := library.Open(posts, library.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = lib.Run(ctx) }()
	var out strings.Builder
	l := Blog{Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet(), Crowd: crowd}.Talk(strings.NewReader(answers), &out, o)
	if err := l.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, answers string
		want          []string
	}{
		{"greets", "q\n", []string{"Night Shift\nNotes on running", "Page 1 of 6, 41 posts.", "1. Post number 41 has a title\n   February 10, 2026, Databases, 2 min read\n", "q leaves: "}},
		{"pages", "n\n\np\np\np\n:6\n:7\nn\nq\n", []string{"Page 2 of 6", "Page 3 of 6", "This is the first page.", "Page 6 of 6", "There is no such page.", "This is the last page."}},
		{"reads", "2\n\nq\n", []string{"Post number 40 has a title\n", "The first paragraph of post 40", "The end of it.", "The end.\nNext post: Post number 39 has a title\nPrevious post: Post number 41 has a title\n", "Enter for the list"}},
		{"goes on", "1\nn\np\np\nq\n", []string{"The first paragraph of post 40", "This is the newest post."}},
		{"categories", "c\n1\nc\n\nq\n", []string{"Categories.", "1. Databases, 11 articles. Locks, indexes and vacuum", "Databases. Page 1 of 2, 11 posts."}},
		{"searches", "/post 7\n1\n\n/\nsecond category:backend after:2026-02-05\nq\n", []string{"1 post with \"post 7\".\n\n1. Post number 7 has a title\nThe first paragraph of post 7.", "The end.\nNext post", "Search for: \n2 posts with \"second"}},
		{"finds nothing", "/zebra\n/\n\nq\n", []string{"Nothing found for \"zebra\".", "Search for: "}},
		{"goes back to the results", "/second category:backend\n1\n\n2\n\n\nq\n", []string{"n next post, p previous post, Enter for the results", "A number reads, Enter for the list", "The first paragraph of post 36"}},
		{"asks for a result again", "/post 7\n99\n1\nq\n", []string{"Type 1, or ? for help.\nA number reads, Enter for the list", "The first paragraph of post 7"}},
		{"searches from a post", "1\n/post 7\n1\n\n\nq\n", []string{"1 post with \"post 7\"."}},
		{"asks again at the end of a post", "1\nwhat\nq\n", []string{"Type a number from 1 to 3, or ? for help.\nn next"}},
		{"asks for a category again", "c\n99\n1\nq\n", []string{"Type a number from 1 to 4, or ? for help.\nNumber of a category", "Databases. Page 1 of 2"}},
		{"reads a related post", "1\n2\nq\n", []string{"A number reads one of these:\n1. Post number 37 has a title\n2. Post number 33", "The first paragraph of post 33"}},
		{"asks what a filter wants", "/tag:\n/category:nowhere\nq\n", []string{"Nothing found for \"tag:\".\nWhich tag?\n", "There is no category nowhere.\n"}},
		{"helps", "?\nnonsense\n99\nq\n", []string{"A number reads the post", "Type a number from 1 to 8, or ? for help."}},
		{"takes what input methods write", "／post 7\n１\n：2\n？\nq\n", []string{"1 post with \"post 7\"", "The first paragraph of post 7", "Page 2 of 6", "A number reads the post"}},
		{"ends with the input", "1\n", []string{"The first paragraph of post 41"}},
		{"one line, two ends", "n\r\nq\r\n", []string{"Page 2 of 6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := converse(t, corpus.Blog(41), false, c.answers)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("it does not say %q:\n%s", want, got)
				}
			}
			if strings.ContainsAny(got, "\x1b│─━▌·\r") {
				t.Errorf("it draws, colours or moves:\n%q", got)
			}
		})
	}
	if got := converse(t, corpus.Blog(41), false, "n\r\nq\r\n"); strings.Contains(got, "Page 3") {
		t.Error("CR LF counts as two answers")
	}
	if got := converse(t, corpus.Blog(0), false, "1\nn\nq\n"); !strings.Contains(got, "0 posts") {
		t.Errorf("an empty blog says %q", got)
	}
}

// Of a post without a text the summary is said.
func TestSummaryForAText(t *testing.T) {
	posts := corpus.Blog(3)
	posts["short.md"] = corpus.File("---\ntitle: Short\ndate: 2026-05-01\nsummary: All that there is.\n---\n")
	if got := converse(t, posts, false, "1\nq\n"); !strings.Contains(got, "All that there is.") {
		t.Errorf("it says\n%s", got)
	}
}

// What an article shows around its text is told of it, too.
func TestLinesTellAboutAPost(t *testing.T) {
	posts := corpus.Blog(2)
	for i, part := range []string{"one", "two", "three"} {
		posts["part-"+part+".md"] = corpus.File(fmt.Sprintf("---\ntitle: Part %s\ndate: 2026-05-0%d\nseries: The parts\nauthors: [Ann, Bo]\ntags: [gamma, delta]\n---\nText.\n", part, i+1))
	}
	got := converse(t, posts, false, "2\n1\n\nq\n")
	for _, want := range []string{
		"\nPart two\nPart 2 of 3 in The parts\nMay 2, 2026, 1 min read\nby Ann, Bo\nTags: gamma, delta\n\nText.\n",
		"\nThe end.\nNext post: Part one\nPrevious post: Part three\nA number reads one of these:\n1. The next part: Part three\n2. The part before: Part one\n",
		"Part 3 of 3 in The parts",
		"\nThe end.\nNext post: Part two\nA number reads one of these:\n1. The part before: Part two\n2. Part one\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

// The numbers of links, and after them those of what there is to read next, lead
// there.
func TestLinesFollowLinks(t *testing.T) {
	posts := corpus.Blog(3)
	posts["links.md"] = corpus.File("---\ntitle: Links\ndate: 2026-05-01\ntags: [alpha]\n---\n" +
		"[a](post-01.md), [b](https://example.com/b), [a again](post-01.md), [c](nowhere.md), ![d](d.png).\n")
	got := converse(t, posts, false, "1\n2\n3\n4\n1\nl\n1\n5\nq\n")
	for _, want := range []string{
		"a[1], b[2], a again[1], c[3], Image: d[4].",
		"A number up to 4 follows a link, and a higher one reads one of these:\n5. Post number",
		"This leads out of the blog, to:\nhttps://example.com/b\n",
		"There is no such post: nowhere.md",
		"There is no picture here: d.png",
		"The first paragraph of post 1.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	posts["links.md"] = corpus.File("---\ntitle: Links\ndate: 2026-05-01\n---\n[b](https://example.com/b).\n")
	if got := converse(t, fstest.MapFS{"links.md": posts["links.md"]}, false, "1\n7\nq\n"); !strings.Contains(got, "A number follows a link.\n") ||
		!strings.Contains(got, "Type 1, or ? for help.") {
		t.Errorf("it says\n%s", got)
	}
}

// From each place Enter leads back to where the reader came from.
func TestLinesLeadBack(t *testing.T) {
	for _, c := range []struct {
		name, answers string
		results, page int // how often each is told
	}{
		{"a post of the list", "1\n\nq\n", 0, 2},
		{"a result", "/post 7\n1\n\nq\n", 2, 1},
		{"a result, and the next post", "/post 7\n1\nn\n\nq\n", 2, 1},
		{"the results", "/post 7\n1\n\n\nq\n", 2, 2},
		{"a post of the list once more", "/post 7\n1\n\n\n1\n\nq\n", 2, 3},
		{"a search from a post", "1\n/post 7\n\nq\n", 1, 2},
		{"a search that finds nothing", "/post 7\n/zebra\n1\n\nq\n", 2, 1},
		{"the list, at once", "/post 7\n1\nl\nq\n", 1, 2},
	} {
		got := converse(t, corpus.Blog(41), false, c.answers)
		results, page := strings.Count(got, "1 post with \"post 7\"."), strings.Count(got, "Page 1 of 6")
		if results != c.results || page != c.page {
			t.Errorf("%s: the results are told %d times and the page %d times, want %d and %d:\n%s", c.name, results, page, c.results, c.page, got)
		}
	}
}

// What is said is broken between words, at every width.
func TestLinesBreakBetweenWords(t *testing.T) {
	for _, width := range []int{20, 40, 80} {
		got := converseWith(t, corpus.Blog(3), Options{Width: width}, "?\nq\n")
		said := strings.Join(strings.Fields(got), " ")
		for _, want := range []string{"category:NAME, tag:NAME, after:2026-03 and before:2026 narrow it.", "n next page, p previous page, c categories, / searches, ? help, q leaves:"} {
			if !strings.Contains(said, want) {
				t.Errorf("at %d cells it does not say %q:\n%s", width, want, got)
			}
		}
		for line := range strings.Lines(got) {
			if cells := textwidth.Of(strings.TrimSuffix(line, "\n")); cells > width {
				t.Errorf("a line is %d cells wide, want at most %d: %q", cells, width, line)
			}
		}
	}
}

// A client with a pty sees what it types, and can mend it.
func TestLinesEcho(t *testing.T) {
	got := converse(t, corpus.Blog(41), true, "9\x7f\x1b[A\x1bOB2\r\x03")
	if !strings.Contains(got, "q leaves: 9\b \b2\r\n") {
		t.Errorf("the answer is not echoed:\n%q", got)
	}
	if !strings.Contains(got, "The first paragraph of post 40") {
		t.Errorf("the mended answer does not count:\n%s", got)
	}
	if strings.Contains(strings.ReplaceAll(got, "\r\n", ""), "\n") {
		t.Error("a line does not end in CR LF")
	}
}

// writes counts how often it is written to.
type writes struct {
	n     int
	bytes int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	w.bytes += len(p)
	return len(p), nil
}

// What arrives together is echoed together: a write a character cost a hundred times
// what the character does.
func TestEchoIsWrittenTogether(t *testing.T) {
	const keys = 100_000
	lib, err := library.Open(corpus.Blog(3), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out writes
	in := strings.NewReader(strings.Repeat("a\x7f", keys/2))
	l := Blog{Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet()}.Talk(in, &out, Options{Raw: true})
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.bytes < 2*keys { // "a", and "\b \b"
		t.Errorf("%d bytes are echoed of %d keys", out.bytes, keys)
	}
	if out.n > keys/1000 {
		t.Errorf("%d keys are echoed by %d writes", keys, out.n)
	}
}

// An answer has at most 200 bytes; what comes after is not echoed either.
func TestTheLongestAnswer(t *testing.T) {
	got := converse(t, corpus.Blog(3), true, strings.Repeat("x", 1000)+"\r\x03")
	if n := strings.Count(got, "xxxxxxxxxx"); n != 20 {
		t.Errorf("%d bytes of an answer are echoed, want 200", 10*n)
	}
}

// The links of the post that was told last are kept, and taken from the account; they
// keep nothing of its page alive.
func TestLinksOfAToldPostAreCharged(t *testing.T) {
	const links = 3000
	var text strings.Builder
	fmt.Fprint(&text, "---\ntitle: Many\ndate: 2026-05-31\n---\n")
	for i := range links {
		fmt.Fprintf(&text, "[a](https://example.com/%d)\n\n", i)
	}
	posts := corpus.Blog(3)
	posts["many.md"] = corpus.File(text.String())
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	lib, err := library.Open(posts, library.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 4 << 20})
	o := Options{Name: "many", Account: account}
	var told, after int64
	in := &answers{each: []func() string{
		func() string { told = account.Taken().Bytes; return "n\n" },
		func() string { after = account.Taken().Bytes; return "q\n" },
	}}
	l := Blog{Library: lib, Pages: render.NewCache(1<<10, 0), Themes: theme.NewSet()}.Talk(in, io.Discard, o)
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if least := int64(links*int(unsafe.Sizeof(render.Link{})) - reader.FreeBytes); told < least {
		t.Errorf("%d links take %d bytes from the account, want %d", links, told, least)
	}
	if after != 0 {
		t.Errorf("%d bytes are taken for the links of a post without any", after)
	}
}

// answers are given one by one, each when it is waited for.
type answers struct{ each []func() string }

func (a *answers) Read(p []byte) (int, error) {
	if len(a.each) == 0 {
		return 0, io.EOF
	}
	n := copy(p, a.each[0]())
	a.each = a.each[1:]
	return n, nil
}

// FuzzLines promises, whatever a client sends: the conversation ends with it, and
// what it is sent has no control character but line ends and backspaces, no
// bidirectional control and no invisible character other than the joiners.
func FuzzLines(f *testing.F) {
	f.Add("1\r\x1b[200~\x7f\x00é\xff:3\r")
	f.Add(strings.Repeat("x", 1000) + "\n/\n")
	lib, err := library.Open(corpus.Blog(9), library.Options{})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.Context())
	f.Cleanup(cancel)
	go func() { _ = lib.Run(ctx) }()
	b := Blog{Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet()}
	f.Fuzz(func(t *testing.T, in string) {
		for _, raw := range []bool{false, true} {
			var out strings.Builder
			if err := b.Talk(strings.NewReader(in), &out, Options{Raw: raw}).Run(t.Context()); err != nil {
				t.Error(err)
			}
			isSpoken(t, out.String())
		}
	})
}
