package render

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// TestVisual writes right-to-left letters as capitals, as UAX #9 does.
func TestVisual(t *testing.T) {
	hebrew := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return 'א' + r - 'A'
			}
			return r
		}, s)
	}
	tests := []struct{ logical, want string }{
		{"abc (def), 12%", "abc (def), 12%"},
		{"ABC", "CBA"},
		{"abc ABC def", "abc CBA def"},
		{"abc ABC DEF ghi", "abc FED CBA ghi"},
		{"ABC abc DEF", "FED abc CBA"},
		{"ABC 123, DEF", "FED ,123 CBA"},
		{"ABC 1.5% D", "D 1.5% CBA"},
		{"abc ABC 123 def", "abc 123 CBA def"},
		{"ABC (DEF) G", "G (FED) CBA"},
		{"he said \"ABC, DEF\".", "he said \"FED ,CBA\"."},
		{"ABC abc!", "!abc CBA"},
		{"", ""},
	}
	for _, tt := range tests {
		line := []span{{text: hebrew(tt.logical)}}
		got := textOf(visual(line, rightToLeft(line)))
		if got != hebrew(tt.want) {
			t.Errorf("%s\ngot  %q\nwant %q", tt.logical, got, hebrew(tt.want))
		}
	}
	if got := textOf(visual([]span{{text: "١٢ مر"}}, true)); got != "رم ١٢" {
		t.Errorf("Arabic digits: got %q", got)
	}
}

// TestVisualKeepsLooks reorders spans with their looks and links.
func TestVisualKeepsLooks(t *testing.T) {
	loud := theme.Style{Attributes: theme.Bold}
	got := visual([]span{{text: "אב "}, {text: "גד", style: loud, link: 1}, {text: " ab"}}, true)
	want := []span{{text: "ab "}, {text: "דג", style: loud, link: 1}, {text: " בא"}}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("span %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestVisualOrder(t *testing.T) {
	src := "שלום *עולם* [קישור](https://a.example)\n\nabc שלום\n\n- שלום\n\n|א ב|\n|-|\n|ג ד|"
	tests := []struct {
		name     string
		renderer *Renderer
		want     string
	}{
		{"as it stands", NewRenderer(), "שלום עולם קישור[1]\n\nabc שלום\n\n• שלום\n\nא ב\n───\nג ד"},
		{"as it is seen", NewRenderer(VisualOrder()), "                      [1]רושיק םלוע םולש\n\nabc םולש\n\n• םולש\n\nב א\n───\nד ג"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, err := tt.renderer.draw(newBudget(func() {}, t.Context().Err), src, "", 40, Dark(colorprofile.ASCII))
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
			if got := strings.Join(plainLines(page)[:page.End], "\n"); got != tt.want {
				t.Errorf("got:\n%q\nwant:\n%q", got, tt.want)
			}
		})
	}
}

// FuzzVisual promises that reordering keeps all text but brackets, and the
// width.
func FuzzVisual(f *testing.F) {
	f.Add("abc שלום 123 (מ)", true)
	f.Add("مرحبا 1.5%", false)
	f.Fuzz(func(t *testing.T, text string, rtl bool) {
		text = strings.ReplaceAll(markdown.Clean(text), "\n", " ")
		got := textOf(visual([]span{{text: text}}, rtl))
		if len([]rune(got)) != len([]rune(text)) {
			t.Errorf("%q became %q", text, got)
		}
	})
}
