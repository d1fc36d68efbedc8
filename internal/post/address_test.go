package post

import (
	"path"
	"reflect"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	tests := []struct{ path, front, address, page, slug string }{
		{"hello.md", "", "hello", "hello", "hello"},
		{"hello/index.md", "", "hello/", "hello", "hello"},
		{"hello/index.es.md", "", "hello/index.es", "hello", "hello"},
		{"index.md", "title: Home", "index", "", "index"},
		{"2024/01/Hello World.markdown", "", "2024/01/Hello%20World.markdown", "2024/01/hello-world", "hello-world"},
		{"2024-01-02-hello.md", "", "2024-01-02-hello", "2024-01-02-hello", "hello"},
		{"news/_posts/2024-01-02-hello.md", "", "news/_posts/2024-01-02-hello", "news/2024-01-02-hello", "hello"},
		{"a.html", "", "a.html", "a", "a"},
		{"a.html.md", "", "a.html.md", "a-html", "a-html"},
		{"a.txt.md", "", "a.txt.md", "a-txt", "a-txt"},
		{"v1.5.md", "", "v1.5", "v1-5", "v1-5"},
		{"-rf.md", "", "%2Drf", "rf", "rf"},
		{"Über/日本語.md", "", "Über/日本語", "über/日本語", "日本語"},
		{"🔥.md", "", "%F0%9F%94%A5", "", "untitled"},
		{"a\xff%.md", "", "a%FF%25", "a", "a"},
		{"2024/hello.md", "slug: bye\npermalink: /x/", "2024/hello", "2024/hello", "bye"}, // the front matter has no say
	}
	for _, test := range tests {
		p, problems := Parse(test.path, []byte("---\n"+test.front+"\n---\nText.\n"))
		if p == nil {
			t.Fatal(problems)
		}
		if page := FilePage(test.path); p.Address != test.address || page != test.page || p.Slug != test.slug {
			t.Errorf("%s with %q has the address %q, the page %q and the slug %q, want %q, %q and %q", test.path, test.front, p.Address, page, p.Slug, test.address, test.page, test.slug)
		}
	}
}

// What is cut from a long address does not make two posts one, and what is in a post does not
// change it.
func TestLongAddress(t *testing.T) {
	folder := strings.Repeat("long-", 30)
	a, b := AddressOf(strings.Repeat(folder+"/", 3)+"a.md"), AddressOf(strings.Repeat(folder+"/", 3)+"b.md")
	if len(a) != MaxAddress || a == b {
		t.Errorf("the addresses are %q and %q", a, b)
	}
}

// FuzzAddressOf promises that two paths have two addresses, which are no longer than they may be,
// and fit for a terminal and a command line.
func FuzzAddressOf(f *testing.F) {
	for _, s := range [][2]string{{"a.md", "a/index.md"}, {"a.html.md", "a.html"}, {"a b.md", "a%20b.md"}, {"-a.md", "%2Da.md"}, {"\xff.md", "%FF.md"}, {"é.md", "e\u0301.md"}, {"a.md", "a.md.md"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if KindOf(a) == Other || path.Ext(a) == "" || KindOf(b) == Other || path.Ext(b) == "" {
			return // files without a known ending are no posts
		}
		address := AddressOf(a)
		isClean(t, "address", address, MaxAddress)
		if strings.HasPrefix(address, "-") || strings.ContainsAny(address, " \"'$&;|<>()`*?!\\") {
			t.Errorf("%q is no address", address)
		}
		if (AddressOf(b) == address) != (a == b) {
			t.Errorf("%q and %q have the address %q", a, b, address)
		}
	})
}

// A post under another address is the same in all else.
func TestAt(t *testing.T) {
	p, problems := Parse("a.md", []byte("---\ntitle: A\ndate: 2024-01-02\nlastmod: 2024-01-03\ncategories: [B]\ntags: [C]\nreading_time: 7\nsummary: D\nslug: e\nlang: es\ntranslationKey: f\ndraft: true\n---\nText.\n"))
	if p == nil {
		t.Fatal(problems)
	}
	p.digested()
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the post of this test has no %s", v.Type().Field(i).Name)
		}
	}
	q := p.At("elsewhere", p.Language)
	if q.Address != "elsewhere" {
		t.Errorf("its address is %q", q.Address)
	}
	q.Address = p.Address
	if !reflect.DeepEqual(p, q) {
		t.Errorf("got %+v, want %+v", q, p)
	}
}
