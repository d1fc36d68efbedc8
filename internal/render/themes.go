package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// AutoTheme is the name under which the terminal's background decides between
// the themes "light" and "dark".
const AutoTheme = "auto"

// Themes holds every theme for every colour profile, so that sessions of one
// kind share one theme and with it the cached pages. It is immutable.
type Themes struct {
	designs  []*Design
	themes   map[themeKey]*Theme
	standard string // name of the theme that Pick returns
}

// NeutralTheme is the name of the theme for a terminal whose background is not known.
// It is there for every profile, and in no list: the terminal decides.
const NeutralTheme = "neutral"

type themeKey struct {
	name    string
	dark    bool
	profile colorprofile.Profile
}

// ThemeInfo is what a reader who chooses a theme wants to know of it.
type ThemeInfo struct {
	Name string
	// Description in a few words, without a full stop.
	Description string
	// Dark tells that it is for dark backgrounds.
	Dark bool
}

// NewThemes returns the built-in themes; a program needs one set.
func NewThemes() *Themes {
	t, _ := OpenThemes(AutoTheme) // it is there
	return t
}

// OpenThemes returns the built-in themes and those of further designs. The
// standard one is what a session gets that asks for none: AutoTheme or a name.
// The error is that there is no theme of that name, or two of one name.
func OpenThemes(standard string, own ...*Design) (*Themes, error) {
	t := &Themes{designs: designs(), themes: make(map[themeKey]*Theme), standard: standard}
	builtIn := append(t.Names(), NeutralTheme)
	t.designs = append(t.designs, own...)
	for _, d := range own {
		if slices.Contains(builtIn, d.name) {
			return nil, fmt.Errorf("there is a theme %q already; give yours another name", d.name)
		}
	}
	for _, d := range t.designs {
		for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
			k := themeKey{d.name, d.dark, p}
			if t.themes[k] != nil {
				return nil, fmt.Errorf("there are two themes %q for one background; rename one", d.name)
			}
			t.themes[k] = newTheme(d, p)
		}
	}
	for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
		t.themes[themeKey{NeutralTheme, true, p}] = newTheme(neutral(), p)
	}
	if !slices.Contains(t.Names(), standard) {
		return nil, fmt.Errorf("there is no theme %q; want one of %s", standard, strings.Join(t.Names(), ", "))
	}
	return t, nil
}

// Pick returns the standard theme for a terminal's background and colour
// profile. An unknown profile gets no colours.
func (t *Themes) Pick(dark bool, profile colorprofile.Profile) *Theme {
	theme, _ := t.Named(t.standard, dark, profile)
	return theme
}

// Named returns the theme of that name for a terminal's background and colour
// profile. A theme that there is for the other background only is returned all
// the same; its Dark tells. It reports false if there is no such theme.
func (t *Themes) Named(name string, dark bool, profile colorprofile.Profile) (*Theme, bool) {
	if name == AutoTheme {
		name = "light"
		if dark {
			name = "dark"
		}
	}
	if profile < colorprofile.NoTTY || profile > colorprofile.TrueColor {
		profile = colorprofile.ASCII
	}
	theme, ok := t.themes[themeKey{name, dark, profile}]
	if !ok {
		theme, ok = t.themes[themeKey{name, !dark, profile}]
	}
	return theme, ok
}

// Standard returns the name of the theme that Pick returns, which may be
// AutoTheme.
func (t *Themes) Standard() string { return t.standard }

// Names returns what Named takes: AutoTheme and the names of all themes.
func (t *Themes) Names() []string {
	names := []string{AutoTheme}
	for _, d := range t.designs {
		if !slices.Contains(names, d.name) {
			names = append(names, d.name)
		}
	}
	return names
}

// List returns the themes in the order in which a reader is to meet them, as
// Named gives them for a terminal's background: first the one that such a
// terminal gets by itself, then the others that there are for it, and then
// those for the opposite background only.
func (t *Themes) List(dark bool) []ThemeInfo {
	var fitting, others []ThemeInfo
	for _, d := range t.designs {
		info := ThemeInfo{Name: d.name, Description: d.description, Dark: d.dark}
		switch _, both := t.themes[themeKey{d.name, dark, colorprofile.NoTTY}]; {
		case d.dark == dark:
			fitting = append(fitting, info)
		case !both:
			others = append(others, info)
		}
	}
	return append(fitting, others...)
}
