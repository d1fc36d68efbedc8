package terminal

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// typed names the messages in order, in a form that a table can hold.
func typed(msgs []tea.Msg) string {
	var names []string
	for _, msg := range msgs {
		switch m := msg.(type) {
		case tea.KeyPressMsg:
			names = append(names, m.String())
		case tea.PasteMsg:
			names = append(names, fmt.Sprintf("paste(%q)", m.Content))
		default:
			names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", m), "tea."))
		}
	}
	return strings.Join(names, " ")
}

func decodeAll(d *decoder, chunks ...string) (msgs []tea.Msg) {
	for _, chunk := range chunks {
		d.feed([]byte(chunk), false)
		msgs = append(msgs, takeAll(d, false)...)
	}
	return msgs
}

func takeAll(d *decoder, final bool) (msgs []tea.Msg) {
	for msg, ok := d.next(final); ok; msg, ok = d.next(final) {
		msgs = append(msgs, msg)
	}
	return msgs
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		in   []string
		want string
	}{
		"letters":            {[]string{"jk G"}, "j k space G"},
		"control keys":       {[]string{"\x03\x04\x15\r\t\x7f"}, "ctrl+c ctrl+d ctrl+u enter tab backspace"},
		"arrows, normal":     {[]string{"\x1b[A\x1b[B\x1b[C\x1b[D"}, "up down right left"},
		"arrows, app mode":   {[]string{"\x1bOA\x1bOB"}, "up down"},
		"xterm paging":       {[]string{"\x1b[5~\x1b[6~\x1b[H\x1b[F"}, "pgup pgdown home end"},
		"tmux, screen home":  {[]string{"\x1b[1~\x1b[4~"}, "home end"},
		"rxvt home":          {[]string{"\x1b[7~\x1b[8~"}, "home end"},
		"linux function key": {[]string{"\x1b[[A\x1b[[E"}, "f1 f5"},
		"shift tab":          {[]string{"\x1b[Z"}, "shift+tab"},
		"kitty":              {[]string{"\x1b[27u\x1b[106u\x1b[57362u"}, "esc j pause"},
		"kitty with mods":    {[]string{"\x1b[99;5u"}, "ctrl+c"},
		"alt":                {[]string{"\x1bx"}, "alt+x"},
		"text":               {[]string{"é世🙂"}, "é 世 🙂"},
		"split sequence":     {[]string{"\x1b", "[", "6", "~j"}, "pgdown j"},
		"split rune":         {[]string{"\xe4", "\xb8", "\x96q"}, "世 q"},
		"split linux key":    {[]string{"\x1b[[", "Bj"}, "f2 j"},
		"sgr mouse":          {[]string{"\x1b[<64;10;5M\x1b[<0;1;1M\x1b[<0;1;1m"}, "MouseWheelMsg"},
		"x10 mouse, split":   {[]string{"\x1b[M", "`!!", "q"}, "MouseWheelMsg q"},
		"focus":              {[]string{"\x1b[I\x1b[O"}, ""},
		"background":         {[]string{"\x1b]11;rgb:ffff/ffff/ffff\x1b\\j"}, "BackgroundColorMsg j"},
		"background, split":  {[]string{"\x1b]11;rgb:0000/", "0000/0000\x07j"}, "BackgroundColorMsg j"},
		"mode report":        {[]string{"\x1b[?2026;2$y"}, "ModeReportMsg"},
		"paste":              {[]string{"a\x1b[200~q\x1b[A\nx\x1b[201~b"}, `a paste("q\x1b[A\nx") b`},
		"paste, split":       {[]string{"\x1b[200", "~one", "two\x1b[2", "01~j"}, `paste("onetwo") j`},
		"paste, eight bits":  {[]string{"\x9b200~q\x9b201~b"}, `paste("q") b`},
		"paste, cut there":   {[]string{"\x1b[200~on", "e\x9b2", "01~j"}, `paste("one") j`},
		"paste, in a rune":   {[]string{"\x1b[200~\xdb", "\x9b201~", "\x1b[201~"}, `paste("ۛ201~")`},
		"paste, false end":   {[]string{"\x1b[200~one\x1b[20", "2~\x1b[201~"}, `paste("one\x1b[202~")`},
		"sizes are not keys": {[]string{"\x1b[8;65535;65535tj\x1b[48;1;2;3;4t"}, "j"},
		"eight-bit arrows":   {[]string{"\x9bA\x9b6~j"}, "up pgdown j"},
		"eight-bit, split":   {[]string{"\x9b", "6", "~j"}, "pgdown j"},
		"eight-bit mouse":    {[]string{strings.Repeat("j", 3) + "\x9bM`!!", "q"}, "j j j MouseWheelMsg q"},
		"eight-bit, cut":     {[]string{"\x9bM`", "!!q"}, "MouseWheelMsg q"},
		"eight-bit answer":   {[]string{"\x9d11;rgb:0000/0000/0000\x9cj"}, "BackgroundColorMsg j"},
		"win32 key":          {[]string{"\x1b[74;36;106;1;0;1_\x1b[74;36;106;0;0;1_q"}, "j q"},
		"win32 key, split":   {[]string{"\x1b[74;36;10", "6;1;0;1", "_q"}, "j q"},
		"UTF-8 controls":     {[]string{"\u009bA\u009b6~\u008fBj"}, "up pgdown down j"},
		"UTF-8, split":       {[]string{"\xc2", "\x9b", "6", "~j"}, "pgdown j"},
		"UTF-8 string":       {[]string{"\u009d11;rgb:1e1e/2f2f/1e1e\u009cj\u009d52;c;qqq", "q\u009cj\u0090+r\x1b\\j"}, "BackgroundColorMsg j j j"},
		"UTF-8 paste":        {[]string{"\u009b200~q\u009b201~b"}, `paste("q") b`},
		"UTF-8 in a paste":   {[]string{"\x1b[200~q\u009b201~b\x1b[201~b"}, `paste("q\u009b201~b") b`},
		"win32, eight-bit":   {[]string{"\x9b13;28;13;1;0;1_"}, "enter"},
		"kitty, many texts":  {[]string{"\x1b[97;;27:91:50:74u"}, "\x1b[2J"},
		"lying cursor":       {[]string{"\x1b[99999;99999R\x1b[?99999;1Rq"}, "CursorPositionMsg CursorPositionMsg q"},
		"invalid UTF-8":      {[]string{"\xffj\xc3\x28k"}, "j ( k"},
	} {
		t.Run(name, func(t *testing.T) {
			var d decoder
			got := typed(decodeAll(&d, c.in...))
			if got != c.want {
				t.Errorf("%q gives %s, want %s", c.in, got, c.want)
			}
			if d.pending() != 0 {
				t.Errorf("%q leaves %q behind", c.in, d.rest)
			}
		})
	}
}

