package markdown

import (
	"unicode"
	"unicode/utf8"

	names "github.com/yuin/goldmark-emoji"
	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// emojiNames finds names of emoji, as :tada:, where they are words. In an IPv6 address,
// a slice or a time, what stands between colons is a part of it.
type emojiNames struct{ parser.InlineParser }

func newEmojiNames() emojiNames { return emojiNames{names.NewParser()} }

func (e emojiNames) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	_, afterEmoji := parent.LastChild().(*emoji.Emoji)
	if ofWord(before) || before == ':' && !afterEmoji {
		return nil
	}
	n := e.InlineParser.Parse(parent, block, pc)
	line, _ := block.PeekLine()
	if after, _ := utf8.DecodeRune(line); n == nil || ofWord(after) {
		return nil
	}
	return n
}

// ofWord reports whether a word goes on with r, in a script with spaces between words.
func ofWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !plaintext.IsIdeographic(r)
}
