package post

import (
	"strings"

	emojis "github.com/yuin/goldmark-emoji/definition"
)

// math copies TeX between dollars, in which nothing is Markdown. As on a page,
// there is no space inside the dollars, and no letter or digit around them.
func (p *inliner) math() {
	rest := p.rest()
	end := 1 + strings.IndexByte(rest[1:], '$')
	if end < 2 || rest[1] == ' ' || rest[end-1] == ' ' || rest[end-1] == '\\' ||
		p.at > 0 && isAlnum(p.in[p.at-1]) || end+1 < len(rest) && isAlnum(rest[end+1]) {
		p.emit(1)
		return
	}
	p.out = append(p.out, rest[1:end]...)
	p.at += end + 1
}

// mathBlock returns the TeX of a paragraph between $$ and $$.
func mathBlock(s string) (tex string, ok bool) {
	s, open := strings.CutPrefix(strings.TrimSpace(s), "$$")
	s, closed := strings.CutSuffix(s, "$$")
	return s, open && closed && s != ""
}

// emoji writes what a name such as :tada: stands for. The names are those that
// pages know, which is a table and no parser.
func (p *inliner) emoji() {
	rest := p.rest()
	end := 1
	for end < len(rest) && isNameOfEmoji(rest[end]) {
		end++
	}
	if end > 1 && end < len(rest) && rest[end] == ':' {
		if e, ok := emojis.Github().Get(rest[1:end]); ok {
			p.out = append(p.out, string(e.Unicode)...)
			p.at += end + 1
			return
		}
	}
	p.emit(1)
}

// isNameOfEmoji tells whether a byte may be in the name of an emoji.
func isNameOfEmoji(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '+' }
