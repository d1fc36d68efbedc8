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

type themeKey struct {
	name    string
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
	t := &Themes{designs: append(designs(), own...), themes: make(map[themeKey]*Theme), standard: standard}
	for _, d := range t.designs {
		for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
			k := themeKey{d.name, p}
			if t.themes[k] != nil {
				return nil, fmt.Errorf("there is a theme %q already; give yours another name", d.name)
			}
			t.themes[k] = newTheme(d, p)
		}
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

// Named returns the theme of that name for a colour profile. The background
// matters for AutoTheme only. It reports false if there is no such theme.
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
	theme, ok := t.themes[themeKey{name, profile}]
	return theme, ok
}

// Standard returns the name of the theme that Pick returns, which may be
// AutoTheme.
func (t *Themes) Standard() string { return t.standard }

// Names returns what Named takes: AutoTheme and the names of all themes.
func (t *Themes) Names() []string {
	names := []string{AutoTheme}
	for _, d := range t.designs {
		names = append(names, d.name)
	}
	return names
}

// List returns the themes in the order in which a reader is to meet them: the
// one that a terminal of that background gets by itself, the others for such
// a background, and then those for the opposite one.
func (t *Themes) List(dark bool) []ThemeInfo {
	infos := make([]ThemeInfo, 0, len(t.designs))
	for _, side := range []bool{dark, !dark} {
		for _, d := range t.designs {
			if d.dark == side {
				infos = append(infos, ThemeInfo{Name: d.name, Description: d.description, Dark: d.dark})
			}
		}
	}
	return infos
}
