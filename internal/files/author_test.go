package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// connectAuthor connects an author, whose account has nothing left at the end.
func connectAuthor(t *testing.T) (*person, *desk) {
	t.Helper()
	d := &desk{files: map[string]string{"a.md": "first", "trip/index.md": "a trip", "trip/map.png": "png"}}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20, Goroutines: 2})
	f := open(t, blog)
	f.Others = []File{written("feed.atom", "<feed/>", nil)}
	p := connectAs(t, f, Client{Account: account, Begin: d.Begin})
	t.Cleanup(func() {
		for deadline := time.Now().Add(10 * time.Second); account.Taken().Goroutines > 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if taken := account.Taken(); taken != (ledger.Limits{}) || d.begun != 0 {
			t.Errorf("%+v is left taken, and %d transfers have not ended", taken, d.begun)
		}
	})
	return p, d
}

// put sends a file in one piece, and returns its handle.
func (p *person) put(name, text string) {
	p.t.Helper()
	h := p.handle(typeOpen, name, uint32(openWrite|openCreate|openTruncate), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(0), text)
	p.refused(statusOK, typeFsetstat, h, uint32(hasTimes), uint32(1), uint32(1))
	p.refused(statusOK, typeClose, h)
}

// ends ends the session, and returns with what error.
func (p *person) ends() error {
	_ = p.to.Close()
	return <-p.over
}

// What an author sends is there for them at once, and for all at the end, together.
func TestAuthorWrites(t *testing.T) {
	p, d := connectAuthor(t)
	before := d.has()
	if got := p.names("/"); !slices.Equal(got, []string{"categories", "feed.atom", "posts"}) {
		t.Errorf("the top has %q", got)
	}
	if got := p.names("posts"); !slices.Equal(got, []string{"a.md", "trip"}) {
		t.Errorf("the posts are %q", got)
	}
	p.put("b.md", strings.Repeat("x", 32<<10))
	p.put("/posts/c.md", "new")
	p.put("posts/caf"+"e\u0301.md", "composed")
	p.refused(statusOK, typeMkdir, "bundle", uint32(0))
	p.refused(statusFailure, typeMkdir, "posts/bundle", uint32(0))
	p.put("bundle/index.md", "of a bundle")
	p.refused(statusOK, typeExtended, "posix-rename@openssh.com", "a.md", "z.md")
	p.refused(statusFailure, typeRename, "z.md", "b.md")
	p.refused(statusOK, typeRename, "z.md", "y.md")
	p.refused(statusOK, typeRename, "trip", "tour")
	p.refused(statusOK, typeRemove, "tour/map.png")
	for name, size := range map[string]uint64{"b.md": 32 << 10, "posts/y.md": 5, "posts/tour/index.md": 6, "/posts/café.md": 8} {
		if answer, r := p.ask(typeStat, name); answer != typeAttrs || attributesOf(r).size != size {
			t.Errorf("%s: type %d %q", name, answer, r.left)
		}
	}
	for _, name := range []string{"a.md", "posts/trip", "posts/tour/map.png"} {
		p.refused(statusNoSuchFile, typeStat, name)
	}
	if got := p.names("posts"); !slices.Equal(got, []string{"b.md", "bundle", "c.md", "café.md", "tour", "y.md"}) {
		t.Errorf("the posts are %q", got)
	}
	if got := p.read("posts/b.md", 1000); got != strings.Repeat("x", 32<<10) {
		t.Errorf("it reads %d bytes", len(got))
	}
	if d.has() != before {
		t.Error("something is published before the end")
	}
	if err := p.ends(); err != nil || p.told.String() != "published\n" {
		t.Errorf("%v: it is told %q", err, p.told.String())
	}
	want := map[string]string{"b.md": strings.Repeat("x", 32<<10), "c.md": "new", "café.md": "composed", "bundle/index.md": "of a bundle", "y.md": "first", "tour/index.md": "a trip"}
	if !maps.Equal(d.files, want) || d.published != 1 {
		t.Errorf("after %d transfers there is %.300q", d.published, d.has())
	}
}

