package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/ledger"
)

// many makes posts.
func many(n int) fstest.MapFS {
	posts := fstest.MapFS{}
	for i := range n {
		posts[fmt.Sprintf("post-%04d.md", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Post %d\n---\nText.\n", i)}
	}
	return posts
}

// A large folder is listed in pages, once each, and a handle holds no more of it than a number.
func TestLargeFolder(t *testing.T) {
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{})
	p := connect(t, open(t, many(2000)), account)
	all, pages := p.list("posts")
	if len(all) != 2000 || pages < 20 {
		t.Errorf("%d posts are listed in %d pages", len(all), pages)
	}
	seen := make(map[string]bool)
	for _, l := range all {
		if seen[l.name] {
			t.Errorf("%s is listed twice", l.name)
		}
		seen[l.name] = true
	}
	handle := p.handle(typeOpendir, "posts")
	p.ask(typeReaddir, handle)
	if taken := account.Taken().Bytes; taken > handleCost+64 {
		t.Errorf("an open folder takes %d bytes", taken)
	}
	p.quits()
	if taken := account.Taken(); taken.Bytes != 0 {
		t.Errorf("%d bytes are left taken", taken.Bytes)
	}
}

// What is open is taken from the account, at its size, and given back when it is closed. Who has
// none left is told so and may go on.
func TestOpenFilesAreTaken(t *testing.T) {
	const size = 100 << 10
	text := strings.Repeat("A line of the text.\n", size/20)
	f := open(t, fstest.MapFS{"big.md": {Data: []byte("---\ntitle: Big\n---\n" + text)}})
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 500 << 10}) // of which three quarters for open files
	p := connect(t, f, account)
	var open []string
	for {
		before := account.Taken().Bytes
		answer, r := p.ask(typeOpen, "posts/big.md", uint32(openRead), uint32(0))
		if answer != typeHandle {
			if code, why := r.uint32(), r.string(); code != statusFailure || !strings.Contains(why, "no memory") {
				t.Errorf("status %d: %s", code, why)
			}
			if account.Taken().Bytes != before {
				t.Error("what is refused is taken")
			}
			break
		}
		open = append(open, r.string())
		if took := account.Taken().Bytes - before; took < size || took > size+2*handleCost {
			t.Errorf("an open file takes %d bytes, and has %d", took, size)
		}
	}
	if len(open) != 3 {
		t.Errorf("%d files could be opened", len(open))
	}
	p.refused(statusOK, typeClose, open[0])
	p.refused(statusFailure, typeClose, open[0])
	p.refused(statusFailure, typeRead, open[0], uint64(0), uint32(10))
	p.refused(statusFailure, typeFstat, open[0])
	if got := p.read("posts/big.md", 1<<20); got != texts(t, f)["big.md"] {
		t.Errorf("it has %d bytes", len(got))
	}
	p.quits()
	if taken := account.Taken(); taken.Bytes != 0 {
		t.Errorf("%d bytes are left taken", taken.Bytes)
	}
}

func TestHandlesAreCounted(t *testing.T) {
	p := connect(t, open(t, blog), nil)
	var last string
	for range maxHandles / 2 {
		last = p.handle(typeOpendir, "posts")
		p.handle(typeOpen, "posts/hello.md", uint32(openRead), uint32(0))
	}
	p.refused(statusFailure, typeOpendir, "posts")
	p.refused(statusFailure, typeOpen, "posts/hello.md", uint32(openRead), uint32(0))
	p.refused(statusOK, typeClose, last)
	p.handle(typeOpendir, "posts")
	for _, wrong := range []string{"", "\x00\x00\x00\x00", "\xff\xff\xff\xff", "long enough"} {
		p.refused(statusFailure, typeClose, wrong)
		p.refused(statusFailure, typeReaddir, wrong)
	}
	p.quits()
}

