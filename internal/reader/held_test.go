package reader

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// forAuthors is a library as authors see it.
type forAuthors struct{ *library.Library }

func (f forAuthors) Current() *library.Index { return f.Library.Current().ForAuthors() }

// In every window an author sees in words which posts readers do not, readers see none of it with
// the same Reader, and nobody's opening of a draft counts.
func TestHeldPostsAreMarked(t *testing.T) {
	posts := fstest.MapFS{
		"draft.md": {Data: []byte("---\ntitle: An idea of some length, which is wrapped\ndate: 2026-05-01\ncategories: [Architecture]\ndraft: true\n---\nText.\n")},
		"soon.md":  {Data: []byte("---\ntitle: Solstice\ndate: 2026-12-24\ncategories: [Architecture]\n---\nText.\n")},
		"post.md":  {Data: []byte("---\ntitle: Published\ndate: 2026-05-02\n---\nText.\n")},
	}
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	lib, err := library.Open(posts, library.Options{Now: now, Authors: true})
	if err != nil {
		t.Fatal(err)
	}
	var opened []string
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet(), OnOpen(func(address string) { opened = append(opened, address) }))
	for _, size := range []struct{ width, height int }{{20, 8}, {30, 12}, {50, 10}, {50, 30}, {80, 24}, {120, 40}} {
		frame := func(o Options, name string) string {
			m := r.Model(t.Context(), o)
			if name != "" {
				m, _ = r.At(t.Context(), name, o)
			}
			next, _ := m.Update(tea.WindowSizeMsg{Width: size.width, Height: size.height})
			return next.View().Content
		}
		author := Options{Library: forAuthors{lib}}
		list, article, readers := frame(author, ""), frame(author, "draft"), frame(Options{}, "")
		if !strings.Contains(list, "Draft") && size.height > 10 || !strings.Contains(list, "Scheduled") || !strings.Contains(article, "Draft") {
			t.Errorf("at %d×%d authors see\n%s\nand\n%s", size.width, size.height, list, article)
		}
		if size.width >= 50 && size.height > 10 && !strings.Contains(list, "Scheduled for 2026-12-24") {
			t.Errorf("at %d×%d authors do not see when:\n%s", size.width, size.height, list)
		}
		if strings.Contains(readers, "idea") || strings.Contains(readers, "Solstice") || !strings.Contains(readers, "Published") {
			t.Errorf("at %d×%d readers see\n%s", size.width, size.height, readers)
		}
	}
	if len(opened) > 0 {
		t.Errorf("it counts %q", opened)
	}
	if r.newest.authors == nil || r.newest.authors.frames.limit*authorsPart > r.newest.readers.frames.limit+authorsPart*16 {
		t.Error("what authors share is not bounded")
	}
}
