package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
)

// open returns a Publisher of the folders in dir, which checks posts by themselves.
func open(t *testing.T, dir string) *Publisher {
	t.Helper()
	posts := filepath.Join(dir, "posts")
	if err := os.MkdirAll(posts, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), Config{
		Posts: posts, State: filepath.Join(dir, "state"), Logger: slog.New(slog.DiscardHandler),
		Check: func(_ context.Context, _ *ledger.Account, folder string) (problems, notes []post.Problem, err error) {
			return problems, nil, filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && post.KindOf(name) == post.Markdown {
					var text []byte
					text, err = os.ReadFile(name)
					inside, _ := filepath.Rel(folder, name)
					_, found := post.Parse(filepath.ToSlash(inside), text)
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
	return p
}

func begin(t *testing.T, p *Publisher, author string) *Transfer {
	t.Helper()
	tr, err := p.Begin(t.Context(), Client{Author: author})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.End)
	return tr
}

func send(t *testing.T, tr *Transfer, name, text string) []post.Problem {
	t.Helper()
	f, err := tr.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
	problems, err := f.Keep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

func write(t *testing.T, p *Publisher, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.config.Posts, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// has returns what the folder has, dot files included.
func has(t *testing.T, p *Publisher) map[string]string {
	t.Helper()
	files := make(map[string]string)
	if err := fs.WalkDir(os.DirFS(p.config.Posts), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var text []byte
			text, err = os.ReadFile(filepath.Join(p.config.Posts, name))
			files[name] = string(text)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPublish(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "hand.md", "by hand")
	tr := begin(t, p, "Anna <a@example.com>")
	send(t, tr, "a.md", "# A\n")
	send(t, tr, "trip/index.md", "text")
	send(t, tr, "x.filepart", "half")
	if len(has(t, p)) != 1 {
		t.Error("something is published before the end")
	}
	out, err := tr.Finish(t.Context())
	if err != nil || out.Refused() {
		t.Fatal(out, err)
	}
	said := out.Text(func(address string) string { return "ssh " + address + "@host" })
	if want := "posts/x.filepart:1: warning: a temporary file is not published: rename it if it is whole\npublished posts/a.md: ssh a@host\npublished posts/trip/index.md: ssh trip/@host\n"; said != want {
		t.Errorf("it says %q", said)
	}
	if got := has(t, p); len(got) != 3 || got["a.md"] != "# A\n" || got["hand.md"] != "by hand" {
		t.Errorf("the folder has %q", got)
	}
	var log []string
	if err := p.Log(func(e Entry) bool { log = append(log, e.Author+": "+e.Message); return true }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(log, "\n"); got != "Anna a@example.com: add a.md, add trip/index.md\nsshblog: the posts as they were found" {
		t.Errorf("the log has %s", got)
	}
	fsck(t, p)
}

// fsck has git look at the repository, where there is one.
func fsck(t *testing.T, p *Publisher) {
	t.Helper()
	if git, err := exec.LookPath("git"); err == nil {
		repo := filepath.Join(p.config.State, repository)
		if said, err := exec.CommandContext(t.Context(), git, "--git-dir", repo, "fsck", "--strict").CombinedOutput(); err != nil {
			t.Errorf("git fsck says %s, %v", said, err)
		}
	}
}

// A post that gets another name leaves none of its old one, whether it is rewritten before or not.
func TestRename(t *testing.T) {
	for _, rewritten := range []string{"", "# New\n"} {
		p := open(t, t.TempDir())
		write(t, p, "a.md", "# Old\n")
		tr := begin(t, p, "anna")
		want := "# Old\n"
		if rewritten != "" {
			want = rewritten
			send(t, tr, "a.md", rewritten)
		}
		if problems, err := tr.Rename(t.Context(), "a.md", "b.md"); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		out, err := tr.Finish(t.Context())
		if err != nil || len(out.Results) != 2 {
			t.Fatal(out, err)
		}
		if got := has(t, p); len(got) != 1 || got["b.md"] != want {
			t.Errorf("the folder has %q", got)
		}
	}
}

// A post that has problems as it gets its name keeps the one that it had, and can be read and mended there.
func TestRefusedRename(t *testing.T) {
	p := open(t, t.TempDir())
	tr := begin(t, p, "anna")
	const bad = "---\ntitle: [\n---\n"
	send(t, tr, "a.tmp", bad)
	for range 2 {
		if problems, err := tr.Rename(t.Context(), "a.tmp", "new/a.md"); err != nil || len(problems) == 0 {
			t.Fatal(problems, err)
		}
		r, err := tr.Open("a.tmp")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != bad {
			t.Errorf("it has %q, %v", text, err)
		}
		_ = r.Close()
	}
	if _, err := tr.Stat("new/a.md"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it has the new name as well: %v", err)
	}
	send(t, tr, "a.tmp", "# Mended\n")
	if problems, err := tr.Rename(t.Context(), "a.tmp", "new/a.md"); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := text(has(t, p)); got != "map[new/a.md:# Mended\n]" {
		t.Errorf("the folder has %s", got)
	}
	if taken := p.shares.disk.Taken().Bytes; taken != 0 {
		t.Errorf("%d bytes are left taken", taken)
	}
}

func TestRefusedChangesNothing(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	tr := begin(t, p, "anna")
	if problems := send(t, tr, "a.md", "---\ntitle: [\n---\n"); len(problems) == 0 {
		t.Error("a post with an error is taken")
	}
	for _, name := range []string{"../a.md", "/a.md", "a/../b.md", ".git/config", "a.sh", "a\x1b.md", "cafe\u0301.md", "a\\b.md", ""} {
		if f, err := tr.Create(name); err == nil && !Temporary(name) {
			f.Discard()
			t.Errorf("the name %q is taken", name)
		}
	}
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := has(t, p); len(got) != 1 || got["a.md"] != "old" {
		t.Errorf("the folder has %q", got)
	}
}

func TestLoserIsTold(t *testing.T) {
	p := open(t, t.TempDir())
	anna, bert := begin(t, p, "anna"), begin(t, p, "bert")
	send(t, anna, "a.md", "of Anna")
	send(t, bert, "a.md", "of Bert")
	if _, err := anna.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := bert.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), "a.md was changed by somebody else") {
		t.Errorf("the second author is told %v", err)
	}
	if got := has(t, p)["a.md"]; got != "of Anna" {
		t.Errorf("the post is %q", got)
	}
}

func TestLimits(t *testing.T) {
	p := open(t, t.TempDir())
	p.config.Limits.File, p.config.Limits.Files = 10, 1
	tr := begin(t, p, "anna")
	f, err := tr.Create("a.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 11), 0); err == nil {
		t.Error("a file may be of any size")
	}
	if _, err := tr.Create("b.md"); err == nil {
		t.Error("there may be any number of files")
	}
	f.Discard()
	tr.End()
	if left := p.shares.disk.Taken(); left.Bytes != 0 {
		t.Errorf("%d bytes are left in the ledger", left.Bytes)
	}
}

// old and updated are the folder before and after the publish that is cut.
const old, updated = "map[a.md:old gone.md:gone]", "map[a.md:new b.md:more]"

func prepareCut(t *testing.T, dir, way string) (*Publisher, *Transfer) {
	p := open(t, dir)
	write(t, p, "a.md", "old")
	write(t, p, "gone.md", "gone")
	tr := begin(t, p, "anna")
	if way == "commits" {
		adopt(t, p, tr)
		return p, tr
	}
	send(t, tr, "a.md", "new")
	send(t, tr, "b.md", "more")
	if err := tr.Remove("gone.md"); err != nil {
		t.Fatal(err)
	}
	return p, tr
}

// Wherever a publish is cut, by a failure or by a kill, the folder is as before or as it should be.
func TestCutAnywhere(t *testing.T) {
	for _, way := range []string{"files", "commits"} {
		t.Run(way, func(t *testing.T) { cutAnywhere(t, way) })
	}
}

func cutAnywhere(t *testing.T, way string) {
	var steps []string
	p, tr := prepareCut(t, t.TempDir(), way)
	p.step = func(name string) error { steps = append(steps, name); return nil }
	if _, err := tr.Finish(t.Context()); err != nil || text(has(t, p)) != updated {
		t.Fatal(err, has(t, p))
	}
	if len(steps) < 9 {
		t.Fatalf("the steps are only %q", steps)
	}
	for _, step := range steps {
		t.Run("fails "+step, func(t *testing.T) {
			p, tr := prepareCut(t, t.TempDir(), way)
			p.step = func(name string) error {
				if name == step {
					return errors.New("no space left")
				}
				return nil
			}
			_, err := tr.Finish(t.Context())
			if got := text(has(t, p)); err != nil && got != old || err == nil && got != updated {
				t.Errorf("with %v the folder has %s", err, got)
			}
		})
		t.Run("killed at "+step, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilled$")
			cmd.Env = append(os.Environ(), "PUSH_TEST_DIR="+dir, "PUSH_TEST_STEP="+step, "PUSH_TEST_WAY="+way)
			if err := cmd.Run(); err == nil {
				t.Fatal("the process was not killed")
			}
			p := open(t, dir)
			want := text(has(t, p))
			if want != old && want != updated {
				t.Errorf("the folder has %s", want)
			}
			fsck(t, p)
			if left, _ := filepath.Glob(filepath.Join(dir, "state", staged, "*")); len(left) != 0 {
				t.Errorf("%q is left", left)
			}
		})
	}
}

// TestKilled is the process that TestCutAnywhere has killed.
func TestKilled(t *testing.T) {
	dir := os.Getenv("PUSH_TEST_DIR")
	if dir == "" {
		t.Skip("it is run by TestCutAnywhere")
	}
	p, tr := prepareCut(t, dir, os.Getenv("PUSH_TEST_WAY"))
	p.step = func(name string) error {
		if name == os.Getenv("PUSH_TEST_STEP") {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				return err
			}
			select {}
		}
		return nil
	}
	_, _ = tr.Finish(t.Context())
}

// What was changed by hand after a cut publish stays.
func TestByHandAfterCut(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilled$")
	cmd.Env = append(os.Environ(), "PUSH_TEST_DIR="+dir, "PUSH_TEST_STEP=put a.md")
	if err := cmd.Run(); err == nil {
		t.Fatal("the process was not killed")
	}
	if err := os.WriteFile(filepath.Join(dir, "posts", "a.md"), []byte("by hand"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := text(has(t, open(t, dir))); got != "map[a.md:by hand b.md:more]" {
		t.Errorf("the folder has %s", got)
	}
}

func TestForeignRepository(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Posts: dir, State: t.TempDir()}); !errors.Is(err, ErrForeign) {
		t.Errorf("it says %v", err)
	}
}

func TestEmptyFolderIsNoRemoval(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "text")
	begin(t, p, "anna").End()
	if err := os.Remove(filepath.Join(p.config.Posts, "a.md")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Begin(t.Context(), Client{Author: "anna"}); err == nil || !strings.Contains(err.Error(), "mount the folder") {
		t.Errorf("it says %v", err)
	}
}

func text(files map[string]string) string { return fmt.Sprint(files) }
