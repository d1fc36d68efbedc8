package render

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/markdown"
)

// slowLexer takes a time for every token, which is one byte. It is every
// language.
type slowLexer struct {
	chroma.Lexer
	token time.Duration
	spent *time.Duration
}

func (s slowLexer) Tokenise(_ *chroma.TokeniseOptions, text string) (chroma.Iterator, error) {
	return func() chroma.Token {
		if text == "" {
			return chroma.EOF
		}
		time.Sleep(s.token)
		*s.spent += s.token
		t := chroma.Token{Type: chroma.Keyword, Value: text[:1]}
		text = text[1:]
		return t
	}, nil
}

// TestLexingIsBounded has lexers take time that nobody has: a block, and all
// blocks together, lose their colours and not their text, and the page comes. The
// time of others, who work after each slow token, does not count.
func TestLexingIsBounded(t *testing.T) {
	block := func(n int) string { return "```x\n" + strings.Repeat("a", n) + "\n```\n\n" }
	for _, tt := range []struct {
		name, src string
		most      time.Duration
		coloured  int // blocks
	}{
		{"fast enough", block(10), maxLexing, 1},
		{"too slow", block(30), maxLexing + 10*time.Millisecond, 0},
		{"one too slow, one not", block(30) + block(10), 2 * maxLexing, 1},
		{"slow together", strings.Repeat(block(15), 100), maxLexingAll + 10*time.Millisecond, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yields := 0
				b := newBudget(func() { yields++; time.Sleep(time.Second) }, t.Context().Err)
				parsed := markdown.Parse(tt.src, &b.Budget, nil)
				l := newLayout(b, parsed, 40, Dark(colorprofile.TrueColor))
				var spent time.Duration
				l.lexer = func(string) chroma.Lexer { return slowLexer{token: 10 * time.Millisecond, spent: &spent} }
				page := l.document(parsed.Doc)
				if tokens := int(spent / (10 * time.Millisecond)); yields < tokens {
					t.Errorf("others could work %d times during %d slow tokens", yields, tokens)
				}
				if spent > tt.most {
					t.Errorf("lexers ran for %v, want at most %v", spent, tt.most)
				}
				checkPage(t, page)
				coloured, shown := 0, 0
				for _, c := range page.Code {
					line := page.Lines.At(c.First)
					if strings.Contains(line, c.Source) {
						shown++
					}
					if strings.Count(line, "\x1b[") > 2 { // more than the bar's
						coloured++
					}
				}
				if want := strings.Count(tt.src, "```x"); shown != want || coloured != tt.coloured {
					t.Errorf("%d blocks are shown and %d coloured, want %d and %d", shown, coloured, want, tt.coloured)
				}
			})
		})
	}
}
