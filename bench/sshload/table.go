package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"
)

// ms writes milliseconds with as many digits as say something.
func ms(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64) + " ms"
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
	default:
		return strconv.FormatFloat(v, 'f', 2, 64) + " ms"
	}
}

// kib writes bytes as KiB.
func kib(bytes float64) string { return strconv.FormatFloat(bytes/1024, 'f', 1, 64) + " KiB" }

// writeTable writes the report for people.
func (r *report) writeTable(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	row("%d sessions of %s at %s: %s\n", r.Sessions, r.Size, r.Target, r.Mix)
	row("\tn\tp50\tp99\tp999\tmost\tbytes\tunanswered\twrong")
	c := r.Connect
	row("connect to first paint\t%s", spreadCells(c.FirstPaint))
	k := r.Keys
	row("key to paint\t%s\t\t%d\t%d", spreadCells(k.ToPaint), k.Unanswered, k.Wrong)
	for _, one := range k.Kinds {
		row("  %s\t%s\t%.0f\t%d\t%d", one.Kind, spreadCells(one.ToPaint), one.BytesPerKey, one.Unanswered, one.Wrong)
	}
	row("sent late, by sshload\t%s", spreadCells(k.Lag))
	row("")
	row("connects\t%.1f a second\t%d failed", c.PerSecond, c.Failed)
	row("keys\t%.1f a second\t%d sent", k.PerSecond, k.Sent)
	row("followed on an emulator\t%d sessions", r.Checked)
	if s := r.Server; s != nil {
		row("memory (%s)\t%s a session after connecting\t%s after reading\t%s in all, %s before", s.Metric, kib(s.IdlePerSession), kib(s.ReadPerSession), kib(float64(s.Memory)), kib(float64(s.BaseMemory)))
		row("CPU\t%s a connect\t%s a key\t%.1f %% of a core while idle, %.1f %% while reading", ms(s.CPUPerConnect), ms(s.CPUPerKey), s.IdleCPUShare*100, s.CPUShare*100)
		row("threads\t%d\t%.3f a session", s.Threads, s.ThreadsPerSession)
		row("descriptors\t%d\t%.3f a session", s.FDs, s.FDsPerSession)
	}
	if b := r.Burst; b != nil {
		row("burst\t%d keys\t%.2f s\t%.2f s of CPU", b.Keys, b.Seconds, b.CPU)
	}
	if b := r.Reload; b != nil {
		row("reload\t%d sessions told\tp50 %s, last %s\t%.2f s of CPU", b.Count, ms(b.Told.P50), ms(b.Told.Max), b.CPU)
	}
	for _, what := range slices.Sorted(maps.Keys(r.Problems)) {
		row("PROBLEM\t%d×\t%s", r.Problems[what], what)
	}
	if r.Interrupted != "" {
		row("INTERRUPTED\tat %q\tthe rest was not measured", r.Interrupted)
	}
	return w.Flush()
}

func spreadCells(s spread) string {
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s", s.N, ms(s.P50), ms(s.P99), ms(s.P999), ms(s.Max))
}
