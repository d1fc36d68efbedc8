package push

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// Many files that are found at the start are kept in a pack with their folders, whatever a start that was
// cut has left, and so is what is sent together later.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	const posts = 100
	for i := range posts {
		bundle := filepath.Join(dir, "posts", fmt.Sprint(i))
		if err := os.MkdirAll(bundle, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bundle, "index.md"), fmt.Appendf(nil, "text %d%s", i/2, strings.Repeat(" word", i*i)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(dir, "state", repository, "objects", "pack")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "tmp_pack_sshblog"), bytes.Repeat([]byte("cut"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, dir)
	expectContents := func(want int) {
		t.Helper()
		version, err := p.store.Current()
		if err != nil {
			t.Fatal(err)
		}
		files, err := p.store.Files(version)
		if err != nil || len(files) != want {
			t.Fatal(len(files), err)
		}
		there := has(t, p)
		for name, content := range files {
			r, err := p.store.Open(content)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || string(text) != there[name] {
				t.Errorf("%s has %d bytes and not %d, %v", name, len(text), len(there[name]), err)
			}
		}
		fsck(t, p)
	}
	expectContents(posts)
	if n := objects(t, p); n != 2 {
		t.Errorf("there are %d files, not a pack and its index", n)
	}
	tr := begin(t, p, "anna")
	for i := range posts {
		send(t, tr, fmt.Sprintf("%d.md", i), fmt.Sprintf("# Post %d\n", i))
	}
	if out, err := tr.Finish(t.Context()); err != nil || len(out.Results) != posts {
		t.Fatal(out, err)
	}
	expectContents(2 * posts)
	if n := objects(t, p); n != 4+2 { // a commit, and its tree
		t.Errorf("there are %d files", n)
	}
	// A folder that has not changed is not written again.
	tr = begin(t, p, "anna")
	send(t, tr, "1.md", "# Again\n")
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectContents(2 * posts)
	if n := objects(t, p); n != 6+3 {
		t.Errorf("there are %d files", n)
	}
}

// What turns out to have another size is taken back out of a pack, and so is what is there twice.
func TestPackTakesBack(t *testing.T) {
	p := open(t, t.TempDir())
	repository, ok := p.store.(*git)
	if !ok {
		t.Fatal("no repository")
	}
	kept := make(map[string]string)
	err := repository.Together(func() error {
		for i := range 40 {
			text := strings.Repeat(fmt.Sprint(i%30, "."), i*40)
			content, err := repository.Put(int64(len(text)), strings.NewReader(text))
			if err != nil {
				return err
			}
			kept[content] = text
			if _, err := repository.Put(int64(len(text))+1, strings.NewReader(text)); !errors.Is(err, errChanging) {
				t.Errorf("%d: a file that is too short: %v", i, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range kept {
		r, err := repository.Open(content)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		_ = r.Close()
	}
	if len(kept) < 30 || objects(t, p) != 2 {
		t.Errorf("%d are kept in %d files", len(kept), objects(t, p))
	}
	fsck(t, p)
	// What is there already is in no other pack.
	if err := repository.Together(func() error {
		for _, text := range kept {
			if _, err := repository.Put(int64(len(text)), strings.NewReader(text)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil || objects(t, p) != 2 {
		t.Errorf("%v, and there are %d files", err, objects(t, p))
	}
	// Where it fails nothing is left.
	failed := errors.New("failed")
	if err := repository.Together(func() error {
		_, err := repository.Put(3, strings.NewReader("new"))
		return errors.Join(failed, err)
	}); !errors.Is(err, failed) || objects(t, p) != 2 {
		t.Errorf("%v, and there are %d files", err, objects(t, p))
	}
}

// All who read the repository share what is known of its packs, and go on when git gc makes others.
func TestPacksAreShared(t *testing.T) {
	g, err := openGit(filepath.Join(t.TempDir(), "posts.git"))
	if err != nil {
		t.Fatal(err)
	}
	var content string
	files := make(map[string]string)
	err = g.Together(func() error {
		for i := range 10 {
			text := fmt.Sprintf("The text of file %d.\n", i)
			if content, err = g.Put(int64(len(text)), strings.NewReader(text)); err != nil {
				return err
			}
			files[fmt.Sprintf("%d.md", i)] = content
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	version, err := g.Replace("", files, Signature{Author: "alice", Message: "files"})
	if err != nil {
		t.Fatal(err)
	}
	one, other := g.view(), g.view()
	for _, v := range []*view{one, other} {
		if _, err := v.Object(plumbing.NewHash(content)); err != nil {
			t.Fatal(err)
		}
	}
	if len(one.packs) != 1 || one.packs[0].index != other.packs[0].index {
		t.Errorf("the packs are read for each: %v, %v", one.packs, other.packs)
	}
	packs, _ := filepath.Glob(filepath.Join(g.dir, "objects", "pack", "pack-*"))
	for _, name := range packs {
		if err := os.Rename(name, strings.Replace(name, "pack-", "pack-00", 1)); err != nil {
			t.Fatal(err)
		}
	}
	o, err := one.Object(plumbing.NewHash(content))
	if err != nil {
		t.Fatalf("with another pack: %v", err)
	}
	if text, err := io.ReadAll(o); err != nil || string(text) != "The text of file 9.\n" {
		t.Errorf("it has %q, %v", text, err)
	}
	if got, err := g.Files(version); err != nil || len(got) != 10 {
		t.Errorf("%d files, %v", len(got), err)
	}
	// What was in a file of its own is in a pack now.
	single, err := g.Put(6, strings.NewReader("single"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", `cd "$0" && echo "$1" | git --git-dir . pack-objects -q objects/pack/pack && git --git-dir . prune-packed`, g.dir, single).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if g.hasLoose(plumbing.NewHash(single)) {
		t.Fatal("git has not packed it")
	}
	if _, err := one.Object(plumbing.NewHash(single)); err != nil {
		t.Errorf("of a pack that has come since: %v", err)
	}
	if _, err := one.Object(plumbing.NewHash(strings.Repeat("12", 20))); !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

// The log reads who has pushed once, and then what has come since, in whatever state a crash leaves it.
func TestPushesAreReadOnce(t *testing.T) {
	dir := t.TempDir()
	hash := func(n int) string { return fmt.Sprintf("%040x", n) }
	add := func(text string) {
		f, err := os.OpenFile(filepath.Join(dir, pushesFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	var p pushes
	knows := func(n int, who string) {
		t.Helper()
		if err := p.read(dir); err != nil {
			t.Fatal(err)
		}
		if got, _ := p.of(plumbing.NewHash(hash(n))); got.who != who {
			t.Errorf("push %d is of %q, want %q", n, got.who, who)
		}
	}
	knows(1, "")
	add("\n" + hash(1) + " - 5 Alice B\n\n" + hash(2) + " " + hash(1) + " 6 bert\n\n" + hash(3) + " " + hash(2))
	knows(1, "Alice B")
	knows(2, "bert")
	knows(3, "")
	add("\n" + hash(3) + " " + hash(2) + " 7 carl\n" + strings.Repeat("x", 10_000) + "\n" + hash(4) + " - x y\n" + hash(5) + " - 8 dora\n")
	knows(3, "carl")
	knows(4, "")
	knows(5, "dora")
	if p.size == 0 || len(p.all) != 4 {
		t.Errorf("%d bytes were read, and %d pushes", p.size, len(p.all))
	}
	if err := os.Remove(filepath.Join(dir, pushesFile)); err != nil {
		t.Fatal(err)
	}
	add(hash(9) + " - 8 eve\n")
	knows(9, "eve")
	knows(5, "")
}
