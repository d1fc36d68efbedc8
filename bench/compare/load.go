package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// report is what of sshload's report is compared. Its names are told there.
type report struct {
	Connect struct {
		PerSecond  float64 `json:"per_second"`
		FirstPaint spread  `json:"first_paint"`
	} `json:"connect"`
	Keys struct {
		ToPaint spread `json:"to_paint"`
		Lag     spread `json:"lag"`
		Kinds   []struct {
			Kind        string  `json:"kind"`
			BytesPerKey float64 `json:"bytes_per_key"`
		} `json:"kinds"`
	} `json:"keys"`
	Server struct {
		IdlePerSession float64 `json:"idle_memory_per_session"`
		ReadPerSession float64 `json:"reading_memory_per_session"`
		Memory         float64 `json:"memory"`
		CPUPerConnect  float64 `json:"cpu_per_connect_ms"`
		IdleCPUShare   float64 `json:"idle_cpu_share"`
		CPUPerKey      float64 `json:"cpu_per_key_ms"`
	} `json:"server"`
	Burst struct {
		CPU float64 `json:"cpu_seconds"`
	} `json:"burst"`
	Reload struct {
		Told spread `json:"told"`
		N    int    `json:"told_sessions"`
	} `json:"reload"`
	Problems map[string]int `json:"problems"`
}

type spread struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// bytesPerKey returns how many bytes a kind of key brought.
func (r *report) bytesPerKey(kind string) float64 {
	for _, k := range r.Keys.Kinds {
		if k.Kind == kind {
			return k.BytesPerKey
		}
	}
	return 0
}

// load starts a contender, puts a load on it, and stops it. What it has
// answered wrongly or not at all is a problem that the verdict tells of; the
// error is for what makes it pointless to go on.
func (b *bench) load(ctx context.Context, c *contender, what string, args ...string) (*report, error) {
	s, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	return b.loadServer(ctx, s, what, args...)
}

func (b *bench) loadServer(ctx context.Context, s *server, what string, args ...string) (*report, error) {
	b.say("%s: %s", s.name, what)
	args = append([]string{
		s.addr, "--json", "--quiet", "--pid", strconv.Itoa(s.cmd.Process.Pid), "--expect", s.expect, "--expect-post", begins,
		// The plain blog may take long, and shall not be cut short.
		"--patience", "30s",
	}, args...)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.sshload, args...) //nolint:gosec // we built it
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failed := cmd.Run()
	r := &report{}
	if err := json.Unmarshal(stdout.Bytes(), r); err != nil {
		return nil, fmt.Errorf("%s: %w: %s%s", what, failed, &stderr, &s.stderr)
	}
	if failed != nil {
		b.problems = append(b.problems, fmt.Sprintf("%s: %s: %s%v", s.name, what, strings.TrimPrefix(stderr.String(), "sshload: "), r.Problems))
	}
	return r, nil
}
