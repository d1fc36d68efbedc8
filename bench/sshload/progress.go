package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress says every now and then how far a load is.
type progress struct {
	to     io.Writer
	loader *loader

	mu    sync.Mutex
	doing string
	since time.Time
}

const progressEvery = 2 * time.Second

// start begins to report and returns what ends it.
func (p *progress) start() (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.tell()
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// phase says what begins now.
func (p *progress) phase(doing string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing, p.since = doing, time.Now()
}

func (p *progress) tell() {
	p.mu.Lock()
	doing, since := p.doing, p.since
	p.mu.Unlock()
	l := p.loader
	l.mu.Lock()
	connected, failed := len(l.sessions), l.failed
	l.mu.Unlock()
	first, keys := l.tally.kinds[arrive].paint.spread(), l.tally.keys.spread()
	line := fmt.Sprintf("%s for %.0f s · %d of %d connected, %d failed · first screen p50 %s p99 %s",
		doing, time.Since(since).Seconds(), connected, l.set.Sessions, failed, ms(first.P50), ms(first.P99))
	if keys.N > 0 {
		line += fmt.Sprintf(" · %d keys, p50 %s p99 %s", keys.N, ms(keys.P50), ms(keys.P99))
	}
	_, _ = fmt.Fprintln(p.to, line)
}
