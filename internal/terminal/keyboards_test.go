package terminal

import "testing"

// Bytes as the specifications of terminals have them, by what people press in
// the reader. They come one by one here, as over a slow connection, and all at
// once.
//
// xterm: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html ("PC-Style
// Function Keys", "Alt and Meta Keys") and
// https://invisible-island.net/xterm/modified-keys.html; tmux and screen: the
// terminfo entries tmux-256color and screen-256color; the Linux console:
// console_codes(4) and terminfo's linux; kitty:
// https://sw.kovidgoyal.net/kitty/keyboard-protocol/.
func TestKeyboards(t *testing.T) {
	type press struct{ bytes, key string }
	for terminal, presses := range map[string][]press{
		"xterm, normal cursor keys": {
			{"\x1b[A", "up"},
			{"\x1b[B", "down"},
			{"\x1b[C", "right"},
			{"\x1b[D", "left"},
			{"\x1b[H", "home"},
			{"\x1b[F", "end"},
			{"\x1b[5~", "pgup"},
			{"\x1b[6~", "pgdown"},
			{"\x1b[2~", "insert"},
			{"\x1b[3~", "delete"},
			{"\x1bOP", "f1"},
			{"\x1bOS", "f4"},
			{"\x1b[15~", "f5"},
			{"\x1b[24~", "f12"},
			{"\t", "tab"},
			{"\x1b[Z", "shift+tab"},
			{"\r", "enter"},
			{"\x7f", "backspace"},
			{" ", "space"},
			{"\x1b[1;5C", "ctrl+right"},
			{"\x1b[1;2A", "shift+up"},
			{"\x1b[1;3D", "alt+left"},
			{"\x1b[6;5~", "ctrl+pgdown"},
			{"\x03", "ctrl+c"},
			{"\x04", "ctrl+d"},
			{"\x15", "ctrl+u"},
			{"\x17", "ctrl+w"},
			{"?", "?"},
			{"/", "/"},
			{"G", "G"},
		},
		"xterm, application cursor and keypad": {
			{"\x1bOA", "up"},
			{"\x1bOB", "down"},
			{"\x1bOC", "right"},
			{"\x1bOD", "left"},
			{"\x1bOH", "home"},
			{"\x1bOF", "end"},
			{"\x1bOM", "enter"},
			{"\x1bOk", "+"},
			{"\x1bOm", "-"},
			{"\x1bOo", "/"},
			{"\x1bOq", "1"},
			{"\x1bOy", "9"},
		},
		"xterm, modifyOtherKeys": {
			{"\x1b[27;5;99~", "ctrl+c"},
			{"\x1b[27;5;100~", "ctrl+d"},
			{"\x1b[27;2;32~", "shift+space"},
			{"\x1b[27;5;9~", "ctrl+tab"},
			{"\x1b[27;3;120~", "alt+x"},
			{"\x1b[27;2;13~", "shift+enter"},
			{"\x1b[27;5;13~", "ctrl+enter"},
		},
		"xterm, formatOtherKeys=1": {
			{"\x1b[99;5u", "ctrl+c"}, {"\x1b[32;2u", "shift+space"}, {"\x1b[9;5u", "ctrl+tab"},
		},
		"tmux": {
			{"\x1b[A", "up"},
			{"\x1bOA", "up"},
			{"\x1bOB", "down"},
			{"\x1b[1~", "home"},
			{"\x1b[4~", "end"},
			{"\x1b[5~", "pgup"},
			{"\x1b[6~", "pgdown"},
			{"\x1b[3~", "delete"},
			{"\x1b[Z", "shift+tab"},
			{"\x1bOP", "f1"},
			{"\x1b[15~", "f5"},
			{"\x7f", "backspace"},
		},
		"screen": {
			{"\x1bOA", "up"},
			{"\x1bOB", "down"},
			{"\x1bOC", "right"},
			{"\x1bOD", "left"},
			{"\x1b[1~", "home"},
			{"\x1b[4~", "end"},
			{"\x1b[5~", "pgup"},
			{"\x1b[6~", "pgdown"},
			{"\x1b[Z", "shift+tab"},
			{"\x1bOP", "f1"},
			{"\x1b[17~", "f6"},
			{"\x7f", "backspace"},
		},
		"Linux console": {
			{"\x1b[A", "up"},
			{"\x1b[B", "down"},
			{"\x1b[C", "right"},
			{"\x1b[D", "left"},
			{"\x1b[1~", "home"},
			{"\x1b[4~", "end"},
			{"\x1b[5~", "pgup"},
			{"\x1b[6~", "pgdown"},
			{"\x1b[[A", "f1"},
			{"\x1b[[B", "f2"},
			{"\x1b[[C", "f3"},
			{"\x1b[[D", "f4"},
			{"\x1b[[E", "f5"},
			{"\x1b[17~", "f6"},
			{"\x1b[24~", "f12"},
			{"\x1b[3~", "delete"},
			{"\x7f", "backspace"},
		},
		// Flag 1, disambiguate: legacy keys stay, others are CSI u.
		"kitty, disambiguated": {
			{"\x1b[27u", "esc"},
			{"\x1b[A", "up"},
			{"\x1b[1;1B", "down"},
			{"\x1b[99;5u", "ctrl+c"},
			{"\x1b[100;5u", "ctrl+d"},
			{"\x1b[9;2u", "shift+tab"},
			{"\x1b[32;2u", "shift+space"},
			{"\x1b[1;5C", "ctrl+right"},
			{"\x1b[P", "f1"},
			{"\x1b[13~", "f3"},
			{"\x1b[57417u", "left"},
			{"\x1b[57420u", "down"},
			{"\x1b[57414u", "enter"},
			{"\x1b[57413u", "+"},
			{"\x1b[57412u", "-"},
			{"\x1b[57410u", "/"},
			{"\x1b[57404u", "5"},
		},
		"terminals that send a line feed for Enter": {
			{"\n", "enter"},
			{"j\n", "j enter"},
			{"\n\n", "enter enter"},
			{"\r\n", "enter"},
			{"\r\r\n\n", "enter enter enter"},
			{"\x1b[106;5u", "ctrl+j"},
			{"\x1b[13u\n", "enter enter"},
		},
		// Flag 4, with the place on a keyboard of the usual layout. The text is what counts
		// in a prompt.
		"kitty, other layouts": {
			{"\x1b[1086::106u", "о"},
			{"\x1b[1086::106;1;1086u", "о"},
			{"\x1b[1055:1043:103;2;1043u", "Г"},
			{"\x1b[1089::99;5u", "ctrl+c"},
			{"\x1b[46::47;1;46u", "."},
			{"\x1b[55:63:55;2;63u", "?"},
			{"\x1b[0;;26085:26412u", "日本"},
			{"\x1b[1086::106;1:3u", ""},
		},
		"kitty, modifiers alone": {
			{"\x1b[57441;2u", ""}, {"\x1b[57448u", ""}, {"\x1b[57358u", ""}, {"\x1b[57454u", ""},
		},
		// Flags 8 and 16, all keys with their text.
		"kitty, all keys": {
			{"\x1b[106u", "j"},
			{"\x1b[106;1;106u", "j"},
			{"\x1b[103:71;2;71u", "G"},
			{"\x1b[47:63;2;63u", "?"},
			{"\x1b[13u", "enter"},
			{"\x1b[127u", "backspace"},
			{"\x1b[9u", "tab"},
			{"\x1b[32;1;32u", "space"},
			{"\x1b[5~", "pgup"},
			{"\x1b[H", "home"},
		},
	} {
		t.Run(terminal, func(t *testing.T) {
			for _, p := range presses {
				var whole, slow decoder
				if got := typed(decodeAll(&whole, p.bytes)); got != p.key {
					t.Errorf("%q is %s, want %s", p.bytes, got, p.key)
				}
				var chunks []string
				for i := range len(p.bytes) {
					chunks = append(chunks, p.bytes[i:i+1])
				}
				if got, want := typed(decodeAll(&slow, chunks...)), typed(decodeAll(&whole, p.bytes)); got != want {
					t.Errorf("%q is %s in pieces, %s at once", p.bytes, got, want)
				}
				if whole.pending() != 0 || slow.pending() != 0 {
					t.Errorf("%q leaves something behind", p.bytes)
				}
			}
		})
	}
}

// A key that is let go of is none that is pressed (kitty's flag 2), and one
// that repeats is.
func TestKittyEvents(t *testing.T) {
	var d decoder
	if got, want := typed(decodeAll(&d, "\x1b[106;1:1u\x1b[106;1:2u\x1b[106;1:3u\x1b[1;1:3B")), "j j"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
