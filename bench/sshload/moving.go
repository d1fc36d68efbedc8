package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// behind is by how much what a server has written of a reader may be older than where the reader is: the 15 seconds that
// it promises, and some in which it writes.
const behind = 20 * time.Second

// trail is where one reader has been in a post.
type trail struct {
	been  []spot
	above []string // the lines that were passed on the way down
	under string   // where a key that is under way leads; "": nowhere new
	down  int      // keys down since the last up
}

// spot is a line that a reader was at until the next one.
type spot struct {
	line  string
	since time.Time
}

func newTrail(line string) *trail { return &trail{been: []spot{{line, time.Now()}}} }

func (t *trail) at() string { return t.been[len(t.been)-1].line }

// arrives notes where the reader is.
func (t *trail) arrives(line string) {
	if line == "" || line == t.at() {
		return
	}
	t.been = append(t.been, spot{line, time.Now()})
	if old := time.Now().Add(-2 * behind); len(t.been) > 2 && t.been[1].since.Before(old) {
		t.been = slices.Delete(t.been, 0, 1)
	}
}

// is reports whether a reader who was cut off may find himself at a line: where he was, or, and that is older, where he
// was a moment before.
func (t *trail) is(line string, cut time.Time) (it, older bool) {
	if line == "" {
		return false, false
	}
	if line == t.at() || line == t.under {
		return true, false
	}
	for i := range len(t.been) - 1 {
		if t.been[i].line == line && t.been[i+1].since.After(cut.Add(-behind)) {
			return true, true
		}
	}
	return false, false
}

// move goes a line down, and up again after some.
func (v *visit) move(ctx context.Context, t *trail) {
	const before, rest = 8, 200 * time.Millisecond // lines; until the screen has come to rest
	key := "j"
	if t.under, t.down = placeFrom(v.text(), head+1), t.down+1; t.down > before && len(t.above) > 0 {
		key = "k"
		t.under = t.above[len(t.above)-1]
	}
	was := v.text()
	if _, err := io.WriteString(v.in, key); err != nil { // it is cut off
		return
	}
	changed, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for v.text() == was {
		select {
		case <-v.over:
			return
		case <-changed.Done(): // the post has no more lines
			t.under, t.down = "", before
			return
		case <-time.After(rest / 10):
		}
	}
	select {
	case <-v.over:
		return
	case <-time.After(rest):
	}
	if !v.reads() { // the session is about to end, and what the key has done was not seen
		return
	}
	if key == "j" {
		t.above = append(t.above, t.at())
	} else if t.above = t.above[:len(t.above)-1]; len(t.above) == 0 {
		t.down = 0
	}
	t.arrives(place(v.text()))
	t.under = ""
}

// reads reports whether the screen is that of a session, and not what was there before.
func (v *visit) reads() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.screen.IsAltScreen() || !v.full
}

// head is how many rows above an article's text are not part of it.
const head = 2

// place is the first line of an article's text on a screen, below its head.
func place(screen string) string { return placeFrom(screen, head) }

func placeFrom(screen string, first int) string {
	for i, row := range strings.Split(screen, "\n") {
		if row = strings.TrimSpace(row); i >= first && row != "" {
			return row
		}
	}
	return ""
}

// tellNews writes the report in one line, every second in which it has changed.
func (r *returning) tellNews(ctx context.Context, to io.Writer) {
	last := ""
	for wait(ctx, time.Now().Add(time.Second)) == nil {
		report := r.report()
		report.Moved = 0 // or it were news each second
		text, err := json.Marshal(report)
		if err == nil && string(text) != last {
			last = string(text)
			_, _ = fmt.Fprintln(to, last)
		}
	}
}
