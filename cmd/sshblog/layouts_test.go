//go:build unix

package main

import (
	"bytes"
	"testing"
)

// What kitty's protocol calls for: all keys (8), where they are (4), what they type (16).
const (
	knowsKitty = "\x1b[?0u"
	allKeys    = "\x1b[>29u" // 1 tells Escape from the start of a sequence
	asBefore   = "\x1b[<1u"
)

// A reader whose keyboard is Russian, Greek or Hebrew has the keys where everybody has
// them, if the terminal can tell where they are; and types their own letters in a prompt.
func TestOtherLayouts(t *testing.T) {
	for name, keys := range map[string]struct{ down, read, back, search, text, shown, quit string }{
		"Russian": {"\x1b[1086::106;1;1086u", "\x1b[1097::111;1;1097u", "\x1b[1081::113;1;1081u", "\x1b[92:47:92;2;47u", "\x1b[1078::59;1;1078u", "ж", "\x1b[1089::99;5u"},
		"Greek":   {"\x1b[958::106;1;958u", "\x1b[959::111;1;959u", "\x1b[27u", "\x1b[47::47;1;47u", "\x1b[968::99;1;968u", "ψ", "\x1b[968::99;5u"},
		"Hebrew":  {"\x1b[1495::106;1;1495u", "\x1b[1501::111;1;1501u", "\x1b[27u", "\x1b[47::113;1;47u", "\x1b[1488::116;1;1488u", "א", "\x1b[1489::99;5u"},
		"Latin":   {"\x1b[106;1;106u", "\x1b[111;1;111u", "\x1b[113;1;113u", "\x1b[47;1;47u", "\x1b[122;1;122u", "z", "\x1b[99;5u"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveBlog(t, 3)
			p := s.connect(80, 24, s.ssh())
			p.sees("▌ Post number 3")
			p.types(knowsKitty)
			eventually(t, func() bool { return bytes.Contains(p.written(), []byte(allKeys)) }, "the terminal is not asked for all keys: %q", p.written())
			p.types(keys.down)
			p.sees("▌ Post number 2")
			p.types(keys.read)
			p.sees("The text of Post number 2")
			p.types(keys.back)
			p.sees("▌ Post number 2")
			p.types(keys.search)
			p.types(keys.text)
			p.sees(keys.shown)
			p.types(keys.quit)
			if status := p.leaves(); status != 0 {
				t.Errorf("the client exits with %d", status)
			}
			if !bytes.Contains(p.written(), []byte(asBefore)) {
				t.Error("the terminal's keyboard is left as it was made")
			}
		})
	}
}

// A terminal that knows nothing of it is told nothing of it; Enter may be a line feed.
func TestPlainKeyboards(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3)
	p := s.connect(80, 24, s.ssh())
	p.sees("▌ Post number 3")
	p.types("\x1bOB") // the keypad's application mode
	p.sees("▌ Post number 2")
	p.types("\n")
	p.sees("The text of Post number 2")
	p.types("q")
	p.sees("▌ Post number 2")
	p.types("？")
	p.sees("show or hide this help")
	p.types("\x03")
	p.leaves()
	if bytes.Contains(p.written(), []byte("\x1b[>")) {
		t.Error("all keys are asked for")
	}
}
