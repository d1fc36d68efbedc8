package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// target is what a ratio of sshblog's figure to another's shall be.
type target struct {
	limit  float64
	least  bool // the ratio shall be at least limit, not at most
	absent bool // nothing is wanted
}

func atMost(limit float64) target  { return target{limit: limit} }
func atLeast(limit float64) target { return target{limit: limit, least: true} }

// row is one line of the table.
type row struct {
	what, unit   string
	key          string // of the figure among the results
	plain, floor target
	own          target // of sshblog's figure itself
}

// table is a run's outcome.
type table struct {
	rows     []row
	results  map[string]results
	skipped  []string
	problems []string
}

func (b *bench) table() *table {
	no := target{absent: true}
	t := &table{results: b.results, skipped: b.skipped, problems: b.problems}
	add := func(rows ...row) { t.rows = append(t.rows, rows...) }
	for _, size := range b.sizes {
		for _, n := range b.sessions {
			at := where(n, size)
			add(
				row{what: "memory a session, idle" + at, unit: "KiB", key: "idle memory" + at, plain: atMost(1. / 15), floor: atMost(1.6), own: no},
				row{what: "memory a session, reading" + at, unit: "KiB", key: "reading memory" + at, plain: atMost(1. / 15), floor: atMost(1.6), own: no},
				row{what: "CPU when all are idle" + at, unit: "% of a core", key: "idle CPU" + at, plain: atMost(1. / 100), floor: no, own: atMost(1)},
				row{what: "connects a second" + at, key: "connects" + at, plain: atLeast(6), floor: atLeast(0.9), own: no},
				row{what: "CPU a connect" + at, unit: "ms", key: "CPU a connect" + at, plain: atMost(1. / 6), floor: atMost(1.2), own: no},
				row{what: "key to paint, p50" + at, unit: "ms", key: "paint p50" + at, plain: atMost(1. / 50), floor: atMost(2), own: no},
				row{what: "key to paint, p99" + at, unit: "ms", key: "paint p99" + at, plain: atMost(1. / 50), floor: atMost(2), own: no},
			)
		}
		add(
			row{what: "a line down, " + size, unit: "bytes", key: "line, " + size, plain: atMost(0.9), floor: no, own: no},
			row{what: "a page down, " + size, unit: "bytes", key: "page, " + size, plain: atMost(0.9), floor: no, own: no},
		)
	}
	add(
		row{what: "first paint p50, one at a time", unit: "ms", key: "first paint", plain: atMost(1. / 7), floor: atMost(1.2), own: no},
		row{what: "CPU a key, scrolling", unit: "ms", key: "CPU a key, scrolling", plain: atMost(1. / 10), floor: atMost(1.4), own: no},
		row{what: "CPU a key, in the list", unit: "ms", key: "CPU a key, browsing", plain: atMost(1. / 10), floor: atMost(1.4), own: no},
		row{what: "CPU of opening a post that was read, and going back", unit: "ms", key: "CPU of opening", plain: atMost(1. / 200), floor: no, own: no},
	)
	if b.burst > 0 {
		add(row{what: fmt.Sprintf("CPU of %d keys at once", b.burst), unit: "s", key: "burst", plain: no, floor: no, own: atMost(0.2)})
	}
	if b.many > 0 {
		add(
			row{what: fmt.Sprintf("memory of %d idle sessions", b.many), unit: "MiB", key: "memory of many", plain: no, floor: no, own: atMost(1e9 / (1 << 20))},
			row{what: fmt.Sprintf("key to paint, p99, among %d", b.many), unit: "ms", key: "paint p99 among many", plain: no, floor: no, own: atMost(50)},
		)
	}
	add(row{what: fmt.Sprintf("until the last of %d readers has a changed post", b.sessions[len(b.sessions)-1]), unit: "ms", key: "all told", plain: no, floor: no, own: atMost(2000)})
	if b.posts > 0 {
		add(
			row{what: fmt.Sprintf("key to paint, p99, in a blog of %d posts", b.posts), unit: "ms", key: "paint p99, calm", plain: no, floor: no, own: no},
			row{what: "the same with a post changed and a reload each second", unit: "ms", key: "paint p99, reloading", plain: no, floor: no, own: no},
			row{what: "the latter against the former", unit: "×", key: "reloading to calm", plain: no, floor: no, own: atMost(2)},
		)
	}
	t.compareSizes(b)
	return t
}

