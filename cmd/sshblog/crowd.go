package main

import (
	"context"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/reader"
)

// countEvery is how often readers are counted, and the numbers on screens change.
const countEvery = 5 * time.Second

// crowd returns what counts readers, on all servers of a cluster, until stop is called; nil if the numbers are
// not shown.
func (p *program) crowd(ctx context.Context) (_ *reader.Crowd, stop func()) {
	if p.settings.ShowReading != on {
		return nil, func() {}
	}
	c := &reader.Crowd{}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	everywhere, ended := p.everywhere()
	go func() { //ledger:counted one of the program
		defer close(done)
		defer p.contain("how many read is not counted any more")
		ticker := time.NewTicker(countEvery)
		defer ticker.Stop()
		defer ended()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				c.Publish(everywhere(c.Here()))
			}
		}
	}()
	return c, func() {
		cancel()
		<-done // the others learn that nobody reads here any more
	}
}

// everywhere adds the readers of other servers to those of this one; ended is called when this server stops.
func (p *program) everywhere() (add func(here reader.Reading) reader.Reading, ended func()) {
	alone := func(here reader.Reading) reader.Reading { return here }
	if p.cluster == nil {
		return alone, func() {}
	}
	totals, err := p.cluster.Totals()
	if err != nil {
		p.logger.Warn("readers are told how many read on this server alone", "error", err)
		return alone, func() {}
	}
	return func(here reader.Reading) reader.Reading {
		return reader.Reading(totals.Exchange(cluster.Reading(here)))
	}, totals.Close
}
