package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// blog returns the feeds of a folder.
func blog(t testing.TB, files map[string]string, change ...func(*Config)) (*Feeds, *library.Library, fstest.MapFS) {
	t.Helper()
	fsys := fstest.MapFS{"_index.md": {Data: []byte("---\ntitle: A blog\ntagline: About <things> & more\n---\n")}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	lib, err := library.Open(fsys, library.Options{Now: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Library: lib, Posts: 30, Generator: "sshblog", Version: "v1.2.3", Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&c)
	}
	return New(c), lib, fsys
}

func written(t testing.TB, f *Feeds, format, category string) string {
	t.Helper()
	var b strings.Builder
	if err := f.Write(t.Context(), nil, &b, Request{Format: format, Category: category, Host: "blog.example.com"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// some are posts of a blog.
func some() map[string]string {
	return map[string]string{
		"one.md": "---\ntitle: One & only\ndate: 2026-01-02T03:04:05+02:00\nlastmod: 2026-03-01\nauthors: [Ann, Bob]\ncategories: [Go Things]\ntags: [queues, go things]\nlang: en\n---\n" +
			"# One & only\n\nText with *marks*, [a link](two.md), [nowhere](gone.md), [a page](/about/), [here](#below) and ![a picture](p.png).\n\n<script>alert(1)</script>\n\n## Below\n",
		"two.md":        "---\ntitle: Two\ndate: 2026-01-01\n---\nText.\n",
		"2020/two.md":   "---\ntitle: Another\n---\nText.\n",
		"draft.md":      "---\ntitle: Secret\ndraft: true\ndate: 2026-01-05\n---\nText.\n",
		"later.md":      "---\ntitle: Later\ndate: 2027-01-05\n---\nText.\n",
		"empty/post.md": "---\ntitle: Empty\ndate: 2025-01-05\n---\n",
	}
}

func TestFeeds(t *testing.T) {
	site := func(c *Config) {
		c.Home, c.Language = "https://example.com", "en"
		c.Page = func(p *post.Post) string { return "https://example.com/" + p.Address + "/" }
	}
	for _, kind := range []struct {
		name   string
		change []func(*Config)
	}{{"ssh", nil}, {"site", []func(*Config){site}}} {
		for _, format := range []string{"atom", "rss", "json"} {
			f, _, _ := blog(t, some(), kind.change...)
			got := written(t, f, format, "")
			if again := written(t, f, format, ""); again != got {
				t.Errorf("%s: another feed the second time", format)
			}
			file := filepath.Join("testdata", kind.name+"."+format)
			if os.Getenv("UPDATE_FEEDS") != "" {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%s is not as in %s (%v):\n%s", format, file, err, got)
			}
			wellFormed(t, format, got)
		}
	}
}

// wellFormed returns the number of entries in a feed.
func wellFormed(t testing.TB, format, feed string) (entries int) {
	t.Helper()
	if format == "json" {
		var read struct {
			Items []map[string]any `json:"items"`
		}
		if err := json.Unmarshal([]byte(feed), &read); err != nil {
			t.Fatalf("%v in %s", err, feed)
		}
		return len(read.Items)
	}
	decoder := xml.NewDecoder(strings.NewReader(feed))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatalf("%v in %s", err, feed)
		}
		if start, ok := token.(xml.StartElement); ok && (start.Name.Local == "entry" || start.Name.Local == "item") {
			entries++
		}
	}
}

// An id stays as it is when the blog moves, and another blog has others.
func TestIDsAreLasting(t *testing.T) {
	ids := func(f *Feeds, host string) string {
		var b strings.Builder
		if err := f.Write(t.Context(), nil, &b, Request{Format: "atom", Host: host}); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for part := range strings.SplitSeq(b.String(), "<id>") {
			id, _, _ := strings.Cut(part, "</id>")
			ids = append(ids, id)
		}
		return strings.Join(ids[1:], " ")
	}
	f, _, fsys := blog(t, some())
	moved, _, _ := blog(t, some(), func(c *Config) {
		c.Home, c.Page = "https://x.org", func(*post.Post) string { return "https://x.org/page" }
	})
	here, there := ids(f, "a.example"), ids(moved, "b.example:2222")
	if here != there || !strings.HasPrefix(here, "urn:uuid:") || len(strings.Fields(here)) != 5 {
		t.Errorf("%s and %s", here, there)
	}
	fsys["_index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Another blog\n---\n")}
	lib, err := library.Open(fsys, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := New(Config{Library: lib, Posts: 30})
	for id := range strings.FieldsSeq(ids(other, "a.example")) {
		if strings.Contains(here, id) {
			t.Errorf("two blogs have %s", id)
		}
	}
}

func TestRefusedFeeds(t *testing.T) {
	f, _, _ := blog(t, some())
	for _, r := range []struct {
		Request
		want error
	}{
		{Request{Format: "rdf"}, ErrFormat}, {Request{Format: ""}, ErrFormat}, {Request{Format: "atom", Category: "none"}, ErrNoCategory},
	} {
		var b strings.Builder
		if err := f.Write(t.Context(), nil, &b, r.Request); !errors.Is(err, r.want) || b.Len() > 0 {
			t.Errorf("%+v: %v, %q", r, err, b.String())
		}
	}
	if got := written(t, f, "atom", "go-things"); wellFormed(t, "atom", got) != 1 || !strings.Contains(got, "<title>A blog: Go Things</title>") {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Write(ctx, nil, failing{}, Request{Format: "atom"}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a pipe that is closed: %v", err)
	}
	if err := f.Write(ctx, nil, io.Discard, Request{Format: "rss"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a session that has ended: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A feed has as many posts as are set, and their full text as long as there is room for it.
func TestLimits(t *testing.T) {
	files := make(map[string]string)
	for i := range 40 {
		files[fmt.Sprintf("p%02d.md", i)] = fmt.Sprintf("---\ntitle: Post %d\ndate: 2026-01-01T00:%02d:00Z\nsummary: In short %d\ncategories: [C%d]\n---\n%s", i, i, i, i%5, strings.Repeat("Words of the text. ", 2000))
	}
	files["large.md"] = "---\ntitle: Large\ndate: 2026-02-01\nsummary: It is large\n---\n" + strings.Repeat("Words & of <the text. ", 11000)
	f, _, _ := blog(t, files)
	for format, full := range map[string]string{"atom": "<content ", "rss": "<content:encoded>", "json": `"content_html"`} {
		got := written(t, f, format, "")
		if n := wellFormed(t, format, got); n != 30 {
			t.Errorf("%s has %d entries", format, n)
		}
		most := maxFeed / (2000 * len("Words of the text. "))
		if n := strings.Count(got, full); n > most || n < most-2 {
			t.Errorf("%s has the text of %d posts, and there is room for %d", format, n, most)
		}
		if len(got) > maxFeed+maxEntry || !strings.Contains(got, "It is large") || strings.Index(got, full) < strings.Index(got, "It is large") {
			t.Errorf("%s has %d bytes, and not the summary of a post that is too large", format, len(got))
		}
		if i := strings.LastIndex(got, full); strings.Count(got[:i], "In short") > strings.Count(got, full) {
			t.Errorf("%s has the text of old posts and the summary of newer ones", format)
		}
		for c := range 5 {
			if n := wellFormed(t, format, written(t, f, format, fmt.Sprintf("c%d", c))); n != 8 {
				t.Errorf("%s of a category has %d entries", format, n)
			}
		}
		if f.cache.bytes > Shared {
			t.Errorf("entries take %d bytes", f.cache.bytes)
		}
	}
	sum := 0
	for e := f.cache.recent.Front(); e != nil; e = e.Next() {
		sum += e.Value.(*cached).size()
	}
	if sum != f.cache.bytes || len(f.cache.entries) != f.cache.recent.Len() || sum < Shared/2 {
		t.Errorf("entries take %d bytes, counted are %d", sum, f.cache.bytes)
	}
}

// What a reload changes is in the next feed, and nothing is kept of an index before.
func TestReload(t *testing.T) {
	f, lib, fsys := blog(t, some())
	old := lib.Current()
	before := written(t, f, "atom", "")
	fsys["new.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Brand new\ndate: 2026-05-01\n---\n[two](two.md)\n")}
	delete(fsys, "two.md")
	delete(fsys, "2020/two.md")
	if _, err := lib.Reload(); err != nil {
		t.Fatal(err)
	}
	after := written(t, f, "atom", "")
	if !strings.Contains(after, "Brand new") || strings.Contains(after, "ssh://two@") || !strings.Contains(before, "ssh://two@") {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	entries := len(f.cache.entries)
	f.cache.put(old, false, key{path: "one.md"}, "x")
	if _, ok := f.cache.find(old, key{path: "one.md"}); ok || len(f.cache.entries) != entries {
		t.Error("what is made for an index before is kept")
	}
}

// The memory for an entry is the account's while it is written, and who has none left is told.
func TestEntriesAreTaken(t *testing.T) {
	f, _, _ := blog(t, map[string]string{"a.md": "---\ndate: 2026-01-01\n---\n" + strings.Repeat("Words of the text. ", 5000)})
	l := ledger.New(ledger.Limits{Bytes: 1 << 20})
	account := l.Open(ledger.Limits{Bytes: 200 << 10})
	written, most := int64(0), int64(0)
	out := writer(func(p []byte) {
		written, most = written+int64(len(p)), max(most, account.Taken().Bytes)
		if len(p) > piece {
			t.Errorf("%d bytes are written at once", len(p))
		}
	})
	if err := f.Write(t.Context(), account, out, Request{Format: "atom"}); err != nil || account.Taken().Bytes != 0 {
		t.Fatalf("%v, and %d bytes are taken", err, account.Taken().Bytes)
	}
	if most < written-1000 { // what stands around the entry
		t.Errorf("%d bytes are taken for an entry of nearly %d", most, written)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	poor := l.Open(ledger.Limits{Bytes: 50 << 10})
	if err := f.Write(ctx, poor, io.Discard, Request{Format: "atom"}); err == nil {
		t.Error("who has no memory gets an entry")
	}
}

type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// Whatever a post says, a feed is well-formed and acts on no terminal.
func TestHostilePosts(t *testing.T) {
	nasty := "a\x1b]0;b\a]]>&#27;&#x85;\u2028\u202e\ufffe\ufffe</content><script>x</script>\" ' <![CDATA[ & \U0001F1E9"
	f, _, _ := blog(t, map[string]string{
		"a.md": "---\ntitle: '" + strings.ReplaceAll(nasty, "'", "''") + "'\nsummary: \"]]> </entry> &#27;\"\ntags: ['<b>', ']]>', '&#1;']\ndate: 2026-01-01\n---\n" + nasty + "\n\n```\n" + nasty + "\n```\n",
	})
	for _, format := range []string{"atom", "rss", "json"} {
		got := written(t, f, format, "")
		if wellFormed(t, format, got) != 1 || strings.ContainsAny(got, "\x1b\a\u0085\u202e\ufffe") {
			t.Errorf("%s: %q", format, got)
		}
	}
}

// An empty blog has feeds, too, and an undated post has the beginning of time where there must be one.
func TestEmpty(t *testing.T) {
	f, _, _ := blog(t, nil)
	for _, format := range []string{"atom", "rss", "json"} {
		if got := written(t, f, format, ""); wellFormed(t, format, got) != 0 {
			t.Error(got)
		}
	}
	f, _, _ = blog(t, map[string]string{"a.md": "Text."})
	if got := written(t, f, "atom", ""); !strings.Contains(got, "<updated>1970-01-01T00:00:00Z</updated>") || strings.Contains(got, "published") {
		t.Error(got)
	}
	if got := written(t, f, "json", ""); bytes.Contains([]byte(got), []byte("date_")) {
		t.Error(got)
	}
}
