package push

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// sent are objects as a client has sent them.
type sent map[plumbing.Hash]struct {
	kind plumbing.ObjectType
	text string
}

func (s sent) add(kind plumbing.ObjectType, text string) plumbing.Hash {
	h := plumbing.ComputeHash(kind, []byte(text))
	s[h] = struct {
		kind plumbing.ObjectType
		text string
	}{kind, text}
	return h
}

func (s sent) Object(h plumbing.Hash) (*Object, error) {
	o, ok := s[h]
	if !ok {
		return nil, plumbing.ErrObjectNotFound
	}
	return &Object{o.kind, int64(len(o.text)), io.NopCloser(bytes.NewReader([]byte(o.text)))}, nil
}

// commit adds one whose top folder has files.
func (s sent) commit(parent string, files ...[2]string) string {
	var top string
	for _, f := range files {
		h := s.add(plumbing.BlobObject, f[1])
		top += "100644 " + f[0] + "\x00" + string(h[:])
	}
	const by = "Bert <b@example.com> 1 +0000\n"
	return s.add(plumbing.CommitObject, fmt.Sprintf("tree %s\nparent %s\nauthor %scommitter %s\nnews\n\nmore\n", s.add(plumbing.TreeObject, top), parent, by, by)).String()
}

// adopt has a transfer publish two commits, which make what updated says.
func adopt(t *testing.T, p *Publisher, tr *Transfer) (head string) {
	t.Helper()
	r, err := p.Repository()
	if err != nil {
		t.Fatal(err)
	}
	s := make(sent)
	head = s.commit(s.commit(r.Head, [2]string{"a.md", "new"}), [2]string{"a.md", "new"}, [2]string{"b.md", "more"})
	if err := tr.Adopt(t.Context(), nil, r, plumbing.NewHash(head), s); err != nil {
		t.Fatal(err)
	}
	return head
}

// Of what was pushed the log names whose key it was, and of other versions who made them.
func TestLogOfPushes(t *testing.T) {
	p, tr := prepareCut(t, t.TempDir(), "commits")
	if _, err := tr.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	carol := begin(t, p, "carol")
	send(t, carol, "c.md", "more")
	if _, err := carol.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	var log []string
	if err := p.Log(func(e Entry) bool { log = append(log, e.Author+": "+e.Message); return true }); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(log); got != "[carol: add c.md anna: news anna: news sshblog: by hand: add a.md, add gone.md sshblog: the posts as they were found]" &&
		got != "[carol: add c.md anna: news anna: news sshblog: the posts as they were found]" {
		t.Errorf("the log has %s", got)
	}
}

// Of two pushes onto one version one is published, and the other told, whatever they change.
func TestPushesRace(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	anna, bert := begin(t, p, "anna"), begin(t, p, "bert")
	head := adopt(t, p, anna)
	r, err := p.Repository()
	if err != nil {
		t.Fatal(err)
	}
	s := make(sent)
	if err := bert.Adopt(t.Context(), nil, r, plumbing.NewHash(s.commit(r.Head, [2]string{"a.md", "old"}, [2]string{"c.md", "of Bert"})), s); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := bert.Finish(t.Context()); !errors.Is(err, ErrOutdated) {
		t.Errorf("the second author is told %v", err)
	}
	if got := text(has(t, p)); got != "map[a.md:new b.md:more]" || p.now.Load().version != head {
		t.Errorf("the folder has %s", got)
	}
}
