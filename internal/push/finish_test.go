package push

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// objects counts the files of the repository's objects.
func objects(t *testing.T, p *Publisher) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(p.config.State, repository, "objects"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What is refused since something is in the way leaves nothing in the history: an author could fill the
// disk with it.
func TestRefusedKeepsNothing(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	if err := os.MkdirAll(filepath.Join(p.config.Posts, "b.md"), 0o750); err != nil {
		t.Fatal(err)
	}
	behind := begin(t, p, "bert")
	send(t, behind, "a.md", "Bert's")
	first := begin(t, p, "anna")
	send(t, first, "a.md", "Anna's")
	if _, err := first.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := objects(t, p)
	if out, err := behind.Finish(t.Context()); err == nil {
		t.Errorf("the loser of a race is told %v", out)
	}
	tr := begin(t, p, "anna")
	send(t, tr, "b.md", "in the way of a folder")
	if out, err := tr.Finish(t.Context()); err == nil {
		t.Errorf("a folder is replaced: %v", out)
	}
	if after := objects(t, p); after != before {
		t.Errorf("there were %d objects, and are %d", before, after)
	}
}

// A reload waits for what this process publishes, even when it has no time left to wait for others.
func TestStillWaitsForItsOwn(t *testing.T) {
	p := open(t, t.TempDir())
	tr := begin(t, p, "anna")
	send(t, tr, "a.md", "new")
	reached, goOn := make(chan struct{}), make(chan struct{})
	p.step = func(name string) error {
		if name == "put a.md" {
			close(reached)
			<-goOn
		}
		return nil
	}
	done := make(chan error)
	go func() {
		_, err := tr.Finish(t.Context())
		done <- err
	}()
	<-reached
	over, cancel := context.WithCancel(t.Context())
	cancel()
	still := make(chan string)
	go func() {
		var seen string
		_ = p.Still(over, func() { seen = has(t, p)["a.md"] }) // that it could not be settled is not asked
		still <- seen
	}()
	select {
	case seen := <-still:
		t.Errorf("it reads the folder in between, and finds %q", seen)
	default:
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if seen := <-still; seen != "new" {
		t.Errorf("it finds %q", seen)
	}
}

// What a killed process was writing is removed by the next that starts.
func TestLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	write(t, p, "a.md", "old")
	repo := filepath.Join(p.config.State, repository)
	var left []string
	for _, in := range []string{p.config.State, repo, filepath.Join(repo, "refs", "heads")} {
		left = append(left, filepath.Join(in, tempFile+"123"))
	}
	left = append(left, filepath.Join(repo, "objects", tempObject+"123"), filepath.Join(repo, "objects", "pack", "tmp_pack_sshblog"), filepath.Join(repo, "objects", "pack", "tmp_idx_sshblog"),
		filepath.Join(p.config.State, tempPrefix+"123"), filepath.Join(p.config.Posts, tempPrefix+"123"))
	for _, name := range left {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p = open(t, dir)
	for _, name := range left {
		if _, err := os.Lstat(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	if got := has(t, p)["a.md"]; got != "old" {
		t.Errorf("the post is %q", got)
	}
	fsck(t, p)
}

// Who sends nothing but what is not published, as a post that was to go into a folder that is not there, is refused; what
// else a transfer publishes is published.
func TestAllIsLeftOut(t *testing.T) {
	for name, told := range map[string]string{
		"2027":       "posts/2027:1: it has no ending: name it .md, or make the folder first\n" + refusedLine,
		"a.filepart": "posts/a.filepart:1: a temporary file is not published: rename it if it is whole\n" + refusedLine,
	} {
		p := open(t, t.TempDir())
		write(t, p, "gone.md", "gone")
		tr := begin(t, p, "anna")
		send(t, tr, name, "# A post\n")
		out, err := tr.Finish(t.Context())
		if err != nil || !out.Refused() || out.Text(nil) != told {
			t.Errorf("it says %q, %v", out.Text(nil), err)
		}
		tr = begin(t, p, "anna")
		send(t, tr, name, "# A post\n")
		if err := tr.Remove("gone.md"); err != nil {
			t.Fatal(err)
		}
		if out, err = tr.Finish(t.Context()); err != nil || out.Refused() || len(out.Notes) != 1 {
			t.Errorf("it says %q, %v", out.Text(nil), err)
		}
		tr = begin(t, p, "anna") // as an editor on a mounted folder
		send(t, tr, name, "# A post\n")
		if err := tr.Remove(name); err != nil {
			t.Fatal(err)
		}
		if out, err = tr.Finish(t.Context()); err != nil || out.Refused() || out.Text(nil) != "" {
			t.Errorf("it says %q, %v", out.Text(nil), err)
		}
	}
}

const refusedLine = "nothing is published: mend what is listed above, and send it again\n"
