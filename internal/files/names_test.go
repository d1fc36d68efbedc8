package files

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
)

// However many folders are listed, looked at, filled and removed: all names are gone through once.
func TestManyBundles(t *testing.T) {
	const bundles = 1000
	d := &desk{files: map[string]string{"a.md": "first", "b0-more.md": "second", "b00/deep/x.png": "png"}}
	for i := range bundles {
		d.files[fmt.Sprintf("b%d/index.md", i)] = "a bundle"
	}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20, Goroutines: 2})
	p := connectAs(t, open(t, blog), Client{Account: account, Begin: d.Begin})
	if got := p.names("posts"); len(got) != bundles+3 || !slices.IsSorted(got) || !slices.Contains(got, "b00") {
		t.Errorf("there are %d names", len(got))
	}
	for i := range bundles {
		folder := fmt.Sprintf("posts/b%d", i)
		if got := p.names(folder); !slices.Equal(got, []string{"index.md"}) {
			t.Fatalf("%s has %q", folder, got)
		}
		if answer, _ := p.ask(typeStat, folder); answer != typeAttrs {
			t.Errorf("%s is answered with %d", folder, answer)
		}
	}
	if got := p.names("posts/b00"); !slices.Equal(got, []string{"deep"}) {
		t.Errorf("it has %q", got)
	}
	for i := range 10 {
		folder := fmt.Sprintf("posts/b%d", i)
		p.put(folder+"/new.md", "new")
		p.refused(statusOK, typeRename, folder+"/new.md", folder+"/other.md")
		p.refused(statusOK, typeRemove, folder+"/index.md")
		p.refused(statusFailure, typeRmdir, folder)
		if got := p.names(folder); !slices.Equal(got, []string{"other.md"}) {
			t.Errorf("%s has %q", folder, got)
		}
		p.refused(statusOK, typeRemove, folder+"/other.md")
		p.refused(statusOK, typeRmdir, folder)
		p.refused(statusNoSuchFile, typeStat, folder)
	}
	if d.named > 2 {
		t.Errorf("all names were asked for %d times", d.named)
	}
	if err := p.ends(); err != nil || len(d.files) != bundles+3-10 {
		t.Errorf("%v: %d files", err, len(d.files))
	}
	for deadline := time.Now().Add(10 * time.Second); account.Taken() != (ledger.Limits{}); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%+v is left taken", account.Taken())
		}
	}
}

// Without memory for the names folders are found all the same.
func TestBundlesWithoutMemory(t *testing.T) {
	d := &desk{files: map[string]string{"a.md": "first", "trip/index.md": "a trip", "trip/map.png": "png"}}
	for i := range 2000 {
		d.files[fmt.Sprintf("many/%d.png", i)] = "png"
	}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 60 << 10, Goroutines: 2})
	p := connectAs(t, open(t, blog), Client{Account: account, Begin: d.Begin})
	if got := p.names("posts"); !slices.Equal(got, []string{"a.md", "many", "trip"}) {
		t.Errorf("the posts are %q", got)
	}
	if got := p.names("posts/trip"); !slices.Equal(got, []string{"index.md", "map.png"}) {
		t.Errorf("it has %q", got)
	}
	if err := p.ends(); err != nil {
		t.Error(err)
	}
}
