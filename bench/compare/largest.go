package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// readersRate is how many keys a second one reader presses in the largest run.
const readersRate = 10

// manyAtOnce is sshblog with as many idle sessions as there may be, and a few
// that read.
func (b *bench) manyAtOnce(ctx context.Context, c *contender, r results) error {
	if b.many == 0 {
		return nil
	}
	// A hundredth of them reads, none faster than people do: a reader waits for
	// the answer before the next key, so one alone with all the keys would be
	// behind soon, and its times those of a queue.
	readers := max(b.many/100, 1)
	rate := min(b.rate, readersRate*readers)
	out, err := b.load(ctx, c, strconv.Itoa(b.many)+" idle", "--sessions", strconv.Itoa(b.many), "--mix", "idle=99,scrolling=1", "--posts", opened,
		"--rate", strconv.Itoa(rate), "--duration", b.duration.String(), "--settle", b.settle.String())
	if err != nil {
		return err
	}
	r.add("memory of many", out.Server.Memory/(1<<20))
	r.add("paint p99 among many", out.Keys.ToPaint.P99)
	return nil
}

// revised is what the post says after it was changed. It has nothing in common
// with the text before, or only the rest of it would be sent.
const revised = "Revised just now: read it again."

// reload lets all readers open one post, changes it, and waits until everyone
// is shown the change. How often it is rendered is a test's concern, see
// TestReloadRendersOnce in cmd/sshblog.
func (b *bench) reload(ctx context.Context, c *contender, r results) error {
	n := b.sessions[len(b.sessions)-1]
	own := *c
	own.posts = filepath.Join(b.dir, "changing")
	if err := writePosts(own.posts); err != nil {
		return err
	}
	s, err := own.start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	// What is changed on the disk before the SIGHUP changes nothing.
	if err := revise(own.posts); err != nil {
		return err
	}
	out, err := b.loadServer(ctx, s, "a post is changed", "--sessions", strconv.Itoa(n), "--mix", "scrolling=1", "--posts", "1",
		"--rate", "1", "--duration", time.Millisecond.String(), "--settle", "1s", "--reload", revised)
	if err != nil {
		return err
	}
	r.add("all told", out.Reload.Told.Max)
	return nil
}

// revise changes all posts in a folder. Only one of them is read.
func revise(dir string) error {
	changed := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // we wrote it
		if err != nil {
			return err
		}
		changed++
		return os.WriteFile(path, bytes.Replace(text, []byte(begins), []byte(revised), 1), 0o600) //nolint:gosec // the same file
	})
	if err == nil && changed == 0 {
		err = errors.New("no post was found to change")
	}
	return err
}
