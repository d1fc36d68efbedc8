package theme

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestPick(t *testing.T) {
	themes := NewSet()
	if a, b := themes.Pick(true, colorprofile.ANSI), themes.Pick(true, colorprofile.ANSI); a != b {
		t.Error("two sessions of one kind get two themes")
	}
	if got := themes.Pick(false, colorprofile.Unknown); got.Dark || got.Profile != colorprofile.ASCII {
		t.Errorf("an unknown profile gets %s at %v", got.Name, got.Profile)
	}
}

func TestNamed(t *testing.T) {
	themes := NewSet()
	tests := []struct {
		name string
		dark bool
		want string
	}{
		{"auto", true, "dark"},
		{"auto", false, "light"},
		{"light", true, "light"},
		{"paper", true, "paper"},
		{"paper", false, "paper"},
		{"tide", false, "tide"},
	}
	for _, tt := range tests {
		got, ok := themes.Named(tt.name, tt.dark, colorprofile.TrueColor)
		if !ok || got.Name != tt.want || got.Dark != (tt.dark && tt.name != "light") || got.Background == nil || got.Foreground == nil {
			t.Errorf("%s on a dark=%v terminal is %+v", tt.name, tt.dark, got)
		}
	}
	if _, ok := themes.Named("nosuch", true, colorprofile.TrueColor); ok {
		t.Error("a theme that does not exist was found")
	}
}

// TestList has a reader meet what suits the terminal first, and every theme.
func TestList(t *testing.T) {
	for _, dark := range []bool{true, false} {
		list := NewSet().List(dark)
		if len(list) != 6 || list[0].Dark != dark || list[0].Name != map[bool]string{true: "dark", false: "light"}[dark] {
			t.Errorf("on a dark=%v terminal: %+v", dark, list)
		}
		turns := 0
		for i, info := range list {
			if info.Description == "" || strings.HasSuffix(info.Description, ".") {
				t.Errorf("%s is described as %q", info.Name, info.Description)
			}
			if i > 0 && info.Dark != list[i-1].Dark {
				turns++
			}
		}
		if turns != 1 {
			t.Errorf("dark and light themes alternate: %+v", list)
		}
	}
}

func TestOpenSet(t *testing.T) {
	harbour, err := Parse([]byte(`{"name": "harbour", "background": "dark"}`))
	if err != nil {
		t.Fatal(err)
	}
	themes, err := OpenSet("harbour", harbour)
	if err != nil {
		t.Fatal(err)
	}
	if got := themes.Pick(false, colorprofile.ANSI256); got.Name != "harbour" {
		t.Errorf("the standard theme is %s", got.Name)
	}
	if names := themes.Names(); !slices.Contains(names, "harbour") || names[0] != Auto {
		t.Errorf("the names are %v", names)
	}
	if _, err := OpenSet("harbor", harbour); err == nil || !strings.Contains(err.Error(), `"harbor"; want one of auto, dark, light, paper, tide, phosphor, contrast, harbour`) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenSet("auto", harbour, harbour); err == nil || !strings.Contains(err.Error(), `two themes "harbour"`) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenSet("auto", builtIn()[2]); err == nil || !strings.Contains(err.Error(), `"paper" already`) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkNewSet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewSet()
	}
}
