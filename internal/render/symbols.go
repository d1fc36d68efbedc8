package render

import "github.com/charmbracelet/colorprofile"

// symbols are the characters that are drawn around text.
type symbols struct {
	quote   string // before the lines of a quote
	code    string // before the lines of code
	rule    string // repeated under heads and between cards
	open    string // before the summary of details
	define  string // before a definition that is not its term's only one
	done    string // a task
	bullets [3]string

	// linear is for what is read from top to bottom, by a program or aloud:
	// nothing is drawn, nothing stands beside anything, nothing is cut off.
	linear bool
}

// symbolsOf returns the symbols for a profile. What has no terminal, or asks to be
// written to as if it were none, gets plain text.
func symbolsOf(profile colorprofile.Profile) symbols {
	if profile <= colorprofile.NoTTY {
		return symbols{
			quote: "> ", code: "    ", define: "- ", done: "x", bullets: [3]string{"-", "-", "-"},
			linear: true,
		}
	}
	return symbols{
		quote: "┃ ", code: "│ ", rule: "─", open: "▾ ", define: "– ", done: "✓",
		bullets: [3]string{"•", "◦", "–"},
	}
}
