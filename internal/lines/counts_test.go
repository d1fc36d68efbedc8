package lines

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// leaver takes so many bytes and is gone then.
type leaver struct{ left int }

func (l *leaver) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, errors.New("gone")
	}
	return len(b), nil
}

// A post counts as opened when it is told, and as read when the client has taken all of it.
func TestCounts(t *testing.T) {
	lib, err := library.Open(corpus.Blog(3), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o             Options
		takes         int
		opened, ended []string
	}{
		"two posts":          {Options{}, 1 << 20, []string{"post-03", "post-02"}, []string{"post-03", "post-02"}},
		"told once":          {Options{Name: "post-01", Once: true}, 1 << 20, []string{"post-01"}, []string{"post-01"}},
		"gone in the middle": {Options{Name: "post-01", Once: true}, 100, []string{"post-01"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var opened, ended []string
			b := Blog{
				Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet(),
				OnOpen: func(address string) { opened = append(opened, address) },
				OnEnd:  func(address string) { ended = append(ended, address) },
			}
			if err := b.Talk(strings.NewReader("1\nn\nq\n"), &leaver{c.takes}, c.o).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(opened, c.opened) || !slices.Equal(ended, c.ended) {
				t.Errorf("opened %q, read %q; want %q, %q", opened, ended, c.opened, c.ended)
			}
		})
	}
}
