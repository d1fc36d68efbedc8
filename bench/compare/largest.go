package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
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
	if err := writePosts(own.posts, postCount); err != nil {
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
	if out.Reload.N < n {
		b.problems = append(b.problems, fmt.Sprintf("%s: a post is changed: %d of %d readers were told", c.name, out.Reload.N, n))
		return nil
	}
	r.add("all told", out.Reload.Told.Max)
	return nil
}

// reloadEvery is how often a post is changed and the blog told to reload.
const reloadEvery = time.Second

// readDuringReloads times the keys of readers of a large blog, in turns without and
// with reloads meanwhile. Each reload finds one post changed.
func (b *bench) readDuringReloads(ctx context.Context, c *contender, r results) error {
	if b.posts == 0 {
		return nil
	}
	own := *c
	own.posts = filepath.Join(b.dir, "many posts")
	if err := writePosts(own.posts, b.posts); err != nil {
		return err
	}
	var changing string // the first by its path is the oldest: nobody reads it
	err := filepath.WalkDir(own.posts, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			changing, err = path, fs.SkipAll
		}
		return err
	})
	if err != nil {
		return err
	}
	s, err := own.start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	read := func(what, key string) error {
		out, err := b.loadServer(ctx, s, what, "--sessions", strconv.Itoa(max(b.sessions[0]/5, 1)), "--mix", "browsing=1,scrolling=1", "--posts", opened,
			"--rate", strconv.Itoa(b.rate), "--duration", b.duration.String(), "--settle", "1s")
		if err == nil {
			r.add(key, out.Keys.ToPaint.P99)
		}
		return err
	}
	for range b.rounds {
		if err := read("reading", "paint p99, calm"); err != nil {
			return err
		}
		before := s.reloads()
		stop := s.reloadAlways(ctx, changing)
		err := read("reading during reloads", "paint p99, reloading")
		asked, failed := stop()
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		// The last may be under way.
		if done := s.reloads() - before; done < asked-1 {
			b.problems = append(b.problems, fmt.Sprintf("%s: reading during reloads: %d were asked for, and %d done", c.name, asked, done))
		}
	}
	calm, _ := r.value("paint p99, calm")
	reloading, ok := r.value("paint p99, reloading")
	if ok && calm > 0 {
		r.add("reloading to calm", reloading/calm)
	}
	return nil
}

// reloadAlways changes a post and has the server reload, time and again, until the
// function that it returns is called, which tells how often the server was asked.
func (s *server) reloadAlways(ctx context.Context, file string) (stop func() (asked int, err error)) {
	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, 1)
	asked := 0
	go func() {
		ticker := time.NewTicker(reloadEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				failed <- nil
				return
			case <-ticker.C:
			}
			err := appendTo(file, "\nAnd one line more.\n")
			if err == nil {
				err = s.cmd.Process.Signal(syscall.SIGHUP)
			}
			if err != nil {
				failed <- err
				return
			}
			asked++
		}
	}()
	return func() (int, error) {
		cancel()
		err := <-failed
		return asked, err
	}
}

// reloads returns how many reloads the server has logged as done.
func (s *server) reloads() int { return strings.Count(s.stderr.String(), "msg=reloaded ") }

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0) //nolint:gosec // we wrote it
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
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
