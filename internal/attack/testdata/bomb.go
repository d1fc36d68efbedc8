package main

import (
	tea "charm.land/bubbletea/v2"
)

// bomb is a reader with a bug in each part of it: the paste of a part's name
// sets it off.
type bomb struct {
	tea.Model
	lit bool
}

func (b bomb) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if paste, ok := msg.(tea.PasteMsg); ok {
		switch paste.Content {
		case "Update":
			panic("a bug in Update")
		case "View":
			b.lit = true
			return b, nil
		case "Cmd":
			return b, func() tea.Msg { panic("a bug in Cmd") }
		case "Batch":
			return b, tea.Batch(func() tea.Msg { return nil }, func() tea.Msg { panic("a bug in Batch") })
		}
	}
	var cmd tea.Cmd
	b.Model, cmd = b.Model.Update(msg)
	return b, cmd
}

func (b bomb) View() tea.View {
	if b.lit {
		panic("a bug in View\nlevel=INFO msg=forged \x1b[2J")
	}
	return b.Model.View()
}
