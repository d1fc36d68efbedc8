package reader

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/theme"
)

// pickTheme returns the theme that the reader has chosen, else the blog's, with the colours and attributes that
// the terminal has.
func (m *Model) pickTheme() *theme.Theme {
	t := m.themeOf()
	if m.upright {
		t = t.Upright()
	}
	if m.doubled {
		t = t.Doubled()
	}
	return t
}

// themeOf is pickTheme for a terminal that has italics. Until the terminal has reported its background, colours
// for it are used only if the reader has chosen them.
func (m *Model) themeOf() *theme.Theme {
	name := m.chosen
	if !m.knowsBackground && (name == "" || name == theme.Auto) {
		name = theme.Neutral
	}
	if t, ok := m.themes.Named(name, m.dark, m.profile); ok {
		return t
	}
	return m.themes.Pick(m.dark, m.profile)
}

// cycleTheme goes on to the next theme and says its name.
func (m *Model) cycleTheme() tea.Cmd {
	all := m.themes.List(m.dark)
	if !m.knowsBackground {
		all = append(all, theme.Info{Name: theme.Neutral})
	}
	next := all[0]
	for i, other := range all {
		if other.Name == m.theme.Name {
			next = all[(i+1)%len(all)]
		}
	}
	m.chosen = next.Name
	m.choose(func(s *memory.Settings) { s.Theme = next.Name })
	m.notice = "theme: " + next.Name
	if m.profile <= colorprofile.ASCII {
		m.notice = "this terminal shows no colours"
	}
	return m.recolour()
}

// recolour applies the theme that fits what is known of the terminal by now.
func (m *Model) recolour() tea.Cmd {
	t := m.pickTheme()
	if t == m.theme {
		return nil
	}
	m.theme = t
	return m.reflow()
}
