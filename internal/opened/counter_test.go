package opened

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func everything(string) bool { return true }

func open(t testing.TB, dir string) *Counter {
	t.Helper()
	c, err := Open(dir, Opens)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func save(t testing.TB, c *Counter) {
	t.Helper()
	if err := c.Save(everything); err != nil {
		t.Fatal(err)
	}
}

func count(c *Counter, address string, times int) {
	for range times {
		c.Add(address)
	}
}

// expect compares the sums with "address:number" each, the highest first.
func expect(t *testing.T, c *Counter, want ...string) {
	t.Helper()
	top, besides, _ := c.Top(100)
	var got []string
	for _, p := range top {
		got = append(got, fmt.Sprintf("%s:%d", p.Address, p.Opened))
	}
	if !reflect.DeepEqual(got, want) || besides != 0 {
		t.Errorf("the sums are %q and %d more, want %q", got, besides, want)
	}
}

func TestCounter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "state")
	c := open(t, dir)
	expect(t, c)
	count(c, "2024/hello", 3)
	count(c, "2024/b/", 5)
	count(c, "2024/a<&\u2028", 3)
	expect(t, c, "2024/b/:5", "2024/a<&\u2028:3", "2024/hello:3")
	save(t, c)
	expect(t, c, "2024/b/:5", "2024/a<&\u2028:3", "2024/hello:3")
	count(c, "2024/hello", 1)
	save(t, c)
	save(t, c)
	if n := c.Total(); n != 12 {
		t.Errorf("%d in all", n)
	}
	_, _, since := c.Top(1)

	c = open(t, dir) // as after a restart
	expect(t, c, "2024/b/:5", "2024/hello:4", "2024/a<&\u2028:3")
	if top, besides, again := c.Top(1); len(top) != 1 || besides != 2 || again.Unix() != since.Unix() {
		t.Errorf("%v and %d more since %s, before since %s", top, besides, again, since)
	}
	if n := c.Total(); n != 0 {
		t.Errorf("%d in all since the start", n)
	}
	for _, name := range []string{Opens.file(), Opens.lock()} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

func TestWithoutAFolder(t *testing.T) {
	c := New()
	count(c, "a", 2)
	save(t, c)
	count(c, "a", 1)
	count(c, "b", 1)
	expect(t, c, "a:3", "b:1")
	save(t, c)
	expect(t, c, "a:3", "b:1")
}

// What is fresh and what is saved counts together, and however many posts there are, nothing is held
// but the top ones.
func TestTop(t *testing.T) {
	c := New()
	for i := range 20_000 {
		count(c, fmt.Sprint(i*7919%10_007), 1+i%5)
		if i == 12_000 {
			save(t, c)
		}
	}
	all := c.saved.with(c.fresh).posts
	for _, n := range []int{0, 1, 100, len(all), len(all) + 1} {
		if top, besides, _ := c.Top(n); !reflect.DeepEqual(top, topOf(n, all)) || besides != max(len(all)-n, 0) {
			t.Errorf("the top %d are %v and %d more", n, top[:min(n, 5)], besides)
		}
	}
	if n := testing.AllocsPerRun(10, func() { c.Top(100) }); n > 5 {
		t.Errorf("it allocates %.0f times", n)
	}
}

// Of posts that are gone those that were opened the most keep their sums, and all that are
// there keep theirs, whether there is a folder or not.
func TestGonePosts(t *testing.T) {
	for name, c := range map[string]*Counter{"folder": open(t, t.TempDir()), "memory": New()} {
		c.Add("there")
		for i := range maxGone + 7 {
			count(c, fmt.Sprintf("gone-%05d", i), 2+i%2)
		}
		if err := c.Save(func(address string) bool { return address == "there" }); err != nil {
			t.Fatal(err)
		}
		all, _, _ := c.Top(2 * maxGone)
		if len(all) != maxGone+1 || all[len(all)-1] != (Post{"there", 1}) || all[len(all)-2].Opened != 2 {
			t.Errorf("%s: %d are kept, the last ones are %v", name, len(all), all[len(all)-2:])
		}
	}
}

// Processes with one folder lose nothing of each other's, whenever they save.
func TestOneFolderOfTwo(t *testing.T) {
	dir := t.TempDir()
	const times, saves = 500, 20
	var processes sync.WaitGroup
	for range 2 {
		c := open(t, dir)
		processes.Go(func() {
			for i := range times {
				c.Add("a")
				if i%(times/saves) == 0 {
					// Who has not got the lock keeps what was counted.
					if err := c.Save(everything); err != nil && !strings.Contains(err.Error(), Opens.lock()) {
						t.Error(err)
					}
				}
			}
			for c.Save(everything) != nil {
			}
		})
	}
	processes.Wait()
	expect(t, open(t, dir), fmt.Sprintf("a:%d", 2*times))
}

