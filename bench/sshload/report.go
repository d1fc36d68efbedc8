package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"
)

// report is what a load has shown. Times are in milliseconds where their name
// ends in _ms, else in seconds; memory is in bytes.
type report struct {
	Target   string         `json:"target"`
	Started  time.Time      `json:"started"`
	CPUs     int            `json:"cpus"`
	Sessions int            `json:"sessions"`
	Size     string         `json:"size"`
	Mix      string         `json:"mix"`
	Connect  connectReport  `json:"connect"`
	Keys     keysReport     `json:"keys"`
	Server   *serverReport  `json:"server,omitempty"`
	Burst    *burstReport   `json:"burst,omitempty"`
	Reload   *reloadReport  `json:"reload,omitempty"`
	Checked  int            `json:"checked_sessions"`
	Problems map[string]int `json:"problems,omitempty"`
	// Interrupted is what was going on when the load was ended before its time.
	Interrupted string `json:"interrupted,omitempty"`
}

type connectReport struct {
	Connected int     `json:"connected"`
	Failed    int     `json:"failed"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	// FirstPaint is from the start of connecting to the whole first screen.
	FirstPaint spread `json:"first_paint"`
}

type keysReport struct {
	Sent       int     `json:"sent"`
	PerSecond  float64 `json:"per_second"`
	Unanswered int64   `json:"unanswered"`
	Wrong      int64   `json:"wrong"`
	// ToPaint is from when a key was due to the first bytes of its answer, or to
	// the right screen where a session is followed on an emulator; of all kinds
	// but a lone Escape.
	ToPaint spread `json:"to_paint"`
	// Lag is how late the load generator itself was.
	Lag   spread       `json:"lag"`
	Kinds []kindReport `json:"kinds"`
}

type kindReport struct {
	Kind        string  `json:"kind"`
	ToPaint     spread  `json:"to_paint"`
	BytesPerKey float64 `json:"bytes_per_key"`
	Unanswered  int64   `json:"unanswered"`
	Wrong       int64   `json:"wrong"`
}

// serverReport is what the server's process spent, and what it held before the
// load, when all had connected and done nothing else, and at the end of reading.
// CPU shares are of one core. That of idling is of the second half of the time
// to settle after connecting, when what connecting left behind is done.
type serverReport struct {
	PID               int     `json:"pid"`
	Metric            string  `json:"memory_metric"`
	BaseMemory        int64   `json:"base_memory"`
	IdlePerSession    float64 `json:"idle_memory_per_session"`
	ReadPerSession    float64 `json:"reading_memory_per_session"`
	Memory            int64   `json:"memory"`
	CPUPerConnect     float64 `json:"cpu_per_connect_ms"`
	IdleCPUShare      float64 `json:"idle_cpu_share"`
	CPUShare          float64 `json:"reading_cpu_share"`
	CPUPerKey         float64 `json:"cpu_per_key_ms"`
	Threads           int     `json:"threads"`
	FDs               int     `json:"fds"`
	ThreadsPerSession float64 `json:"threads_per_session"`
	FDsPerSession     float64 `json:"fds_per_session"`

	base usage
}

type burstReport struct {
	Keys    int     `json:"keys"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_seconds"`
}

type reloadReport struct {
	Told  spread  `json:"told"`
	Count uint64  `json:"told_sessions"`
	CPU   float64 `json:"cpu_seconds"`
}

func (r *report) begin(l *loader) {
	r.Target, r.Started, r.CPUs = l.dialer.to.String(), time.Now().UTC().Truncate(time.Second), runtime.NumCPU()
	r.Sessions, r.Size, r.Mix = l.set.Sessions, l.set.Size.String(), l.set.Mix.String()
}

func (r *report) connected(l *loader, took time.Duration, before, after, calm, settled *usage) {
	n := len(l.sessions)
	r.Connect = connectReport{
		Connected: n, Failed: l.failed, Seconds: took.Seconds(), PerSecond: float64(n) / took.Seconds(),
		FirstPaint: l.tally.kinds[arrive].paint.spread(),
	}
	for _, s := range l.sessions {
		if s.check != nil {
			r.Checked++
		}
	}
	if before == nil || after == nil || calm == nil || settled == nil || n == 0 {
		return
	}
	r.Server = &serverReport{
		PID: l.set.PID, Metric: after.Metric, base: *before, BaseMemory: before.Memory,
		CPUPerConnect:  millis(after.CPU-before.CPU) / float64(n),
		IdlePerSession: float64(settled.Memory-before.Memory) / float64(n),
	}
	if l.set.Settle > 0 {
		r.Server.IdleCPUShare = (settled.CPU - calm.CPU).Seconds() / settled.At.Sub(calm.At).Seconds()
	}
}

func (r *report) read(l *loader, sent int, took time.Duration, before, after *usage) {
	k := &r.Keys
	k.Sent, k.PerSecond = sent, float64(sent)/took.Seconds()
	k.ToPaint, k.Lag = l.tally.keys.spread(), l.tally.lag.spread()
	for i := choose; i < kinds; i++ {
		t := &l.tally.kinds[i]
		one := kindReport{Kind: i.String(), ToPaint: t.paint.spread(), Unanswered: t.unanswered.Load(), Wrong: t.wrong.Load()}
		if one.ToPaint.N == 0 {
			continue
		}
		one.BytesPerKey = float64(t.bytes.Load()) / float64(one.ToPaint.N)
		k.Unanswered += one.Unanswered
		k.Wrong += one.Wrong
		k.Kinds = append(k.Kinds, one)
	}
	s := r.Server
	if s == nil || before == nil || after == nil {
		return
	}
	n, spent := float64(len(l.sessions)), after.CPU-before.CPU
	s.ReadPerSession = float64(after.Memory-s.base.Memory) / n
	s.Memory = after.Memory
	s.CPUShare = spent.Seconds() / took.Seconds()
	if sent > 0 {
		s.CPUPerKey = millis(spent) / float64(sent)
	}
	s.Threads, s.FDs = after.Threads, after.FDs
	s.ThreadsPerSession = float64(after.Threads-s.base.Threads) / n
	s.FDsPerSession = float64(after.FDs-s.base.FDs) / n
}

func (r *report) burst(l *loader, took time.Duration, before, after *usage) {
	r.Burst = &burstReport{Keys: l.set.Burst, Seconds: took.Seconds()}
	if before != nil && after != nil {
		r.Burst.CPU = (after.CPU - before.CPU).Seconds()
	}
}

func (r *report) reload(_ *loader, seen *histogram, before, after *usage) {
	told := seen.spread()
	r.Reload = &reloadReport{Told: told, Count: told.N}
	if before != nil && after != nil {
		r.Reload.CPU = (after.CPU - before.CPU).Seconds()
	}
}

func (r *report) end(l *loader) { r.Problems = l.tally.allProblems() }

// verdict is an error if anything was not as it should be.
func (r *report) verdict() error {
	sum := 0
	for _, n := range r.Problems {
		sum += n
	}
	if r.Interrupted != "" {
		return fmt.Errorf("interrupted at %q: the rest was not measured; %d problems until then", r.Interrupted, sum)
	}
	if r.Connect.Failed == 0 && sum == 0 {
		return nil
	}
	return fmt.Errorf("not all was well: %d of %d sessions failed to open, %d keys had no answer, %d a wrong one; %d problems in all",
		r.Connect.Failed, r.Sessions, r.Keys.Unanswered, r.Keys.Wrong, sum)
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
