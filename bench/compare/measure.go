package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// results are figures by what they are of, as in "idle memory, 1000 × 80x24".
type results map[string]float64

// posts that the readers open; each of them has its own.
const opened = "8"

// measure measures all of one contender.
func (b *bench) measure(ctx context.Context, c *contender) error {
	r := make(results)
	b.results[c.name] = r
	steps := []func(context.Context, *contender, results) error{b.sessionsAtOnce, b.oneAtATime, b.keys, b.opening, b.keysAtOnce}
	if c.name == "sshblog" {
		steps = append(steps, b.manyAtOnce, b.reload)
	}
	for _, step := range steps {
		if err := step(ctx, c, r); err != nil {
			return err
		}
	}
	return nil
}

// sessionsAtOnce connects many readers, lets them be, lets each open a post,
// and then scroll.
func (b *bench) sessionsAtOnce(ctx context.Context, c *contender, r results) error {
	for _, size := range b.sizes {
		var each float64 // memory of a session in the run before
		for _, n := range b.sessions {
			if b.tooLarge(c, n, size, each) {
				continue
			}
			at, mix := where(n, size), "scrolling=1"
			if idle := c.name == "plain" && n > b.reading; idle {
				mix = "idle=1"
			}
			out, err := b.load(ctx, c, at, "--sessions", strconv.Itoa(n), "--size", size, "--mix", mix, "--posts", opened,
				"--rate", strconv.Itoa(b.rate), "--duration", b.duration.String(), "--settle", b.settle.String())
			if err != nil {
				return err
			}
			each = out.Server.ReadPerSession
			r["idle memory"+at] = out.Server.IdlePerSession / 1024
			r["idle CPU"+at] = out.Server.IdleCPUShare * 100
			r["connects"+at] = out.Connect.PerSecond
			r["CPU a connect"+at] = out.Server.CPUPerConnect
			if mix == "idle=1" {
				b.skipped = append(b.skipped, c.name+at+", reading: would take many minutes; -reading sets up to how many it is measured")
				continue
			}
			r["reading memory"+at] = each / 1024
			r["paint p50"+at] = out.Keys.ToPaint.P50
			r["paint p99"+at] = out.Keys.ToPaint.P99
		}
	}
	return nil
}

// where names a run.
func where(n int, size string) string { return fmt.Sprintf(", %d × %s", n, size) }

// tooLarge tells whether a run would not fit the machine's memory, as far as
// can be told from the one before.
func (b *bench) tooLarge(c *contender, n int, size string, each float64) bool {
	free, err := freeMemory()
	if err != nil || each*float64(n)*1.3 < free {
		return false
	}
	b.skipped = append(b.skipped, fmt.Sprintf("%s%s: would take %.0f GB, and %.0f GB are free", c.name, where(n, size), each*float64(n)/1e9, free/1e9))
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
	r["first paint"] = out.Connect.FirstPaint.P50
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
		r["line, "+size] = out.bytesPerKey("line down")
		r["page, "+size] = out.bytesPerKey("page down")
		if i > 0 {
			continue
		}
		r["CPU a key, scrolling"] = out.Server.CPUPerKey
		if out, err = press("browsing", size); err != nil {
			return err
		}
		r["CPU a key, browsing"] = out.Server.CPUPerKey
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
	r["CPU of opening"] = 2 * out.Server.CPUPerKey
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
	r["burst"] = out.Burst.CPU * float64(b.burst) / float64(n)
	return nil
}
