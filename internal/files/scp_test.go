package files

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// copied is what a client gets that answers all with yes.
func copied(t testing.TB, f *Files, command string, answers string) (out string, all bool) {
	t.Helper()
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{})
	source, upload, ok := ParseSCP(strings.Fields(command))
	if !ok || upload {
		t.Fatalf("%s is no source: %v, %v", command, upload, ok)
	}
	var b strings.Builder
	all, err := f.SCP(t.Context(), &Client{Input: strings.NewReader(answers), Output: &b, Stderr: io.Discard, Account: account}, source)
	if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	if taken := account.Taken().Bytes; taken != 0 {
		t.Errorf("%s: %d bytes are left taken", command, taken)
	}
	return b.String(), all
}

func TestParseSCP(t *testing.T) {
	for command, want := range map[string]struct {
		source Source
		upload bool
		ok     bool
	}{
		"scp -f a.md":                      {source: Source{Paths: []string{"a.md"}}, ok: true},
		"/usr/bin/scp -v -r -p -f -- -a b": {source: Source{Paths: []string{"-a", "b"}, Recursive: true, Times: true}, ok: true},
		"scp -prf posts":                   {source: Source{Paths: []string{"posts"}, Recursive: true, Times: true}, ok: true},
		"scp -f":                           {source: Source{Paths: []string{}}, ok: true},
		"scp -d -t .":                      {source: Source{Paths: []string{"."}}, upload: true, ok: true},
		"scp -t -f .":                      {source: Source{Paths: []string{"."}}, upload: true, ok: true},
		"scp post.md":                      {source: Source{Paths: []string{"post.md"}}},
		"scp --from post.md":               {},
		"cat -f x":                         {},
		"":                                 {},
	} {
		source, upload, ok := ParseSCP(strings.Fields(command))
		if upload != want.upload || ok != want.ok || source.Recursive != want.source.Recursive || source.Times != want.source.Times || !slices.Equal(source.Paths, want.source.Paths) {
			t.Errorf("%s: %+v, upload %v, ok %v", command, source, upload, ok)
		}
	}
}

func TestSCP(t *testing.T) {
	f := open(t, blog)
	yes := strings.Repeat("\x00", 100)
	text := texts(t, f)["hello.md"]
	hello := fmt.Sprintf("C0644 %d hello.md\n%s\x00", len(text), text)
	for command, want := range map[string]string{
		"scp -f posts/hello.md":            hello,
		"scp -f ~/posts/hello.md":          hello,
		"scp -f /posts/../posts/hello.md":  hello,
		"scp -f posts/old-hello.md":        strings.Replace(hello, "hello.md", "old-hello.md", 1),
		"scp -f posts/h*.md":               hello,
		"scp -f categories/*/hello.md":     hello,
		"scp -f categories/*/old-hello.md": strings.Replace(hello, "hello.md", "old-hello.md", 1),
		"scp -f posts/hello*.md":           hello, // not a file with a star in its name
		"scp -f [p]osts/hell?.md":          hello,
		"scp -pf posts/hello.md":           "T1767312000 0 1767312000 0\n" + hello,
		"scp -rf categories/ci-cd":         "D0755 0 ci-cd\n" + hello + "E\n",
		"scp -rpf categories/c?-cd":        "T1767312000 0 1767312000 0\nD0755 0 ci-cd\nT1767312000 0 1767312000 0\n" + hello + "E\n",
	} {
		if out, all := copied(t, f, command, yes); out != want || !all {
			t.Errorf("%s: %q, %v, want %q", command, out, all, want)
		}
	}
	f.Others = []File{written("feed.atom", "<feed/>", nil)}
	if out, all := copied(t, f, "scp -rf .", yes); !all || !strings.HasPrefix(out, "D0755 0 posts\n") ||
		!strings.Contains(out, "E\nD0755 0 categories\nD0755 0 café-talk\n") || !strings.HasSuffix(out, "E\nE\nC0644 7 feed.atom\n<feed/>\x00") {
		t.Errorf("all of it: %q", out)
	}
	for command, want := range map[string]string{
		"scp -f posts":               "\x01scp: posts: not a regular file\n",
		"scp -f none posts/hello.md": "\x01scp: none: No such file or directory\n" + hello,
		"scp -f posts/draft.md":      "\x01scp: posts/draft.md: No such file or directory\n",
		"scp -f ../../etc/passwd":    "\x01scp: etc/passwd: No such file or directory\n",
		"scp -f posts/x*":            "\x01scp: posts/x*: No such file or directory\n",
		"scp -f posts/[":             "\x01scp: posts/[: No such file or directory\n",
		"scp -f \x1b[2J":             "\x01scp: No such file or directory\n",
		"scp -f":                     "\x01scp: name the files to copy, such as posts/*.md\n",
		"scp -f posts/*.md/x":        "\x01scp: posts/*.md/x: No such file or directory\n",
	} {
		if out, all := copied(t, f, command, yes); out != want || all {
			t.Errorf("%s: %q, %v, want %q", command, out, all, want)
		}
	}
}