// compareSizes adds what a large window costs against a small one.
func (t *table) compareSizes(b *bench) {
	if len(b.sizes) < 2 {
		return
	}
	no := target{absent: true}
	for _, n := range b.sessions {
		for _, kind := range []string{"idle", "reading"} {
			key := kind + " memory" + where(n, b.sizes[1])
			against := kind + " memory" + where(n, b.sizes[0])
			for _, r := range t.results {
				large, ok := r.value(key)
				if small, and := r.value(against); ok && and && small > 0 {
					r.add("size "+key, large/small)
				}
			}
			t.rows = append(t.rows, row{
				what: fmt.Sprintf("memory %s, %s against %s, %d sessions", kind, b.sizes[1], b.sizes[0], n), unit: "×",
				key: "size " + key, plain: no, floor: no, own: atMost(1.5),
			})
		}
	}
}

// cells returns what the table says of a row.
func (t *table) cells(r row) []string {
	ours, have := t.results["sshblog"].value(r.key)
	verdict, met, whole := "", true, true
	judge := func(value float64, g target) {
		if g.absent {
			return
		}
		verdict = "yes"
		if g.least && value < g.limit || !g.least && value > g.limit {
			met = false
		}
	}
	line := []string{r.what}
	for _, name := range []string{"sshblog", "plain", "floor"} {
		line = append(line, figure(t.results[name], r.key, r.unit))
	}
	for _, one := range []struct {
		name   string
		target target
	}{{"plain", r.plain}, {"floor", r.floor}} {
		theirs, _ := t.results[one.name].value(r.key)
		if !have || theirs == 0 {
			whole = whole && one.target.absent
			line = append(line, "–")
			continue
		}
		judge(ours/theirs, one.target)
		line = append(line, ratio(ours/theirs)+wanted(one.target))
	}
	if have {
		judge(ours, r.own)
	}
	switch {
	case verdict == "":
	case !met:
		verdict = "NO"
	case !whole:
		verdict = "partly"
	}
	line = append(line, strings.TrimSpace(wanted(r.own)), verdict)
	return line
}

// figure writes a figure with three digits that count.
func figure(r results, key, unit string) string {
	v, ok := r.value(key)
	if !ok {
		return "–"
	}
	return strings.TrimSpace(digits(v) + " " + unit)
}

func digits(v float64) string {
	switch {
	case v == 0 || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3g", v)
	}
}

// ratio writes small ratios as fractions.
func ratio(v float64) string {
	if v > 0 && v < 0.2 {
		return "1/" + digits(1/v)
	}
	return digits(v) + "×"
}

func wanted(g target) string {
	switch {
	case g.absent:
		return ""
	case g.least:
		return " (≥ " + digits(g.limit) + ")"
	case g.limit < 0.2:
		return fmt.Sprintf(" (≤ 1/%.0f)", 1/g.limit)
	default:
		return " (≤ " + digits(g.limit) + ")"
	}
}

func head() []string {
	return []string{"", "sshblog", "plain", "floor", "to plain", "to floor", "itself", "met"}
}

// print writes the table for people.
func (t *table) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.Join(head(), "\t"))
	for _, r := range t.rows {
		_, _ = fmt.Fprintln(w, strings.Join(t.cells(r), "\t"))
	}
	_ = w.Flush() // to a terminal or a pipe: nothing can be done
	for _, s := range t.skipped {
		_, _ = fmt.Fprintln(out, "left out:", s)
	}
}

// markdown returns the table for PERFORMANCE.md, with where and how it was made.
func (t *table) markdown(began time.Time, args []string) []byte {
	var b strings.Builder
	if i := slices.Index(args, "-markdown"); i >= 0 { // where it is written says nothing
		args = slices.Delete(slices.Clone(args), i, min(i+2, len(args)))
	}
	fmt.Fprintf(&b, "%s, %s, %s/%s, %s.\n", began.UTC().Format("2006-01-02 15:04 UTC"), runtime.Version(), runtime.GOOS, runtime.GOARCH, machine())
	fmt.Fprintf(&b, "`cd bench && go run %s`, %.0f minutes.\n\n", strings.Join(append([]string{"./compare"}, args...), " "), time.Since(began).Minutes())
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head())
	line([]string{"---", "---", "---", "---", "---", "---", "---", "---"})
	for _, r := range t.rows {
		line(t.cells(r))
	}
	for _, s := range t.skipped {
		b.WriteString("\nLeft out: " + s + ".\n")
	}
	for _, p := range t.problems {
		b.WriteString("\nPROBLEM: " + strings.TrimSpace(p) + "\n")
	}
	return []byte(b.String())
}

// machine names the processor and the kernel.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, _ := exec.Command("uname", "-sr").Output() // it is only told
	return fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)))
}

// verdict is an error if anything was answered wrongly. A target that is not
// met is none: a busy machine misses them too.
func (b *bench) verdict() error {
	if len(b.problems) == 0 {
		return nil
	}
	return errors.New("wrong answers make no fast server:\n" + strings.Join(b.problems, "\n"))
}
