package push

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// lostFile has the last answer of Shared.Lost.
const lostFile = "posts.shared"

// Restore sends the other servers the objects of this server's history if some may have been lost since the
// last time, or if one of them asks. It is called by one goroutine, and may take long; nothing waits for it.
func (p *Publisher) Restore(ctx context.Context, asked bool) error {
	s, ok := p.store.(*sharing)
	if !ok {
		return nil
	}
	file := filepath.Join(p.config.State, lostFile)
	if p.lost == "" {
		text, err := os.ReadFile(file) //nolint:gosec // the operator sets the folder
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		p.lost = string(text)
	}
	now, lost, err := s.shared.Lost(ctx, p.lost)
	if err != nil || !lost && !asked {
		return err
	}
	if err := s.restore(ctx); err != nil {
		return err
	}
	s.shared.Tell(false) // servers that lacked objects may continue
	if p.lost == now {
		return nil
	}
	p.lost = now
	return replaceFile(file, now)
}

// restore puts all that this server has of the history.
func (s *sharing) restore(ctx context.Context) error {
	version, err := s.Current()
	if err != nil || version == "" {
		return err
	}
	if err := s.shared.Put(ctx, s.since(ctx, "", version)); err != nil {
		return err
	}
	if err := s.pushed.read(s.dir); err != nil {
		return err
	}
	for version, by := range s.pushed.each() {
		after := ""
		if !by.after.IsZero() {
			after = by.after.String()
		}
		if err := s.shared.Note(ctx, version.String(), after, Signature{Author: by.who, When: by.when}); err != nil {
			return err
		}
	}
	return nil
}
