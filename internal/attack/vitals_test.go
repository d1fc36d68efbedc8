//go:build linux

package attack

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// vitals are what the program uses, at rest: after what is free has gone back
// to the system.
type vitals struct {
	goroutines  int
	descriptors int
	heap        int // bytes in use
	resident    int // bytes
}

func (v vitals) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %s heap, %s resident",
		v.goroutines, v.descriptors, mb(v.heap), mb(v.resident))
}

// mb writes bytes as megabytes.
func mb(bytes int) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// vitals looks into the program.
func (p *program) vitals() vitals {
	p.t.Helper()
	before := len(p.lines("probe: "))
	p.signal(syscall.SIGUSR1)
	report := p.logged(before+1, "probe: ")[before]
	var v vitals
	if _, err := fmt.Sscanf(report, "probe: goroutines=%d heap=%d", &v.goroutines, &v.heap); err != nil {
		p.t.Fatalf("the probe said %q: %v", report, err)
	}
	v.descriptors = p.descriptors()
	v.resident = p.status("VmRSS:")
	return v
}

// descriptors counts the open files (proc(5)).
func (p *program) descriptors() int {
	p.t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(open)
}

// status returns a line of /proc/PID/status, in bytes.
func (p *program) status(name string) int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				p.t.Fatal(err)
			}
			return kb << 10
		}
	}
	p.t.Fatalf("there is no %s in /proc/PID/status", name)
	return 0
}

// forgetPeak makes VmHWM, the most that was ever resident, begin anew.
func (p *program) forgetPeak() {
	p.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.pid), []byte("5"), 0); err != nil {
		p.t.Fatal(err)
	}
}

// cpu returns the CPU time that the program has used (proc(5), stat fields 14
// and 15, in ticks of 10 ms).
func (p *program) cpu() time.Duration {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
