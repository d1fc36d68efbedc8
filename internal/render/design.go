package render

// Design is what a theme is made from: the colours that its author chose, and
// the background that they were chosen for. NewThemes has some of its own, and
// ParseDesign reads others. It is immutable.
//
// Two designs may share a name: one for dark and one for light backgrounds.
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
	return []*Design{
		dark(), light(), paper(), lamplight(), tide(), shore(), phosphor(), teleprinter(), contrast(), contrastLight(),
	}
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

// lamplight is paper when it is dark.
func lamplight() *Design {
	return &Design{
		name: "paper", description: "warm paper by lamplight", dark: true,
		page: "#211a13", text: "#e6d8c0",
		palette: palette{
			accent: "#f0a07c", dim: "#b3a38a", faint: "#968770", code: "#e6bd73", match: "#5c4413", bad: "#f58f82",
			note: "#93bddb", tip: "#b0c77c", important: "#d8a8d6", warning: "#e6bd73", caution: "#f58f82",
			keyword: "#f0a07c", literal: "#b0c77c", number: "#e6bd73", comment: "#a09079", function: "#93bddb",
			kind: "#86c7bd",
		},
	}
}

// tide is deep blue water, and never bright.
func tide() *Design {
	return &Design{
		name: "tide", description: "the sea at night, cool and never bright", dark: true,
		page: "#0f1828", text: "#cfd8e8",
		palette: palette{
			accent: "#86b6f2", dim: "#94a5c0", faint: "#768aa9", code: "#eab89a", match: "#2c4a78", bad: "#f2919b",
			note: "#86b6f2", tip: "#7fceaa", important: "#bda5f0", warning: "#e3c37c", caution: "#f2919b",
			keyword: "#bda5f0", literal: "#7fceaa", number: "#eab89a", comment: "#7f92ae", function: "#86b6f2",
			kind: "#6fc8dd",
		},
	}
}

// shore is tide by day.
func shore() *Design {
	return &Design{
		name: "tide", description: "the sea by day, cool and clear",
		page: "#f3f7fb", text: "#1d2b3a",
		palette: palette{
			accent: "#1456a0", dim: "#53647a", faint: "#5f7186", code: "#9a4a1c", match: "#bfe0f5", bad: "#b3263a",
			note: "#1456a0", tip: "#116a52", important: "#6a3fb0", warning: "#805600", caution: "#b3263a",
			keyword: "#6a3fb0", literal: "#116a52", number: "#9a4a1c", comment: "#5f7186", function: "#1456a0",
			kind: "#0a6377",
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

// teleprinter is phosphor on the paper that such machines wrote on.
func teleprinter() *Design {
	return &Design{
		name: "phosphor", description: "green and amber ink, as printers once wrote",
		page: "#f1f7ee", text: "#1c3524",
		palette: palette{
			accent: "#0b6a2e", dim: "#4d6a56", faint: "#597662", code: "#8a4b00", match: "#cdeaa5", bad: "#b0301a",
			note: "#0d5c7d", tip: "#0b6a2e", important: "#5d5f00", warning: "#8a4b00", caution: "#b0301a",
			keyword: "#0b6a2e", literal: "#8a4b00", number: "#a03c0c", comment: "#5a7560", function: "#556000",
			kind: "#07655c",
		},
	}
}

// contrast and contrastLight have at least 7:1 everywhere (WCAG 2.2, 1.4.6
// AAA), for tired and for weak eyes.
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

func contrastLight() *Design {
	return &Design{
		name: "contrast", description: "black on white, every colour at 7:1 or more",
		page: "#ffffff", text: "#000000",
		palette: palette{
			accent: "#00309c", dim: "#3d3d3d", faint: "#555555", code: "#702a00", match: "#ffe14d", bad: "#960012",
			note: "#004a8f", tip: "#005418", important: "#6b0094", warning: "#634400", caution: "#960012",
			keyword: "#6b0094", literal: "#005418", number: "#702a00", comment: "#4d4d4d", function: "#00309c",
			kind: "#00525c",
		},
	}
}