func TestEscapeWaitsForTheRestOfASequence(t *testing.T) {
	var d decoder
	if got := decodeAll(&d, "\x1b"); len(got) != 0 {
		t.Fatalf("a lone ESC gives %s at once", typed(got))
	}
	if d.pending() == 0 {
		t.Fatal("nothing is pending")
	}
	msgs := takeAll(&d, true)
	if typed(msgs) != "esc" || d.pending() != 0 {
		t.Errorf("flushing gives %s and leaves %q", typed(msgs), d.rest)
	}
}

// A paste whose end has been lost takes all keys, but a person gets away: with a Ctrl-C
// that comes alone, and not at once after what came before, as one in a paste does.
func TestCtrlCEndsAPasteWithoutAnEnd(t *testing.T) {
	for _, c := range []struct {
		in   string
		late bool
		want string
	}{
		{"\x03", true, "ctrl+c j"},
		{"\x1b[99;5u", true, "ctrl+c j"},
		{"\x1b[27;5;99~", true, "ctrl+c j"},
		{"\x1b[1089::99;5u", true, "ctrl+c j"}, // on a Russian layout
		{"\x03", false, ""},
		{"\x03\x03", true, ""},
		{"q", true, ""},
		{"\x1b[99;5:3u", true, ""}, // it is let go of
		{"", true, ""},
	} {
		var d decoder
		msgs := decodeAll(&d, "\x1b[200~text\x1b[20")
		d.feed([]byte(c.in), c.late)
		msgs = append(msgs, takeAll(&d, false)...)
		msgs = append(msgs, decodeAll(&d, "j")...)
		if got := typed(msgs); got != c.want {
			t.Errorf("%q, late: %t: %s, want %s", c.in, c.late, got, c.want)
		}
	}
}

