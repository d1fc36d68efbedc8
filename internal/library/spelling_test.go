package library

import (
	"strings"
	"testing"
)

// However many ways there are to write one name, a membership costs the same.
func TestSpellingsAreBounded(t *testing.T) {
	g := &group{}
	for i := range 1000 {
		g.spell(strings.Repeat("-", i+1) + "go")
	}
	g.spell("--go")
	if g.count != 1001 || len(g.names) > mostSpellings {
		t.Errorf("%d of %d memberships have %d spellings counted, want %d at most", g.count, 1001, len(g.names), mostSpellings)
	}
	if name := g.usualName(); name != "--go" {
		t.Errorf("the usual name is %q, want the one that is there twice", name)
	}
}
