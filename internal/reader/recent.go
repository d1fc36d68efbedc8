package reader

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/post"
)

// History are the addresses of posts read in a session, the last one first.
type History []string

// maxHistory is how many posts are remembered.
const maxHistory = 50

// Add records that a post was opened.
func (h *History) Add(p *post.Post) {
	old := *h
	at := slices.Index(old, p.Address)
	if at < 0 {
		at = min(len(old), maxHistory-1)
		old = append(old[:at], strings.Clone(p.Address))
	}
	address := old[at]
	copy(old[1:at+1], old[:at])
	old[0] = address
	*h = old
}

// openRecent shows what has been read in this session.
func (m *Model) openRecent() tea.Cmd {
	if len(m.history) == 0 {
		m.notice = "nothing has been read yet"
		return nil
	}
	return m.pick(&picker{
		bindings: &m.keys.chooser, title: "Recently read",
		refill: func(p *picker) {
			var rows []choice
			for _, address := range m.history {
				if p, ok := m.index.Find(address); ok {
					rows = append(rows, choice{id: address, label: p.Title(), detail: joinMeta(cmp.Or(m.index.State(p), date(p.Date)), m.markOf(p).text(false)), about: m.caches.derivedOf(p).summary})
				}
			}
			p.total, p.footer = Count(len(rows), "post", "posts"), m.index.Blog().Title
			p.fill(rows)
		},
		choose: func(of choice, _ int) tea.Cmd {
			p, _ := m.index.Find(of.id)
			return m.open(p, nil, nil)
		},
	})
}
