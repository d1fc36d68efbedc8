package render

// palette is what a theme's author chooses. Colours are "#rrggbb"; a terminal
// with fewer colours gets the nearest it has. Body text and backgrounds are
// left to the terminal, so that a wrong guess about its background stays
// legible.
type palette struct {
	name string
	dark bool

	accent string // headings, the selection, the active tab
	dim    string // text that accompanies: dates, link numbers, labels
	faint  string // rules, bars, borders
	code   string // code in running text

	note, tip, important, warning, caution string

	keyword, literal, number, comment, function, kind string // source code
	match                                             string // background of what a search found
}

// darkPalette is for dark backgrounds: each colour has a contrast of at least
// 4.5:1 (WCAG AA) against #16181d and #1e1e2e.
func darkPalette() palette {
	return palette{
		name: "dark", dark: true,
		accent: "#7ad3d0", dim: "#a0a8b5", faint: "#808895", code: "#e8c97a",
		note: "#82b8ff", tip: "#7fdc92", important: "#f0a0ff", warning: "#e8c97a", caution: "#ff8a80",
		keyword: "#c8a8f4", literal: "#a9d68b", number: "#e8c97a", comment: "#979797", function: "#86bdf5",
		kind: "#7ad3d0", match: "#5a4a12",
	}
}

// lightPalette is for light backgrounds: each colour has a contrast of at
// least 4.5:1 (WCAG AA) against #ffffff and #fafafa.
func lightPalette() palette {
	return palette{
		name:   "light",
		accent: "#005f87", dim: "#5c6166", faint: "#6c6c6c", code: "#8a4608",
		note: "#0860c4", tip: "#18722f", important: "#7d45d8", warning: "#8a5d00", caution: "#c01f2a",
		keyword: "#a626a4", literal: "#18722f", number: "#8a4608", comment: "#6c6c6c", function: "#0a5bb5",
		kind: "#005f87", match: "#ffe9a3",
	}
}
