package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process holds and has spent, as proc(5) tells it.
type usage struct {
	Memory  int64  // bytes
	Metric  string // what Memory is: PSS, or RSS where PSS is not told
	CPU     time.Duration
	At      time.Time // when CPU was read
	Threads int
	FDs     int
}

// usageOf looks at a process.
func usageOf(pid int) (u usage, err error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	if u.CPU, err = cpuTime(dir + "stat"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("setting pid: there is no process %d, or this system has no /proc", pid)
		}
		return u, err
	}
	u.At = time.Now()
	if u.Threads, err = number(dir+"status", "Threads:"); err != nil {
		return u, err
	}
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		return u, err
	}
	u.FDs = len(fds)
	u.Metric = "PSS"
	kib, err := number(dir+"smaps_rollup", "Pss:")
	if err != nil {
		u.Metric = "RSS"
		kib, err = number(dir+"status", "VmRSS:")
	}
	u.Memory = int64(kib) << 10
	return u, err
}

// checkListens makes sure that a process listens for connections: another one is
// no server, and most of them end with a SIGHUP. Where it listens is left open,
// since it may be behind a proxy or in a network namespace of its own.
func checkListens(pid int) error {
	dir := fmt.Sprintf("/proc/%d/", pid)
	open := make(map[string]bool)
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		return err
	}
	for _, fd := range fds {
		if to, err := os.Readlink(dir + "fd/" + fd.Name()); err == nil { // else it was closed meanwhile
			open[to] = true
		}
	}
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(dir + name)               //nolint:gosec // of /proc
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // there may be no IPv6
			return err
		}
		for line := range strings.Lines(string(text)) {
			const state, inode, listening = 3, 9, "0A"
			f := strings.Fields(line)
			if len(f) > inode && f[state] == listening && open["socket:["+f[inode]+"]"] {
				return nil
			}
		}
	}
	return fmt.Errorf("setting pid: process %d listens at no TCP port: want that of the server itself", pid)
}

// cpuTime reads user and system time: fields 14 and 15 of stat, in ticks of
// 10 ms on every Linux. The name in field 2 may hold spaces.
func cpuTime(path string) (time.Duration, error) {
	text, err := os.ReadFile(path) //nolint:gosec // of /proc
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("%s: has too few fields", path)
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// number reads the number on the line of a file that begins with name.
func number(path, name string) (int, error) {
	text, err := os.ReadFile(path) //nolint:gosec // of /proc
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, name); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, fmt.Errorf("%s: has no line %q", path, name)
}
