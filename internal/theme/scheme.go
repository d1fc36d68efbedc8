package theme

import "github.com/alecthomas/chroma/v2"

// Scheme is what a theme is made from: the colours that its author chose, and
// the background that they were chosen for. NewSet has some of its own, and
// Parse reads others. It is immutable.
//
// Two schemes may share a name: one for dark and one for light backgrounds.
type Scheme struct {
	name        string
	description string
	dark        bool
	colors
	own    own           // what a file says beyond the colours
	source *chroma.Style // of source code
}

// colors are those of a scheme by what they are for. They are "#rrggbb"; a
// terminal with fewer colours gets the nearest it has. Body text and the
// background are left to the terminal, so that a wrong guess about it stays
// legible. What has a key is the object "reader" of a theme's file.
type colors struct {
	Page   string `json:"page"`   // background that the colours are for
	Text   string `json:"text"`   // body text on it
	Accent string `json:"accent"` // headings, the selection, the active tab
	Dim    string `json:"dim"`    // text that accompanies: dates, link numbers, labels
	Faint  string `json:"faint"`  // rules, bars, borders
	Match  string `json:"match"`  // background of what a search found
	Error  string `json:"error"`  // something failed

	// GitHub's alerts.
	Note      string `json:"note"`
	Tip       string `json:"tip"`
	Important string `json:"important"`
	Warning   string `json:"warning"`
	Caution   string `json:"caution"`

	Code string `json:"-"` // code in running text

	// Source code.
	Keyword  string `json:"-"`
	Literal  string `json:"-"`
	Number   string `json:"-"`
	Comment  string `json:"-"`
	Function string `json:"-"`
	Kind     string `json:"-"`
}

