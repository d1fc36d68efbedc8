package memory

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// What is exported in parts is one JSON text, in the form that it always had.
func TestExportInParts(t *testing.T) {
	m := idle(t, Options{})
	m.Posts(func(yield func(string, []string) bool) { _ = yield("a", nil) && yield("b", nil) })
	text := func(r *Reader) string {
		t.Helper()
		parts, err := r.Export(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := bytes.Join(slices.Collect(parts), nil)
		var indented bytes.Buffer
		if err := json.Indent(&indented, all, "", "  "); err != nil || indented.String() != string(all) {
			t.Errorf("%v: %s", err, all)
		}
		for range parts {
			break // who has asked is gone
		}
		return string(all)
	}
	r := m.Open([]byte("key"))
	defer r.Close()
	if got, want := text(r), "{\n  \"keys\": 1,\n  \"posts\": [],\n  \"bookmarks\": [],\n  \"highlights\": []\n}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.Read("a")
	r.Read("b")
	r.SetSettings(Settings{Theme: "dark", Column: 60})
	if err := r.Bookmark(t.Context(), "b", true); err != nil {
		t.Fatal(err)
	}
	var e struct {
		Posts, Bookmarks []struct{ Address string }
		Theme            string
		Column           int
	}
	if err := json.Unmarshal([]byte(text(r)), &e); err != nil || len(e.Posts) != 2 || e.Posts[1].Address != "b" || len(e.Bookmarks) != 1 || e.Theme != "dark" || e.Column != 60 {
		t.Errorf("%v: %+v", err, e)
	}
}
