package main

import (
	"math/bits"
	"sync"
	"time"
)

// stepBits sets the precision: each power of two is divided into 2^stepBits
// steps, so a quantile is at most 1.6 % above the truth.
const stepBits = 6

// histogram counts durations. Its size does not grow with their number.
type histogram struct {
	mu     sync.Mutex
	counts [(64 - stepBits + 1) << stepBits]uint32
	n      uint64
	most   time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[step(uint64(d))]++
	h.n++
	h.most = max(h.most, d)
}

// step returns the number of the step that ns belongs to.
func step(ns uint64) int {
	shift := max(bits.Len64(ns)-stepBits-1, 0)
	return shift<<stepBits + int(ns>>shift) //nolint:gosec // below 2^(stepBits+1)
}

// stepEnd returns the largest number that belongs to a step.
func stepEnd(i int) time.Duration {
	shift := max(i>>stepBits-1, 0)
	return time.Duration((i-shift<<stepBits+1)<<shift - 1)
}

// quantile returns the duration that a share q of all do not exceed, or 0 if
// there are none.
func (h *histogram) quantile(q float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	rank := uint64(q * float64(h.n))
	var seen uint64
	for i, c := range &h.counts {
		if seen += uint64(c); c > 0 && (seen > rank || seen == h.n) {
			return min(stepEnd(i), h.most)
		}
	}
	return 0
}

// spread is what a report tells of a histogram, in milliseconds.
type spread struct {
	N    uint64  `json:"n"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	Max  float64 `json:"max_ms"`
}

func (h *histogram) spread() spread {
	h.mu.Lock()
	n, most := h.n, h.most
	h.mu.Unlock()
	return spread{N: n, P50: millis(h.quantile(0.5)), P99: millis(h.quantile(0.99)), P999: millis(h.quantile(0.999)), Max: millis(most)}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
