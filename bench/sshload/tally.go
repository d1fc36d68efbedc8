package main

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// tally is what all sessions count together.
type tally struct {
	patience time.Duration
	kinds    [kinds]struct {
		paint      histogram
		bytes      atomic.Int64
		unanswered atomic.Int64
		wrong      atomic.Int64
	}
	keys histogram // of all kinds but arrive and escape
	lag  histogram // how late keys were sent, by this program's own fault

	mu       sync.Mutex
	problems map[string]int
}

// answered counts an answer, which came at a time.
func (t *tally) answered(q *question, at time.Time) {
	if q.counts {
		t.took(q.kind, at.Sub(q.due))
	}
}

func (t *tally) took(k kind, d time.Duration) {
	t.kinds[k].paint.add(d)
	// A lone Escape may be the beginning of a sequence: servers wait for the
	// rest, and that is no slowness of theirs.
	if k != arrive && k != escape {
		t.keys.add(d)
	}
}

// unanswered counts a key that is given up: as one that took all the patience
// there is, so that no quantile looks better for it. check is the session's
// witness, if it has one.
func (t *tally) unanswered(q *question, check *witness) error {
	if q.kind == arrive {
		if check != nil && !q.began.IsZero() {
			return fmt.Errorf("the first screen is not the blog's: %s", check.shows())
		}
		if !q.began.IsZero() {
			return errors.New("the first screen is not the blog's")
		}
		return errors.New("no first screen came")
	}
	err := errors.New("no answer")
	if !q.began.IsZero() { // only a witness is not content with any answer
		err = fmt.Errorf("a wrong answer: %s", check.shows())
	}
	if !q.counts {
		return err
	}
	t.took(q.kind, t.patience)
	if q.began.IsZero() {
		t.kinds[q.kind].unanswered.Add(1)
	} else {
		t.kinds[q.kind].wrong.Add(1)
	}
	t.problem(fmt.Sprintf("%v key %q: %v", q.kind, q.bytes, err))
	return err
}

// maxProblems is how many different problems are kept.
const maxProblems = 20

func (t *tally) problem(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.problems == nil {
		t.problems = make(map[string]int)
	}
	if _, known := t.problems[what]; !known && len(t.problems) >= maxProblems {
		what = "other problems"
	}
	t.problems[what]++
}

func (t *tally) allProblems() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.problems)
}
