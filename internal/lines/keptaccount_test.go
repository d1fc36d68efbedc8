package lines

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// prompts is a client that measures the server whenever it is asked for an answer.
type prompts struct {
	answers []string
	measure func(answer int)
}

func (p *prompts) Read(b []byte) (int, error) {
	p.measure(len(p.answers))
	if len(p.answers) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.answers[0])
	p.answers = p.answers[1:]
	return n, nil
}

// What a list of all that may be kept holds at its prompt is in the account.
func TestKeptListsAreCounted(t *testing.T) {
	r := remembering(t).Open([]byte("key"))
	defer r.Close()
	n := 0
	for err := error(nil); err == nil; n++ {
		if err = r.Bookmark(t.Context(), fmt.Sprintf("post/%04d", n), true); err != nil && !strings.Contains(err.Error(), "room") {
			t.Fatal(err)
		}
	}
	lib, err := library.Open(corpus.Blog(3), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	account := ledger.New(ledger.Limits{Bytes: 64 << 20}).Open(ledger.Limits{})
	var held, taken [3]int64
	client := &prompts{answers: []string{"bookmarks\n", "\n"}}
	client.measure = func(left int) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		held[2-left], taken[2-left] = int64(m.HeapAlloc), account.Taken().Bytes
	}
	l := Blog{Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet()}.Talk(client, io.Discard, Options{Memory: r, Account: account})
	if err := l.Run(t.Context()); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	t.Logf("%d bookmarks: held %d, taken %d", n, held[1]-held[0], taken[1]-taken[0])
	if n < 1000 || held[1]-held[0] > taken[1]-taken[0]+16<<10 {
		t.Errorf("a list of %d bookmarks holds %d bytes, and has taken %d", n, held[1]-held[0], taken[1]-taken[0])
	}
	if taken[2] != taken[0] {
		t.Errorf("afterwards %d bytes are taken, before %d", taken[2], taken[0])
	}
}
