package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
)

// blog has names of every kind, and what nobody may see.
var blog = fstest.MapFS{
	"_index.md":           {Data: []byte("---\ntitle: A blog\n---\n")},
	"hello.md":            {Data: []byte("---\ntitle: Hello\ndate: 2026-01-02\ncategories: [CI/CD]\naliases: [old-hello]\n---\nHello.\n")},
	"2024/01/hello.md":    {Data: []byte("---\ntitle: An older one\ndate: 2024-01-02\n---\nThe same name.\n")},
	"Über uns.md":         {Data: []byte("---\ntitle: Über uns\ndate: 2025-01-02\nlastmod: 2025-06-01\ncategories: [Café Talk, ..]\n---\nWir.\n")},
	"undated.md":          {Data: []byte("---\ntitle: Undated\n---\nNo date.\n")},
	"draft.md":            {Data: []byte("---\ntitle: A draft\ndraft: true\n---\nSecret.\n")},
	"later.md":            {Data: []byte("---\ntitle: Later\ndate: 2126-01-02\n---\nSecret.\n")},
	"images/picture.png":  {Data: []byte("\x89PNG")},
	"early/first-post.md": {Data: []byte("---\ntitle: Early\ndate: 1815-12-10\n---\nBefore the epoch.\n")},
}

// open returns the files of posts.
func open(t testing.TB, posts fstest.MapFS) *Files {
	t.Helper()
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Files{Library: lib}
}

// texts are what the files of a blog's posts have, by the name of the file.
func texts(t testing.TB, f *Files) map[string]string {
	t.Helper()
	all := make(map[string]string)
	posts, err := f.find(f.Library.Current(), "posts")
	if err != nil {
		t.Fatal(err)
	}
	for i := range posts.folder.len() {
		e := posts.folder.at(i)
		var b strings.Builder
		for piece := range e.post.Source() {
			b.WriteString(piece)
		}
		all[e.name] = b.String()
	}
	return all
}

// person is a client that speaks the protocol by hand.
type person struct {
	t      testing.TB
	to     io.WriteCloser
	from   io.Reader
	told   bytes.Buffer // of stderr; read it when the session is over
	over   chan error
	id     uint32
	awaits atomic.Int64
}

// connect starts a session and greets.
func connect(t testing.TB, f *Files, account *ledger.Account) *person {
	return connectAs(t, f, Client{Account: account})
}

func connectAs(t testing.TB, f *Files, c Client) *person {
	t.Helper()
	in, to := io.Pipe()
	from, out := io.Pipe()
	p := &person{t: t, to: to, from: from, over: make(chan error, 1)}
	go func() {
		c.Input, c.Output, c.Stderr = in, out, &p.told
		c.Await = func(context.Context) error { p.awaits.Add(1); return nil }
		err := f.SFTP(t.Context(), &c)
		_ = out.Close()
		_ = in.Close()
		p.over <- err
	}()
	t.Cleanup(func() { _ = to.Close(); _ = from.Close() })
	p.send(typeInit, uint32(3))
	if kind, r := p.receive(); kind != typeVersion || r.uint32() != 3 || !bytes.Contains(r.left, []byte("limits@openssh.com")) {
		t.Fatalf("the answer to init is of type %d: %q", kind, r.left)
	}
	return p
}

// packet makes a packet of fields: numbers and strings.
func packet(kind byte, fields ...any) []byte {
	b := []byte{0, 0, 0, 0, kind}
	for _, field := range fields {
		switch field := field.(type) {
		case uint32:
			b = binary.BigEndian.AppendUint32(b, field)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, field)
		case string:
			b = appendString(b, field)
		}
	}
	return finish(b, 0)
}

