package push

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the server may not read stays in the history as it was, is told of once, and stops nobody.
func TestUnreadable(t *testing.T) {
	for name, hide := range map[string]struct {
		name string // of what is hidden
		mode os.FileMode
	}{
		"file":                          {"trip/a.md", 0},
		"folder":                        {"trip", 0},
		"folder whose names can be had": {"trip", 0o400},
		"folder of hidden names":        {"trip", 0o100},
	} {
		t.Run(name, func(t *testing.T) {
			dir := unprivileged(t)
			p := inTrip(t, dir)
			begin(t, p, "anna").End()
			var log bytes.Buffer
			p.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			known := p.now.Load().files["trip/a.md"]
			write(t, p, "trip/a.md", "changed by hand, and hidden")
			hidden := filepath.Join(p.config.Posts, hide.name)
			if err := os.Chmod(hidden, hide.mode); err != nil {
				t.Fatal(err)
			}
			show := func() { _ = os.Chmod(hidden, 0o700) }
			t.Cleanup(show)
			for range 2 {
				tr := begin(t, p, "bert")
				send(t, tr, "c.md", strings.Repeat("x", len(p.now.Load().version))+p.now.Load().version)
				if _, err := tr.Finish(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if got := p.now.Load().files["trip/a.md"]; got != known {
				t.Errorf("the history has %q of it, and had %q", got, known)
			}
			told := strings.Count(log.String(), "may not read this")
			if told != 1 || !strings.Contains(log.String(), "name=posts/trip") {
				t.Errorf("the log has\n%s", log.String())
			}
			for _, change := range []func(*Transfer){
				func(tr *Transfer) { send(t, tr, "trip/a.md", "new") },
				func(tr *Transfer) { _ = tr.Remove("trip/a.md") },
			} {
				tr := begin(t, p, "bert")
				change(tr)
				if _, err := tr.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), "posts/trip/a.md") || !strings.Contains(err.Error(), "contact the operator") {
					t.Errorf("it says %v", err)
				}
			}
			if err := p.Still(t.Context(), func() {}); err != nil {
				t.Error(err)
			}
			open(t, dir) // a start
			names, err := Hidden(p.config.Posts)
			if err != nil || len(names) != 1 || !strings.HasPrefix(names[0], "trip") {
				t.Errorf("hidden are %q, %v", names, err)
			}
			show()
			if err := p.Settle(t.Context()); err != nil {
				t.Error(err)
			}
			if got := p.now.Load().files["trip/a.md"]; got == known {
				t.Error("what was changed by hand does not follow")
			}
		})
	}
}

// A new server's folder may have what it may not read, as one that is the top of a volume.
func TestUnreadableFromTheBeginning(t *testing.T) {
	dir := unprivileged(t)
	lost := filepath.Join(dir, "posts", "lost+found")
	if err := os.MkdirAll(lost, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(lost, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(lost, 0o700) })
	p := open(t, dir)
	write(t, p, "b.md", "old")
	others(t, p)
	others(t, open(t, dir))
}
