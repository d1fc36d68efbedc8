package gitserve

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto"
	"encoding/binary"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	githash "github.com/go-git/go-git/v5/plumbing/hash"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// The limits of blogs, in bytes: a tree of 100,000 files is less than one of them.
const maxFile, maxTransfer = 4 << 20, 8 << 20

// blog is a posts folder with one post, and a client of it.
type blog struct {
	testing.TB
	dir       string
	publisher *push.Publisher
	account   *ledger.Account
}

func newBlog(t testing.TB) *blog {
	t.Helper()
	b := &blog{TB: t, dir: t.TempDir(), account: ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 4 << 20})}
	posts := filepath.Join(b.dir, "posts")
	if err := os.MkdirAll(posts, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(posts, "a.md"), []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var err error
	b.publisher, err = push.Open(t.Context(), push.Config{
		Posts: posts, State: filepath.Join(b.dir, "state"), Logger: slog.New(slog.DiscardHandler),
		Limits: push.Limits{File: maxFile, Transfer: maxTransfer},
		Check: func(_ context.Context, _ *ledger.Account, folder string) (problems, notes []post.Problem, err error) {
			return problems, nil, fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					var text []byte
					text, err = os.ReadFile(filepath.Join(folder, name))
					_, found := post.Parse(name, text)
					problems = append(problems, found...)
				}
				return err
			})
		},
		Reload: func(context.Context) error { return nil },
		Locate: func(file string) (address, held string) { return post.AddressOf(file), "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// head returns the newest version and its tree.
func (b *blog) head() (version string, tree plumbing.Hash) {
	b.Helper()
	r, err := b.publisher.Repository()
	if err != nil {
		b.Fatal(err)
	}
	c, err := push.CommitOf(r, plumbing.NewHash(r.Head))
	if err != nil {
		b.Fatal(err)
	}
	return r.Head, c.Tree
}

// posts returns what is published.
func (b *blog) posts() string {
	b.Helper()
	var all []string
	if err := fs.WalkDir(os.DirFS(filepath.Join(b.dir, "posts")), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var text []byte
			text, err = os.ReadFile(filepath.Join(b.dir, "posts", name))
			all = append(all, name+":"+strings.TrimSpace(string(text)))
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return strings.Join(all, " ")
}

// files are those of a folder in the state folder.
func (b *blog) files(dir string) (all []string) {
	b.Helper()
	if err := fs.WalkDir(os.DirFS(filepath.Join(b.dir, "state", dir)), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return all
}

// answer is what a client is told.
type answer struct{ said, status string }

// receive pushes what a client says, and returns what it is told.
func (b *blog) receive(says []byte) (answer, error) {
	b.Helper()
	var out bytes.Buffer
	c := &Client{Input: bytes.NewReader(says), Output: &out, Stderr: &out, Account: b.account, Address: func(a string) string { return "ssh " + a + "@host" }}
	_, err := Receive(b.Context(), c, &Author{
		Begin: func(ctx context.Context) (*push.Transfer, error) {
			return b.publisher.Begin(ctx, push.Client{Author: "anna", Account: b.account})
		},
		Finish:     func(ctx context.Context, t *push.Transfer) (*push.Outcome, error) { return t.Finish(ctx) },
		Repository: b.publisher.Repository,
	})
	_, rest, _ := strings.Cut(out.String(), flushPacket)
	var a answer
	for len(rest) > 4 && rest[:4] != flushPacket {
		n, convErr := strconv.ParseUint(rest[:4], 16, 16)
		if convErr != nil || int(n) > len(rest) {
			b.Fatalf("it says %q", out.String())
		}
		switch text := rest[5:n]; rest[4] {
		case bandData:
			a.status += text
		case bandRemote:
			a.said += text
		}
		rest = rest[n:]
	}
	return a, err
}

// push pushes objects, of which the last is the new commit.
func (b *blog) push(objects ...object) (answer, error) {
	b.Helper()
	version, _ := b.head()
	return b.receive(commands(version, objects[len(objects)-1].hash().String(), pack(objects...)))
}

func commands(was, is string, pack []byte) []byte {
	return slices.Concat([]byte(packet(was+" "+is+" "+mainBranch+"\x00 report-status side-band-64k agent=test")+flushPacket), pack)
}

// object is one of a pack. Of a delta base is what goes before its data.
type object struct {
	kind plumbing.ObjectType
	data string
	base string
	size int // that is told, if it is not that of data
}

func (o object) hash() plumbing.Hash { return plumbing.ComputeHash(o.kind, []byte(o.data)) }

func blob(text string) object { return object{kind: plumbing.BlobObject, data: text} }

// entries are those of a tree: mode, name and hash.
type entries [][3]string

func tree(all entries) object {
	var b strings.Builder
	for _, e := range all {
		h := plumbing.NewHash(e[2])
		fmt.Fprintf(&b, "%s %s\x00%s", e[0], e[1], h[:])
	}
	return object{kind: plumbing.TreeObject, data: b.String()}
}

func commit(tree plumbing.Hash, parents ...string) object {
	text := "tree " + tree.String() + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	return object{kind: plumbing.CommitObject, data: text + "author Bert <b@example.com> 1700000000 +0100\ncommitter Bert <b@example.com> 1700000000 +0100\n\nwords\n"}
}

// body is an object as a pack has it.
func (o object) body() []byte {
	size := len(o.data)
	if o.size != 0 {
		size = o.size
	}
	head := []byte{byte(int(o.kind)<<4 | size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	var b bytes.Buffer
	b.Write(head)
	b.WriteString(o.base)
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(o.data))
	_ = w.Close()
	return b.Bytes()
}

func pack(objects ...object) []byte {
	var body []byte
	for _, o := range objects {
		body = append(body, o.body()...)
	}
	return sealed(uint32(len(objects)), body)
}

// sealed is a pack of so many objects.
func sealed(n uint32, body []byte) []byte {
	text := append(binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), n), body...)
	h := githash.New(crypto.SHA1)
	h.Write(text)
	return h.Sum(text)
}

// deltaOf is a delta of an object of a size: instructions that make one of another size.
func deltaOf(from, to int, steps string) string {
	varint := func(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }
	return varint(from) + varint(to) + steps
}
