// Command compare measures sshblog by the side of a plain blog over SSH, as
// people write one, and of the floor, a server that only writes text. It
// builds all three, starts them in turn with the same posts, puts the same
// readers and keys on them, and prints the ratios and the targets.
//
//	cd bench && go run ./compare
//
// Only ratios of one run mean something: the load generator shares the machine
// with the servers, and so does whatever else runs there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// settings are what a user can set.
type settings struct {
	sessions []int    // how many at once, in turn
	sizes    []string // of their terminals
	reading  int      // up to how many the plain blog's readers open posts
	many     int      // idle sessions of the largest run, at sshblog only
	posts    int      // of the blog that is reloaded while it is read
	burst    int      // keys that one reader sends at once
	rate     int      // keys a second
	duration time.Duration
	settle   time.Duration
	rounds   int    // how often to measure; the median counts
	only     string // names of the contenders, joined by commas
	markdown string // file to write
}

func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{}
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	fs.SetOutput(stderr)
	short := fs.Bool("short", false, "few of everything: shows that all three answer rightly, and says nothing of their speed")
	sessions := fs.String("sessions", "1000,5000", "how many sessions at once, as `numbers`")
	sizes := fs.String("sizes", "80x24,200x50", "the terminals' `sizes`")
	fs.IntVar(&s.reading, "reading", 1000, "up to which `number` of sessions those of the plain blog open posts, which takes it 50 ms each")
	fs.IntVar(&s.many, "many", 10_000, "`number` of idle sessions in the largest run; 0 leaves it out")
	fs.IntVar(&s.burst, "burst", 200_000, "`number` of keys that one reader sends at once; 0 leaves it out")
	fs.IntVar(&s.posts, "posts", 10_000, "`number` of posts of the blog that is reloaded while it is read; 0 leaves it out")
	fs.IntVar(&s.rate, "rate", 400, "keys a second, as `number`")
	fs.DurationVar(&s.duration, "duration", 6*time.Second, "how `long` keys are pressed in each run")
	fs.DurationVar(&s.settle, "settle", 4*time.Second, "how `long` to wait before memory is measured")
	fs.IntVar(&s.rounds, "rounds", 3, "how often to measure, as `number`, the plain blog only what takes seconds; the median counts")
	fs.StringVar(&s.only, "only", "plain,sshblog,floor", "`names` of those to measure")
	fs.StringVar(&s.markdown, "markdown", "", "write the table to this `file` too")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if fs.NArg() > 0 {
		return s, fmt.Errorf("no arguments are expected, got %q", fs.Args())
	}
	if *short {
		*sessions, *sizes = "40", "80x24"
		s.many, s.posts, s.burst, s.rounds, s.duration, s.settle = 100, 500, 5000, 1, time.Second, time.Second
	}
	for text := range strings.SplitSeq(*sessions, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, fmt.Errorf("-sessions %q: want numbers such as 1000,5000", *sessions)
		}
		s.sessions = append(s.sessions, n)
	}
	s.sizes = strings.Split(*sizes, ",")
	return s, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			_, _ = fmt.Fprintln(os.Stderr, "compare:", err)
		}
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	began := time.Now()
	say := func(format string, a ...any) {
		_, _ = fmt.Fprintf(stderr, "%4.0f s  "+format+"\n", append([]any{time.Since(began).Seconds()}, a...)...)
	}
	say("building")
	all, err := build(ctx, dir, strings.Split(s.only, ","))
	if err != nil {
		return err
	}
	b := &bench{settings: s, dir: dir, say: say, results: make(map[string]results)}
	failed := b.measure(ctx, all)
	// What there was before it failed took many minutes, and is told all the same.
	t := b.table()
	if failed != nil {
		t.problems = append(t.problems, "not all was measured: "+failed.Error())
	}
	t.print(stdout)
	say("done")
	if s.markdown != "" {
		if err := os.WriteFile(s.markdown, t.markdown(began, args), 0o600); err != nil {
			return errors.Join(failed, b.verdict(), err)
		}
	}
	return errors.Join(failed, b.verdict())
}
