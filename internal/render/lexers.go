package render

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/dlclark/regexp2/v2"
)

// maxMatch is how long one regular expression of a lexer may look for a match. That
// cannot be interrupted, and many need a time that is exponential in the length of,
// say, a string that is never closed. Where it ends early there is no match, and the
// next expression is tried.
const maxMatch = 20 * time.Millisecond

// clockPeriod is by how much more a match may take: so often the time is looked at.
const clockPeriod = 5 * time.Millisecond

// standIns are lexers, by their names, that get the rules of others. That of Raku makes
// expressions of the text, which have no limit of time, and leaves them behind for
// all who use it after; the others have read all of a text when they tell the first
// token, whatever time that takes.
var standIns = map[string]string{ //nolint:gochecknoglobals // never changed
	"Raku":             "Perl",
	"ERB":              "HTML",
	"Go HTML Template": "HTML",
	"PHTML":            "HTML",
	"Svelte":           "HTML",
	"YAML+Jinja":       "YAML",
}

// boundLexers puts a limit of time on the expressions of chroma's lexers. They are
// changed where chroma keeps them, as lexers also use each other.
var boundLexers = sync.OnceFunc(func() { //nolint:gochecknoglobals // chroma has one set of lexers for all
	regexp2.SetTimeoutCheckPeriod(clockPeriod)
	for _, lexer := range slices.Clone(lexers.GlobalLexerRegistry.Lexers) {
		from := lexer
		if name := standIns[lexer.Config().Name]; name != "" {
			from = lexers.Get(name)
		}
		if from, ok := from.(*chroma.RegexLexer); ok {
			lexers.Register(bounded(lexer.Config(), from))
		}
	}
})

// bounded returns a lexer of this name with the rules of another, which are limited to
// maxMatch once they have been compiled.
func bounded(name *chroma.Config, from *chroma.RegexLexer) chroma.Lexer {
	config := *from.Config() // tells how the rules are read, too
	config.Name, config.Aliases, config.Priority = name.Name, name.Aliases, name.Priority
	config.Filenames, config.AliasFilenames, config.MimeTypes = name.Filenames, name.AliasFilenames, name.MimeTypes
	return chroma.MustNewLexer(&config, func() chroma.Rules {
		rules := maps.Clone(from.MustRules())
		from = nil // it holds what it has compiled
		rules[limitState] = []chroma.Rule{{Mutator: limit{}}}
		return rules
	})
}

// limit is a mutator that a lexer applies to its rules, and that removes itself.
type limit struct{}

// limitState is the state in which it stands, which is no other's.
const limitState = "sshblog limit"

func (limit) Mutate(*chroma.LexerState) error { return nil }

func (limit) MutateLexer(states chroma.CompiledRules, _ string, _ int) error {
	delete(states, limitState)
	for _, rules := range states {
		for _, rule := range rules {
			rule.Regexp.MatchTimeout = maxMatch
		}
	}
	return nil
}