// Folders of posts are only as long as something is in them; clients make and remove them all the same.
func TestAuthorFolders(t *testing.T) {
	p, d := connectAuthor(t)
	p.refused(statusFailure, typeRmdir, "trip")
	p.refused(statusNoSuchFile, typeRmdir, "none")
	p.refused(statusFailure, typeRemove, "trip")
	p.refused(statusFailure, typeRmdir, "a.md")
	p.refused(statusFailure, typeMkdir, "a.md/x", uint32(0))
	p.refused(statusOK, typeRemove, "trip/index.md")
	p.refused(statusOK, typeRemove, "trip/map.png")
	if got := p.names("trip"); len(got) != 0 {
		t.Errorf("it has %q", got)
	}
	p.refused(statusOK, typeRmdir, "trip")
	p.refused(statusNoSuchFile, typeStat, "trip")
	for i := range maxFolders {
		p.refused(statusOK, typeMkdir, fmt.Sprintf("f%d", i), uint32(0))
	}
	p.refused(statusFailure, typeMkdir, "more", uint32(0))
	if err := p.ends(); err != nil || d.has() != "map[a.md:first]" {
		t.Errorf("%v: %s", err, d.has())
	}
}

// A file that is refused says why, and nothing of what was sent with it is published.
func TestRefusedUpload(t *testing.T) {
	p, d := connectAuthor(t)
	before := d.has()
	p.put("b.md", "good")
	h := p.handle(typeOpen, "c.md", uint32(openWrite|openCreate), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(0), "bad")
	if answer, r := p.ask(typeClose, h); answer != typeStatus || r.uint32() != statusFailure || r.string() != "posts/c.md:3: it is bad: mend it" {
		t.Errorf("type %d %q", answer, r.left)
	}
	p.put("d.filepart", "bad")
	p.refused(statusFailure, typeRename, "d.filepart", "d.md")
	if err := p.ends(); !errors.Is(err, ErrRefused) || d.has() != before {
		t.Errorf("%v: %s", err, d.has())
	}
	problems := "posts/%[1]s.md:3: it is bad: mend it\nposts/%[1]s.md:4: worse\n"
	if want := fmt.Sprintf(problems, "c") + fmt.Sprintf(problems, "d") + notPublished; p.told.String() != want {
		t.Errorf("it is told %q, want %q", p.told.String(), want)
	}
}

// Why something is refused is told on standard error, in a line for each reason: most clients show words of their
// own for a status. What is refused often, and means nothing, is not.
func TestRefusalsAreTold(t *testing.T) {
	p, _ := connectAuthor(t)
	create := uint32(openWrite | openCreate)
	p.refused(statusFailure, typeOpen, "posts/run.sh", create, uint32(0))
	p.refused(statusFailure, typeOpen, "posts/run.sh", create, uint32(0))
	p.refused(statusPermissionDenied, typeOpen, "/categories/x.md", create, uint32(0))
	p.refused(statusPermissionDenied, typeOpen, "../x.md", create, uint32(0))
	h := p.handle(typeOpen, "large.png", create, uint32(0))
	for range 3 {
		p.refused(statusFailure, typeWrite, h, uint64(2*deskLimit), "x")
	}
	p.refused(statusFailure, typeClose, h)
	p.refused(statusNoSuchFile, typeRemove, "posts/none.md")
	p.refused(statusFailure, typeMkdir, "posts/trip")
	p.refused(statusFailure, typeRmdir, "posts/trip")
	p.refused(statusPermissionDenied, typeSymlink, "/etc/passwd", "posts/x.md")
	p.refused(statusFailure, typeRename, "posts/a.md", "posts/trip")
	p.refused(statusPermissionDenied, typeRmdir, "posts")
	p.refused(statusFailure, typeMkdir, "posts", uint32(0))
	_ = p.ends()
	want := "posts/run.sh: only posts are published\ncategories/x.md: only posts can be changed: write to posts/\n" +
		"x.md: the path leads out of the posts: leave out what leads up\nposts/large.png: too large\n" +
		"posts/trip: the folder is not empty\nlinks are not published: send the file itself\nposts: the folder of the posts stays: change what is in it\n" + notPublished
	if p.told.String() != want {
		t.Errorf("it is told\n%s\nand not\n%s", p.told.String(), want)
	}
}

