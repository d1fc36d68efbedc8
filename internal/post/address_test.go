package post

import (
	"reflect"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	tests := []struct{ path, front, address, slug string }{
		{"hello.md", "", "hello", "hello"},
		{"hello/index.md", "", "hello", "hello"},
		{"2024/01/Hello World.markdown", "", "2024/01/hello-world", "hello-world"},
		{"2024-01-02-hello.md", "", "2024-01-02-hello", "hello"},
		{"news/_posts/2024-01-02-hello.md", "", "news/2024-01-02-hello", "hello"},
		{"2024/hello.md", "slug: bye", "2024/bye", "bye"},
		{"2024/hello/index.md", "slug: v2.1.0", "2024/v2-1-0", "v2-1-0"},
		{"hello.md", "permalink: /blog/2024/Hello-1.5.html", "blog/2024/Hello-1.5", "hello"},
		{"hello.md", "url: https://example.com/blog/hello/", "blog/hello", "hello"},
		{"hello.md", "path: 2026/03/26/1.94.1-release", "2026/03/26/1.94.1-release", "hello"},
		{"hello.md", "permalink: /:categories/:title/", "hello", "hello"},
		{"hello.md", "permalink: ../../etc/passwd", "hello", "hello"},
		{"hello.md", "permalink: /a b/$(c)/", "hello", "hello"},
		{"hello.md", "permalink: [1, 2]", "hello", "hello"},
		{"index.md", "title: Home", "index", "index"},
		{"🔥.md", "", "untitled", "untitled"},
	}
	for _, test := range tests {
		p, problems := Parse(test.path, []byte("---\n"+test.front+"\n---\nText.\n"))
		if p == nil {
			t.Fatal(problems)
		}
		if p.Address != test.address || p.Slug != test.slug {
			t.Errorf("%s with %q has the address %q and the slug %q, want %q and %q", test.path, test.front, p.Address, p.Slug, test.address, test.slug)
		}
	}
}

// What is cut from a long address does not make two posts one.
func TestLongAddress(t *testing.T) {
	folder := strings.Repeat("long-", 30)
	a, _ := Parse(strings.Repeat(folder+"/", 3)+"a.md", []byte("A.\n"))
	b, _ := Parse(strings.Repeat(folder+"/", 3)+"b.md", []byte("B.\n"))
	if len(a.Address) != 200 || a.Address == b.Address {
		t.Errorf("the addresses are %q and %q", a.Address, b.Address)
	}
}

// A post under another address is the same in all else.
func TestAt(t *testing.T) {
	p, problems := Parse("a.md", []byte("---\ntitle: A\ndate: 2024-01-02\nlastmod: 2024-01-03\ncategories: [B]\ntags: [C]\nreading_time: 7\nsummary: D\nslug: e\nlang: es\ndraft: true\n---\nText.\n"))
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
