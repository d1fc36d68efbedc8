package markdown

import (
	"strings"
	"unicode"

	"github.com/yuin/goldmark/parser"
)

// unknownReferences takes what a text does not define for links without a target, as it includes files that
// may define it: readers see no brackets.
type unknownReferences struct{ parser.Context }

// Reference returns what a label stands for; see parser.Context.
func (u unknownReferences) Reference(label string) (parser.Reference, bool) {
	if r, ok := u.Context.Reference(label); ok || strings.HasPrefix(label, "!") || strings.HasPrefix(label, "^") || !strings.ContainsFunc(label, unicode.IsLetter) { // a number is no link, an alert neither
		return r, ok
	}
	return parser.NewReference([]byte(label), nil, nil), true
}

// Lacks reports whether the text includes files that are not known here, which may define its references.
func (t *Tree) Lacks() bool { return t.expansion.lacks }