// However much is refused, what is told of it has an end.
func TestComplaintsHaveAnEnd(t *testing.T) {
	p, _ := connectAuthor(t)
	for i := range 2 * maxComplaints {
		p.refused(statusPermissionDenied, typeOpen, fmt.Sprintf("/categories/%d.md", i), uint32(openWrite|openCreate), uint32(0))
	}
	_ = p.ends()
	if n := strings.Count(p.told.String(), "\n"); n != maxComplaints {
		t.Errorf("%d lines are told", n)
	}
}

// Who mends what was refused, or removes it, has it all published; so does who overwrites what they
// believe is there.
func TestMendedUpload(t *testing.T) {
	p, d := connectAuthor(t)
	p.put("b.md", "good")
	for _, name := range []string{"c.md", "d.md", "e.md"} {
		h := p.handle(typeOpen, name, uint32(openWrite|openCreate), uint32(0))
		p.refused(statusOK, typeWrite, h, uint64(0), "bad")
		p.refused(statusFailure, typeClose, h)
	}
	p.put("c.md", "better")
	p.refused(statusOK, typeRemove, "d.md")
	p.refused(statusOK, typeSetstat, "e.md", uint32(hasSize), uint64(0))
	h := p.handle(typeOpen, "e.md", uint32(openWrite), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(0), "best")
	p.refused(statusOK, typeClose, h)
	if err := p.ends(); err != nil || d.has() != "map[a.md:first b.md:good c.md:better e.md:best trip/index.md:a trip trip/map.png:png]" {
		t.Errorf("%v: %s", err, d.has())
	}
}

// What sshfs and resuming clients do: a file is truncated by its name and written, goes on where it
// ended, is read while it is written, or is opened and left alone.
func TestRewriting(t *testing.T) {
	p, d := connectAuthor(t)
	p.refused(statusOK, typeSetstat, "a.md", uint32(hasSize), uint64(0))
	h := p.handle(typeOpen, "a.md", uint32(openRead|openWrite), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(0), "second")
	if answer, r := p.ask(typeRead, h, uint64(1), uint32(100)); answer != typeData || r.string() != "econd" {
		t.Errorf("type %d %q", answer, r.left)
	}
	if answer, r := p.ask(typeFstat, h); answer != typeAttrs || attributesOf(r).size != 6 {
		t.Errorf("type %d %q", answer, r.left)
	}
	p.refused(statusOK, typeExtended, "fsync@openssh.com", h)
	p.refused(statusOK, typeClose, h)
	h = p.handle(typeOpen, "a.md", uint32(openWrite|openAppend), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(0), " and more")
	p.refused(statusOK, typeClose, h)
	h = p.handle(typeOpen, "trip/index.md", uint32(openWrite), uint32(0))
	p.refused(statusOK, typeWrite, h, uint64(2), "cab")
	p.refused(statusOK, typeFsetstat, h, uint32(hasSize), uint64(5))
	p.refused(statusOK, typeClose, h)
	h = p.handle(typeOpen, "trip/map.png", uint32(openWrite), uint32(0))
	p.refused(statusOK, typeClose, h)
	p.refused(statusFailure, typeOpen, "a.md", uint32(openWrite|openCreate|openExclusive), uint32(0))
	p.refused(statusNoSuchFile, typeOpen, "none.md", uint32(openWrite), uint32(0))
	if err := p.ends(); err != nil || d.has() != "map[a.md:second and more trip/index.md:a cab trip/map.png:png]" {
		t.Errorf("%v: %s", err, d.has())
	}
}