// A reader who opens a post while the sums are saved is counted.
func TestCountedWhileSaving(t *testing.T) {
	c := open(t, t.TempDir())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() { count(c, "a", 1000) })
	}
	for range 20 {
		save(t, c)
	}
	readers.Wait()
	save(t, c)
	expect(t, c, "a:4000")
}

// A file that is not whole, or not ours, stays as it is, and nothing that was counted is lost.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	count(c, "a", 3)
	save(t, c)
	path := filepath.Join(dir, Opens.file())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":         "",
		"half":          string(good[:len(good)/2]),
		"noise":         "\x00\xff\x00",
		"another's":     `{"posts":{"a":1}}`,
		"later version": strings.Replace(string(good), "opened 1", "opened 2", 1),
		"unknown field": strings.Replace(string(good), `"posts"`, `"readers": 1, "posts"`, 1),
		"negative":      strings.Replace(string(good), ": 3", ": -3", 1),
		"twice":         string(good) + string(good),
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, text)
			c, err := Open(dir, Opens)
			if _, bad := errors.AsType[*BadFileError](err); !bad || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("Open: %v", err)
			}
			c.Add("b")
			if err := c.Save(everything); err == nil {
				t.Error("it was saved")
			}
			expect(t, c, "b:1")
			if err := c.Save(everything); err == nil || c.Failures() != 3 {
				t.Errorf("saved though nothing was counted since: %v, %d failures", err, c.Failures())
			}
			c, err = Open(dir, Opens) // as an upgrade does
			if _, bad := errors.AsType[*BadFileError](err); !bad {
				t.Fatalf("Open: %v", err)
			}
			expect(t, c, "b:1")
			if now, err := os.ReadFile(path); err != nil || string(now) != text {
				t.Errorf("the file has become %q, %v", now, err)
			}
			write(t, path, string(good)) // a copy is put back
			save(t, c)
			expect(t, c, "a:3", "b:1")
			expect(t, open(t, dir), "a:3", "b:1")
			if _, err := os.Stat(filepath.Join(dir, Opens.rest())); err == nil {
				t.Error("what has been added is kept")
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a crash has left of a file that was being written is no harm.
func TestLeftByACrash(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, Opens.file()+".new"), strings.Repeat("x", 1<<16))
	c := open(t, dir)
	c.Add("a")
	save(t, c)
	expect(t, open(t, dir), "a:1")
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
}

// A file that cannot be replaced leaves the one before, and what was counted.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	c.Add("a")
	save(t, c)
	if err := os.Mkdir(filepath.Join(dir, Opens.file()+".new"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.Add("b")
	if err := c.Save(everything); err == nil {
		t.Error("it was saved")
	}
	expect(t, c, "a:1", "b:1")
	expect(t, open(t, dir), "a:1")
}

// Each kind has files of its own, and what is wrong with one is none of the other's business.
func TestKinds(t *testing.T) {
	dir := t.TempDir()
	opens := open(t, dir)
	ends, err := Open(dir, Ends)
	if err != nil {
		t.Fatal(err)
	}
	count(opens, "a", 3)
	ends.Add("a")
	save(t, opens)
	save(t, ends)
	count(ends, "a", 1)
	if opened, read, none := opens.Of("a"), ends.Of("a"), ends.Of("b"); opened != 3 || read != 2 || none != 0 {
		t.Errorf("opened %d times, read %d times, another %d times", opened, read, none)
	}
	save(t, ends)
	// One's file is not read as the other's.
	text, err := os.ReadFile(filepath.Join(dir, Opens.file()))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, Ends.file()), string(text))
	if _, err := Open(dir, Ends); !errors.As(err, new(*BadFileError)) {
		t.Errorf("it reads the other's file: %v", err)
	}
	expect(t, open(t, dir), "a:3")
}

func TestFoldersThatAreNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "")
	if c, err := Open(path, Opens); c != nil || err == nil {
		t.Errorf("a file is a folder: %v", err)
	}
}

// Counting costs next to nothing of what a key does, 0.1 ms.
func BenchmarkAdd(b *testing.B) {
	c := New()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Add("2024/hello")
		}
	})
}
