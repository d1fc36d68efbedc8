package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// library is documents by their keys: the first line is the title, the second
// the tags, lines that begin with # are headings.
type library map[string]string

func (l library) text(key string) Text {
	return func(yield func(Field, string) bool) {
		for i, line := range strings.Split(l[key], "\n") {
			field := Body
			switch {
			case i == 0:
				field = Title
			case i == 1:
				field = Tag
			case strings.HasPrefix(line, "#"):
				field = Heading
			}
			if !yield(field, line) {
				return
			}
		}
	}
}

func (l library) keys() []string {
	keys := make([]string, 0, len(l))
	for key := range l {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (l library) update(t testing.TB, x *Index[string], o Options) *Index[string] {
	t.Helper()
	next, err := x.Update(t.Context(), l.keys(), l.text, o)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func (l library) index(t testing.TB) *Index[string] {
	t.Helper()
	return l.update(t, &Index[string]{}, Options{})
}

func (l library) title(key string) string { return strings.SplitN(l[key], "\n", 2)[0] }

// untitled is for searches that do not depend on the order of words.
func untitled(string) string { return "" }

// find returns the keys of the hits.
func find(x *Index[string], query string) []string {
	var keys []string
	for _, h := range x.Search(Parse(query), nil, untitled, 10).Hits {
		keys = append(keys, h.Key)
	}
	return keys
}

func scan(text string) []string {
	var words []string
	s := scanner{text: text}
	for word, at, ok := s.next(); ok; word, at, ok = s.next() {
		words = append(words, string(word)+"="+text[at.Start:at.End])
	}
	return words
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		" -- ?! ":                "",
		"The end.":               "the=The end=end",
		"don't, can’t; rock' n":  "dont=don't cant=can’t rock=rock n=n",
		"Café naïve ÅNGSTRÖM":    "cafe=Café naive=naïve angstrom=ÅNGSTRÖM",
		"cafe\u0301s":            "cafes=cafe\u0301s",
		"Straße Ærø Łódź":        "strasse=Straße aero=Ærø lodz=Łódź",
		"C++ and C#, F# #12":     "c++=C++ and=and c#=C# f#=F# 12=12",
		"C+++ a++b x ##":         "c=C a=a b=b x=x",
		"max_conns net/http":     "max=max conns=conns net=net http=http",
		"v1.26 ＡＢＣ":              "v1=v1 26=26 abc=ＡＢＣ",
		"Go言語の本":                 "go=Go 言語=言語 語の=語の の本=の本 本=本",
		"서버 오류":                  "서버=서버 버=버 오류=오류 류=류",
		"ΟΔΟΣ οδος":              "οδοσ=ΟΔΟΣ οδοσ=οδος",
		"Ёлка":                   "елка=Ёлка",
		"bad\xff\xfeutf":         "bad=bad utf=utf",
		"data\u00adbase":         "database=data\u00adbase",
		"バス パス":                  "バス=バス ス=ス パス=パス ス=ス",
		"\uff9e a":               "a=a", // a mark alone
		"か\u3099た":               "がた=か\u3099た た=た",
		"た が":                    "た=た が=が",
		"donʼt, ﬁnd co‑op":       "dont=donʼt find=ﬁnd co=co op=op",
		"한글":                   "한글=한글 글=글",
		"ﾊﾞｽ":                    "バス=ﾊﾞｽ ス=ｽ",
		"た\u3099か\u3099 か\u309a": "だが=た\u3099か\u3099 が=か\u3099 か=か\u309a",
	} {
		if got := strings.Join(scan(in), " "); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	long := scan("語" + strings.Repeat("é", 100))
	if len(long) != 2 || len(long[1]) != maxWord+1+200 {
		t.Errorf("a long word: %q", long)
	}
}

var blog = library{
	"locks":  "The lock queue\npostgres locking\nA waiting ALTER TABLE stops every read.\n# Queues\nThe queue is first come, first served.",
	"queues": "What a queue hides\narchitecture\nA queue hides how late you are. A queue that is full is a queue that waits.",
	"pool":   "The pool that is too large\npostgres\nMore connections make it slower: a queue forms inside the database.",
	"k8s":    "Kubernetes from below\noperations\nPods, and what they are made of.",
	"cjk":    "日本語の検索\n検索\n全文検索は単語の境界がない言語では難しい。",
}

func TestSearch(t *testing.T) {
	x := blog.index(t)
	for query, want := range map[string][]string{
		"queue":               {"queues", "locks", "pool"}, // more in the title's text, then a title, then a text
		"kubernetes":          {"k8s"},
		"kube":                {"k8s"}, // the last word may go on
		"kube ":               nil,
		"postgres queue":      {"locks", "pool"}, // all words, tags too
		"POSTGRES Quêue":      {"locks", "pool"},
		"kuberentes":          {"k8s"}, // misspelt
		"kuberent":            {"k8s"}, // while it is typed
		"kuberentes pods":     {"k8s"},
		"検索":                  {"cjk"},
		"全文検索":                {"cjk"},
		"索":                   {"cjk"},
		"文字":                  nil,
		"alter table queue x": {"locks"}, // none has all four, one has three
		"":                    nil,
		"...":                 nil,
	} {
		if got := find(x, query); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	found := x.Search(Parse("alter queue zebra"), nil, untitled, 10)
	if !found.Partial || len(found.Hits) != 1 || found.Hits[0].Key != "locks" {
		t.Errorf("no document has all the words: %+v", found)
	}
	found = x.Search(Parse("queue"), func(key string) bool { return key != "queues" }, untitled, 1)
	if found.Total != 2 || len(found.Hits) != 1 || found.Hits[0].Key != "locks" || found.Partial {
		t.Errorf("with a filter and a limit: %+v", found)
	}
	if got := x.Search(Parse("kuberentes"), nil, untitled, 1).Terms.Corrected(); !slices.Equal(got, []string{"kubernetes"}) {
		t.Errorf("corrected to %q", got)
	}
	if find(&Index[string]{}, "queue") != nil {
		t.Error("an empty index finds something")
	}
}

// An index that was brought up to date finds what a new one does, whatever the
// way that led there.
func TestUpdate(t *testing.T) {
	texts := library{}
	for i := range 3000 {
		texts[fmt.Sprintf("doc%04d", i)] = fmt.Sprintf("Title %d\ntag%d\nCommon words, and word%d of %d.", i, i%7, i, i%50)
	}
	x := texts.index(t)
	for round := range 40 {
		old := fmt.Sprintf("doc%04d", round*70)
		delete(texts, old)
		texts[fmt.Sprintf("new%04d", round)] = fmt.Sprintf("New %d\ntag9\nCommon again, neu%d.", round, round)
		before := x
		x = texts.update(t, x, Options{})
		if got := find(before, fmt.Sprintf("word%d ", round*70)); !slices.Equal(got, []string{old}) {
			t.Fatalf("the index before has changed: %q", got)
		}
	}
	fresh := texts.index(t)
	if len(x.parts) > len(fresh.parts)+1 {
		t.Errorf("%d segments, a new index has %d", len(x.parts), len(fresh.parts))
	}
	if x.Len() != fresh.Len() || x.words != fresh.words {
		t.Errorf("%d documents of %d words, want %d of %d", x.Len(), x.words, fresh.Len(), fresh.words)
	}
	for _, query := range []string{"word0 ", "word71 ", "neu3 ", "common tag9", "title 44"} {
		got, want := x.Search(Parse(query), nil, untitled, 5000), fresh.Search(Parse(query), nil, untitled, 5000)
		if got.Total != want.Total || !slices.Equal(keysOf(got), keysOf(want)) {
			t.Errorf("%q: %d found, a new index finds %d", query, got.Total, want.Total)
		}
	}
	// Most of it goes: what is left is worth making anew.
	for i := range 2900 {
		delete(texts, fmt.Sprintf("doc%04d", i))
	}
	x = texts.update(t, x, Options{})
	if got := x.Bytes(); got > 100_000 {
		t.Errorf("%d documents take %d bytes", x.Len(), got)
	}
}

// keysOf returns the keys of the hits in their own order.
func keysOf(f Found[string]) []string {
	var keys []string
	for _, h := range f.Hits {
		keys = append(keys, h.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestLimit(t *testing.T) {
	texts := library{}
	for i := range 3 * 2048 {
		texts[fmt.Sprintf("doc%05d", i)] = fmt.Sprintf("Title%d\ntag\nbody%d", i, i)
	}
	x := texts.update(t, &Index[string]{}, Options{Limit: 1, Workers: 1})
	if got := x.Brief(); got != 2*2048 {
		t.Errorf("%d documents by their titles alone, want all but the first segment's", got)
	}
	if find(x, "body7 ") == nil || find(x, "body6000 ") != nil || find(x, "title6000 ") == nil {
		t.Error("what is beyond the limit is found by its title alone")
	}
}

func TestUpdateCanBeGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Index[string]{}).Update(ctx, blog.keys(), blog.text, Options{}); err == nil {
		t.Error("an update went on after its end")
	}
}

func TestSpans(t *testing.T) {
	for _, tt := range []struct{ query, text, want string }{
		{"queue", "A Queue, and queues.", "A [Queue], and [queues]."},
		{"queue ", "A Queue, and queues.", "A [Queue], and queues."},
		{"cafe", "Das Café.", "Das [Café]."},
		{"検索", "全文検索は", "全文[検索]は"},
		{"全文検索", "全文検索は", "[全文検索]は"},
		{"x", "", ""},
	} {
		spans, _ := Parse(tt.query).Terms().Spans(tt.text)
		got, end := "", 0
		for _, s := range spans {
			got += tt.text[end:s.Start] + "[" + tt.text[s.Start:s.End] + "]"
			end = s.End
		}
		if got += tt.text[end:]; got != tt.want {
			t.Errorf("%q in %q: %s", tt.query, tt.text, got)
		}
	}
	if _, n := Parse("alter table alter").Terms().Spans("table, alter, table"); n != 2 {
		t.Errorf("%d different words, want 2", n)
	}
}

func TestDistance(t *testing.T) {
	var d distances
	for _, tt := range []struct {
		a, b string
		open bool
		want int
	}{
		{"queue", "queue", false, 0},
		{"queeu", "queue", false, 1},
		{"qeue", "queue", false, 1},
		{"quue", "queue", false, 1},
		{"kuberentes", "kubernetes", false, 1},
		{"kuberentes", "kubernetes", true, 1},
		{"kuberent", "kubernetes", true, 1},
		{"kuberent", "kubernetes", false, 3},
		{"cafe", "safe", false, 1},
		{"abcd", "wxyz", false, 3},
	} {
		if got := d.between(tt.a, tt.b, 2, tt.open); got != tt.want {
			t.Errorf("%s, %s (open: %t): %d, want %d", tt.a, tt.b, tt.open, got, tt.want)
		}
	}
}

// A full index gives up the oldest texts, and has them whole again as soon as
// there is room.
func TestLimitSparesTheNewest(t *testing.T) {
	texts := library{}
	for i := range 2048 + 100 {
		texts[fmt.Sprintf("doc%05d", i)] = fmt.Sprintf("Title%d\ntag\nbody%d", i, i)
	}
	o := Options{Limit: 1000, Workers: 1}
	x := texts.update(t, &Index[string]{}, o)
	texts["a-newest"] = "New\ntag\nzebra" // the first of the keys
	if x = texts.update(t, x, o); find(x, "zebra ") == nil {
		t.Error("the text of the newest document is not found")
	}
	for i := range 2048 {
		delete(texts, fmt.Sprintf("doc%05d", i))
	}
	if x = texts.update(t, x, Options{Limit: 1 << 30}); x.Brief() != 0 {
		t.Errorf("%d documents are brief, and there is room", x.Brief())
	}
}
