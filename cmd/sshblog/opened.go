package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/opened"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/reader"
)

// saveInterval is how often the sums of posts opened are saved: what a crash loses of them.
const saveInterval = time.Minute

// counters count what readers do with posts.
type counters struct {
	opened, ended *opened.Counter
}

// countOpened returns what counts the posts that are opened and read to their ends, and saves the sums from
// time to time until stop is called, which does so once more.
func (p *program) countOpened(lib *library.Library) (count *counters, stop func(), err error) {
	count = &counters{opened.New(), opened.New()}
	var badOpened, badEnded error
	if dir := p.settings.State; dir != "" {
		if count.opened, badOpened = opened.Open(dir, opened.Opens); count.opened == nil {
			return nil, nil, stateError(dir, badOpened)
		}
		if count.ended, badEnded = opened.Open(dir, opened.Ends); count.ended == nil {
			return nil, nil, stateError(dir, badEnded)
		}
	}
	p.health.counters.Store(count)
	saveOpened, saveEnded := p.saver("opened", count.opened, lib), p.saver("read to the end", count.ended, lib)
	saveOpened(badOpened)
	saveEnded(badEnded)
	save := func() {
		saveOpened(nil)
		saveEnded(nil)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { //ledger:counted one of the program
		defer close(done)
		defer p.contain("how often posts are opened is not saved any more")
		for ticks := time.Tick(saveInterval); ; {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
				save()
			}
		}
	}()
	return count, func() {
		cancel()
		<-done
		save()
	}, nil
}

// saver returns a function that saves the sums of a kind, or is given the error of reading them, and logs when
// failures begin and end.
func (p *program) saver(kind string, counter *opened.Counter, lib *library.Library) func(failed error) {
	failing := false
	return func(failed error) {
		if failed == nil {
			posts := lib.Current().All()
			failed = counter.Save(func(address string) bool { return posts.Index(address) >= 0 })
		}
		switch {
		case failed != nil && !failing:
			p.logger.Warn("how often posts were "+kind+" cannot be saved as it should; it is tried again every minute", "error", failed)
		case failed == nil && failing:
			p.logger.Info("how often posts were " + kind + " is saved again")
		}
		failing = failed != nil
	}
}

// stateError adds advice to the error for a folder that cannot be written.
func stateError(dir string, err error) error {
	return fmt.Errorf("setting state: cannot keep sums in %s: %w: let the server write there, or set another folder", dir, err)
}

// topPosts is how many posts /-/posts lists.
const topPosts = 100

// openedPost is a post in what /-/posts says.
type openedPost struct {
	Post   string `json:"post"` // its address
	Title  string `json:"title,omitempty"`
	Opened uint64 `json:"opened"`
	Read   uint64 `json:"read"`           // to its end
	Gone   bool   `json:"gone,omitempty"` // it is not in the list any more
}

// statistics returns how often posts were opened and read to their ends, those that were opened the most
// first, at most n of them, and since when that counts.
func (p *program) statistics(n int) (posts []command.Opened, since time.Time) {
	count := p.health.counters.Load()
	top, _, since := count.opened.Top(n)
	posts = make([]command.Opened, 0, len(top))
	for _, o := range top {
		posts = append(posts, command.Opened{Address: o.Address, Times: o.Opened, Ends: count.ended.Of(o.Address)})
	}
	return posts, since
}

// writePosts writes which posts were opened the most, each on a line of its own as it comes, so that
// no more than one title is held.
func (p *program) writePosts(w io.Writer) error {
	count, lib := p.health.counters.Load(), p.health.library.Load()
	if count == nil || lib == nil {
		return errors.New("the server is starting, and no post has been opened yet")
	}
	top, besides, since := count.opened.Top(topPosts)
	// omitted are posts that were opened less often.
	if _, err := fmt.Fprintf(w, `{"since":%q,"omitted":%d,"posts":[`, since.UTC().Format(time.RFC3339), besides); err != nil {
		return err
	}
	var line bytes.Buffer // the same for all
	out := json.NewEncoder(&line)
	out.SetEscapeHTML(false)
	posts, separator := lib.Current().All(), "\n"
	for _, o := range top {
		row := openedPost{Post: plaintext.Clean(o.Address), Opened: o.Opened, Read: count.ended.Of(o.Address), Gone: true}
		if i := posts.Index(o.Address); i >= 0 {
			row.Title, row.Gone = plaintext.Clean(posts.At(i).Title()), false
		}
		line.Reset()
		line.WriteString(separator)
		if err := out.Encode(row); err != nil {
			return err
		}
		if _, err := w.Write(bytes.TrimSuffix(line.Bytes(), []byte("\n"))); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

// readerOptions are those of the readers that sessions have.
func readerOptions(s settings, count *counters) []reader.Option {
	options := []reader.Option{reader.OnOpen(count.opened.Add), reader.OnEnd(count.ended.Add)}
	if s.Source != on {
		options = append(options, reader.WithoutSource())
	}
	return options
}
