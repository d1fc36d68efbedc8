package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// checkSent checks posts that an author has sent, as "sshblog check" would if they were published.
func (p *program) checkSent(ctx context.Context, account *ledger.Account, folder string) (problems, notes []post.Problem, err error) {
	slot := account.Slot(ledger.Large) // one at a time reads posts, and the tree of each
	defer slot.Leave()
	select {
	case <-slot.Ready():
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	memory := &loan{Memory: p.memory}
	defer memory.end()
	options := p.settings.reading()
	options.Memory = memory
	sent := library.Dir(folder)
	lib, err := library.Open(sent, options)
	if err != nil {
		return nil, nil, err
	}
	index := lib.Current()
	if len(index.Excluded()) > 0 { // they are read once more
		if err := memory.Take(index.Bytes()); err != nil {
			return nil, nil, err
		}
	}
	turn := slot.Turn()
	defer turn.End()
	c := newChecker(index, both{sent, library.Dir(p.settings.Posts)})
	c.among(p.health.library.Load().Current())
	c.review(func() { turn.Yield() })
	for _, found := range [...][]post.Problem{c.problems, c.warnings} {
		slices.SortStableFunc(found, func(a, b post.Problem) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
		})
	}
	return c.problems, c.warnings, ctx.Err()
}

// among makes the published posts targets for links, too, except for files that are replaced.
func (c *checker) among(now *library.Index) {
	mine := make(map[string]bool, len(c.all))
	for _, p := range c.all {
		mine[p.Path] = true
	}
	posts := slices.Clone(c.all)
	for _, p := range now.Everything() {
		if !mine[p.Path] {
			posts = append(posts, p)
		}
	}
	c.resolver = now.ResolverOf(posts)
}

// both is two folders; files of the first hide those of the second.
type both struct{ first, second fs.FS }

// Open implements [fs.FS].
func (b both) Open(name string) (fs.File, error) {
	f, err := b.first.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return b.second.Open(name)
	}
	return f, err
}

// loan is memory for posts that are read only for a check. No connection is closed for it.
type loan struct {
	library.Memory
	taken atomic.Int64
}

// Take implements [library.Memory].
func (l *loan) Take(bytes int64) error {
	if !l.TakeSpare(bytes) {
		return errors.New("the server has no memory left to check this: send less at once, or try again in a moment")
	}
	return nil
}

// TakeSpare implements [library.Memory].
func (l *loan) TakeSpare(bytes int64) bool {
	ok := l.Memory.TakeSpare(bytes)
	if ok {
		l.taken.Add(bytes)
	}
	return ok
}

// Give implements [library.Memory].
func (l *loan) Give(bytes int64) {
	l.taken.Add(-bytes)
	l.Memory.Give(bytes)
}

// end gives back all of it.
func (l *loan) end() { l.Memory.Give(l.taken.Swap(0)) }
