package render

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/theme"
)

// Headings from level three on look different, and none as a paragraph or a higher
// one does, also where neither colours nor italics are shown.
func TestHeadingsAreToldApart(t *testing.T) {
	colours := regexp.MustCompile(`\b[34]8;(5;\d+|2;\d+;\d+;\d+)|\b[39]\d\b|\b3\b`)
	for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII, colorprofile.NoTTY} {
		for _, theme := range []*theme.Theme{Dark(profile), Light(profile)} {
			seen := make(map[string]string)
			for _, src := range []string{"x", "**x**", "*x*", "# x", "## x", "### x", "#### x", "##### x", "###### x"} {
				page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", 40, theme)
				if err != nil {
					t.Fatal(err)
				}
				look := colours.ReplaceAllString(strings.Join(stringsOf(page), "\n"), "")
				if other, taken := seen[look]; taken && strings.HasPrefix(src, "###") {
					t.Errorf("%s, %v: %q looks as %q does: %q", theme.Name, profile, src, other, look)
				}
				seen[look] = src
			}
		}
	}
}
