package gitserve

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// A pack that is not one, or that would become larger than it may, is refused before that.
func TestRefusedPacks(t *testing.T) {
	b := newBlog(t)
	version, root := b.head()
	good := commit(root, version)
	zeros := strings.Repeat("\x00", maxFile)
	base := blob("0123456789")
	offset := object{kind: plumbing.OFSDeltaObject, base: string([]byte{byte(len(base.body()))})}
	steps := func(data string) object { o := offset; o.data = data; return o }
	far := offset
	far.base = "\x7f"
	// Of 64 KiB 4 MiB, and of a few bytes of a delta.
	large, copies := blob(zeros[:0x10000]), deltaOf(0x10000, len(zeros), strings.Repeat("\x80", len(zeros)/0x10000))
	sum := large.hash()
	grows := object{kind: plumbing.REFDeltaObject, base: string(sum[:]), data: copies}
	unknown := object{kind: plumbing.REFDeltaObject, base: strings.Repeat("x", 20), data: deltaOf(0, 0, "")}
	for _, test := range []struct {
		name string
		pack []byte
		says string
	}{
		{"no pack", []byte(strings.Repeat("x", 40)), "not well-formed"},
		{"another version", append([]byte("PACK\x00\x00\x00\x04"), make([]byte, 40)...), "not well-formed"},
		{"4 billion objects", sealed(1<<32-1, nil), "4294967295 objects"},
		{"another sum", append(pack(good)[:len(pack(good))-20], make([]byte, 20)...), "not well-formed"},
		{"an object that says it has a gigabyte", pack(object{kind: plumbing.BlobObject, size: 1 << 30}), "more than 4 MiB"},
		{"a size of many bytes", sealed(1, []byte(strings.Repeat("\xff", 20)+"\x00")), "not well-formed"},
		{"an object that inflates to more than it says", pack(object{kind: plumbing.BlobObject, data: zeros, size: 10}), "not well-formed"},
		{"one that inflates to less", pack(object{kind: plumbing.BlobObject, data: "x", size: 10}), "not well-formed"},
		{"many that inflate to much", pack(blob(zeros), blob(zeros), blob(zeros)), "more than 8 MiB"},
		{"deltas that make much of little", pack(large, grows, grows, grows), "more than 8 MiB"},
		{"what does not inflate", sealed(1, []byte("\x31not zlib")), "not well-formed"},
		{"a type that is not known", pack(object{kind: 5, data: "x"}), "not well-formed"},
		{"a delta of what is not there", pack(base, far), "not well-formed"},
		{"a delta of what has not come", pack(unknown), "has not come before it"},
		{"a delta of itself", pack(object{kind: plumbing.OFSDeltaObject, base: "\x00", data: deltaOf(0, 0, "")}), "not well-formed"},
		{"a delta of another size", pack(base, steps(deltaOf(11, 1, "\x01x"))), "not well-formed"},
		{"a delta that copies beyond its base", pack(base, steps(deltaOf(10, 20, "\x91\x05\x10"))), "not well-formed"},
		{"a delta that makes more than it says", pack(base, steps(deltaOf(10, 4, "\x90\x05"))), "not well-formed"},
		{"a delta that makes less", pack(base, steps(deltaOf(10, 8, "\x90\x05"))), "not well-formed"},
		{"a delta with an unknown step", pack(base, steps(deltaOf(10, 5, "\x00"))), "not well-formed"},
		{"a delta that says it makes a gigabyte", pack(base, steps(deltaOf(10, 1<<30, "\x90\x05"))), "more than 4 MiB"},
		{"a delta that ends in its size", pack(base, steps("\xff")), "not well-formed"},
	} {
		a, err := b.receive(commands(version, good.hash().String(), test.pack))
		if err != nil || !strings.Contains(a.status, test.says) || !strings.Contains(a.status, "ng refs/heads/main unpacker error") {
			t.Errorf("%s: %.300q, %v", test.name, a, err)
		}
		b.restsAt(version, 3)
	}
}

// A connection that is cut anywhere leaves nothing.
func TestCutPack(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	text := blob(strings.Repeat("words and more words\n", 200))
	top := tree(entries{{"100644", "a.md", text.hash().String()}})
	good := commit(top.hash(), version)
	whole := commands(version, good.hash().String(), pack(text, top, good))
	for tenth := range 10 {
		a, err := b.receive(whole[:len(whole)*tenth/10])
		if tenth > 0 && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || a != (answer{}) {
			t.Errorf("after %d tenths: %q, %v", tenth, a, err)
		}
		b.restsAt(version, 3)
	}
}

