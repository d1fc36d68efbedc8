package render

import (
	"maps"
	"reflect"
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
// all who use it after; the expressions of the Lisps cannot be reached; the others have
// read all of a text when they tell the first token, whatever time that takes.
var standIns = map[string]string{ //nolint:gochecknoglobals // never changed
	"Common Lisp":      "Scheme",
	"EmacsLisp":        "Scheme",
	"Raku":             "Perl",
	"ERB":              "HTML",
	"Go HTML Template": "HTML",
	"PHTML":            "HTML",
	"Svelte":           "HTML",
	"YAML+Jinja":       "YAML",
}

// boundLexers puts a limit of time on the expressions of chroma's lexers, and returns
// those lexers by the names that a post may give them. They are changed where chroma
// keeps them, as lexers also use each other.
//
// A lexer that finds code in another language looks for that under a name of any
// length. Chroma matches what is no name with the names of files, which takes a
// millisecond for each byte and cannot be interrupted. So only those that are returned
// have names of files: language bounds the names that are looked up there.
var boundLexers = sync.OnceValue(func() *chroma.LexerRegistry { //nolint:gochecknoglobals // chroma has one set of lexers for all
	regexp2.SetTimeoutCheckPeriod(clockPeriod)
	for _, lexer := range slices.Clone(lexers.GlobalLexerRegistry.Lexers) {
		from := lexer
		if name := standIns[lexer.Config().Name]; name != "" {
			from = lexers.Get(name)
		}
		if from, ok := from.(*chroma.RegexLexer); ok {
			lexers.Register(bounded(lexer.Config(), from))
		} else if inside, expressions := insideOf(lexer); expressions != nil {
			inside.Set(reflect.ValueOf(bounded(lexer.Config(), expressions)))
			lexers.Register(lexer)
		}
	}
	named := chroma.NewLexerRegistry()
	for _, lexer := range lexers.GlobalLexerRegistry.Lexers {
		config := *lexer.Config()
		named.Register(namedLexer{lexer, &config})
		lexer.Config().Filenames, lexer.Config().AliasFilenames = nil, nil
	}
	return named
})

// insideOf returns the field of a lexer that holds another, and that one, if it is what
// has the expressions.
func insideOf(lexer chroma.Lexer) (field reflect.Value, expressions *chroma.RegexLexer) {
	if v := reflect.Indirect(reflect.ValueOf(lexer)); v.Kind() == reflect.Struct {
		field = v.FieldByName("Lexer")
	}
	if field.IsValid() && field.CanSet() {
		expressions, _ = reflect.TypeAssert[*chroma.RegexLexer](field)
	}
	return field, expressions
}

// namedLexer is a lexer with a configuration of its own.
type namedLexer struct {
	chroma.Lexer
	config *chroma.Config
}

func (l namedLexer) Config() *chroma.Config { return l.config }

// SetRegistry leaves the lexer where it is: it finds others there.
func (l namedLexer) SetRegistry(*chroma.LexerRegistry) chroma.Lexer { return l }

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
