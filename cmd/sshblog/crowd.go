package main

import (
	"context"
	"time"

	"github.com/sshblog/sshblog/internal/reader"
)

// countEvery is how often readers are counted: what they are told changes no more often.
const countEvery = 5 * time.Second

// crowd returns what counts who reads, until ctx ends; nil if nobody is told.
func (p *program) crowd(ctx context.Context) *reader.Crowd {
	if p.settings.ShowReading != on {
		return nil
	}
	c := &reader.Crowd{}
	go func() { //ledger:counted one of the program
		defer p.contain("how many read is not counted any more")
		ticker := time.NewTicker(countEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				c.Count()
			}
		}
	}()
	return c
}
