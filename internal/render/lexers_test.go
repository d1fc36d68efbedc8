package render

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/charmbracelet/colorprofile"
)

// Every lexer's expressions have a limit of time, also of those that wrap another.
func TestLexersAreBounded(t *testing.T) {
	boundLexers()
	for _, lexer := range lexers.GlobalLexerRegistry.Lexers {
		name := lexer.Config().Name
		if lexers.Get(name) != lexer {
			t.Errorf("%s is not found by its name", name)
		}
		if _, inside := insideOf(lexer); inside != nil {
			lexer = inside
		}
		regex, ok := lexer.(*chroma.RegexLexer)
		if !ok {
			t.Errorf("%s is a %T", name, lexer)
			continue
		}
		if _, ok := regex.MustRules()[limitState]; !ok {
			t.Errorf("%s is not bounded", name)
		}
	}
}

// What a lexer takes for a language in its text is looked up in all languages, and may
// be as long as the text: there it is compared with no pattern. A post's own name of a
// language may be the ending of a file.
func TestLanguagesInCode(t *testing.T) {
	named := boundLexers()
	for _, lexer := range lexers.GlobalLexerRegistry.Lexers {
		if c := lexer.Config(); len(c.Filenames)+len(c.AliasFilenames) > 0 {
			t.Errorf("%s is looked for by its files: %q, %q", c.Name, c.Filenames, c.AliasFilenames)
		}
	}
	for name, want := range map[string]string{"go": "Go", "markdown": "markdown", "mkd": "markdown", "HTTP": "HTTP", "emacs": "EmacsLisp", "Gemfile": "Ruby", "gemspec": "Ruby"} {
		if lexer := named.Get(name); lexer == nil || lexer.Config().Name != want {
			t.Errorf("the language of %q is %v, want %s", name, lexer, want)
		}
	}
	for lang, src := range map[string]string{
		"markdown": "```go\nfunc\n```\n",
		"http":     "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"a\": true}\n",
	} {
		tokens, err := chroma.Tokenise(named.Get(lang), nil, src)
		coloured := slices.ContainsFunc(tokens, func(t chroma.Token) bool {
			return t.Type.InCategory(chroma.Keyword) && (t.Value == "func" || t.Value == "true")
		})
		if err != nil || !coloured {
			t.Errorf("%s loses the language in it: %v, %v", lang, tokens, err)
		}
	}
}

// A bounded lexer's expressions end after maxMatch, those that are included as well.
func TestBoundedLexer(t *testing.T) {
	rules := 0
	look := chroma.MutatorFunc(func(state *chroma.LexerState) error {
		for name, of := range state.Rules {
			for _, rule := range of {
				rules++
				if rule.Regexp.MatchTimeout != maxMatch {
					t.Errorf("%q in %s has %v", rule.Pattern, name, rule.Regexp.MatchTimeout)
				}
			}
		}
		return nil
	})
	from := chroma.MustNewLexer(&chroma.Config{Name: "from", DotAll: true}, func() chroma.Rules {
		return chroma.Rules{
			"root":  {chroma.Include("other"), {Pattern: `a.b`, Type: chroma.Keyword, Mutator: look}},
			"other": {{Pattern: `c`, Type: chroma.Name}},
		}
	})
	tokens, err := chroma.Tokenise(bounded(&chroma.Config{Name: "to", Aliases: []string{"t"}}, from), nil, "ca\nb")
	if err != nil || len(tokens) != 2 || tokens[1].Type != chroma.Keyword {
		t.Errorf("the tokens are %v, %v", tokens, err)
	}
	if rules != 3 {
		t.Errorf("it has %d rules, want 3", rules)
	}
}

// Code whose lexer would never end, or only after it has read all of it, is laid out
// within the test's time, and what it makes of one text is no part of another.
func TestLexersEnd(t *testing.T) {
	many := strings.Repeat
	for name, src := range map[string]string{
		"raku":             "S,a," + many(`\\`, 60) + "b",
		"raku in markdown": "~~~markdown\n```raku\nS,a," + many(`\\`, 60) + "b\n```\n~~~",
		"js":               many(`"`+many(`\\`, 30)+"\n", 400),
		"svelte":           "<script>\n" + many(`"`+many(`\\`, 30)+"\n", 400) + "</script>",
		"erb":              many(`<%= "`+many(`\\`, 30)+" %>\n", 400),
		"go":               "a := `" + many(`{{ "`+many(`\\`, 30)+" }}\n", 400) + "`",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(src, "~~~") {
				src = "```" + name + "\n" + src + "\n```\n"
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", 80, Dark(colorprofile.TrueColor))
				if err != nil {
					t.Error(err)
					return
				}
				checkPage(t, page)
			}()
			select {
			case <-ended:
			case <-time.After(30 * time.Second):
				t.Fatal("it did not end")
			}
		})
	}
}