// A file that is replaced by an empty one is empty then.
func TestEmptied(t *testing.T) {
	p, d := connectAuthor(t)
	p.refused(statusOK, typeClose, p.handle(typeOpen, "a.md", uint32(openWrite|openCreate|openTruncate), uint32(0)))
	p.refused(statusOK, typeSetstat, "trip/map.png", uint32(hasSize), uint64(0))
	if err := p.ends(); err != nil || d.has() != "map[a.md: trip/index.md:a trip trip/map.png:]" || p.told.String() != "published\n" {
		t.Errorf("%v: %s, it is told %q", err, d.has(), p.told.String())
	}
	if out, told, err := received(t, d, "scp -t .", "C0644 0 index.md\n\x00", true); err != nil || out != "\x00\x00\x00" || told != "published\n" {
		t.Errorf("%v, %q, %q", err, out, told)
	}
	if out, told, err := received(t, d, "scp -t trip/index.md", "C0644 0 index.md\n\x00", true); err != nil || out != "\x00\x00\x00" || told != "published\n" {
		t.Errorf("%v, %q, %q", err, out, told)
	}
	if d.has() != "map[a.md: index.md: trip/index.md: trip/map.png:]" {
		t.Errorf("there is %s", d.has())
	}
}

// What is quiet for a while is published, and the session goes on.
func TestQuietPublishes(t *testing.T) {
	p, d := connectAuthor(t)
	p.put("b.md", "one")
	h := p.handle(typeOpen, "c.md", uint32(openWrite|openCreate), uint32(0))
	time.Sleep(quiet * 3 / 2)
	if d.published != 0 {
		t.Error("something is published while a file is open")
	}
	p.refused(statusOK, typeClose, h)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(d.has(), "b.md:one"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is published")
		}
	}
	p.put("b.md", "two")
	if err := p.ends(); err != nil || d.files["b.md"] != "two" || d.published != 2 {
		t.Errorf("%v: %s after %d", err, d.has(), d.published)
	}
}

// Who is cut off has published nothing, wherever that was; nor has who leaves a file open.
func TestCutUpload(t *testing.T) {
	f := open(t, blog)
	session := bytes.Join([][]byte{
		packet(typeInit, uint32(3)),
		packet(typeExtended, uint32(0), "limits@openssh.com"),
		packet(typeOpen, uint32(1), "b.md", uint32(openWrite|openCreate), uint32(0)),
		packet(typeWrite, uint32(2), "\x00\x00\x00\x01", uint64(0), strings.Repeat("x", 30000)),
		packet(typeClose, uint32(3), "\x00\x00\x00\x01"),
		packet(typeOpen, uint32(4), "c.md", uint32(openWrite|openCreate), uint32(0)),
		packet(typeWrite, uint32(5), "\x00\x00\x00\x02", uint64(0), "text"),
		packet(typeClose, uint32(6), "\x00\x00\x00\x02"),
	}, nil)
	for _, whole := range []bool{true, false} {
		for tenth := range 11 {
			d := &desk{}
			err := f.SFTP(t.Context(), &Client{
				Input: bytes.NewReader(session[:len(session)*tenth/10]), Output: io.Discard, Stderr: io.Discard,
				Begin: d.Begin, Whole: func() bool { return whole },
			})
			want := "map[]"
			if whole && tenth == 10 {
				want = "map[b.md:" + strings.Repeat("x", 30000) + " c.md:text]"
			}
			if d.has() != want || d.begun != 0 {
				t.Errorf("cut at %d tenths, %v: %.100s", tenth, err, d.has())
			}
		}
	}
}