// An open file stays as it was when another index comes, and a listing goes on.
func TestReload(t *testing.T) {
	f := open(t, blog)
	p := connect(t, f, nil)
	file := p.handle(typeOpen, "posts/hello.md", uint32(openRead), uint32(0))
	folder := p.handle(typeOpendir, "categories/ci-cd")
	next := open(t, fstest.MapFS{"hello.md": {Data: []byte("---\ntitle: Hello again\n---\nHello.\n")}})
	f.Library = next.Library
	if answer, r := p.ask(typeRead, file, uint64(12), uint32(5)); answer != typeData || r.string() != "Hello" {
		t.Errorf("type %d %q", answer, r.left)
	}
	p.refused(statusEOF, typeReaddir, folder) // it is gone
	if answer, r := p.ask(typeStat, "posts/hello.md"); answer != typeAttrs || attributesOf(r).size != uint64(len(texts(t, f)["hello.md"])) {
		t.Errorf("type %d: the size is that of the index before", answer)
	}
	p.quits()
}

// Requests that wait together are answered in one write.
func TestAnswersGoTogether(t *testing.T) {
	f := open(t, blog)
	in := append(packet(typeInit, uint32(3)), bytes.Repeat(packet(typeStat, uint32(1), "posts"), 50)...)
	var out writes
	if err := f.SFTP(t.Context(), &Client{Input: bytes.NewReader(in), Output: &out, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if out.n == 0 || out.n > 3 || out.most > outBytes {
		t.Errorf("there were %d writes of up to %d bytes", out.n, out.most)
	}
}

type writes struct{ n, most int }

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	w.most = max(w.most, len(p))
	return len(p), nil
}

// A session ends when its budget does, or the client is gone.
func TestSFTPEnds(t *testing.T) {
	f := open(t, blog)
	broken := errors.New("broken")
	hello := slices.Clip(packet(typeInit, uint32(3)))
	for name, test := range map[string]struct {
		client Client
		want   error
	}{
		"no request":  {Client{Input: bytes.NewReader(hello)}, nil},
		"a shell":     {Client{Input: strings.NewReader("ls -l\n")}, ErrProtocol},
		"version 2":   {Client{Input: bytes.NewReader(packet(typeInit, uint32(2)))}, ErrProtocol},
		"no version":  {Client{Input: bytes.NewReader(packet(typeStat, uint32(1), "posts"))}, ErrProtocol},
		"twice":       {Client{Input: bytes.NewReader(append(hello, hello...))}, ErrProtocol},
		"too long":    {Client{Input: bytes.NewReader(append(hello, 0, 0, 0x84, 0xd1, typeWrite))}, ErrProtocol},
		"empty":       {Client{Input: bytes.NewReader(append(hello, 0, 0, 0, 0, 0))}, ErrProtocol},
		"cut short":   {Client{Input: bytes.NewReader(append(hello, 0, 0, 0, 9, typeStat, 0))}, io.ErrUnexpectedEOF},
		"budget over": {Client{Input: bytes.NewReader(append(hello, packet(typeStat, uint32(1), "posts")...)), Await: func(context.Context) error { return broken }}, broken},
	} {
		test.client.Output, test.client.Stderr = io.Discard, io.Discard
		err := f.SFTP(t.Context(), &test.client)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: it ends with %v, want %v", name, err, test.want)
		}
	}
}

// However often a reader wants to write, that is reported once.
func TestWritingIsReportedOnce(t *testing.T) {
	reported := 0
	p := connectAs(t, open(t, blog), Client{Refused: func() { reported++ }})
	if answer, _ := p.ask(typeStat, "posts"); answer != typeAttrs || reported != 0 {
		t.Errorf("what is read is reported %d times", reported)
	}
	for range 3 {
		p.refused(statusPermissionDenied, typeRemove, "posts/a.md")
	}
	if err := p.ends(); err != nil || reported != 1 {
		t.Errorf("%v: it is reported %d times", err, reported)
	}
}
