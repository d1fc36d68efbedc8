package render

import (
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/charmbracelet/colorprofile"
)

// Every lexer's expressions have a limit of time, but for those that are wrapped in
// something: chroma's own limit holds for them, and they tell tokens as they find them.
func TestLexersAreBounded(t *testing.T) {
	boundLexers()
	wrapped := map[string]bool{"Common Lisp": true, "EmacsLisp": true, "HTTP": true, "markdown": true}
	for _, lexer := range lexers.GlobalLexerRegistry.Lexers {
		name := lexer.Config().Name
		if wrapped[name] {
			continue
		}
		regex, ok := lexer.(*chroma.RegexLexer)
		if !ok || lexers.Get(name) != lexer {
			t.Errorf("%s is a %T", name, lexer)
			continue
		}
		if _, ok := regex.MustRules()[limitState]; !ok {
			t.Errorf("%s is not bounded", name)
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
		"js":               many(`"`+many(`\\`, 30)+"\n", 1000),
		"svelte":           "<script>\n" + many(`"`+many(`\\`, 30)+"\n", 1000) + "</script>",
		"erb":              many(`<%= "`+many(`\\`, 30)+" %>\n", 1000),
		"go":               "a := `" + many(`{{ "`+many(`\\`, 30)+" }}\n", 1000) + "`",
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