// A client skips a file, or ends the copy, and what was sent until then has an end.
func TestSCPAnswers(t *testing.T) {
	f := open(t, blog)
	text := texts(t, f)
	hello, undated := fmt.Sprintf("C0644 %d hello.md\n", len(text["hello.md"])), fmt.Sprintf("C0644 %d undated.md\n", len(text["undated.md"]))
	for answers, want := range map[string]string{
		"":                     "",
		"\x00\x01no\n\x00\x00": hello + undated + text["undated.md"] + "\x00",
		"\x00\x02no\n":         hello,
		"\x00\x00":             hello + text["hello.md"] + "\x00",
	} {
		if out, all := copied(t, f, "scp -f posts/hello.md posts/undated.md", answers); out != want || all {
			t.Errorf("%q: %q, %v, want %q", answers, out, all, want)
		}
	}
	long := "\x00\x01" + strings.Repeat("x", 2*maxAnswer)
	if all, err := f.SCP(t.Context(), &Client{Input: strings.NewReader(long), Output: io.Discard}, Source{Paths: []string{"posts/hello.md"}}); err == nil || all {
		t.Errorf("an endless answer: %v, %v", all, err)
	}
}

func TestUploadIsRefused(t *testing.T) {
	var b bytes.Buffer
	if err := RefuseUpload(&b, ReadOnly); err != nil || b.String() != "\x02sshblog: "+ReadOnly+"\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// FuzzSFTP sends bytes: whatever they are, every session ends when they do, gives back what it has
// taken, and holds no more than it may.
func FuzzSFTP(f *testing.F) {
	files := open(f, blog)
	hello := packet(typeInit, uint32(3))
	add := func(packets ...[]byte) { f.Add(bytes.Join(append([][]byte{hello}, packets...), nil)) }
	add()
	add(packet(typeOpen, uint32(1), "posts/hello.md", uint32(1), uint32(0)), packet(typeRead, uint32(2), "\x00\x00\x00\x01", uint64(0), uint32(1<<31)), packet(typeClose, uint32(3), "\x00\x00\x00\x01"))
	add(packet(typeOpendir, uint32(1), "posts"), packet(typeReaddir, uint32(2), "\x00\x00\x00\x01"), packet(typeReaddir, uint32(2), "\x00\x00\x00\x01"), packet(typeFstat, uint32(3), "\x00\x00\x00\x01"))
	add(packet(typeRealpath, uint32(1), "~/../\xff"), packet(typeExtended, uint32(2), "statvfs@openssh.com", "posts"), packet(typeExtended, uint32(3), "limits@openssh.com"))
	add(packet(typeWrite, uint32(1), "\x00\x00\x00\x01", uint64(1<<63), strings.Repeat("x", 9000)), []byte{0, 0, 0, 9, 99})
	add([]byte{0xff, 0xff, 0xff, 0xff, 3}, []byte("rest"))
	add(packet(typeOpen, uint32(1), strings.Repeat("../", 2000)))
	f.Fuzz(func(t *testing.T, in []byte) {
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20})
		var out bytes.Buffer
		_ = files.SFTP(t.Context(), &Client{Input: bytes.NewReader(in), Output: &out, Stderr: io.Discard, Account: account})
		if taken := account.Taken(); taken.Bytes != 0 || taken.Goroutines != 0 {
			t.Errorf("%+v is left taken", taken)
		}
		for left := out.Bytes(); len(left) > 0; {
			r := request{left: left}
			if n := r.uint32(); r.short || int(n) > len(r.left) || n > maxData+64 {
				t.Fatalf("an answer is cut short, or has %d bytes", n)
			} else {
				left = r.left[n:]
			}
		}
	})
}

// FuzzSCP asks for any path, and answers anything.
func FuzzSCP(f *testing.F) {
	files := open(f, blog)
	f.Add("scp -rpf posts", "\x00\x00\x00\x00\x00\x00")
	f.Add("scp -f */[a-]", "\x00\x01what\n\x00")
	f.Add("scp -f ~/posts/*.md x\x1b[2J", "\x00\x02")
	f.Fuzz(func(t *testing.T, command, answers string) {
		source, _, ok := ParseSCP(strings.Fields(command))
		if !ok {
			return
		}
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20})
		var out bytes.Buffer
		_, _ = files.SCP(t.Context(), &Client{Input: strings.NewReader(answers), Output: &out, Stderr: io.Discard, Account: account}, source)
		if taken := account.Taken(); taken.Bytes != 0 {
			t.Errorf("%d bytes are left taken", taken.Bytes)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\u009b\u202e") {
			t.Errorf("it says %q", out.String())
		}
	})
}

// What a listing costs, of a blog of so many posts whose sizes are known.
func BenchmarkList(b *testing.B) {
	f := open(b, many(1000))
	var in bytes.Buffer
	in.Write(packet(typeInit, uint32(3)))
	in.Write(packet(typeOpendir, uint32(1), "posts"))
	for range 50 {
		in.Write(packet(typeReaddir, uint32(1), "\x00\x00\x00\x01"))
	}
	for b.Loop() {
		if err := f.SFTP(b.Context(), &Client{Input: bytes.NewReader(in.Bytes()), Output: io.Discard, Stderr: io.Discard}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/post")
}
