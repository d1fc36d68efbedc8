package push

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// A new name that differs from another at most in the case of letters is refused by all ways, with both spellings.
func TestNamesThatDifferInCase(t *testing.T) {
	for _, c := range []struct{ is, sent, told string }{
		{"queues.md", "Queues.md", `"Queues.md" and "queues.md" differ`},
		{"trip/a.md", "Trip/b.md", `"Trip" and "trip" differ`},
		{"straße.md", "STRASSE.md", `"STRASSE.md" and "straße.md" differ`},
		{"queues.md", "queues.md/a.md", ""},
		{"queues.md", "Queues/a.md", ""},
		{"trip/a.md", "trip/b.md", ""},
		{"trip/a.md", "trap/A.md", ""},
	} {
		p := open(t, t.TempDir())
		first := begin(t, p, "anna")
		send(t, first, c.is, "old")
		if _, err := first.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		tr := begin(t, p, "anna")
		send(t, tr, c.sent, "new")
		_, err := tr.Finish(t.Context())
		if told := err != nil && strings.Contains(err.Error(), c.told); c.told != "" && !told || c.told == "" && err != nil && strings.Contains(err.Error(), "differ") {
			t.Errorf("%s beside %s: %v", c.sent, c.is, err)
		}
	}
	p := open(t, t.TempDir())
	tr := begin(t, p, "anna")
	send(t, tr, "queues.md", "one")
	send(t, tr, "Queues.md", "other")
	if _, err := tr.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), `"Queues.md" and "queues.md" differ`) {
		t.Errorf("both at once: %v", err)
	}
}

// A name may become another spelling of itself.
func TestRespelling(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "queues.md", "old")
	tr := begin(t, p, "anna")
	if problems, err := tr.Rename(t.Context(), "queues.md", "Queues.md"); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Error(err)
	}
	if got := text(has(t, p)); got != "map[Queues.md:old]" {
		t.Errorf("the folder has %s", got)
	}
}

// Names alike that somebody has made by hand stop nobody's changes, of them or of others, by whatever way.
func TestNamesAlikeByHand(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	write(t, p, "Queues.md", "one")
	write(t, p, "queues.md", "other")
	for _, trip := range []string{"Trip", "trip"} {
		if err := os.Mkdir(filepath.Join(p.config.Posts, trip), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, p, trip+"/a.md", trip)
	}
	tr := begin(t, p, "anna")
	send(t, tr, "queues.md", "changed")
	send(t, tr, "trip/b.md", "more")
	send(t, tr, "c.md", "more")
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Error(err)
	}

	r, err := p.Repository()
	if err != nil {
		t.Fatal(err)
	}
	s := make(sent)
	push := func(files ...[2]string) error {
		tr := begin(t, p, "bert")
		err := tr.Adopt(t.Context(), nil, r, plumbing.NewHash(s.commit(r.Head, files...)), s)
		if err == nil {
			_, err = tr.Finish(t.Context())
		}
		return err
	}
	one, other := [2]string{"Queues.md", "one"}, [2]string{"queues.md", "changed"}
	if err := push([2]string{"QUEUES.md", "new"}, one, other); err == nil || !strings.Contains(err.Error(), "differ at most") {
		t.Errorf("a third is pushed: %v", err)
	}
	if err := push([2]string{"Queues.md", "of Bert"}, [2]string{"d.md", "more"}, [2]string{"queues.md", "of Bert, too"}); err != nil {
		t.Error(err)
	}
	if got := has(t, p); got["Queues.md"] != "of Bert" || got["queues.md"] != "of Bert, too" || got["d.md"] != "more" {
		t.Errorf("the folder has %q", got)
	}
}
