package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// bench is one run of the comparison.
type bench struct {
	settings
	dir      string
	say      func(format string, args ...any)
	results  map[string]results // by the contender's name
	problems []string
	skipped  []string // what was left out, and why
}

// results are figures by what they are of, as in "idle memory, 1000 × 80x24": all
// that were measured.
type results map[string][]float64

func (r results) add(key string, value float64) { r[key] = append(r[key], value) }

// value returns the median of a figure.
func (r results) value(key string) (float64, bool) {
	all := slices.Sorted(slices.Values(r[key]))
	if len(all) == 0 {
		return 0, false
	}
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2, true
}

// posts that the readers open; each of them has its own.
const opened = "8"

// step measures some figures of one contender.
type step func(context.Context, *contender, results) error

// measure measures all of all contenders. Each step is done by one after the other
// before the next, since the speed of a machine that is shared changes within
// minutes.
func (b *bench) measure(ctx context.Context, all []*contender) error {
	var steps []step
	for _, size := range b.sizes {
		for _, n := range b.sessions {
			do := func(ctx context.Context, c *contender, r results) error { return b.sessionsAtOnce(ctx, c, r, n, size) }
			steps = append(steps, do)
			// The plain blog is so far away that once is enough, and takes minutes.
			for range b.rounds - 1 {
				steps = append(steps, except("plain", do))
			}
		}
	}
	for range b.rounds {
		steps = append(steps, b.oneAtATime, b.keys, b.opening)
	}
	steps = append(steps, b.keysAtOnce, only("sshblog", b.manyAtOnce), only("sshblog", b.reload), only("sshblog", b.readDuringReloads))
	for _, do := range steps {
		for _, c := range all {
			r, ok := b.results[c.name]
			if !ok {
				r = make(results)
				b.results[c.name] = r
			}
			if err := do(ctx, c, r); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

// only restricts a step to one contender; except leaves one out.
func only(name string, do step) step {
	return func(ctx context.Context, c *contender, r results) error {
		if c.name != name {
			return nil
		}
		return do(ctx, c, r)
	}
}

func except(name string, do step) step {
	return func(ctx context.Context, c *contender, r results) error {
		if c.name == name {
			return nil
		}
		return do(ctx, c, r)
	}
}

// sessionsAtOnce connects many readers, lets them be, lets each open a post,
// and then scroll.
func (b *bench) sessionsAtOnce(ctx context.Context, c *contender, r results, n int, size string) error {
	if b.tooLarge(c, n, size) {
		return nil
	}
	at, mix := where(n, size), "scrolling=1"
	idle := c.name == "plain" && n > b.reading
	if idle {
		mix = "idle=1"
	}
	out, err := b.load(ctx, c, at, "--sessions", strconv.Itoa(n), "--size", size, "--mix", mix, "--posts", opened,
		"--rate", strconv.Itoa(b.rate), "--duration", b.duration.String(), "--settle", b.settle.String())
	if err != nil {
		return err
	}
	c.each = out.Server.ReadPerSession
	r.add("idle memory"+at, out.Server.IdlePerSession/1024)
	r.add("idle CPU"+at, out.Server.IdleCPUShare*100)
	r.add("connects"+at, out.Connect.PerSecond)
	r.add("CPU a connect"+at, out.Server.CPUPerConnect)
	if idle {
		b.skipped = append(b.skipped, c.name+at+", reading: would take many minutes; -reading sets up to how many it is measured")
		return nil
	}
	r.add("reading memory"+at, c.each/1024)
	r.add("paint p50"+at, out.Keys.ToPaint.P50)
	r.add("paint p99"+at, out.Keys.ToPaint.P99)
	return nil
}

// where names a run.
func where(n int, size string) string { return fmt.Sprintf(", %d × %s", n, size) }

// tooLarge reports whether a run would not fit the machine's memory, as far as
// can be told from the one before.
func (b *bench) tooLarge(c *contender, n int, size string) bool {
	free, err := freeMemory()
	if err != nil || c.each*float64(n)*1.3 < free {
		return false
	}
	b.skipped = append(b.skipped, fmt.Sprintf("%s%s: would take %.0f GB, and %.0f GB are free", c.name, where(n, size), c.each*float64(n)/1e9, free/1e9))
	return true
}

// freeMemory returns the bytes that programs can still have (proc(5)).
func freeMemory() (float64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib * 1024, err
		}
	}
	return 0, errors.New("/proc/meminfo has no MemAvailable")
}

// oneAtATime times first screens when nobody else connects.
func (b *bench) oneAtATime(ctx context.Context, c *contender, r results) error {
	out, err := b.load(ctx, c, "one at a time", "--sessions", strconv.Itoa(min(200, 5*b.sessions[0])), "--parallel", "1", "--mix", "idle=1",
		"--settle", "0s", "--duration", "1ms")
	if err != nil {
		return err
	}
	r.add("first paint", out.Connect.FirstPaint.P50)
	return nil
}

// keys measures the CPU and the bytes of keys. With few sessions, so that each
// goes through all of its keys, and what the plain blog spends on a session all
// the time is not taken for the keys'.
func (b *bench) keys(ctx context.Context, c *contender, r results) error {
	press := func(mix, size string) (*report, error) {
		return b.load(ctx, c, mix+" at "+size, "--sessions", "20", "--size", size, "--mix", mix+"=1", "--posts", opened,
			"--rate", strconv.Itoa(b.rate), "--duration", b.duration.String(), "--settle", "1s")
	}
	for i, size := range b.sizes {
		out, err := press("scrolling", size)
		if err != nil {
			return err
		}
		r.add("line, "+size, out.bytesPerKey("line down"))
		r.add("page, "+size, out.bytesPerKey("page down"))
		if i > 0 {
			continue
		}
		r.add("CPU a key, scrolling", out.Server.CPUPerKey)
		if out, err = press("browsing", size); err != nil {
			return err
		}
		r.add("CPU a key, browsing", out.Server.CPUPerKey)
	}
	return nil
}

// opening measures the CPU of opening a post that others have read, and of
// going back to the list.
func (b *bench) opening(ctx context.Context, c *contender, r results) error {
	rate := "30"
	if c.name != "plain" { // which can do no more, while others need more to be measured
		rate = "400"
	}
	out, err := b.load(ctx, c, "opening", "--sessions", "20", "--mix", "opening=1", "--posts", opened,
		"--rate", rate, "--duration", b.duration.String(), "--settle", "1s")
	if err != nil {
		return err
	}
	r.add("CPU of opening", 2*out.Server.CPUPerKey)
	return nil
}

// keysAtOnce lets one reader send all keys at once. The plain blog gets a tenth
// of them, or it would take minutes.
func (b *bench) keysAtOnce(ctx context.Context, c *contender, r results) error {
	if b.burst == 0 {
		return nil
	}
	n := b.burst
	if c.name == "plain" {
		n /= 10
	}
	out, err := b.load(ctx, c, fmt.Sprintf("%d keys at once", n), "--sessions", "1", "--mix", "idle=1", "--settle", "1s", "--duration", "1ms", "--burst", strconv.Itoa(n))
	if err != nil {
		return err
	}
	r.add("burst", out.Burst.CPU*float64(b.burst)/float64(n))
	return nil
}