// Deltas of deltas, as deep as there may be objects, and of what only the repository has, are what they
// are made of.
func TestDeltas(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	var all []object
	length := len("old\n")
	before := plumbing.ComputeHash(plumbing.BlobObject, []byte("old\n"))
	text := "old\n"
	for range 500 {
		steps := "\xb0" + string([]byte{byte(length), byte(length >> 8)}) + "\x01x"
		all = append(all, object{kind: plumbing.REFDeltaObject, base: string(before[:]), data: deltaOf(length, length+1, steps)})
		text, length = text+"x", length+1
		before = plumbing.ComputeHash(plumbing.BlobObject, []byte(text))
	}
	top := tree(entries{{"100644", "a.md", before.String()}})
	a, err := b.push(append(all, top, commit(top.hash(), version))...)
	if err != nil || !strings.Contains(a.status, "ok refs/heads/main") || b.posts() != "a.md:"+text {
		t.Errorf("%q, %v: %s", a, err, b.posts())
	}
}

// Trees of 100,000 files, commits without number, and folders that repeat each other are refused, and
// take no more than a push may.
func TestLargeTrees(t *testing.T) {
	b := newBlog(t)
	version, _ := b.head()
	text := blob("new\n")
	file := text.hash().String()
	var many entries
	for i := range 100_000 {
		many = append(many, [3]string{"100644", "a" + string([]byte{byte('a' + i/17576%26), byte('a' + i/676%26), byte('a' + i/26%26), byte('a' + i%26)}) + ".md", file})
	}
	flat := tree(many)
	deep := []object{text, tree(entries{{"100644", "a.md", file}, {"100644", "b.md", file}})}
	for range 15 { // 2^16 files
		last := deep[len(deep)-1].hash().String()
		deep = append(deep, tree(entries{{"40000", "a", last}, {"40000", "b", last}}))
	}
	deeper := deep
	for range 5 {
		last := deeper[len(deeper)-1].hash().String()
		deeper = append(slices.Clip(deeper), tree(entries{{"40000", "a", last}}))
	}
	var line []object
	parent := version
	same := tree(entries{{"100644", "a.md", file}})
	for range 1100 {
		c := commit(same.hash(), parent)
		line, parent = append(line, c), c.hash().String()
	}
	for name, test := range map[string]struct {
		objects []object
		says    string
	}{
		"flat":                  {[]object{text, flat, commit(flat.hash(), version)}, "more than 1000 files"},
		"folders in each other": {append(deep, commit(deep[len(deep)-1].hash(), version)), "more than 1000 files"},
		"deep":                  {append(deeper, commit(deeper[len(deeper)-1].hash(), version)), "more than 16 folders"},
		"commits":               {append([]object{text, same}, line...), "more than 1000 commits"},
	} {
		a, err := b.push(test.objects...)
		if err != nil || !strings.Contains(a.said, test.says) || !strings.Contains(a.status, "ng refs/heads/main") {
			t.Errorf("%s: %.300q, %v", name, a, err)
		}
		b.restsAt(version, 3)
	}
}

// FuzzUnpack promises that objects of any bytes neither panic nor become more than they may, and that
// nothing of what a push takes is left.
func FuzzUnpack(f *testing.F) {
	b := newBlog(f)
	version, root := b.head()
	good := commit(root, version)
	base := blob("0123456789")
	f.Add(uint32(1), good.body())
	f.Add(uint32(2), append(base.body(), object{kind: plumbing.OFSDeltaObject, base: string([]byte{byte(len(base.body()))}), data: deltaOf(10, 6, "\x90\x05\x01x")}.body()...))
	f.Add(uint32(1), object{kind: plumbing.REFDeltaObject, base: string(root[:]), data: deltaOf(32, 0, "")}.body())
	f.Fuzz(func(t *testing.T, n uint32, body []byte) {
		b := &blog{TB: t, dir: b.dir, publisher: b.publisher, account: b.account}
		is := strings.Repeat("12", 20) // which does not come, so that the blog stays as it is
		if _, err := b.receive(commands(version, is, sealed(n, body))); err != nil && !Lost(err) {
			t.Error(err)
		}
		b.restsAt(version, 3)
	})
}

// FuzzCommands promises the same of what comes before a pack.
func FuzzCommands(f *testing.F) {
	b := newBlog(f)
	version, root := b.head()
	good := commit(root, strings.Repeat("12", 20))
	f.Add(commands(version, good.hash().String(), pack(good)))
	f.Add([]byte(packet("shallow " + version)))
	f.Fuzz(func(t *testing.T, says []byte) {
		b := &blog{TB: t, dir: b.dir, publisher: b.publisher, account: b.account}
		_, _ = b.receive(says)
		if _, staged := b.head(); staged.IsZero() || len(b.files("posts.staged")) > 0 || b.account.Taken().Bytes != 0 {
			t.Error("something is left")
		}
	})
}
