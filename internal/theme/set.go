package theme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// Auto is the name under which the terminal's background decides between
// the themes "light" and "dark".
const Auto = "auto"

// Set holds every theme for every colour profile, so that sessions of one
// kind share one theme and with it the cached pages. It is immutable.
type Set struct {
	schemes  []*Scheme           //ledger:counted the built-in ones and the operator's own
	themes   map[themeKey]*Theme //ledger:counted each scheme by each colour profile
	standard string              // name of the theme that Pick returns
}

// Neutral is the name of the theme for a terminal whose background is not known.
// It is there for every profile, and in no list: the terminal decides.
const Neutral = "neutral"

type themeKey struct {
	name    string
	dark    bool
	profile colorprofile.Profile
}

// Info is what a reader who chooses a theme wants to know of it.
type Info struct {
	Name string
	// Description in a few words, without a full stop.
	Description string
	// Dark tells that it is for dark backgrounds.
	Dark bool
}

// NewSet returns the built-in themes; a program needs one set.
func NewSet() *Set {
	t, _ := OpenSet(Auto) // it is there
	return t
}

// OpenSet returns the built-in themes and those of further schemes. The
// standard one is what a session gets that asks for none: Auto or a name.
// The error is that there is no theme of that name, or two of one name.
func OpenSet(standard string, own ...*Scheme) (*Set, error) {
	t := &Set{schemes: builtIn(), themes: make(map[themeKey]*Theme), standard: standard}
	taken := append(t.Names(), Neutral)
	t.schemes = append(t.schemes, own...)
	for _, scheme := range own {
		if slices.Contains(taken, scheme.name) {
			return nil, fmt.Errorf("there is a theme %q already; give yours another name", scheme.name)
		}
	}
	for _, scheme := range t.schemes {
		for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
			k := themeKey{scheme.name, scheme.dark, p}
			if t.themes[k] != nil {
				return nil, fmt.Errorf("there are two themes %q for one background; rename one", scheme.name)
			}
			t.themes[k] = newTheme(scheme, p)
		}
	}
	for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
		t.themes[themeKey{Neutral, true, p}] = newTheme(neutral(), p)
	}
	if !slices.Contains(t.Names(), standard) {
		return nil, fmt.Errorf("there is no theme %q; want one of %s", standard, strings.Join(t.Names(), ", "))
	}
	return t, nil
}

// Pick returns the standard theme for a terminal's background and colour
// profile. An unknown profile gets no colours.
func (t *Set) Pick(dark bool, profile colorprofile.Profile) *Theme {
	theme, _ := t.Named(t.standard, dark, profile)
	return theme
}

// Named returns the theme of that name for a terminal's background and colour
// profile. A theme that there is for the other background only is returned all
// the same; its Dark tells. It reports false if there is no such theme.
func (t *Set) Named(name string, dark bool, profile colorprofile.Profile) (*Theme, bool) {
	if name == Auto {
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

// Linear returns the theme for lines that are read one after the other, as by
// a screen reader: no colours, nothing drawn.
func (t *Set) Linear() *Theme { return t.Pick(true, colorprofile.NoTTY) }

// Names returns what Named takes: Auto and the names of all themes.
func (t *Set) Names() []string {
	names := []string{Auto}
	for _, scheme := range t.schemes {
		if !slices.Contains(names, scheme.name) {
			names = append(names, scheme.name)
		}
	}
	return names
}

// List returns the themes in the order in which a reader is to meet them, as
// Named gives them for a terminal's background: first the one that such a
// terminal gets by itself, then the others that there are for it, and then
// those for the opposite background only.
func (t *Set) List(dark bool) []Info {
	var fitting, others []Info
	for _, scheme := range t.schemes {
		info := Info{Name: scheme.name, Description: scheme.description, Dark: scheme.dark}
		switch _, both := t.themes[themeKey{scheme.name, dark, colorprofile.NoTTY}]; {
		case scheme.dark == dark:
			fitting = append(fitting, info)
		case !both:
			others = append(others, info)
		}
	}
	return append(fitting, others...)
}