func (p *person) send(kind byte, fields ...any) {
	p.t.Helper()
	if _, err := p.to.Write(packet(kind, fields...)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) receive() (byte, *request) {
	p.t.Helper()
	var header [5]byte
	if _, err := io.ReadFull(p.from, header[:]); err != nil {
		p.t.Fatal(err)
	}
	left := make([]byte, binary.BigEndian.Uint32(header[:])-1)
	if _, err := io.ReadFull(p.from, left); err != nil {
		p.t.Fatal(err)
	}
	return header[4], &request{left: left}
}

// ask sends a request and returns the answer, after its id.
func (p *person) ask(kind byte, fields ...any) (byte, *request) {
	p.t.Helper()
	p.id++
	p.send(kind, append([]any{p.id}, fields...)...)
	answer, r := p.receive()
	if id := r.uint32(); id != p.id {
		p.t.Fatalf("the answer is to request %d, want %d", id, p.id)
	}
	return answer, r
}

// refused asks for what gets a status, and checks its code.
func (p *person) refused(code uint32, kind byte, fields ...any) {
	p.t.Helper()
	answer, r := p.ask(kind, fields...)
	if answer != typeStatus {
		p.t.Fatalf("request %d %q is answered with type %d: %q", kind, fields, answer, r.left)
	}
	if got := r.uint32(); got != code {
		p.t.Errorf("request %d %q gets status %d (%q), want %d", kind, fields, got, r.string(), code)
	}
}

// handle opens something.
func (p *person) handle(kind byte, fields ...any) string {
	p.t.Helper()
	answer, r := p.ask(kind, fields...)
	if answer != typeHandle {
		p.t.Fatalf("%q is not opened: type %d %q", fields, answer, r.left)
	}
	return r.string()
}

// listed is an entry of a listing.
type listed struct {
	name, long string
	size       uint64
	mode, when uint32
}

func attributesOf(r *request) (l listed) {
	r.uint32()
	l.size = r.uint64()
	r.uint64()
	l.mode, _, l.when = r.uint32(), r.uint32(), r.uint32()
	return l
}

// list lists a folder, page by page.
func (p *person) list(name string) (all []listed, pages int) {
	p.t.Helper()
	handle := p.handle(typeOpendir, name)
	for {
		answer, r := p.ask(typeReaddir, handle)
		if answer == typeStatus {
			if code := r.uint32(); code != statusEOF {
				p.t.Fatalf("listing %s ends with status %d: %s", name, code, r.string())
			}
			p.refused(statusOK, typeClose, handle)
			return all, pages
		}
		pages++
		if len(r.left) > pageBytes+maxEntry {
			p.t.Errorf("a page of %s has %d bytes", name, len(r.left))
		}
		for range r.uint32() {
			name, long := r.string(), r.string()
			l := attributesOf(r)
			l.name, l.long = name, long
			all = append(all, l)
		}
	}
}

func (p *person) names(name string) (names []string) {
	p.t.Helper()
	all, _ := p.list(name)
	for _, l := range all {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return names
}

// read reads a whole file in pieces.
func (p *person) read(name string, piece uint32) string {
	p.t.Helper()
	handle := p.handle(typeOpen, name, uint32(openRead), uint32(0))
	defer p.refused(statusOK, typeClose, handle)
	var text strings.Builder
	for {
		answer, r := p.ask(typeRead, handle, uint64(text.Len()), piece)
		if answer == typeStatus {
			return text.String()
		}
		text.WriteString(r.string())
	}
}

// quits ends the session, which has to end without an error.
func (p *person) quits() {
	p.t.Helper()
	_ = p.to.Close()
	if err := <-p.over; err != nil {
		p.t.Errorf("the session ends with %v", err)
	}
}

// written is a file of a text, or one that cannot be had now.
func written(name, text string, err error) File {
	return File{
		Name: name,
		Write: func(_ context.Context, _ *ledger.Account, w io.Writer) (err error) {
			_, err = io.WriteString(w, text)
			return err
		},
		Size: func(context.Context, *ledger.Account) (int64, error) { return int64(len(text)), err },
	}
}

func TestTree(t *testing.T) {
	f := open(t, blog)
	f.Others = []File{written("feed.atom", "<feed/>", nil), written("busy", "", errNoMemory)}
	p := connect(t, f, nil)
	text := texts(t, f)
	posts := []string{"2024+01+hello.md", "first-post.md", "hello.md", "undated.md", "über-uns.md"}
	for folder, want := range map[string][]string{
		"":                           {"categories", "feed.atom", "posts"}, // not what cannot be had
		"posts":                      posts,
		"/posts/":                    posts,
		"~/posts":                    posts,
		"./posts/.":                  posts,
		"categories":                 {"café-talk", "ci-cd", "u2e-u2e"},
		"categories/ci-cd":           {"hello.md"},
		"categories/Café Talk":       {"über-uns.md"},
		"categories/Cafe\u0301-talk": {"über-uns.md"},
	} {
		if got := p.names(folder); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", folder, got, want)
		}
	}
	for name, want := range map[string]string{
		"posts/hello.md":                 text["hello.md"],
		"~/posts/hello.md":               text["hello.md"],
		"/../../posts/../posts/hello.md": text["hello.md"],
		"posts/old-hello.md":             text["hello.md"],
		"posts/2024+01+hello.md":         text["2024+01+hello.md"],
		"posts/2024/01/hello.md":         text["2024+01+hello.md"],
		"categories/CI-CD/hello.md":      text["hello.md"],
		"posts/u\u0308ber-uns.md":        text["über-uns.md"],
		"feed.atom":                      "<feed/>",
	} {
		if got := p.read(name, 7); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{
		"draft.md", "posts/draft.md", "posts/later.md", "posts/hello", "posts/hello.md/x", "posts/images/picture.png", "_index.md", "posts/_index.md",
		"etc/passwd", "../etc/passwd", "/etc/passwd", "categories/ci-cd/über-uns.md", "categories/none", "posts/.md",
		"~root", "posts/hello.md\x00", "posts/\x1b[2J.md", "posts/\xff.md", "posts/\u202ehello.md", strings.Repeat("a/", maxPath),
	} {
		p.refused(statusNoSuchFile, typeStat, name)
		p.refused(statusNoSuchFile, typeOpen, name, uint32(openRead), uint32(0))
		p.refused(statusNoSuchFile, typeOpendir, name)
	}
	p.refused(statusFailure, typeOpen, "busy", uint32(openRead), uint32(0))
	p.refused(statusFailure, typeStat, "busy")
	f.Others = []File{{Name: "grown", Write: f.Others[0].Write, Size: func(context.Context, *ledger.Account) (int64, error) { return 6, nil }}}
	p.refused(statusFailure, typeOpen, "grown", uint32(openRead), uint32(0))
	for name, want := range map[string]string{
		"": "/", ".": "/", "~": "/", "posts/../x": "/x", "~/posts/": "/posts", "/../..": "/", "~x": "/~x",
	} {
		if answer, r := p.ask(typeRealpath, name); answer != typeName || r.uint32() != 1 || r.string() != want {
			t.Errorf("%q is not %q: type %d %q", name, want, answer, r.left)
		}
	}
	p.quits()
	if p.told.Len() > 0 {
		t.Errorf("a reader is told %q", p.told.String())
	}
	if p.awaits.Load() != int64(p.id) {
		t.Errorf("%d of %d answers were waited for", p.awaits.Load(), p.id)
	}
}

func TestAttributes(t *testing.T) {
	f := open(t, blog)
	p := connect(t, f, nil)
	text := texts(t, f)
	for name, want := range map[string]listed{
		"posts":               {mode: folderMode, when: 1767312000},
		"posts/hello.md":      {mode: fileMode, size: uint64(len(text["hello.md"])), when: 1767312000},
		"posts/über-uns.md":   {mode: fileMode, size: uint64(len(text["über-uns.md"])), when: 1748736000}, // its lastmod
		"posts/undated.md":    {mode: fileMode, size: uint64(len(text["undated.md"]))},
		"posts/first-post.md": {mode: fileMode, size: uint64(len(text["first-post.md"]))}, // as early as the protocol knows
	} {
		for _, kind := range []byte{typeStat, typeLstat} {
			if answer, r := p.ask(kind, name); answer != typeAttrs || attributesOf(r) != want {
				t.Errorf("%s: type %d, %+v", name, answer, r)
			}
		}
		if want.mode == folderMode {
			continue
		}
		handle := p.handle(typeOpen, name, uint32(openRead), uint32(0))
		if answer, r := p.ask(typeFstat, handle); answer != typeAttrs || attributesOf(r) != want {
			t.Errorf("%s, when open: type %d, %+v", name, answer, r)
		}
	}
	all, _ := p.list("posts")
	if i := slices.IndexFunc(all, func(l listed) bool { return l.name == "hello.md" }); i < 0 || all[i].long != fmt.Sprintf("-rw-r--r--    1 blog     blog     %8d Jan  2  2026 hello.md", len(text["hello.md"])) || all[i].size != uint64(len(text["hello.md"])) {
		t.Errorf("the listing has %+v", all)
	}
	for _, extension := range []string{"statvfs@openssh.com", "fstatvfs@openssh.com"} {
		argument := "posts"
		if extension[0] == 'f' {
			argument = p.handle(typeOpendir, "posts")
		}
		answer, r := p.ask(typeExtended, extension, argument)
		if answer != typeExtendedReply || r.uint64() != 4096 || len(r.left) != 10*8 {
			t.Errorf("%s: type %d %q", extension, answer, r.left)
		}
	}
	if answer, r := p.ask(typeExtended, "limits@openssh.com"); answer != typeExtendedReply || r.uint64() != maxPacket || r.uint64() != maxData || r.uint64() != maxData || r.uint64() != maxHandles {
		t.Errorf("limits: type %d", answer)
	}
	p.quits()
}

// Everything that writes is refused, by a status and once in words, whatever it names.
func TestNothingIsWritten(t *testing.T) {
	f := open(t, blog)
	text := texts(t, f)
	p := connect(t, f, nil)
	for flags := uint32(0); flags <= openAll; flags++ {
		if flags != openRead {
			p.refused(statusPermissionDenied, typeOpen, "posts/hello.md", flags, uint32(0))
		}
	}
	handle := p.handle(typeOpen, "posts/hello.md", uint32(openRead), uint32(0))
	for kind, fields := range map[byte][]any{
		typeWrite:    {handle, uint64(0), strings.Repeat("x", 32<<10)},
		typeSetstat:  {"posts/hello.md", uint32(0)},
		typeFsetstat: {handle, uint32(0)},
		typeRemove:   {"posts/hello.md"},
		typeMkdir:    {"posts/new", uint32(0)},
		typeRmdir:    {"posts"},
		typeRename:   {"posts/hello.md", "posts/bye.md"},
		typeSymlink:  {"/etc/passwd", "posts/link.md"},
	} {
		p.refused(statusPermissionDenied, kind, fields...)
	}
	for _, extension := range []string{"posix-rename@openssh.com", "hardlink@openssh.com", "fsync@openssh.com", "lsetstat@openssh.com", "copy-data"} {
		p.refused(statusPermissionDenied, typeExtended, extension, "posts/hello.md", "b")
	}
	p.refused(statusFailure, typeReadlink, "posts/hello.md")
	p.refused(statusUnsupported, typeExtended, "newline@example.com")
	p.refused(statusUnsupported, 99, "x")
	if got := p.read("posts/hello.md", 1<<31); got != text["hello.md"] {
		t.Errorf("the file is %q", got)
	}
	p.quits()
	if want := "sshblog: " + ReadOnly + "\n"; p.told.String() != want {
		t.Errorf("it is told %q, want %q", p.told.String(), want)
	}
}
