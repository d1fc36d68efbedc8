package render

// Design is what a theme is made from: the colours that its author chose, and
// the background that they were chosen for. NewThemes has some of its own, and
// ParseDesign reads others. It is immutable.
type Design struct {
	name        string
	description string
	dark        bool

	page string // background that the colours are for
	text string // body text on it

	palette
	own ownStyles // what a file says beyond the palette
}

// palette are the colours of a design by what they are for. They are
// "#rrggbb"; a terminal with fewer colours gets the nearest it has. Body text
// and the background are left to the terminal, so that a wrong guess about it
// stays legible.
type palette struct {
	accent string // headings, the selection, the active tab
	dim    string // text that accompanies: dates, link numbers, labels
	faint  string // rules, bars, borders
	code   string // code in running text
	match  string // background of what a search found
	bad    string // something failed

	note, tip, important, warning, caution string // GitHub's alerts

	keyword, literal, number, comment, function, kind string // source code
}

// designs returns the built-in designs. Every colour has a contrast of at
// least 4.5:1 against its page (WCAG 2.2, 1.4.3 AA), and text has it on match.
func designs() []*Design {
	return []*Design{dark(), light(), paper(), night(), phosphor(), contrast()}
}

// dark and light are for whatever the terminal's background is: their colours
// hold against usual ones, not against one page alone.
func dark() *Design {
	return &Design{
		name: "dark", description: "calm colours on the terminal's dark background", dark: true,
		page: "#16181d", text: "#e6e6e6",
		palette: palette{
			accent: "#7ad3d0", dim: "#a0a8b5", faint: "#808895", code: "#e8c97a", match: "#5a4a12", bad: "#ff8a80",
			note: "#82b8ff", tip: "#7fdc92", important: "#f0a0ff", warning: "#e8c97a", caution: "#ff8a80",
			keyword: "#c8a8f4", literal: "#a9d68b", number: "#e8c97a", comment: "#979797", function: "#86bdf5",
			kind: "#7ad3d0",
		},
	}
}

func light() *Design {
	return &Design{
		name: "light", description: "calm colours on the terminal's light background",
		page: "#ffffff", text: "#1f2328",
		palette: palette{
			accent: "#005f87", dim: "#5c6166", faint: "#6c6c6c", code: "#8a4608", match: "#ffe9a3", bad: "#c01f2a",
			note: "#0860c4", tip: "#18722f", important: "#7d45d8", warning: "#8a5d00", caution: "#c01f2a",
			keyword: "#a626a4", literal: "#18722f", number: "#8a4608", comment: "#6c6c6c", function: "#0a5bb5",
			kind: "#005f87",
		},
	}
}

// paper is a page of a book: warm, with oxblood heads.
func paper() *Design {
	return &Design{
		name: "paper", description: "ink and oxblood on warm paper",
		page: "#f6f0e2", text: "#372f26",
		palette: palette{
			accent: "#8f2d1d", dim: "#6a5d4c", faint: "#776956", code: "#7a4503", match: "#f0d58c", bad: "#a81e1e",
			note: "#22577a", tip: "#47661c", important: "#733a7c", warning: "#855300", caution: "#a81e1e",
			keyword: "#8f2d1d", literal: "#47661c", number: "#855300", comment: "#756752", function: "#22577a",
			kind: "#125f5c",
		},
	}
}

// night is deep blue and never bright, for a dark room.
func night() *Design {
	return &Design{
		name: "night", description: "cool blues for a dark room", dark: true,
		page: "#0f1828", text: "#cfd8e8",
		palette: palette{
			accent: "#86b6f2", dim: "#94a5c0", faint: "#7387a6", code: "#eab89a", match: "#2c4a78", bad: "#f2919b",
			note: "#86b6f2", tip: "#7fceaa", important: "#bda5f0", warning: "#e3c37c", caution: "#f2919b",
			keyword: "#bda5f0", literal: "#7fceaa", number: "#eab89a", comment: "#7f92ae", function: "#86b6f2",
			kind: "#6fc8dd",
		},
	}
}

// phosphor is a terminal of the time when there were two: green and amber.
func phosphor() *Design {
	return &Design{
		name: "phosphor", description: "green and amber, as screens once glowed", dark: true,
		page: "#08130b", text: "#9fe8ae",
		palette: palette{
			accent: "#4dff88", dim: "#76b887", faint: "#5c9a6c", code: "#ffc861", match: "#1d5c30", bad: "#ff9166",
			note: "#86e6d0", tip: "#4dff88", important: "#e2f08a", warning: "#ffc861", caution: "#ff9166",
			keyword: "#4dff88", literal: "#ffc861", number: "#ffa94d", comment: "#6aa87a", function: "#d3f5b0",
			kind: "#86e6d0",
		},
	}
}

// contrast has at least 7:1 everywhere (WCAG 2.2, 1.4.6 AAA), for tired and
// for weak eyes.
func contrast() *Design {
	return &Design{
		name: "contrast", description: "white on black, every colour at 7:1 or more", dark: true,
		page: "#000000", text: "#ffffff",
		palette: palette{
			accent: "#ffe14d", dim: "#d0d0d0", faint: "#b0b0b0", code: "#5cf0ff", match: "#00389c", bad: "#ff9c94",
			note: "#8cc8ff", tip: "#63f07c", important: "#ffa8ff", warning: "#ffb84d", caution: "#ff9c94",
			keyword: "#ffa8ff", literal: "#63f07c", number: "#ffb84d", comment: "#c0c0c0", function: "#8cc8ff",
			kind: "#5cf0ff",
		},
	}
}
