package push

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inTrip returns a Publisher with a post in a folder, and one beside that.
func inTrip(t *testing.T, dir string) *Publisher {
	t.Helper()
	p := open(t, dir)
	if err := os.Mkdir(filepath.Join(p.config.Posts, "trip"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, p, "trip/a.md", "old")
	write(t, p, "b.md", "old")
	return p
}

// What lies in a folder that cannot be written is refused by name before anything has changed, and does not stop others.
func TestReadOnlyFolder(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *Transfer){
		"remove": func(t *testing.T, tr *Transfer) {
			if err := tr.Remove("trip/a.md"); err != nil {
				t.Fatal(err)
			}
		},
		"rename": func(t *testing.T, tr *Transfer) {
			if problems, err := tr.Rename(t.Context(), "trip/a.md", "a.md"); err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
		},
		"replace":      func(t *testing.T, tr *Transfer) { send(t, tr, "trip/a.md", "new") },
		"add":          func(t *testing.T, tr *Transfer) { send(t, tr, "trip/c.md", "new") },
		"add a folder": func(t *testing.T, tr *Transfer) { send(t, tr, "trip/more/c.md", "new") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := unprivileged(t)
			p := inTrip(t, dir)
			tr := begin(t, p, "anna")
			readOnly(t, p, "trip")
			before := text(has(t, p))
			change(t, tr)
			kept := objects(t, p)
			_, err := tr.Finish(t.Context())
			if err == nil || !strings.Contains(err.Error(), "nothing is published: posts/trip cannot be written by the server: permission denied: contact the operator") {
				t.Errorf("it says %v", err)
			}
			if got := text(has(t, p)); got != before || objects(t, p) != kept {
				t.Errorf("the folder has %s, and there were %d objects and are %d", got, kept, objects(t, p))
			}
			others(t, p)
			others(t, open(t, dir))
		})
	}
}

// others has another author publish.
func others(t *testing.T, p *Publisher) {
	t.Helper()
	tr := begin(t, p, "bert")
	file := filepath.Join(p.config.Posts, "b.md")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	send(t, tr, "b.md", string(was)+".")
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(was)+"." {
		t.Errorf("the post is %q, %v", got, err)
	}
}

// A version whose files cannot be written, though their folders can, is told of. What is in the folder stays, and nobody
// else has to wait for it.
func TestFileThatCannotBeWritten(t *testing.T) {
	for _, step := range []string{"a.md", "gone.md"} {
		dir := t.TempDir()
		p, tr := prepareCut(t, dir, "")
		write(t, p, "b.md", "old")
		if err := p.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		tr.End()
		tr = begin(t, p, "anna")
		send(t, tr, "a.md", "new")
		if err := tr.Remove("gone.md"); err != nil {
			t.Fatal(err)
		}
		p.step = func(name string) error {
			if name == "put "+step || name == "check out "+step {
				return &fs.PathError{Op: "rename", Path: step, Err: fs.ErrPermission}
			}
			return nil
		}
		if _, err := tr.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), "what is there of "+step+" stays") {
			t.Errorf("it says %v", err)
		}
		want := map[string]string{"a.md": "new", "b.md": "old"}
		want[step] = map[string]string{"a.md": "old", "gone.md": "gone"}[step]
		if got := text(has(t, p)); got != text(want) {
			t.Errorf("the folder has %s", got)
		}
		if p.reconciledSince(0) {
			t.Error("who waits does not look at the folder again")
		}
		others(t, p)
		p = open(t, dir)
		others(t, p)
		if got := has(t, p)[step]; got != want[step] {
			t.Errorf("the post is %q", got)
		}
		if p.now.Load().files[step] == "" {
			t.Errorf("the history has no %s", step)
		}
		fsck(t, p)
	}
}