// builtIn returns the built-in schemes. Every colour has a contrast of at
// least 4.5:1 against its page (WCAG 2.2, 1.4.3 AA), and text has it on match.
func builtIn() []*Scheme {
	schemes := []*Scheme{
		// The first two are for whatever the terminal's background is: their colours
		// hold against usual ones, not against one page alone.
		{name: "dark", description: "calm colours on the terminal's dark background", dark: true, colors: colors{
			Page: "#16181d", Text: "#e6e6e6", Accent: "#7ad3d0", Dim: "#a0a8b5", Faint: "#808895", Match: "#5a4a12", Error: "#ff8a80",
			Note: "#82b8ff", Tip: "#7fdc92", Important: "#f0a0ff", Warning: "#e8c97a", Caution: "#ff8a80", Code: "#e8c97a",
			Keyword: "#c8a8f4", Literal: "#a9d68b", Number: "#e8c97a", Comment: "#979797", Function: "#86bdf5", Kind: "#7ad3d0",
		}},
		{name: "light", description: "calm colours on the terminal's light background", dark: false, colors: colors{
			Page: "#ffffff", Text: "#1f2328", Accent: "#005f87", Dim: "#5c6166", Faint: "#6c6c6c", Match: "#ffe9a3", Error: "#c01f2a",
			Note: "#0860c4", Tip: "#18722f", Important: "#7d45d8", Warning: "#8a5d00", Caution: "#c01f2a", Code: "#8a4608",
			Keyword: "#a626a4", Literal: "#18722f", Number: "#8a4608", Comment: "#6c6c6c", Function: "#0a5bb5", Kind: "#005f87",
		}},
		// A page of a book: warm, with oxblood heads.
		{name: "paper", description: "ink and oxblood on warm paper", dark: false, colors: colors{
			Page: "#f6f0e2", Text: "#372f26", Accent: "#8f2d1d", Dim: "#6a5d4c", Faint: "#776956", Match: "#f0d58c", Error: "#a81e1e",
			Note: "#22577a", Tip: "#47661c", Important: "#733a7c", Warning: "#855300", Caution: "#a81e1e", Code: "#7a4503",
			Keyword: "#8f2d1d", Literal: "#47661c", Number: "#855300", Comment: "#756752", Function: "#22577a", Kind: "#125f5c",
		}},
		// The same when it is dark.
		{name: "paper", description: "warm paper by lamplight", dark: true, colors: colors{
			Page: "#211a13", Text: "#e6d8c0", Accent: "#f0a07c", Dim: "#b3a38a", Faint: "#968770", Match: "#5c4413", Error: "#f58f82",
			Note: "#93bddb", Tip: "#b0c77c", Important: "#d8a8d6", Warning: "#e6bd73", Caution: "#f58f82", Code: "#e6bd73",
			Keyword: "#f0a07c", Literal: "#b0c77c", Number: "#e6bd73", Comment: "#a09079", Function: "#93bddb", Kind: "#86c7bd",
		}},
		// Deep blue water, never bright, and then by day.
		{name: "tide", description: "the sea at night, cool and never bright", dark: true, colors: colors{
			Page: "#0f1828", Text: "#cfd8e8", Accent: "#86b6f2", Dim: "#94a5c0", Faint: "#768aa9", Match: "#2c4a78", Error: "#f2919b",
			Note: "#86b6f2", Tip: "#7fceaa", Important: "#bda5f0", Warning: "#e3c37c", Caution: "#f2919b", Code: "#eab89a",
			Keyword: "#bda5f0", Literal: "#7fceaa", Number: "#eab89a", Comment: "#7f92ae", Function: "#86b6f2", Kind: "#6fc8dd",
		}},
		{name: "tide", description: "the sea by day, cool and clear", dark: false, colors: colors{
			Page: "#f3f7fb", Text: "#1d2b3a", Accent: "#1456a0", Dim: "#53647a", Faint: "#5f7186", Match: "#bfe0f5", Error: "#b3263a",
			Note: "#1456a0", Tip: "#116a52", Important: "#6a3fb0", Warning: "#805600", Caution: "#b3263a", Code: "#9a4a1c",
			Keyword: "#6a3fb0", Literal: "#116a52", Number: "#9a4a1c", Comment: "#5f7186", Function: "#1456a0", Kind: "#0a6377",
		}},
		// A terminal of the time when there were two: green and amber; and the paper that
		// such machines wrote on.
		{name: "phosphor", description: "green and amber, as screens once glowed", dark: true, colors: colors{
			Page: "#08130b", Text: "#9fe8ae", Accent: "#4dff88", Dim: "#76b887", Faint: "#5c9a6c", Match: "#1d5c30", Error: "#ff9166",
			Note: "#86e6d0", Tip: "#4dff88", Important: "#e2f08a", Warning: "#ffc861", Caution: "#ff9166", Code: "#ffc861",
			Keyword: "#4dff88", Literal: "#ffc861", Number: "#ffa94d", Comment: "#6aa87a", Function: "#d3f5b0", Kind: "#86e6d0",
		}},
		{name: "phosphor", description: "green and amber ink, as printers once wrote", dark: false, colors: colors{
			Page: "#f1f7ee", Text: "#1c3524", Accent: "#0b6a2e", Dim: "#4d6a56", Faint: "#597662", Match: "#cdeaa5", Error: "#b0301a",
			Note: "#0d5c7d", Tip: "#0b6a2e", Important: "#5d5f00", Warning: "#8a4b00", Caution: "#b0301a", Code: "#8a4b00",
			Keyword: "#0b6a2e", Literal: "#8a4b00", Number: "#a03c0c", Comment: "#5a7560", Function: "#556000", Kind: "#07655c",
		}},
		// At least 7:1 everywhere (WCAG 2.2, 1.4.6 AAA), for tired and for weak eyes.
		{name: "contrast", description: "white on black, every colour at 7:1 or more", dark: true, colors: colors{
			Page: "#000000", Text: "#ffffff", Accent: "#ffe14d", Dim: "#d0d0d0", Faint: "#b0b0b0", Match: "#00389c", Error: "#ff9c94",
			Note: "#8cc8ff", Tip: "#63f07c", Important: "#ffa8ff", Warning: "#ffb84d", Caution: "#ff9c94", Code: "#5cf0ff",
			Keyword: "#ffa8ff", Literal: "#63f07c", Number: "#ffb84d", Comment: "#c0c0c0", Function: "#8cc8ff", Kind: "#5cf0ff",
		}},
		{name: "contrast", description: "black on white, every colour at 7:1 or more", dark: false, colors: colors{
			Page: "#ffffff", Text: "#000000", Accent: "#00309c", Dim: "#3d3d3d", Faint: "#555555", Match: "#ffe14d", Error: "#960012",
			Note: "#004a8f", Tip: "#005418", Important: "#6b0094", Warning: "#634400", Caution: "#960012", Code: "#702a00",
			Keyword: "#6b0094", Literal: "#005418", Number: "#702a00", Comment: "#4d4d4d", Function: "#00309c", Kind: "#00525c",
		}},
	}
	for _, s := range schemes {
		s.source = s.chromaStyle()
	}
	return schemes
}
