package reader

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
)

// excerptsMsg brings the excerpts of some results, from the first on.
type excerptsMsg struct {
	to    *search
	id    int // of the search that found them
	first int
	hits  []library.Hit
}

// fetch requests the excerpts of the results on the screen that have none yet, unless some are on their way or
// another search is: a reader who types on does not read them.
func (s *search) fetch(m *Model) tea.Cmd {
	if m.top() != screen(s) || s.asked != s.answered || m.excerpts.busy {
		return nil
	}
	first := s.top
	shown := s.found.Hits[first:min(first+m.searchPlan().fits, len(s.found.Hits))]
	if !slices.ContainsFunc(shown, func(h library.Hit) bool { return !h.HasExcerpt() }) {
		return nil
	}
	id, found, hits, account := s.answered, s.found, slices.Clone(shown), m.account
	return m.excerpts.ask(func() tea.Msg {
		turn := account.Turn()
		defer turn.End()
		for i := range hits {
			found.ExcerptOf(&hits[i], func() { turn.Yield() })
		}
		return excerptsMsg{s, id, first, hits}
	})
}

// take stores excerpts, if their results are still there.
func (s *search) take(m *Model, msg excerptsMsg) tea.Cmd {
	if msg.id == s.answered {
		for i, h := range msg.hits {
			s.found.Hits[msg.first+i] = h
		}
	}
	if top, ok := m.top().(*search); ok {
		return top.fetch(m)
	}
	return nil
}
