package memory

import (
	"context"
	"errors"
	"sync"
)

// unforgotten is what was to be forgotten, and the store may still have.
type unforgotten struct {
	state  *state
	id     string
	keys   []keyID
	marker marks
}

// maxUnforgotten is how many readers' forgetting is tried again; others have been told to try again as well.
const maxUnforgotten = 1024

// again is what the store could not do and is tried again.
type again struct {
	mu      sync.Mutex
	forget  []unforgotten //ledger:counted maxUnforgotten
	rewrite bool          // it is to be wanted
}

func (a *again) add(u unforgotten) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.forget) < maxUnforgotten {
		a.forget = append(a.forget, u)
	}
}

// forgetAgain completes what was to be forgotten, as far as the store does it now.
func (m *Memory) forgetAgain(ctx context.Context) {
	m.again.mu.Lock()
	todo, rewrite := m.again.forget, m.again.rewrite
	m.again.forget, m.again.rewrite = nil, false
	m.again.mu.Unlock()
	if rewrite {
		m.wantRewrite(ctx)
	}
	for _, u := range todo {
		err := m.complete(ctx, u)
		m.health.note(writing, err)
		if err != nil && !errors.Is(err, errNewer) {
			m.again.add(u)
		}
	}
}

// complete does what is left of a forgetting. What was done since then stays.
func (m *Memory) complete(ctx context.Context, u unforgotten) error {
	m.wantRewrite(ctx)
	floor := u.marker.floor
	if err := m.updateKept(ctx, u.id, func(last *kept) kept {
		last.forget(floor)
		return *last
	}); err != nil {
		return err
	}
	forget := func(upTo stamp) error {
		return m.update(ctx, u.id, func(last *marks) marks {
			last.forget(upTo)
			return *last
		})
	}
	if err := forget(floor); err != nil {
		return err
	}
	for _, k := range u.keys {
		p, err := m.pointer(ctx, k)
		if err == nil && p.at <= floor { // else it was joined again
			err = m.forgetKey(ctx, u.id, k, floor)
		}
		if err != nil {
			return err
		}
	}
	if len(u.marker.keys) > 0 {
		if err := forget(max(floor, u.marker.newest())); err != nil {
			return err
		}
	}
	u.state.mu.Lock()
	u.state.recheck = true
	u.state.mu.Unlock()
	return m.reload(ctx, u.state)
}

// wantRewrite has a store whose medium keeps what was removed be rewritten.
func (m *Memory) wantRewrite(ctx context.Context) {
	w, ok := m.store.(Rewriter)
	if !ok {
		return
	}
	if err := w.WantRewrite(ctx); err != nil {
		m.health.note(writing, err)
		m.again.mu.Lock()
		m.again.rewrite = true
		m.again.mu.Unlock()
	}
}
