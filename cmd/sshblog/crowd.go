package main

import (
	"context"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/reader"
)

// countEvery is how often readers are counted: what they are told changes no more often.
const countEvery = 5 * time.Second

// crowd returns what counts who reads, on all servers of a cluster, until ctx ends; nil if nobody is told.
func (p *program) crowd(ctx context.Context) (*reader.Crowd, error) {
	if p.settings.ShowReading != on {
		return nil, nil //nolint:nilnil // a Crowd that is nil counts nobody
	}
	c := &reader.Crowd{}
	everywhere := func(here reader.Reading) reader.Reading { return here }
	ended := func() {}
	if p.cluster != nil {
		totals, err := p.cluster.Totals()
		if err != nil {
			return nil, err
		}
		everywhere = func(here reader.Reading) reader.Reading {
			return reader.Reading(totals.Exchange(cluster.Reading(here)))
		}
		ended = totals.Close
	}
	go func() { //ledger:counted one of the program
		defer p.contain("how many read is not counted any more")
		ticker := time.NewTicker(countEvery)
		defer ticker.Stop()
		defer ended()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				c.Tell(everywhere(c.Here()))
			}
		}
	}()
	return c, nil
}
