package memory

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// unforgotten is what was to be forgotten, and the store may still have.
type unforgotten struct {
	state  *state
	id     string
	keys   []keyID //ledger:counted by maxForgotten
	marker marks
}

// What is tried again; others have been told to try again as well.
const (
	maxUnforgotten = 1024        // readers
	maxForgotten   = 4 * MaxKeys // keys of each, as in a record
)

// again is what the store could not do and is tried again.
type again struct {
	mu      sync.Mutex
	forget  []unforgotten //ledger:counted maxUnforgotten
	rewrite bool          // it is to be wanted
}

// add has the forgetting of readers be tried again, of each once: the last.
func (a *again) add(all ...unforgotten) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, u := range all {
		i := slices.IndexFunc(a.forget, func(other unforgotten) bool { return other.id == u.id })
		switch {
		case i >= 0:
			a.forget[i] = a.forget[i].and(u)
		case len(a.forget) < maxUnforgotten:
			a.forget = append(a.forget, u)
		}
	}
}

// and returns the later of two forgettings of a reader, of the keys of both.
func (u unforgotten) and(other unforgotten) unforgotten {
	if other.marker.floor < u.marker.floor {
		u, other = other, u
	}
	other.keys = slices.Clone(other.keys)
	for _, k := range u.keys {
		if !slices.Contains(other.keys, k) && len(other.keys) < maxForgotten {
			other.keys = append(other.keys, k)
		}
	}
	return other
}

// forgetAgain completes what was to be forgotten, as far as the store does it now. Those for whom there is no
// time left are the first ones next time.
func (m *Memory) forgetAgain(ctx context.Context) {
	m.again.mu.Lock()
	todo, rewrite := m.again.forget, m.again.rewrite
	m.again.forget, m.again.rewrite = nil, false
	m.again.mu.Unlock()
	if rewrite {
		m.wantRewrite(ctx)
	}
	var failed []unforgotten
	for i, u := range todo {
		if ctx.Err() != nil {
			m.again.add(todo[i:]...)
			break
		}
		err := m.complete(ctx, u)
		if i == 0 || ctx.Err() == nil { // else those before it have taken the time
			m.health.note(writing, err)
		}
		if err != nil && !errors.Is(err, errNewer) {
			failed = append(failed, u)
		}
	}
	m.again.add(failed...)
}

// complete does what is left of a forgetting. What was done since then stays, and the keys it was done with stay
// joined: nobody knows whose it would be, and the reader was told that the forgetting had failed.
func (m *Memory) complete(ctx context.Context, u unforgotten) error {
	m.wantRewrite(ctx)
	floor := u.marker.floor
	if err := m.updateKeptBy(ctx, putOver, u.id, func(last *kept) kept {
		last.forget(floor)
		return *last
	}); err != nil {
		return err
	}
	forget := func(upTo stamp) error {
		return m.updateBy(ctx, putOver, u.id, func(last *marks) marks {
			last.forget(upTo)
			return *last
		})
	}
	if err := forget(floor); err != nil {
		return err
	}
	if len(u.marker.keys) > 0 {
		wentOn, err := m.wentOn(ctx, u)
		if err != nil {
			return err
		}
		if wentOn {
			m.o.Logger.Info("what a reader had asked to be forgotten is forgotten now; the keys stay joined, since more was kept meanwhile", "reader", u.id)
			return m.reload(ctx, u.state)
		}
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

// wentOn reports whether a reader has done something after a forgetting, here or elsewhere.
func (m *Memory) wentOn(ctx context.Context, u unforgotten) (bool, error) {
	f, err := m.fetch(ctx, u.id)
	if err != nil {
		return false, err
	}
	k, _, err := m.fetchKept(ctx, u.id)
	if err != nil {
		return false, err
	}
	floor := u.marker.floor
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	if u.state.id == u.id && u.state.into == nil { // what is not written yet
		f.marks = mergeMarks(&f.marks, u.state.marks())
		if u.state.kept != nil {
			k = mergeKept(&k, u.state.kept)
		}
	}
	if f.marks.floor > floor { // all of it has been done, or is being done again
		return false, nil
	}
	done := withoutMoved(f.marks)
	done.visited, done.renewed = 0, 0 // an open session is enough for those
	return max(done.newest(), k.newest()) > floor, nil
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
