package render

import "strings"

// span is a run of text in one ink. Its text is printable: cleaned of control
// characters, with '\n' as the only exception, which means a hard line break.
type span struct {
	text string
	ink  ink
	link int // 1 + index into the page's links, or 0
}

// appendStyled appends what glamour painted as spans. The only escape
// sequences in it are the SGRs that glamour wrote itself (text is cleaned
// before it gets there); anything else that might appear is dropped.
func appendStyled(dst []span, painted string, link int) []span {
	var now ink
	for painted != "" {
		text, rest, found := strings.Cut(painted, "\x1b")
		if text != "" {
			dst = append(dst, span{text, now, link})
		}
		if !found {
			break
		}
		painted = rest
		if !strings.HasPrefix(rest, "[") {
			continue
		}
		end := strings.IndexFunc(rest[1:], func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			break
		}
		if rest[1+end] == 'm' {
			now = now.apply(rest[1 : 1+end])
		}
		painted = rest[end+2:]
	}
	return dst
}

// apply returns i after an SGR sequence with the given parameters, in the
// subset that glamour and x/ansi write.
func (i ink) apply(params string) ink {
	for {
		var n int
		n, params = nextParam(params)
		switch {
		case n == 0:
			i = ink{}
		case n >= 1 && n <= 9:
			i.face |= faceOf(n)
		case n >= 30 && n <= 37:
			i.fg = indexed(n - 30)
		case n >= 90 && n <= 97:
			i.fg = indexed(n - 90 + 8)
		case n >= 40 && n <= 47:
			i.bg = indexed(n - 40)
		case n >= 100 && n <= 107:
			i.bg = indexed(n - 100 + 8)
		case n == 38:
			i.fg, params = wideColour(params)
		case n == 48:
			i.bg, params = wideColour(params)
		}
		if params == "" {
			return i
		}
	}
}

func faceOf(n int) face {
	bit := strings.IndexByte(sgrOf, byte('0'+n&0xf))
	if bit < 0 {
		return 0
	}
	return 1 << bit
}

// wideColour reads what follows a 38 or 48: 5;n or 2;r;g;b.
func wideColour(params string) (hue, string) {
	var kind, a, b, c int
	kind, params = nextParam(params)
	a, params = nextParam(params)
	if kind == 5 {
		return indexed(a), params
	}
	b, params = nextParam(params)
	c, params = nextParam(params)
	return rgb(a, b, c), params
}

// nextParam reads one number; a missing one is 0, as ECMA-48 has it.
func nextParam(s string) (int, string) {
	n, i := 0, 0
	for ; i < len(s); i++ {
		if s[i] == ';' || s[i] == ':' {
			return n, s[i+1:]
		}
		if s[i] >= '0' && s[i] <= '9' && n < 1<<16 {
			n = n*10 + int(s[i]-'0')
		}
	}
	return n, ""
}
