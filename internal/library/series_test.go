package library

import (
	"testing"
	"testing/fstest"
)

func TestAllSeries(t *testing.T) {
	lib, err := Open(fstest.MapFS{
		"a.md":    {Data: []byte("---\ndate: 2026-01-01\nseries: Big Locks\n---\na")},
		"b.md":    {Data: []byte("---\ndate: 2026-01-02\nseries: big locks\n---\nb")},
		"c.md":    {Data: []byte("---\ndate: 2026-01-03\nseries: Other\n---\nc")},
		"d.md":    {Data: []byte("d")},
		"a.es.md": {Data: []byte("---\ndate: 2026-01-01\nseries: Big Locks\n---\na, en castellano")},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"", "es"} {
		x := lib.Current().In(language)
		all := x.AllSeries()
		if len(all) != 2 || all[0].Slug != "big-locks" || all[0].Len() != 2 || all[1].Name != "Other" {
			t.Fatalf("%q: %v", language, all)
		}
		l, ok := x.FindSeries("Big Locks")
		if !ok || l.Len() != 2 || l.At(0).Address != "b" || l.At(1).Language != language || all[0].At(1).Language != language {
			t.Errorf("%q: %v", language, l)
		}
		if _, ok := x.FindSeries("none"); ok {
			t.Error("there is a series none")
		}
	}
}
