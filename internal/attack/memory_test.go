//go:build linux

package attack

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// findMemory finds the control group that counts a process's memory (cgroups(7)).
func (b *box) findMemory(pid string) error {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if fields[1] == "memory" {
			b.memory = "/sys/fs/cgroup/memory" + fields[2]
			return nil
		}
		if fields[0] == "0" { // the last, and the only one where v1 is not in use
			b.memory, b.v2 = "/sys/fs/cgroup"+fields[2], true
		}
	}
	if _, err := os.Stat(filepath.Join(b.memory, "memory.current")); err != nil {
		return fmt.Errorf("the container's memory is not counted: %w", err)
	}
	return nil
}

// charged returns what the container holds in bytes, the kernel's memory for it
// included, without the page cache, which gives way.
func (b *box) charged() (int64, error) {
	usage, cache := "memory.usage_in_bytes", "cache"
	if b.v2 {
		usage, cache = "memory.current", "file"
	}
	text, err := os.ReadFile(filepath.Join(b.memory, usage))
	if err != nil {
		return 0, err
	}
	total, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, err
	}
	stat, err := os.ReadFile(filepath.Join(b.memory, "memory.stat"))
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(stat)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), cache+" "); ok {
			n, err := strconv.ParseInt(rest, 10, 64)
			return total - n, err
		}
	}
	return 0, fmt.Errorf("memory.stat has no %s", cache)
}

// watchMemory keeps the most that the container has held.
func (b *box) watchMemory(stop <-chan struct{}) {
	for {
		if n, err := b.charged(); err == nil && n > b.peak.Load() {
			b.peak.Store(n)
		}
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond): // a sample
		}
	}
}