// Where nothing may be written nothing is, whatever it is called.
func TestEvilNames(t *testing.T) {
	p, d := connectAuthor(t)
	before := d.has()
	for _, name := range []string{
		"../x.md", "posts/../../x.md", "/../etc/passwd.md", "a/../../x.md", "~/../x.md", "x\x1b[2J.md", "x\x00.md", "\xff.md", "a\u202eb.md",
		strings.Repeat("a/", maxPath), "categories/x.md", "feed.atom", "categories", "/", "", ".", "posts", "posts/.", "a.md/x.md", "trip", "x.sh",
	} {
		for kind, fields := range map[byte][]any{
			typeOpen:    {name, uint32(openWrite | openCreate | openTruncate), uint32(0)},
			typeMkdir:   {name + "/new", uint32(0)},
			typeSymlink: {"/etc/passwd", name},
			typeRename:  {"a.md", name},
			typeSetstat: {name, uint32(hasSize), uint64(0)},
		} {
			if (kind == typeMkdir || kind == typeRename) && (name == "trip" || name == "x.sh" || kind == typeMkdir && !strings.Contains(name, "..")) {
				continue
			}
			if answer, r := p.ask(kind, fields...); answer != typeStatus || r.uint32() == statusOK {
				t.Errorf("request %d of %q is answered with %d %q", kind, name, answer, r.left)
			}
		}
	}
	p.refused(statusPermissionDenied, typeExtended, "hardlink@openssh.com", "a.md", "b.md")
	p.refused(statusFailure, typeReadlink, "a.md")
	h := p.handle(typeOpen, "b.md", uint32(openWrite|openCreate), uint32(0))
	for _, offset := range []uint64{1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		p.refused(statusFailure, typeWrite, h, offset, "x")
		p.refused(statusFailure, typeFsetstat, h, uint32(hasSize), offset)
	}
	p.refused(statusFailure, typeClose, h)
	if err := p.ends(); !errors.Is(err, ErrRefused) || d.has() != before {
		t.Errorf("%v: %s", err, d.has())
	}
}

// FuzzAuthor sends an author's bytes: whatever they are, the session ends, gives all back, and names
// nothing outside of the posts folder.
func FuzzAuthor(f *testing.F) {
	files := open(f, blog)
	write := uint32(openWrite | openCreate)
	for _, packets := range [][][]byte{
		{packet(typeOpen, uint32(1), "a.md", write, uint32(0)), packet(typeWrite, uint32(2), "\x00\x00\x00\x01", uint64(3), "text"), packet(typeClose, uint32(3), "\x00\x00\x00\x01")},
		{packet(typeSetstat, uint32(1), "a.md", uint32(hasSize), uint64(2)), packet(typeRename, uint32(2), "trip", "b/c"), packet(typeStat, uint32(3), "b")},
		{packet(typeMkdir, uint32(1), "x", uint32(0)), packet(typeOpendir, uint32(2), "/posts"), packet(typeReaddir, uint32(3), "\x00\x00\x00\x01"), packet(typeRmdir, uint32(4), "x")},
		{packet(typeExtended, uint32(1), renameExtension, "a.md", "../b.md"), packet(typeRemove, uint32(2), "trip/index.md"), packet(typeOpen, uint32(3), "trip/map.png", uint32(openRead), uint32(0))},
	} {
		f.Add(bytes.Join(append([][]byte{packet(typeInit, uint32(3))}, packets...), nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d := &desk{files: map[string]string{"a.md": "first", "trip/index.md": "a trip", "trip/map.png": "png"}}
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20})
		_ = files.SFTP(t.Context(), &Client{Input: bytes.NewReader(in), Output: io.Discard, Stderr: io.Discard, Account: account, Begin: d.Begin})
		if taken := account.Taken(); taken.Bytes != 0 || d.begun != 0 {
			t.Errorf("%d bytes are left taken, and %d transfers have not ended", taken.Bytes, d.begun)
		}
		for name := range d.files {
			if at, ok := clean(name); !ok || at != "/"+name {
				t.Errorf("%q is published", name)
			}
		}
	})
}