func TestOverlongSequenceIsDropped(t *testing.T) {
	var d decoder
	decodeAll(&d, "\x1b]52;c;")
	for range 100 {
		decodeAll(&d, strings.Repeat("A", 100))
		if len(d.rest) > 1024 {
			t.Fatalf("%d bytes are kept", len(d.rest))
		}
	}
}

// Whatever bytes come, in whatever pieces: decoding neither panics nor
// stalls, keeps a bounded rest outside of a paste, and yields no window size.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"jk", "\x1b[A", "\x1b[200~x\x1b[201~", "\x1b]11;rgb:0/0/0\x07", "\x1bP1+r524742\x1b\\", "\x1b[<0;1;1M", "\x1b[M !!", "\x1b[[A", "\xe4\xb8", "\x9bMabc", "\x9b", "\x90+r\x9c", "\u009bA", "\u009d11;rgb:0/0/0\u009c", "\u009b200~x\u009b201~", "\x1b[74;36;106;1;0;1_", "\x1b[74;36;106;1;0;65535_", "\x9b74:36:106:1:0:65535_", "\x1b[97:65:1089;2;27:155u"} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		var d decoder
		size := int(piece%16) + 1
		fed, taken := 0, 0
		for len(in) > 0 {
			n := min(size, len(in))
			msgs := decodeAll(&d, string(in[:n]))
			for _, msg := range msgs {
				if _, ok := msg.(tea.WindowSizeMsg); ok {
					t.Fatal("input set the window's size")
				}
			}
			if len(d.rest) > 1024 {
				t.Fatalf("%d bytes are kept", len(d.rest))
			}
			in = in[n:]
			fed, taken = fed+n, taken+len(msgs)
		}
		if taken += len(takeAll(&d, true)); taken > fed {
			t.Fatalf("%d bytes became %d messages", fed, taken)
		}
		if d.pending() != 0 {
			t.Fatalf("flush left %q", d.rest)
		}
	})
}

// A key of the win32 input mode says how often it was pressed, up to 65,535 times, and
// is one message.
func TestACountOfKeysIsOneKey(t *testing.T) {
	for _, in := range []string{
		"\x1b[74;36;106;1;0;65535_", "\x9b74;36;106;1;0;65535_", "\x1b[0;0;106;1;0;999999999_",
		"\x1b[74;36;106;0;0;65535_", "\x1b[74:36:106:1:0:65535_",
		"\x1b[74:0:36;106;1;0;65535_", "\x9b74:0:36;106:1:0:65535_", "\x1b[74:0:36;106:1:0:1:65535_", // as kitty tells a place, too
		"\x1b\x1b[74;36;106;1;0;65535_", "\x1b\x9b74;36;106;1;0;65535_",
		strings.Repeat("\x1b", 9) + "\x1b[74;36;106;1;0;65535_",
	} {
		var d decoder
		msgs := decodeAll(&d, in+"x")
		if want := 2 + max(0, strings.Count(in, "\x1b")-2); len(msgs) > want || typed(msgs[len(msgs)-1:]) != "x" {
			t.Errorf("%q and an x are %d messages, want %d at most, and the x the last", in, len(msgs), want)
		}
		if n := testing.AllocsPerRun(1, func() { decodeAll(&d, in) }); n > 50 {
			t.Errorf("%q takes %v allocations", in, n)
		}
	}
}

// Keys that are one byte are the same messages that decoding them makes, whatever
// follows.
func TestPlainKeysAreWhatTheyAreDecodedTo(t *testing.T) {
	for first := range byte(0x80) {
		for second := range byte(0x80) {
			p := []byte{first, second}
			got := asciiKey(p)
			if got == nil {
				if first != 0x1b && first != '\n' {
					t.Errorf("%q is none", first)
				}
				continue
			}
			var d decoder
			n, event := d.event(p)
			if want := translate(event); n != 1 || !reflect.DeepEqual(got, want) {
				t.Errorf("%q before %q is %#v, decoded %d bytes to %#v", first, second, got, n, want)
			}
		}
	}
	for _, text := range []string{"e\u0301", "\x1b[A", "\u00e9", "\x9bA"} {
		if got := asciiKey([]byte(text)); got != nil {
			t.Errorf("%q begins with the key %#v", text, got)
		}
	}
}
