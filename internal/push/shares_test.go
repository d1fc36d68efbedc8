package push

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// The transfers of one source have half of what all have, so that others can publish beside them, and a source that
// has ended leaves nothing.
func TestShareOfASource(t *testing.T) {
	p := open(t, t.TempDir())
	p.config.Limits.All, p.config.Limits.Transfer, p.config.Limits.Files = 256<<10, 64<<10, 200
	p.shares.disk.Limit(ledger.Limits{Bytes: 256 << 10})
	from := func(source string) *Transfer {
		tr, err := p.Begin(t.Context(), Client{Author: "anna", Source: source})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tr.End)
		return tr
	}
	// fill stages files of 16 KiB with their 4 KiB until there is no room for another.
	fill := func(tr *Transfer) (n int) {
		for ; n < 100; n++ {
			f, err := tr.Create(fmt.Sprintf("%d.png", n))
			if err == nil {
				_, err = f.WriteAt(make([]byte, 16<<10), 0)
				if err != nil {
					f.Discard()
				}
			}
			if errors.Is(err, errFull) {
				return n
			}
			if err != nil {
				t.Fatal(err)
			}
			if problems, err := f.Keep(t.Context()); err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
		}
		return n
	}
	all := 0
	for range 4 {
		all += fill(from("192.0.2.1"))
	}
	if all != 6 { // of 20 KiB each, in 128
		t.Errorf("a source stages %d files", all)
	}
	if n := fill(from("192.0.2.2")); n != 3 { // in the 64 of a transfer
		t.Errorf("another source stages %d files beside it", n)
	}
}

func TestOpenFilesOfASource(t *testing.T) {
	p := open(t, t.TempDir())
	begin := func(source string) *Transfer {
		tr, err := p.Begin(t.Context(), Client{Author: "anna", Source: source})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	fill := func(tr *Transfer, want int) (files []*File) {
		t.Helper()
		for {
			f, err := tr.Create(fmt.Sprintf("%d.png", len(files)))
			if errors.Is(err, errOpen) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		if len(files) != want {
			t.Errorf("a source has %d files open, want %d", len(files), want)
		}
		return files
	}
	one, two, three := begin("192.0.2.1"), begin("192.0.2.2"), begin("192.0.2.3")
	files := fill(one, 128)
	files = append(files, fill(two, 128)...)
	fill(three, 0)
	for _, f := range files {
		f.Discard()
	}
	for _, tr := range []*Transfer{one, two, three} {
		tr.End()
	}
	if n := len(p.shares.bySource); n != 0 || p.shares.open != 0 {
		t.Errorf("%d sources are left, and %d files are open", n, p.shares.open)
	}
}
