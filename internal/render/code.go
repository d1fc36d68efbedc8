package render

import (
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// Code is a block of source code. Its lines are never wrapped: what is wider
// than the page is cut, and View shows the rest.
type Code struct {
	// First and Last are the indexes of its first and last line of code.
	First, Last int
	// Lang is the language as the author named it, or "".
	Lang string
	// Source is the code as the author wrote it, without its indent.
	Source string
	// Cells is the width of its widest line.
	Cells int

	indent       int         // cells before a line of code on the page
	room         int         // cells for it
	full         styledLines // the whole lines, if one of them is cut on the page
	wide         []int       // how many cells these take
	before, rest []span      // what stands before the first line and the others
	theme        *theme.Theme
}

// Limits within which code is coloured, besides those of the budget: the bytes of
// a block, the time that its lexer may take, and that of all blocks together.
// Beyond, or where the lexer fails, it has no colours. A step of a lexer that takes
// longer than slowStep is a checkpoint of its own.
const (
	maxLexed     = 16 << 10 // the time that many expressions take is quadratic in it
	maxLexing    = 200 * time.Millisecond
	maxLexingAll = 600 * time.Millisecond
	slowStep     = time.Millisecond
)

// tokensToStart is how many tokens a lexer costs before its first one.
const tokensToStart = 10

// tabStop is the distance of tab stops in code, in cells.
const tabStop = 4

// codeText lays out source code: a bar to its left, its language above. Blank lines
// at its ends are the author's as well; only the end of the last line is no line.
func (l *layout) codeText(source, lang string) {
	source, ended := strings.CutSuffix(source, "\n")
	if source == "" && !ended {
		return
	}
	l.codeCost(source)
	l.budget.take(&l.budget.kept, keptCode+len(source))
	l.space(1)
	l.flushGap()
	if label := l.codeLabel(lang); label != "" {
		l.line(cut([]span{{text: label, style: l.theme.Quiet}}, l.avail()))
	}
	bar := []span{{text: l.symbols.code, style: l.theme.Rule}}
	l.push(bar, bar)
	c := Code{Lang: lang, Source: source, indent: l.width - l.avail(), room: l.avail(), theme: l.theme, First: l.writer.lines()}
	lines := l.highlight(source, lang)
	drawn := 0 // cells of the widest line on the terminal
	for _, spans := range lines {
		c.Cells = max(c.Cells, cellsOf(spans))
		if l.theme.Doubles() {
			drawn = max(drawn, textwidth.Doubled(joined(spans)))
		}
	}
	if drawn > c.room { // so much is seen there, whatever the letters
		c.room = max(c.room/2, 1)
	}
	switch {
	case c.Cells <= c.room:
	case l.symbols.linear:
		lines = torn(lines, c.room)
		c.Cells = c.room
	default:
		l.budget.take(&l.budget.kept, len(source)+spansOf(lines)*keptRun+len(lines)*keptFull)
		c.full = packed(lines)
		for _, spans := range lines {
			c.wide = append(c.wide, cellsOf(spans))
		}
		c.before, c.rest = l.prefixes()
	}
	for _, spans := range lines {
		l.line(c.window(spans, 0))
	}
	l.pop()
	c.Last = l.writer.lines() - 1
	l.code = append(l.code, c)
	l.space(1)
}

// codeCost takes what source code needs, before it is taken apart.
func (l *layout) codeCost(source string) {
	lines := 1 + strings.Count(source, "\n")
	l.budget.need(&l.budget.lines, lines)
	l.budget.take(&l.budget.memory, 2*len(source)+lines*costOfWritten+strings.Count(source, "\t")*costOfSpan)
}

func spansOf(lines [][]span) (n int) {
	for _, line := range lines {
		n += len(line)
	}
	return n
}

// codeLabel returns what stands above source code, or "".
func (l *layout) codeLabel(lang string) string {
	switch {
	case !l.symbols.linear:
		return lang
	case lang == "":
		return "Code:"
	default:
		return "Code (" + lang + "):"
	}
}

// torn breaks lines where they reach a width, since what is read from top to
// bottom cannot be scrolled sideways.
func torn(lines [][]span, width int) [][]span {
	var out [][]span
	for _, line := range lines {
		var part []span
		room := width
		for _, s := range line {
			for rest := s.text; rest != ""; {
				n, took := textwidth.Prefix(rest, room)
				if n == 0 && room == width { // not even one character fits
					n, took = len(rest), room
				}
				if n > 0 {
					part = append(part, span{rest[:n], s.style, s.link})
				}
				if rest, room = rest[n:], room-took; rest != "" {
					out, part, room = append(out, part), nil, width
				}
			}
		}
		out = append(out, part)
	}
	return out
}

// prefixes returns what the indents put before the first line to come and
// before the lines after it, without the spaces at the end.
func (l *layout) prefixes() (first, rest []span) {
	indents := l.indents
	l.indents = append([]indent(nil), indents...)
	first, rest = trimRight(l.prefix()), trimRight(l.prefix())
	l.indents = indents
	return first, rest
}

// highlight returns source code as lines of spans, without control characters
// and with tabs expanded.
func (l *layout) highlight(source, lang string) [][]span {
	var b codeLines
	if !l.lex(source, lang, &b) {
		b = codeLines{}
		b.add(source, theme.Style{})
	}
	return append(b.lines, b.line)
}

// lex colours source code, and reports whether it could.
func (l *layout) lex(source, lang string, to *codeLines) (ok bool) {
	if lang == "" || l.symbols.linear || len(source) > maxLexed || l.lexed >= maxLexingAll {
		return false
	}
	failure, stack := contained(func() { ok = l.tokens(source, lang, to) })
	switch failure.(type) {
	case nil:
	case markdown.Halt:
		panic(failure)
	default: // a lexer that panics costs the colours
		l.report(failure, stack)
		return false
	}
	return ok
}

// lexerOf returns the lexer of a language, or nil. Names that are not looked up
// yet are taken from the budget.
func (l *layout) lexerOf(lang string) chroma.Lexer {
	lexer, ok := l.budget.lexers[lang]
	if !ok && l.budget.has(&l.budget.names, len(lang)) {
		lexer = l.lexer(lang)
		l.budget.lexers[lang] = lexer
	}
	return lexer
}

// step runs one step of a lexer and counts its time, without what others take
// meanwhile.
func (l *layout) step(f func()) {
	before := l.lexed
	func() {
		start := time.Now()
		defer func() { l.lexed += time.Since(start) }() // should it panic, too
		f()
	}()
	if l.lexed-before > slowStep {
		l.budget.Checkpoint()
	}
}

// tokens colours source code, within the time that is left for it.
func (l *layout) tokens(source, lang string, to *codeLines) bool {
	lexer := l.lexerOf(lang)
	if lexer == nil || !l.budget.has(&l.budget.tokens, tokensToStart) {
		return false
	}
	limit := min(l.lexed+maxLexing, maxLexingAll)
	var tokens chroma.Iterator
	var err error
	l.step(func() { tokens, err = lexer.Tokenise(nil, source) })
	if err != nil {
		return false
	}
	next := func() (t chroma.Token) {
		l.step(func() { t = tokens() })
		return t
	}
	looks := make(map[chroma.TokenType]theme.Style)
	size := 0
	for t := next(); t != chroma.EOF; t = next() {
		if !l.budget.has(&l.budget.tokens, 1) || l.lexed > limit {
			return false
		}
		look, ok := looks[t.Type]
		if !ok {
			look = l.theme.Source(t.Type)
			looks[t.Type] = look
		}
		size += len(t.Value)
		to.add(t.Value, look)
	}
	to.trim(1 + strings.Count(source, "\n"))
	return size >= len(source)
}

// codeLines collects spans of code into lines.
type codeLines struct {
	lines  [][]span
	line   []span
	column int
}

func (c *codeLines) add(text string, look theme.Style) {
	for text != "" {
		i := strings.IndexAny(text, "\n\t")
		if i < 0 {
			i = len(text)
		}
		if run := strings.ReplaceAll(markdown.Clean(text[:i]), "\n", " "); run != "" {
			if strings.TrimSpace(run) == "" {
				look = c.blank(look)
			}
			c.line = append(c.line, span{text: run, style: look})
			c.column += textwidth.Of(run)
		}
		if i == len(text) {
			return
		}
		if text[i] == '\n' {
			c.lines, c.line, c.column = append(c.lines, c.line), nil, 0
		} else {
			n := tabStop - c.column%tabStop
			c.line = append(c.line, span{text: spaces(n), style: c.blank(look)})
			c.column += n
		}
		text = text[i+1:]
	}
}

// blank returns the style for spaces: that of the text before them, which saves
// the writer a change of colour that nobody sees.
func (c *codeLines) blank(look theme.Style) theme.Style {
	if len(c.line) == 0 || look.ShowsOnSpaces() {
		return look
	}
	if last := c.line[len(c.line)-1].style; !last.ShowsOnSpaces() {
		return last
	}
	return look
}

// trim drops the empty line that lexers add at the end of so many.
func (c *codeLines) trim(lines int) {
	if len(c.line) == 0 && len(c.lines) >= lines {
		c.line = c.lines[len(c.lines)-1]
		c.lines = c.lines[:len(c.lines)-1]
	}
}
